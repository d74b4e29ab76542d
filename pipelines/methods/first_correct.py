"""First correct solution: the chain ends where its answer is first right and stated (STOP; FCS of Sky-T1-32B-Flash).

Of every verified sample the reasoning is kept up to the first sentence that states the right answer; what follows only
looks back on it. Sky-T1-32B-Flash has a model split a chain into lines of thought and score each; STOP (arXiv
2605.13165) ends at the earliest node that concludes on the right answer; here the answer checker reads sentences.
Keeps: the model's own words and order, verified answers. Loses: the second thoughts after the answer, and with them the
habit of having any; what a chain repeats before it first states its answer stays.
"""

from collections.abc import Sequence
from typing import ClassVar, Literal

from data.spec import Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.prompts import Prompt
from stages.check_answer import CheckAnswer
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepSameAnswer, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.cutting.first_correct import EndAtFirstCorrect, Ends
from stages.engines.engine import Sampling
from stages.replies.split_reply import SplitReply
from stages.stage import Stage
from stages.training_rows import AsTrainingRows


@spec
class FirstCorrect(Method):
    """Each problem's shortest correct sample once it ends at its first correct solution; for pairs, its longest too."""

    kind: Literal["first_correct"] = "first_correct"
    paper: ClassVar[str] = "Sky-T1-32B-Flash, NovaSky 2025; STOP, arXiv 2605.13165"

    samples: Positive = 8
    """Samples a problem."""
    ends: Ends = "concluded"
    """What states an answer. `stated`: a box, *the answer is*, GSM8K's last line. `concluded`: also a sentence that
    concludes (*so*, *therefore*) on the right value and that the chain looks back on (*Wait*, *Let me check*)."""
    reflection: Literal["cut", "keep"] = "cut"
    """`keep` goes on to where the answer is right once more after the chain has looked back (FCS + Reflection)."""
    choose: Literal["shortest", "first", "every"] = "shortest"
    """Of the samples of a problem, once they are cut: the shortest, that of the lowest number, or all."""
    rows: Literal["short", "both"] = "short"
    """`both` keeps whole traces beside it, for training that prefers the shorter of two: of `shortest` the longest of
    the problem, else each its own."""
    otherwise: Literal["whole", "drop"] = "whole"
    """What becomes of a trace that states its answer at its end alone: it stays as it is, or leaves."""
    sampling: Sampling = Sampling(temperature=1.0, top_p=1.0)

    def traces(self, setting: Setting) -> Sequence[Stage]:
        return (sampler(self.called, setting, (Prompt(name="zero_shot", samples=self.samples),), self.sampling),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        ended = EndAtFirstCorrect(
            method=self.called, ends=self.ends, reflection=self.reflection, rows=self.rows, otherwise=self.otherwise
        )
        ends_of: Literal["extremes", "shortest"] = "extremes" if self.rows == "both" else "shortest"
        return (
            GroupStats(),
            KeepVerified(),
            DropRepeats(),
            *((KeepChosen(choose="first"),) if self.choose == "first" else ()),
            ended,
            SplitReply(tokenizer=setting.tokenizer),
            CheckAnswer(),
            KeepSameAnswer(),
            *((KeepChosen(choose=ends_of),) if self.choose == "shortest" else ()),
            AsTrainingRows(method=self.called),
        )

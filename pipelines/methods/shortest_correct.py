"""Self-Training on the shortest correct sample (Munkhbat et al. 2025, arXiv 2502.20122).

Samples every problem zero-shot and few-shot, keeps the correct replies and chooses the shortest of each problem.
Keeps: the model's own wording, verified answers. Loses: problems it cannot solve (the report says how many), and
about as much length as the best of N gives, which grows only with the logarithm of N.
"""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data.errors import ConfigError
from data.spec import Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.exemplars import read_exemplars
from stages.asking.prompts import Prompt
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.engines.engine import Sampling
from stages.stage import Stage
from stages.training_rows import AsTrainingRows


@spec
class ShortestCorrect(Method):
    """N zero-shot and M few-shot samples a problem; the shortest correct one is the target."""

    kind: Literal["shortest_correct"] = "shortest_correct"
    paper: ClassVar[str] = "Munkhbat et al. 2025, arXiv 2502.20122"

    zero_shot: Annotated[int, Field(ge=0)] = 16
    """Samples a problem with the plain prompt."""
    few_shot: Annotated[int, Field(ge=0)] = 0
    """Samples a problem with worked examples before it."""
    exemplars: str | None = None
    """JSON-lines file of worked examples (`question`, `reply`, `gold`); what it holds bears identity, not its path."""
    shots: Positive = 8
    """Worked examples shown at once."""
    wishes: tuple[str, ...] = ()
    """Added to the instruction of every sample, such as *Be concise.*"""
    sampling: Sampling = Sampling()
    race: bool = True
    """Cut siblings short that cannot win any more; the choice is the same, only cheaper."""
    choose: Literal["shortest", "random", "extremes"] = "shortest"
    """`random` is the control condition: a correct sample, whichever. `extremes` takes the longest correct one too, for
    training that prefers the shorter of two (`objective` in docs/training_reference.md)."""

    def traces(self, setting: Setting) -> Sequence[Stage]:
        race = self.race and self.choose == "shortest"
        return (sampler(self.called, setting, self._prompts(), self.sampling, race=race),)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        return (
            GroupStats(),
            KeepVerified(),
            DropRepeats(),
            KeepChosen(choose=self.choose, seed=setting.seed),
            AsTrainingRows(method=self.called),
        )

    def _prompts(self) -> tuple[Prompt, ...]:
        if not self.zero_shot + self.few_shot:
            raise ConfigError(f"{self.called}: zero_shot and few_shot are both 0; ask for at least one sample")
        if self.few_shot and self.exemplars is None:
            raise ConfigError(f"{self.called}: few_shot is {self.few_shot} but there are no exemplars; name their file")
        prompts = []
        if self.zero_shot:
            prompts.append(Prompt(name="zero_shot", samples=self.zero_shot, wishes=self.wishes))
        if self.few_shot and self.exemplars is not None:
            pool = read_exemplars(Path(self.exemplars))
            prompts.append(
                Prompt(
                    name="few_shot",
                    samples=self.few_shot,
                    wishes=self.wishes,
                    exemplars=pool,
                    shots=self.shots,
                )
            )
        return tuple(prompts)

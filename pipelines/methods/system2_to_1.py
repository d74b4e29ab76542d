"""Distilling System 2 into System 1: the majority's answer, without the reasoning (Yu et al. 2024, arXiv 2407.06023).

Every problem is sampled several times, by a chain of thought or another System 2 program; where most samples agree, and
asking in another form leads to the same, the answer alone becomes the target. Keeps: answers, with no gold needed to
choose them. Loses: all reasoning, and problems the samples disagree on; a model trained so no longer works out what
takes several steps.
"""

from collections.abc import Sequence
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data.conditions import Condition
from data.errors import ConfigError
from data.spec import Positive, spec
from pipelines.methods.method import Method, Setting, sampler
from stages.asking.prompts import Prompt
from stages.choosing.group_stats import GroupStats
from stages.engines.engine import Sampling
from stages.stage import Stage
from stages.training_rows import AsTrainingRows
from stages.voting.perturb import Name as Perturbed
from stages.voting.perturb import PerturbedPrompt
from stages.voting.programs import Program
from stages.voting.run_program import RunProgram
from stages.voting.vote import Vote

CAUTION = (
    "these problems take several steps, and answers alone do not carry that over: published, CoT distilled on GSM8K: "
    "52.77% at 270 tokens to 7.13% at 18 tokens (Yu et al. 2024)"
)
FEWEST = 2
"""One sample alone is no majority."""


@spec
class System2To1(Method):
    """N samples a problem vote; the target is the answer alone."""

    kind: Literal["system2_to_1"] = "system2_to_1"
    paper: ClassVar[str] = "Yu et al. 2024, arXiv 2407.06023"

    program: Literal["chain_of_thought"] | Program = "chain_of_thought"
    """What a sample is: a chain of thought, or the last step of a program: the question rephrased first, freed of bias
    first, or two responses judged by criteria whose scores are added up."""
    samples: Annotated[int, Field(ge=FEWEST)] = 8
    """Samples a problem; of imported traces those that are there."""
    wishes: tuple[str, ...] = ()
    """Added to the instruction of every sample."""
    majority: Literal["strict", "plurality"] = "strict"
    """`strict` asks for more than half of the samples asked for, lost ones included, `plurality` for more than the
    runner-up has; ties abstain."""
    min_share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """Share of the samples asked for that the winner must have at least."""
    consistency: Literal["none"] | Perturbed = "none"
    """Ask another form too, and keep a problem only where both lead to corresponding answers: other `options` order, a
    `paraphrase`, or two `responses` in each other's place."""
    perturbed_samples: Positive | None = None
    """Samples of the other form; null for as many as of the first."""
    paraphrase: str | None = None
    """The other user turn, `{question}` in it; null asks the plain one with *Be concise.*"""
    suffix: str = ""
    """Put after the question when rows are made and when the trained model is asked, such as *Answer at once.*"""
    multi_step: bool | None = None
    """Whether the problems take several steps; null asks the source. Where they do, a caution is shown."""
    sampling: Sampling = Sampling(temperature=0.7, top_p=0.95)

    def traces(self, setting: Setting) -> Sequence[Stage]:
        sample = sampler(self.called, setting, self._prompts(), self.sampling)
        if self.program == "chain_of_thought":
            return (sample,)
        if self.paraphrase is not None:
            raise ConfigError(
                f"{self.called}: `paraphrase` words the one turn of a chain of thought; {self.program} has others"
            )
        return (
            RunProgram(
                engine=sample.engine,
                program=self.program,
                prompts=self._prompts(),
                sampling=self.sampling,
                seed=setting.seed,
                thinking=setting.thinking,
                teacher=setting.teacher,
            ),
        )

    def stages(self, setting: Setting) -> Sequence[Stage]:
        if setting.imported and self.consistency != "none":
            told = f"`consistency: {self.consistency}` asks another form, and imported traces are asked nothing"
            raise ConfigError(f"{self.called}: {told}")
        vote = Vote(
            method=self.called,
            tokenizer=setting.tokenizer,
            rule=self.majority,
            min_share=self.min_share,
            perturbation=None if self.consistency == "none" else self.consistency,
            seed=setting.seed,
            asked=FEWEST if setting.imported else self.samples * setting.samplers,
            asked_again=(self.perturbed_samples or self.samples) * setting.samplers,
        )
        return (GroupStats(), vote, AsTrainingRows(method=self.called, conditions=self.conditions))

    @property
    def conditions(self) -> tuple[Condition, ...]:
        """Return what is put on prompts, when rows are made and when the trained model is asked."""
        return (Condition(control_kind="none", suffix=self.suffix),) if self.suffix else ()

    def cautions(self, multi_step: bool | None) -> Sequence[str]:
        return (CAUTION,) if (multi_step if self.multi_step is None else self.multi_step) else ()

    def _prompts(self) -> tuple[Prompt, ...]:
        if self.paraphrase is not None and (self.consistency != "paraphrase" or "{question}" not in self.paraphrase):
            raise ConfigError(f"{self.called}: `paraphrase` needs `consistency: paraphrase`, and {{question}} in it")
        plain = Prompt(name="zero_shot", samples=self.samples, wishes=self.wishes)
        if self.consistency == "none":
            return (plain,)
        other = PerturbedPrompt(
            name=self.consistency,
            samples=self.perturbed_samples or self.samples,
            wishes=self.wishes,
            perturbation=self.consistency,
            wording=self.paraphrase,
        )
        return (plain, other)

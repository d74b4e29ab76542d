"""Self-Training on the shortest correct sample (Munkhbat et al. 2025, arXiv 2502.20122).

Samples every problem zero-shot and few-shot, keeps the correct replies and chooses the shortest of each problem.
Keeps: the model's own wording, verified answers. Loses: problems it cannot solve (the report says how many), and
about as much length as the best of N gives, which grows only with the logarithm of N.
"""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from data.errors import ConfigError
from data.spec import Positive, spec
from pipelines.files.caps import WITHIN, CapBy, Caps
from pipelines.methods.method import Method, Setting, sampler
from pipelines.methods.training_inside import adapter_of
from pipelines.plan.step import Step, files_step, rows_step
from stages.asking.exemplars import OnBad, Pool, read_exemplars
from stages.asking.prompts import Prompt
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import DropRepeats, KeepVerified
from stages.choosing.keep_chosen import KeepChosen
from stages.choosing.keep_within_cap import KeepWithinCap
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
    on_bad_exemplar: OnBad = "drop"
    """What becomes of an exemplar whose reply cannot belong to its question, or misses its gold. A caution names it."""
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

    cap: Positive | None = None
    """Problems that are kept at most; null for all that are solved."""
    cap_by: CapBy = "difficulty"
    """`difficulty` keeps the same share of every difficulty, drawn by hash; `shortest`, as the reference does, the
    problems with the shortest rows."""

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

    def capped(self, made: tuple[Step, ...], setting: Setting) -> tuple[Step, ...]:
        if self.cap is None:
            return made
        *before, rows = made
        every = replace(rows, name=f"{self.called}-all")
        chosen = files_step(f"{self.called}-cap", Caps(most=self.cap, by=self.cap_by, seed=setting.seed), every)
        told = adapter_of(setting.folder, chosen, WITHIN)
        keep = KeepWithinCap(path=told.path, revision=told.revision)
        return (*before, every, rows_step(self.called, (keep,), every, after=(chosen,)))

    def cautions(self, multi_step: bool | None) -> Sequence[str]:
        return self._pool().cautions if self.few_shot else ()

    def _pool(self) -> Pool:
        return read_exemplars(Path(self.exemplars), self.on_bad_exemplar) if self.exemplars else Pool(())

    def _prompts(self) -> tuple[Prompt, ...]:
        if not self.zero_shot + self.few_shot:
            raise ConfigError(f"{self.called}: zero_shot and few_shot are both 0; ask for at least one sample")
        if self.few_shot and self.exemplars is None:
            raise ConfigError(f"{self.called}: few_shot is {self.few_shot} but there are no exemplars; name their file")
        prompts = []
        if self.zero_shot:
            prompts.append(Prompt(name="zero_shot", samples=self.zero_shot, wishes=self.wishes))
        if self.few_shot and self.exemplars is not None:
            pool = self._pool().shown
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

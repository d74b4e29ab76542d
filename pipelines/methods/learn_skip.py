"""LearnSkip: a model learns to skip steps from its own shorter chains (Liu et al. 2024, arXiv 2411.01855).

From full solutions in steps, a model is trained to solve a problem in a number of steps told on the prompt, asked for
one and two steps fewer, and trained again from the base on all full chains and what was accepted of that: correct, in
as many steps as asked for, every line checked where a task can. Keeps: full chains from the source, shorter ones in the
model's own words. Loses: problems without a solution in steps; tasks whose steps all bear on the answer leave little to
skip.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field, model_validator

from data.errors import ConfigError
from data.spec import spec
from pipelines.files.draws import DRAWN, Draws
from pipelines.files.trains import MODEL, Trains
from pipelines.methods.method import Branch, Method, Setting, checked, guarded
from pipelines.methods.training_inside import (
    adapter_of,
    adapting_engine,
    in_todays_words,
    training_of,
    with_training,
)
from pipelines.plan.step import Step, files_step, rows_step
from sft.config import Learning, Training
from stages.choosing.group_stats import GroupStats
from stages.choosing.keep import KeepVerified
from stages.engines.engine import Sampling
from stages.engines.every import AnyEngine
from stages.engines.local.local import Local
from stages.skipping.accept_skips import AcceptSkips, DropRepeatedChains
from stages.skipping.ask_steps import AskSteps, Fewer
from stages.skipping.check_steps import CheckSteps
from stages.skipping.full_chains import FullChains
from stages.skipping.keep_drawn import KeepDrawn
from stages.skipping.keep_iteration import KeepIteration
from stages.skipping.name_steps import NameSteps
from stages.skipping.steps import Unit
from stages.skipping.warm_skips import WarmSkips
from stages.stage import Stage
from stages.training_rows import AsTrainingRows


@spec
class LearnSkip(Method):
    """Full chains, and the accepted shorter ones of the last iteration, or of all."""

    kind: Literal["learn_skip"] = "learn_skip"
    paper: ClassVar[str] = "Liu et al. 2024, arXiv 2411.01855"

    iterations: Annotated[int, Field(ge=0)] = 5
    """How often a model is trained and asked; the rows are full chains and what the last of them wrote. 0 trains none
    and asks the engine itself, once: any engine will do, `remote` too."""
    accumulate: bool = False
    """Whether each model is trained on what all before it wrote, and the rows hold that too; else, as the paper's
    scripts do, on what the one before it wrote."""
    steps: Unit = "line"
    """What a step is: a line, a sentence or a paragraph; the steps that a prompt names are counted in it too."""
    fewer: Annotated[tuple[Fewer, ...], Field(min_length=1)] = (1, 2)
    """How many steps fewer than the full chain a problem is asked for."""
    warm_start: Literal["none", "manual", "random"] = "none"
    """Shorter chains for the first model alone: by the task's rule, or lines left out and merged by chance."""
    mix: Literal["new", "cont", "onlyskip"] = "new"
    """Accepted chains with all full ones, with as many full ones, or alone; the first model has full chains always."""
    name_steps: bool = False
    """Whether the rows' prompts name the steps, as the iterations' do; run files may also say `prompt: num`."""
    on_invalid: Literal["drop", "remark"] = "drop"
    """What becomes of an accepted chain with a line that does not follow."""
    training: Learning = Learning(epochs=2)
    """How each iteration's model is trained."""
    sampling: Sampling = Sampling(max_tokens=1024, temperature=0.0, top_p=1.0)

    one_model: ClassVar[str] = "it trains the model that it asks"

    def branch(self, setting: Setting) -> Branch:
        if setting.imported or setting.engine is None:
            raise ConfigError(f"{self.called}: it asks problems in fewer steps; give `problems` and an `engine`")
        solutions = checked("solutions", (FullChains(unit=self.steps),), setting)
        full = rows_step("full", (KeepVerified(), self._validator()), solutions)
        untrained = [] if self.iterations else [self._ask("untrained", "untrained", setting.engine, setting, full)]
        chains = rows_step("chains", (), full, *(untrained or self._iterated(setting, full)))
        last = f"iteration-{self.iterations - 1}" if self.iterations > 1 and not self.accumulate else None
        return Branch(self, chains, self._rows(self.called, setting, (chains,), num=self.name_steps, only=last))

    def _iterated(self, setting: Setting, full: Step) -> list[Step]:
        """Return the steps that ask, each the model trained on what was asked before."""
        engine = adapting_engine(self.called, setting, self.training.adapter.rank)
        asked: list[Step] = []
        for iteration in range(self.iterations):
            before = (asked if self.accumulate else asked[-1:]) or self._warm(full, setting)
            rows = self._rows(f"rows-{iteration}", setting, (full, *before), first=iteration == 0)
            trained = files_step(f"trained-{iteration}", Trains(training=self._training(engine, setting)), rows)
            asked.append(self._ask(f"asked-{iteration}", f"iteration-{iteration}", engine, setting, full, trained))
        return asked

    @model_validator(mode="before")
    @classmethod
    def _older_words(cls, said: Any) -> Any:
        """Take the paper's names of its two prompts, `standard` and `num`, for what they mean here, too."""

        def today(said: Mapping[str, Any]) -> Mapping[str, Any]:
            said = with_training(said)
            if said.get("prompt") not in ("standard", "num"):
                return said
            rest = {name: value for name, value in said.items() if name != "prompt"}
            return rest | {"name_steps": said["prompt"] == "num"}

        return in_todays_words(said, today)

    def stages(self, setting: Setting) -> Sequence[Stage]:
        return self._accepting(keep_full=self.mix != "onlyskip")

    def _accepting(self, *, keep_full: bool) -> tuple[Stage, ...]:
        accept = AcceptSkips(keep_full=keep_full, unit=self.steps)
        return (GroupStats(), KeepVerified(), accept, self._validator(), DropRepeatedChains(unit=self.steps))

    def _validator(self) -> CheckSteps:
        return CheckSteps(on_invalid=self.on_invalid, unit=self.steps)

    def _warm(self, full: Step, setting: Setting) -> list[Step]:
        if self.warm_start == "none":
            return []
        skips = WarmSkips(how=self.warm_start, fewer=self.fewer, seed=setting.seed, unit=self.steps)
        return [checked("warm", (skips,), setting, needs=(full,))]

    def _rows(
        self,
        name: str,
        setting: Setting,
        needs: Sequence[Step],
        *,
        first: bool = False,
        num: bool = True,
        only: str | None = None,
    ) -> Step:
        """Return the step that makes training rows of full chains and of what was asked, `only` in one iteration."""
        accepting = self._accepting(keep_full=first or self.mix != "onlyskip")
        if only is not None:
            *judging, repeats = accepting
            accepting = (*judging, KeepIteration(name=only), repeats)
        ending = (*((NameSteps(),) if num else ()), AsTrainingRows(method=self.called))
        if first or self.mix != "cont":
            return rows_step(name, guarded((*accepting, *ending), setting), *needs)
        accepted = rows_step(f"{name}-accepted", guarded(accepting, setting), *needs)
        drawn = files_step(f"{name}-drawn", Draws(seed=setting.seed), accepted)
        told = adapter_of(setting.folder, drawn, DRAWN)
        keep = KeepDrawn(path=told.path, revision=told.revision)
        return rows_step(name, guarded((*accepting, keep, *ending), setting), *needs, after=(drawn,))

    def _training(self, engine: Local, setting: Setting) -> Training:
        return training_of(self.called, self.training, engine, setting)

    def _ask(self, name: str, who: str, engine: AnyEngine, setting: Setting, full: Step, *trained: Step) -> Step:
        """Return the step that asks `who` for fewer steps: the model that was trained, or the engine's own."""
        adapters = [adapter_of(setting.folder, step, str(MODEL)) for step in trained]
        asking = AskSteps(
            engine=engine,
            name=who,
            fewer=self.fewer,
            adapter=adapters[0] if adapters else None,
            sampling=self.sampling,
            seed=setting.seed,
            thinking=setting.thinking,
        )
        return checked(name, (asking,), setting, after=trained, needs=(full,))

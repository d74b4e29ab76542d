"""From a judging to its steps: models trained a fold, seed and level, what each is asked, and the judgements."""

from dataclasses import dataclass, replace

from data.conditions import Condition
from data.errors import InputError
from pipelines.files.trains import MODEL
from pipelines.judging.judges import Holds, Judges, TrainsLevel
from pipelines.judging.levels import Pupil, pupils, read_levels
from pipelines.judging.run_file import Judging
from pipelines.measure.plan import PROMPT, Asking
from pipelines.methods.c3ot import AT_LEVEL
from pipelines.methods.training_inside import adapter_of
from pipelines.plan.step import Step, files_step, in_order
from stages.asking.prompts import Prompt
from stages.engines.engine import Sampling
from stages.tokens import tokenizer_of

CONDITION = Condition(control_kind="level", prefix=AT_LEVEL)


@dataclass(frozen=True)
class JudgePlan:
    """The steps of a judging: all that is trained comes before all that is asked, for both want the memory."""

    trained: tuple[Step, ...]
    judgements: Step

    @property
    def steps(self) -> tuple[Step, ...]:
        """Every step, those it needs before it."""
        return tuple(in_order([*self.trained, self.judgements]))


def plan_judging(asked: Judging) -> JudgePlan:
    """Turn a judging into steps.

    Raises:
        InputError: no row has a level, or no level has rows in two folds.
    """
    everyone = pupils(asked, read_levels(asked))
    if not everyone:
        raise InputError(f"{asked.training.dataset.path}: no level has rows in two folds; take more problems")
    problems = {
        fold: files_step(
            f"fold-{fold}", Holds(dataset=asked.training.dataset, seed=asked.seed, folds=asked.folds, fold=fold)
        )
        for fold in {pupil.fold for pupil in everyone}
    }
    trained = tuple(files_step(f"trained-{pupil.name}", _training(asked, pupil)) for pupil in everyone)
    replies = [
        _replies(asked, pupil, step, problems[pupil.fold]) for pupil, step in zip(everyone, trained, strict=True)
    ]
    return JudgePlan(trained, files_step("judgements", Judges(asked=asked), *replies))


def _training(asked: Judging, pupil: Pupil) -> TrainsLevel:
    training = replace(asked.training, seed=asked.training.seed + pupil.seed)
    return TrainsLevel(training=training, seed=asked.seed, folds=asked.folds, fold=pupil.fold, level=pupil.level)


def _replies(asked: Judging, pupil: Pupil, trained: Step, problems: Step) -> Step:
    asking = Asking(
        engine=asked.engine,
        template=asked.prompt,
        sampling=Sampling(max_tokens=asked.max_tokens, temperature=0.0, top_p=1.0),
        counter=tokenizer_of(asked.engine.model, asked.engine.revision),
    )
    adapter = adapter_of(asked.folder, trained, str(MODEL))
    prompt = Prompt(name=PROMPT, samples=1, condition=CONDITION, control_value=pupil.level, adapter=adapter)
    return asking.step(pupil.name, prompt, problems, after=(trained,))

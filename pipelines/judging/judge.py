"""Train on all folds but one, ask the problems of that one at every level they have, and write down who was right.

A reply is right at a level if its answer is and its reasoning is that short: a model that reasons on where the answer
alone was asked for has not shown that the problem is solved without reasoning.
"""

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.columns import PROBLEM_ID, QUESTION
from data.conditions import Condition
from data.dataset.shards import write_text
from data.errors import InputError
from data.inputs.file import FileProblems
from data.store import Artifact
from pipelines.execute.executor import BuildStopped, site_of
from pipelines.execute.progress import Progress
from pipelines.execute.site import Site
from pipelines.judging.level_models import level_training, taught
from pipelines.judging.levels import Levels, read_levels
from pipelines.judging.run_file import Judging
from pipelines.measure.measure import MeasureOrder, measure
from pipelines.measure.outcomes import read_outcomes
from pipelines.measure.plan import plan_measurement
from pipelines.measure.run_file import Measurement, Model
from pipelines.methods.c3ot import AT_LEVEL
from pipelines.plan.step import Step
from pipelines.stop import Stop
from sft.claim import finished
from sft.trained import MODEL as TRAINED
from sft.trained import TrainingStopped
from stages.rewriting.adapt import Judgement, fold_of

JUDGEMENTS = "judgements.jsonl"
CONDITION = Condition(control_kind="level", prefix=AT_LEVEL)


def judge(asked: Judging, stop: Stop, progress: Progress) -> Path:
    """Make the judgements that are not there yet and return their file; any fold and seed that is done stays done.

    Raises:
        BuildStopped: a stop was wished; the same call goes on where it was.
        VaricotError: something a person can mend.
    """
    levels = read_levels(asked)
    cases = [_Case(fold, seed, asked, levels) for fold in range(asked.folds) for seed in range(asked.seeds)]
    jobs = [job for case in cases for job in case.jobs.values()]
    if not jobs:
        raise InputError(f"{asked.training.dataset.path}: no level has rows in two folds; take more problems")
    site = site_of(asked, (), max(asked.engine.replicas, asked.training.workers))
    try:
        # All of them first: a site lets its engine go before it trains.
        site.train([job for job in jobs if finished(*job) is None], lambda: stop.asked, _unwatched)
        lines = [line for case in cases if case.jobs for line in _judged(case, stop, progress, site)]
    except TrainingStopped as stopped:
        raise BuildStopped(stop.reason) from stopped
    finally:
        site.close()
    path = asked.folder / JUDGEMENTS
    write_text(path, "".join(f"{json.dumps(line, sort_keys=True)}\n" for line in sorted(lines, key=_order)))
    return path


def _unwatched(line: Mapping[str, Any]) -> None:
    """Tell nobody how a training stands; there may be ninety."""


class _Case:
    """A fold under a seed: its problems are judged by the models that have not seen them."""

    def __init__(self, fold: int, seed: int, asked: Judging, levels: Levels) -> None:
        self.fold, self.seed, self.asked, self.levels = fold, seed, asked, levels
        problems = levels.by_problem
        self.problems = {problem for problem in problems if fold_of(problem, asked.seed, asked.folds) == fold}
        wanted = {row["control_value"] for problem in self.problems for row in problems[problem]}
        rows = {level: of for level, of in taught(asked, levels.train, fold).items() if level in wanted}
        self.jobs = level_training(asked, rows, levels.manifest, fold, seed)
        """By level: the training of the model that judges it; none at a level that only this fold has rows of."""


def _judged(case: _Case, stop: Stop, progress: Progress, site: Site) -> Iterator[dict[str, Any]]:
    """Yield the judgements of one fold under one seed."""
    levels, seed, fold = case.levels, case.seed, case.fold
    adapters = {level: output / TRAINED for level, (_, output) in case.jobs.items()}
    order = _order_of(case.asked, levels, case.problems, adapters, f"fold-{fold}-seed-{seed}")
    measure(order, stop, progress, site)
    ids = _ids(order, levels)
    for cell in order.plan.cells:
        level = int(cell.model.control_value or 0)
        for outcome in read_outcomes(_artifact(order, cell.step)):
            problem = ids[outcome.problem]
            if any(row["control_value"] == level for row in levels.by_problem[problem]):
                right = outcome.correct and levels.reached(problem, outcome.cot_tokens or 0) >= level
                yield asdict(Judgement(problem_id=problem, level=level, seed=seed, held_out=fold, right=right))


def _order_of(
    asked: Judging, levels: Levels, own: Collection[str], adapters: Mapping[float, Path], name: str
) -> MeasureOrder:
    """Return the measurement that asks the problems of a fold at every level."""
    rows = [levels.by_problem[problem][0] for problem in sorted(own)]
    path = asked.folder / f"{name}.jsonl"
    lines = (json.dumps({"question": row["question"], "answer": row["gold"]}) for row in rows)
    write_text(path, "".join(f"{line}\n" for line in lines))
    models = [
        Model(name=f"level-{level:g}", adapter=str(adapter), condition=CONDITION, control_value=level)
        for level, adapter in adapters.items()
    ]
    measurement = Measurement(
        name=name,
        problems=FileProblems(path=str(path)),
        engine=asked.engine,
        prompt=asked.prompt,
        models=tuple(models),
        max_tokens=asked.max_tokens,
        where=asked.place,
        cluster=asked.cluster,
        runs=str(asked.folder),
    )
    return MeasureOrder(measurement, plan_measurement(measurement))


def _ids(order: MeasureOrder, levels: Levels) -> dict[str, str]:
    """Return the problem a question is of in the dataset, by the id it has in the measurement."""
    ids = {rows[0]["question"]: problem for problem, rows in levels.by_problem.items()}
    columns = [PROBLEM_ID.name, QUESTION.name]
    read = _artifact(order, order.plan.read)
    asked = (row for part in read.listed() for row in read.read(part, columns).to_pylist())
    return {row[PROBLEM_ID.name]: ids[row[QUESTION.name]] for row in asked}


def _artifact(order: MeasureOrder, step: Step) -> Artifact:
    return Artifact(order.folder / "artifacts" / step.folder)


def _order(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return line["problem_id"], line["level"], line["seed"]

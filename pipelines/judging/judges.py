"""What the steps of a judging write: the problems of a fold, a model that has not seen them, and who was right.

A reply is right at a level if its answer is and its reasoning is that short: a model that reasons on where the answer
alone was asked for has not shown that the problem is solved without reasoning. A model a level, as in Kang et al. 2024:
one for all levels, told by its condition which, answers at the level that it likes best, and what it solves says
nothing of the others.
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from data.columns import PROBLEMS, TRAINING
from data.dataset.shards import write_text
from data.spec import spec
from data.store import Artifact
from data.table import from_rows
from pipelines.execute.read import write_parts
from pipelines.files.trains import train_on
from pipelines.judging.levels import Levels, Pupil, dataset_digest, leveled, pupils, read_levels
from pipelines.judging.run_file import Judging
from pipelines.measure.outcomes import read_outcomes
from pipelines.plan.step import Means, Writes
from sft.config import Rows, Training
from sft.models.origin import base_digest, find
from stages.rewriting.adapt import Judgement, fold_of

JUDGEMENTS = "judgements.jsonl"


@spec
class Holds(Writes):
    """Write the problems of a fold, as parts."""

    dataset: Rows
    seed: int
    folds: int
    fold: int

    def uses(self) -> Mapping[str, str]:
        return {"dataset": dataset_digest(self.dataset)}

    def write(self, folder: Path, means: Means) -> None:
        by_problem = leveled(self.dataset)
        rows = [of[0] for problem, of in by_problem.items() if fold_of(problem, self.seed, self.folds) == self.fold]
        problems = [{f.name: row[f.name] for f in PROBLEMS} for row in rows]
        write_parts([from_rows(problems, PROBLEMS)], Artifact(folder), means.block)


@spec
class TrainsLevel(Writes):
    """Train on the rows of a level that lie in other folds."""

    training: Training
    seed: int
    folds: int
    fold: int
    level: float

    @property
    def workers(self) -> int:
        return self.training.workers

    def uses(self) -> Mapping[str, str]:
        return {"dataset": dataset_digest(self.training.dataset), "base": base_digest(find(self.training.base))}

    def write(self, folder: Path, means: Means) -> None:
        of_level = [row for rows in leveled(self.training.dataset, train=True).values() for row in rows]
        taught = [
            row
            for row in of_level
            if row["control_value"] == self.level and fold_of(row["problem_id"], self.seed, self.folds) != self.fold
        ]
        train_on([from_rows(taught, TRAINING)], self.training, folder, means)


@spec
class Judges(Writes):
    """Write who was right at which level; needs the replies of every pupil."""

    asked: Judging

    def uses(self) -> Mapping[str, str]:
        return {"dataset": dataset_digest(self.asked.training.dataset)}

    def write(self, folder: Path, means: Means) -> None:
        levels = read_levels(self.asked)
        pairs = zip(pupils(self.asked, levels), means.needs, strict=True)
        found = [asdict(one) for pupil, need in pairs for one in _judged(pupil, Artifact(need), levels)]
        lines = (json.dumps(one, sort_keys=True) for one in sorted(found, key=_order))
        write_text(folder / JUDGEMENTS, "".join(f"{line}\n" for line in lines))


def _judged(pupil: Pupil, replies: Artifact, levels: Levels) -> Iterator[Judgement]:
    for outcome in read_outcomes(replies):
        problem, level = outcome.problem, int(pupil.level)
        if any(row["control_value"] == level for row in levels.by_problem[problem]):
            right = outcome.correct and levels.reached(problem, outcome.cot_tokens or 0) >= level
            yield Judgement(problem_id=problem, level=level, seed=pupil.seed, held_out=pupil.fold, right=right)


def _order(line: Mapping[str, Any]) -> tuple[Any, ...]:
    return line["problem_id"], line["level"], line["seed"]

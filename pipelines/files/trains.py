"""Train an adapter on the rows of a step, so that a later step can ask it; resumable at every step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pyarrow as pa

from data.columns import PROBLEM_ID, TRAINING
from data.dataset.about import About
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.errors import InputError
from data.spec import spec
from data.store import Artifact
from data.table import conform, values
from pipelines.plan.step import Means, Writes
from sft.config import Rows, Training
from sft.models.origin import base_digest, find

CONFIG = "rows"
MODEL = Path("training") / "model"
"""Where in the step's folder the adapter lies."""


@spec
class Trains(Writes):
    """Train on the rows of the steps that are needed."""

    training: Training
    """How; its dataset is what the steps before have made."""

    @property
    def workers(self) -> int:
        return self.training.workers

    def uses(self) -> Mapping[str, str]:
        return {"base": base_digest(find(self.training.base))}

    def write(self, folder: Path, means: Means) -> None:
        tables = [conform(table, TRAINING) for need in means.needs for table in Artifact(need).tables()]
        if not any(table.num_rows for table in tables):
            raise InputError(f"{means.needs[0].name}: no rows to train on; the step before has rejected all of them")
        train_on(tables, self.training, folder, means)


def train_on(tables: Sequence[pa.Table], training: Training, folder: Path, means: Means) -> None:
    """Write rows as a dataset version of one split, and train on it into `folder / MODEL`."""
    problems = {problem for table in tables for problem in values(table, PROBLEM_ID)}
    about = About(name=CONFIG, run="", run_file="", tokenizer="", checker="", problems=len(problems))
    version = write_dataset(folder / "dataset", {CONFIG: tables}, [], Splits(shares={"train": 1.0}), about)
    rows = Rows(path=str(version), config=CONFIG, held_out=None)
    means.train(replace(training, dataset=rows), folder / MODEL.parent)

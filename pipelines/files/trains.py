"""Train an adapter on the rows of a step, so that a later step can ask it; resumable at every step."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from data.columns import PROBLEM_ID, TRAINING
from data.dataset.about import About
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.errors import InputError
from data.spec import spec
from data.store import Artifact
from data.table import conform, values
from pipelines.plan.step import Means
from sft.config import Rows, Training
from sft.origin import base_digest, find

CONFIG = "rows"
MODEL = Path("training") / "model"
"""Where in the step's folder the adapter lies."""


@spec
class Trains:
    """Train on the rows of the steps that are needed."""

    training: Training
    """How; its dataset is what the steps before have made."""

    def uses(self) -> Mapping[str, str]:
        return {"base": base_digest(find(self.training.base))}

    def write(self, folder: Path, means: Means) -> None:
        version = _dataset(folder / "dataset", means.needs)
        rows = Rows(path=str(version), config=CONFIG, held_out=None)
        means.train(replace(self.training, dataset=rows), folder / MODEL.parent)


def _dataset(root: Path, needs: Sequence[Path]) -> Path:
    """Write the rows of artifacts as a dataset version of one split."""
    tables = [conform(table, TRAINING) for folder in needs for table in Artifact(folder).tables()]
    problems = {problem for table in tables for problem in values(table, PROBLEM_ID)}
    if not problems:
        raise InputError(f"{needs[0].name}: no rows to train on; the step before has rejected all of them")
    about = About(name=CONFIG, run="", run_file="", tokenizer="", checker="", problems=len(problems))
    return write_dataset(root, {CONFIG: tables}, [], Splits(shares={"train": 1.0}), about)

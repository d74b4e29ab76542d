"""The models that judge a fold: one a level, trained on that level's rows of all other folds.

A model a level, as in Kang et al. 2024: one for all levels, told by its condition which, answers at the level that it
likes best, and what it solves says nothing of the others.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from data.columns import TRAINING
from data.dataset.manifest import Manifest
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.table import Row, from_rows
from pipelines.execute.executor import BuildStopped
from pipelines.execute.stop import Stop
from pipelines.judging.run_file import Judging
from sft.trained import TrainingStopped
from stages.rewriting.adapt import fold_of


def taught(asked: Judging, rows: Sequence[Row], fold: int) -> dict[float, list[Row]]:
    """Return the rows that have a level and lie in other folds, by level."""
    found: dict[float, list[Row]] = defaultdict(list)
    for row in rows:
        if row["control_kind"] == "level" and fold_of(row["problem_id"], asked.seed, asked.folds) != fold:
            found[row["control_value"]].append(row)
    return dict(sorted(found.items()))


def level_models(
    asked: Judging, rows: Mapping[float, Sequence[Row]], manifest: Manifest, fold: int, seed: int, stop: Stop
) -> dict[float, Path]:
    """Return the adapters trained on these rows, by level; what is trained stays trained.

    Raises:
        BuildStopped: a stop was wished; the same call goes on at the last checkpoint.
    """
    from sft.train import train  # what trains takes seconds to import

    found = {}
    for level, of in rows.items():
        place = asked.folder / f"without-{fold}-level-{level:g}"
        tables = {str(asked.training.dataset.config): [from_rows(of, TRAINING)]}
        version = write_dataset(place, tables, [], Splits(shares={"train": 1.0}), manifest.about)
        dataset = replace(asked.training.dataset, path=str(version), held_out=None)
        training = replace(asked.training, dataset=dataset, seed=asked.training.seed + seed)
        run = asked.folder / f"trained-{fold}-{seed}-level-{level:g}"
        try:
            found[level] = train(training, run, stopping=lambda: stop.asked).folder
        except TrainingStopped as stopped:
            raise BuildStopped(stop.reason) from stopped
    return found

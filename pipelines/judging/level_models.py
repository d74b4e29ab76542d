"""The models that judge a fold: one a level, trained on that level's rows of all other folds.

A model a level, as in Kang et al. 2024: one for all levels, told by its condition which, answers at the level that it
likes best, and what it solves says nothing of the others.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace

from data.columns import TRAINING
from data.dataset.manifest import Manifest
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.table import Row, from_rows
from pipelines.judging.run_file import Judging
from pipelines.train.alone import Job
from stages.rewriting.adapt import fold_of


def taught(asked: Judging, rows: Sequence[Row], fold: int) -> dict[float, list[Row]]:
    """Return the rows that have a level and lie in other folds, by level."""
    found: dict[float, list[Row]] = defaultdict(list)
    for row in rows:
        if row["control_kind"] == "level" and fold_of(row["problem_id"], asked.seed, asked.folds) != fold:
            found[row["control_value"]].append(row)
    return dict(sorted(found.items()))


def level_training(
    asked: Judging, rows: Mapping[float, Sequence[Row]], manifest: Manifest, fold: int, seed: int
) -> dict[float, Job]:
    """Write the rows of each level as a dataset, and return the training of each level's adapter on it."""
    found = {}
    for level, of in rows.items():
        place = asked.folder / f"without-{fold}-level-{level:g}"
        tables = {str(asked.training.dataset.config): [from_rows(of, TRAINING)]}
        version = write_dataset(place, tables, [], Splits(shares={"train": 1.0}), manifest.about)
        dataset = replace(asked.training.dataset, path=str(version), held_out=None)
        training = replace(asked.training, dataset=dataset, seed=asked.training.seed + seed)
        found[level] = (training, asked.folder / f"trained-{fold}-{seed}-level-{level:g}")
    return found

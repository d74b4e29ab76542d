"""Find near-duplicates among all problems of a source.

Problems are taken in the order of their ids, so what is found does not depend on workers, blocks or files. Memory holds
one band of signatures and the ids, some 150 bytes a problem.
"""

import shutil
from collections.abc import Iterator, Mapping
from pathlib import Path

from data.columns import GOLD, PROBLEM_ID, QUESTION
from data.spec import Positive, spec
from data.store import Artifact, write_json
from data.table import Row, split_dropped
from pipelines.plan.step import Means, Writes
from sft.models.trained import TrainingStopped
from stages.screening.contaminated import DropContaminated
from stages.screening.near_duplicates import FOUND

READ = [field.name for field in (PROBLEM_ID, QUESTION, GOLD)]


@spec
class FindNearDuplicates(Writes):
    """Write which problems are nearly the same as an earlier one: alike in all hashes of a band of their MinHash."""

    words: Positive
    """Words of a shingle."""
    bands: Positive
    hashes: Positive
    """Hashes of a band."""
    same_gold: bool
    contaminated: DropContaminated | None = None
    """What leaves anyhow, and so is like nothing."""

    def write(self, folder: Path, means: Means) -> None:
        from pipelines.files.minhash import MinHash  # takes a second

        work = folder / "minhash"
        shutil.rmtree(work, ignore_errors=True)
        ids: list[str] = []
        minhash = MinHash(self.words, self.bands, self.hashes)
        like = minhash.alike(self._texts(means, ids), work, lambda: _stop_if_wished(means))
        write_json(folder / FOUND, {ids[later]: ids[first] for later, first in _staying(like).items()})
        shutil.rmtree(work)

    def _texts(self, means: Means, ids: list[str]) -> Iterator[tuple[str, str]]:
        """Yield the question of each problem, its gold in front where that has to be the same, and note its id."""
        for row in self._rows(means):
            if not ids or row["problem_id"] != ids[-1]:
                ids.append(row["problem_id"])
                yield (row["gold"] or "") if self.same_gold else "", row["question"]

    def _rows(self, means: Means) -> Iterator[Row]:
        for artifact in map(Artifact, means.needs):
            for part in artifact.listed():
                _stop_if_wished(means)
                rows = artifact.read(part, READ)
                kept = rows if self.contaminated is None else split_dropped(self.contaminated(rows))[0]
                yield from kept.to_pylist()


def _staying(like: Mapping[int, int]) -> dict[int, int]:
    """Return of each that is like an earlier one which of those stays."""
    stays: dict[int, int] = {}
    for later in sorted(like):
        stays[later] = stays.get(like[later], like[later])
    return stays


def _stop_if_wished(means: Means) -> None:
    if means.stopping():
        raise TrainingStopped

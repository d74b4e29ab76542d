"""Leave out problems that a benchmark holds: those that share a run of words with one of its questions."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Annotated

import numpy as np
import pyarrow as pa
from pydantic import Field

from data.columns import DETAIL, DROPPED, QUESTION
from data.errors import InputError
from data.spec import PLACE, Positive, spec
from data.table import drop, values
from stages.screening.ngrams import Hashes, ngrams, words
from stages.stage import Stage

SUFFIX = ".ngrams.npy"
"""One file a benchmark: the hashes of its runs of words, sorted, each once."""


@spec
class DropContaminated(Stage):
    """Let problems go that share runs of words with a benchmark, as `contaminated:NAME`, the first such run beside it.

    A question of fewer words than a run is contaminated where it is a benchmark's whole question.
    """

    reads = (QUESTION,)
    writes = (DROPPED, DETAIL)

    folder: Annotated[str, PLACE]
    """Where the benchmarks' runs lie."""
    revision: str
    """What they are made from."""
    benchmarks: tuple[str, ...]
    """Names of the benchmarks; a problem in several is counted for the first."""
    words: Positive
    """Words of a run."""
    share: Annotated[float, Field(ge=0, le=1)] = 0.0
    """The least share of the question's runs; 0 takes one for enough."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        indexes = {name: _index(self.folder, self.revision, name) for name in self.benchmarks}
        asked = dict.fromkeys(values(rows, QUESTION))
        verdicts = {question: self._contaminated(question, indexes) for question in asked}
        told = [verdicts[question] for question in values(rows, QUESTION)]
        return drop(rows, [reason for reason, _ in told], [detail for _, detail in told])

    def _contaminated(self, question: str, indexes: Mapping[str, Hashes]) -> tuple[str | None, str | None]:
        """Return why a question leaves, and the run of words that it shares; None for both where it stays."""
        said = words(question)
        runs = ngrams(said, self.words)
        for name, index in indexes.items():
            shared = np.flatnonzero(among(runs, index))
            if len(shared) and len(shared) >= self.share * len(runs):
                run = said[shared[0] : shared[0] + self.words]
                return f"contaminated:{name}", f"shares with {name}: {' '.join(run)}"
        return None, None


def among(hashes: Hashes, index: Hashes) -> Sequence[bool]:
    """Tell of each hash whether it is in a sorted index."""
    places = np.searchsorted(index, hashes)
    return list(index[np.minimum(places, len(index) - 1)] == hashes)


@lru_cache(maxsize=64)
def _index(folder: str, revision: str, name: str) -> Hashes:
    path = Path(folder) / f"{name}{SUFFIX}"
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; the step before makes it")
    found: Hashes = np.load(path, mmap_mode="r", allow_pickle=False)
    return found

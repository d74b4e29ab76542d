"""What a scorer is: a spec that gives each unit of a chain of thought a number, higher for what matters more."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from stages.cutting.units import Units

Scores = npt.NDArray[np.float64]
Offsets = Sequence[tuple[int, int]]
"""Begin and end of each token, in characters."""


@dataclass(frozen=True)
class Thought:
    """A chain of thought to be scored, with what it belongs to."""

    prompt: str
    """The user turn that asks its question."""
    units: Units
    answer: str | None


class Scorer(ABC):
    """A measure; make one with `@spec`."""

    kind: str

    @property
    def gpus(self) -> int:
        """Return the GPUs it takes where there is a cluster."""
        return 0

    @property
    def likes_a_gpu(self) -> bool:
        """Tell whether it takes a GPU where the cluster has one."""
        return False

    def identity(self) -> str:
        """Return the measure and the model it uses with revision, as written to rows.

        Raises:
            ConfigError: there is no such model.
        """
        return f"{self.kind}@1"

    @property
    def most_units(self) -> int | None:
        """Return how many units of a text it can score; None for any number."""
        return None

    @abstractmethod
    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        """Return the scores of each thought's units; all nan where its question leaves the model no room to read it.

        Raises:
            EngineError: the model cannot be loaded.
        """


def pooled(units: Units, offsets: Offsets, values: npt.ArrayLike, how: Literal["mean", "sum", "total"]) -> Scores:
    """Return for each unit the mean or sum over the tokens that share characters with it; 0 where there is none.

    A sum is told for each of the words, numbers and signs in a unit, so that a formula is not worth its length; a total
    is not, for whole steps are.
    """
    numbers = np.asarray(values, np.float64)
    spans = np.array(units.spans, np.int64).reshape(-1, 2)
    tokens = np.array(offsets, np.int64).reshape(-1, 2)
    filled = tokens[:, 1] > tokens[:, 0]
    tokens, numbers = tokens[filled], numbers[filled]
    first = np.searchsorted(tokens[:, 1], spans[:, 0], side="right")
    last = np.searchsorted(tokens[:, 0], spans[:, 1], side="left")
    sums = np.concatenate([[0.0], np.cumsum(numbers)])
    total: Scores = sums[np.maximum(last, first)] - sums[first]
    if how == "total":
        return total
    shared = np.array(units.sizes, np.int64) if how == "sum" else last - first
    told: Scores = total / np.maximum(shared, 1)
    return told

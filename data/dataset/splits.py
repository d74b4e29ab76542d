"""Which split a problem is in: a seeded hash of its question alone, so no question is ever in two splits."""

import hashlib
import math
from typing import Annotated

from pydantic import Field, model_validator

from data.questions import normalised
from data.spec import spec

SplitName = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,64}$")]
"""A name that `datasets` takes for a split and that may become a folder."""

Share = Annotated[float, Field(ge=0, le=1)]
"""The part of all problems that a split gets."""


def _default_shares() -> dict[str, float]:
    return {"train": 0.9, "validation": 0.05, "test": 0.05}


@spec
class Splits:
    """The splits of a dataset and what share of the problems each gets."""

    shares: Annotated[dict[SplitName, Share], Field(min_length=1)] = Field(default_factory=_default_shares)
    """Shares by split name; they sum to 1. Their order is the order in which splits are listed, no more."""

    seed: int = 0
    """Another seed deals the questions anew."""

    @model_validator(mode="after")
    def _sums_to_one(self) -> "Splits":
        total = math.fsum(self.shares.values())
        if not math.isclose(total, 1.0, abs_tol=1e-9):
            raise ValueError(f"the shares sum to {total:g}; they must sum to 1")
        return self


def split_of(question: str, splits: Splits) -> str:
    """Return the split of a question, however it is spelled, and whatever its gold, its id and the other problems."""
    hashed = hashlib.sha256(f"{splits.seed}:{normalised(question)}".encode("utf-8", "surrogatepass")).digest()
    point = int.from_bytes(hashed[:8]) / 2**64
    reached = 0.0
    # By name, so that shares read back in another order deal alike.
    for name, share in sorted(splits.shares.items()):
        reached += share
        if point < reached:
            return name
    return max(name for name, share in splits.shares.items() if share > 0)

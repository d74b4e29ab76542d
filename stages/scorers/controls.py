"""Measures that know nothing of the text: the control conditions, at the ratio of what they are compared with."""

from collections.abc import Sequence
from random import Random
from typing import Literal

import numpy as np

from data.spec import digest, spec
from stages.scorers.scorer import Scorer, Scores, Thought


@spec
class AtRandom(Scorer):
    """Scores drawn by lot, from the seed and the text alone."""

    kind: Literal["random"] = "random"
    seed: int = 0

    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        draws = (Random(digest([self.seed, thought.prompt, thought.units.text])) for thought in thoughts)
        return [np.array([rng.random() for _ in it.units.spans]) for rng, it in zip(draws, thoughts, strict=True)]


@spec
class Truncation(Scorer):
    """Earlier is better, so that the end is cut off."""

    kind: Literal["truncation"] = "truncation"

    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        return [-np.arange(len(thought.units), dtype=np.float64) for thought in thoughts]

"""Importance for reaching the answer (Conditional Token Selection, Yuan et al. 2025, arXiv 2505.17827).

What becomes easier to guess once the answer is known has to do with it: a unit's score is its surprisal without the
answer in view minus that with it. Needs the answer; a thought without one is scored by the first part alone.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from data.spec import Positive, spec
from stages.scorers.models import ReadingScorer, Weights
from stages.scorers.scorer import Scores, Thought, pooled
from stages.scorers.surprisal import Read, context_ids, surprisals


@spec
class Conditional(ReadingScorer):
    """Scores by what knowing the answer changes."""

    kind: Literal["conditional"] = "conditional"
    weights: Weights
    """The causal language model."""
    window: Positive = 2048
    """Tokens read together, at most what the model can."""
    context: Annotated[int, Field(ge=0)] = 512
    """Tokens of a long text that stay in view as it is read on."""

    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        reader = self.weights.load("language_model")
        ids, offsets = reader.encode([thought.units.text for thought in thoughts])
        asked = [thought.prompt for thought in thoughts]
        known = [f"{said}\n\nThe answer is {thought.answer}." for said, thought in zip(asked, thoughts, strict=True)]
        reads = [
            Read(context_ids(reader, said), ids[at % len(ids)], offsets[at % len(ids)])
            for at, said in enumerate([*asked, *known])
        ]
        found = surprisals(reader, reads, self.window, self.context, self.weights.at_once(reader))
        return [
            pooled(thought.units, offsets[at], found[at] - _with_answer(thought, found[at + len(ids)]), "sum")
            for at, thought in enumerate(thoughts)
        ]


def _with_answer(thought: Thought, found: Scores) -> Scores:
    return found if thought.answer is not None else np.zeros_like(found)

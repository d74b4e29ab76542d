"""Self-information under a causal language model (Selective Context, Li et al. 2023, arXiv 2310.06201).

A unit that the model could have guessed says little. A unit's score is the sum over its tokens, for surprisal adds up.
"""

from collections.abc import Sequence
from typing import Annotated, Literal

from pydantic import Field

from data.spec import Positive, spec
from stages.scorers.models import ReadingScorer, Weights
from stages.scorers.scorer import Scores, Thought, pooled
from stages.scorers.surprisal import Read, context_ids, surprisals


@spec
class SelfInformation(ReadingScorer):
    """Scores by surprisal."""

    kind: Literal["self_information"] = "self_information"
    weights: Weights
    """The causal language model."""
    sees_question: bool = False
    """Whether the model has read the question; Selective Context's has not."""
    window: Positive = 2048
    """Tokens read together, at most what the model can."""
    context: Annotated[int, Field(ge=0)] = 512
    """Tokens of a long text that stay in view as it is read on."""

    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        reader = self.weights.load("language_model")
        ids, offsets = reader.encode([thought.units.text for thought in thoughts])
        told = [thought.prompt if self.sees_question else None for thought in thoughts]
        reads = [
            Read(context_ids(reader, said), *found)
            for said, found in zip(told, zip(ids, offsets, strict=True), strict=True)
        ]
        found = surprisals(reader, reads, self.window, self.context, self.weights.at_once(reader))
        return [
            pooled(thought.units, read.offsets, values, "sum")
            for thought, read, values in zip(thoughts, reads, found, strict=True)
        ]

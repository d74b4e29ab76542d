"""How much a step of a chain of thought matters, by three measures of a language model that reads it."""

from collections.abc import Sequence
from typing import Annotated, Literal

import numpy as np
from pydantic import Field

from data.spec import Positive, spec
from stages.cutting.units import Units
from stages.replies.statement import statement
from stages.scorers.answers import Stated, answer_surprisals
from stages.scorers.models import ReadingScorer, Weights
from stages.scorers.scorer import Offsets, Scores, Thought, pooled
from stages.scorers.surprisal import Read, context_ids, surprisals

MOST_STEPS = 256
"""Each step that is left out is a reading of the whole chain: more would cost the square of a long one."""


@spec
class _ReadsSteps(ReadingScorer):
    """A measure over the tokens of a chain that is read behind its question."""

    weights: Weights
    """The causal language model; step entropy's paper takes the one that wrote the chain."""
    window: Positive = 2048
    """Tokens read together, at most what the model can."""
    context: Annotated[int, Field(ge=0)] = 512
    """Tokens of a long text that stay in view as it is read on."""

    def figures(
        self, thoughts: Sequence[Thought], measure: Literal["surprisal", "entropy"]
    ) -> list[tuple[Offsets, Scores]]:
        """Return the offsets and figures of every chain's tokens."""
        reader = self.weights.load("language_model")
        encoded = list(zip(*reader.encode([thought.units.text for thought in thoughts]), strict=True))
        asked = (context_ids(reader, thought.prompt) for thought in thoughts)
        reads = [Read(context, *tokens) for context, tokens in zip(asked, encoded, strict=True)]
        found = surprisals(reader, reads, self.window, self.context, self.weights.at_once(reader), measure)
        return [(read.offsets, figures) for read, figures in zip(reads, found, strict=True)]


@spec
class StepEntropy(_ReadsSteps):
    """The entropy of a step's tokens, summed: what could not have been otherwise tells little (arXiv 2508.03346)."""

    kind: Literal["step_entropy"] = "step_entropy"

    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        told = zip(thoughts, self.figures(thoughts, "entropy"), strict=True)
        return [pooled(thought.units, *figures, "total") for thought, figures in told]


@spec
class StepSurprisal(_ReadsSteps):
    """The surprisal of a step's first token: where the chain turns, it is not foreseen (ASAP, arXiv 2508.05988)."""

    kind: Literal["step_surprisal"] = "step_surprisal"

    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        told = zip(thoughts, self.figures(thoughts, "surprisal"), strict=True)
        return [_first_of_each(thought.units, *figures) for thought, figures in told]


@spec
class AnswerPerplexity(ReadingScorer):
    """By how much the answer's perplexity grows without the step (PIR of LIMOPro, arXiv 2505.19187)."""

    kind: Literal["answer_perplexity"] = "answer_perplexity"
    weights: Weights
    """The causal language model."""
    window: Positive = 2048
    """Tokens of the chain's end that are read, at most what the model can."""

    @property
    def most_units(self) -> int:
        return MOST_STEPS

    def score(self, thoughts: Sequence[Thought]) -> list[Scores]:
        return [self._scored(thought) for thought in thoughts]

    def _scored(self, thought: Thought) -> Scores:
        """Return the ratio of perplexities without each step and with all; nan where the model cannot read them."""
        count = len(thought.units)
        if not 0 < count <= MOST_STEPS:
            return np.full(count, np.nan)
        every = [True] * count
        chains = [every, *([at != gone for at in range(count)] for gone in range(count))]
        said = statement(thought.answer)
        texts = (_text(thought.units, keep) for keep in chains)
        whole, *others = answer_surprisals(
            self.weights, [Stated(thought.prompt, f"{text}\n\n{said}") for text in texts], self.window
        )
        return np.exp(np.array(others) - whole)


def _first_of_each(units: Units, offsets: Offsets, figures: Scores) -> Scores:
    ends = np.array([end for _, end in offsets], np.int64)
    first = np.searchsorted(ends, [begin for begin, _ in units.spans], side="right")
    there = first < len(ends)
    scores = np.zeros(len(units))
    scores[there] = figures[first[there]]
    return scores


def _text(units: Units, keep: Sequence[bool]) -> str:
    return "".join(units.text[begin:end] for begin, end in units.kept(keep))

"""Whether a model differs from the base on the same problems, in accuracy and in length."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import fmean

from pipelines.measure.bootstrap import mean_interval
from pipelines.measure.figures import grouped
from pipelines.measure.outcomes import Outcome
from pipelines.measure.proportions import mcnemar


@dataclass(frozen=True)
class Difference:
    """A mean difference, the model's less the base's, and its 95% interval."""

    mean: float
    interval: tuple[float, float]


@dataclass(frozen=True)
class Comparison:
    """A model against the base, over the problems both were asked."""

    problems: int
    only_base: int
    """Problems whose first reply is right of the base alone."""
    only_model: int
    p: float
    """McNemar's exact test of these two."""
    accuracy: Difference | None
    cot_tokens: Difference | None
    """Over the problems both replied to."""
    token_ratio: float | None
    """Mean tokens of the model over those of the base, over these problems."""


@dataclass(frozen=True)
class _Pair:
    """A problem as both have replied to it."""

    base: Sequence[Outcome]
    model: Sequence[Outcome]

    @property
    def accuracy(self) -> float:
        return fmean(o.correct for o in self.model) - fmean(o.correct for o in self.base)

    @property
    def tokens(self) -> tuple[float, float] | None:
        """Return the mean tokens of base and model, where both replied."""
        base, model = ([o.cot_tokens for o in it if o.cot_tokens is not None] for it in (self.base, self.model))
        return (fmean(base), fmean(model)) if base and model else None


def compare(base: Sequence[Outcome], model: Sequence[Outcome], seed: int) -> Comparison:
    """Compare two models over the problems they share."""
    ones, others = (grouped(outcomes, lambda outcome: outcome.problem) for outcomes in (base, model))
    pairs = [_Pair(ones[problem], others[problem]) for problem in sorted(ones.keys() & others.keys())]
    firsts = [(pair.base[0].correct, pair.model[0].correct) for pair in pairs]
    only_base, only_model = firsts.count((True, False)), firsts.count((False, True))
    tokens = [found for pair in pairs if (found := pair.tokens) is not None]
    of_base, of_model = (sum(found[at] for found in tokens) for at in (0, 1))
    return Comparison(
        problems=len(pairs),
        only_base=only_base,
        only_model=only_model,
        p=mcnemar(only_base, only_model),
        accuracy=_difference([pair.accuracy for pair in pairs], seed),
        cot_tokens=_difference([theirs - ours for ours, theirs in tokens], seed),
        token_ratio=of_model / of_base if of_base else None,
    )


def _difference(differences: Sequence[float], seed: int) -> Difference | None:
    return Difference(fmean(differences), mean_interval(differences, seed)) if differences else None

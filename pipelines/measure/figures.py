"""The figures of a set of replies: how often right, how long, how much for each right one (docs/measuring.md)."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from math import ceil
from statistics import fmean, median

from pipelines.measure.bootstrap import mean_interval
from pipelines.measure.outcomes import FAILED, Outcome
from pipelines.measure.proportions import pass_at, wilson

SEED = 0
"""Of the draws by which intervals of means are told."""


@dataclass(frozen=True)
class Lengths:
    """Reasoning tokens of some replies."""

    mean: float
    mean_interval: tuple[float, float]
    """Of 95%, by drawing problems again: replies to one problem are alike."""
    median: float
    p90: float


@dataclass(frozen=True)
class Figures:
    """What is told of a set of replies; None where there is nothing to reckon from."""

    problems: int
    replies: int
    correct: int
    undecided: int
    """Replies that came whole and that the checker could not judge; not correct."""
    failed: int
    """Replies that never came; not correct."""
    accuracy: float | None
    accuracy_interval: tuple[float, float] | None
    cot_tokens: Lengths | None
    cot_tokens_correct: Lengths | None
    truncation_rate: float | None
    mean_reply_tokens: float | None
    tokens_per_correct: float | None
    accuracy_efficiency: float | None
    pass_at: Mapping[str, float]


def figures(outcomes: Sequence[Outcome], billion_parameters: float | None) -> Figures:
    """Return the figures of these replies, given how large the model is."""
    by_problem = grouped(outcomes, lambda outcome: outcome.problem)
    tokens = [o.reply_tokens for o in outcomes if o.reply_tokens is not None]
    right = [o for o in outcomes if o.correct]
    accuracy = len(right) / len(outcomes) if outcomes else None
    mean = fmean(tokens) if tokens else None
    return Figures(
        problems=len(by_problem),
        replies=len(outcomes),
        correct=len(right),
        undecided=sum(o.verdict == "undecided" and not o.truncated for o in outcomes),
        failed=sum(o.verdict == FAILED for o in outcomes),
        accuracy=accuracy,
        # Replies to one problem are alike: only the problems are independent trials.
        accuracy_interval=None if accuracy is None else wilson(accuracy, len(by_problem)),
        cot_tokens=lengths(outcomes),
        cot_tokens_correct=lengths(right),
        truncation_rate=sum(o.truncated for o in outcomes) / len(tokens) if tokens else None,
        mean_reply_tokens=mean,
        tokens_per_correct=sum(tokens) / len(right) if right else None,
        accuracy_efficiency=_efficiency(accuracy, mean, billion_parameters),
        pass_at=pass_rates([[o.correct for o in group] for group in by_problem.values()]),
    )


def lengths(outcomes: Iterable[Outcome]) -> Lengths | None:
    """Return the lengths of the replies that came; p90 is the shortest length that 90% do not exceed."""
    told = [o for o in outcomes if o.cot_tokens is not None]
    found = sorted(o.cot_tokens for o in told if o.cot_tokens is not None)
    if not found:
        return None
    by_problem = grouped(told, lambda outcome: outcome.problem)
    means = [fmean(o.cot_tokens or 0 for o in group) for group in by_problem.values()]
    return Lengths(fmean(found), mean_interval(means, SEED), median(found), found[ceil(0.9 * len(found)) - 1])


def pass_rates(problems: Sequence[Sequence[bool]]) -> dict[str, float]:
    """Return pass@k, the mean over problems, for k of 1, 2, 4 ... and all samples; nothing of a single sample."""
    samples = min((len(replies) for replies in problems), default=0)
    if samples < 2:
        return {}
    ks = sorted({*(1 << power for power in range(samples.bit_length())), samples})
    return {str(k): fmean(pass_at(k, len(replies), sum(replies)) for replies in problems) for k in ks}


def grouped(outcomes: Iterable[Outcome], key: Callable[[Outcome], str]) -> dict[str, list[Outcome]]:
    """Return the outcomes by key, keys in the order they are met."""
    groups: dict[str, list[Outcome]] = {}
    for outcome in outcomes:
        groups.setdefault(key(outcome), []).append(outcome)
    return groups


def _efficiency(accuracy: float | None, mean_tokens: float | None, billion_parameters: float | None) -> float | None:
    if accuracy is None or not mean_tokens or billion_parameters is None:
        return None
    return 100 * accuracy / (billion_parameters * mean_tokens)

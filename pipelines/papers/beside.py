"""A paper's table beside what was measured here."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.papers.preset import Paper


@dataclass(frozen=True)
class Beside:
    """A model in the paper and here; null where one of them does not tell."""

    model: str
    called: str
    paper_accuracy: float | None
    paper_tokens: float | None
    accuracy: float | None
    """In percent."""
    interval: tuple[float, float] | None
    """Of 95%, in percent."""
    tokens: float | None
    """Mean tokens of the reasoning."""
    source: str


def beside(paper: Paper, measured: Mapping[str, Any]) -> Iterator[Beside]:
    """Yield the rows of a paper's table with the figures of a measurement, then the models the paper does not tell of.

    Args:
        measured: the figures that a measurement keeps; of several ways to draw, the first counts.
    """
    ours: dict[str, Mapping[str, Any]] = {}
    for result in measured["results"]:
        ours.setdefault(result["model"], result["all"])
    for row in paper.reported:
        yield _row(row.model, row.called, (row.accuracy, row.tokens), ours.pop(row.model, None), row.source)
    for model, figures in ours.items():
        yield _row(model, "", (None, None), figures, "")


def _row(
    model: str,
    called: str,
    reported: tuple[float | None, float | None],
    figures: Mapping[str, Any] | None,
    source: str,
) -> Beside:
    figures = figures or {}
    accuracy, interval, lengths = (figures.get(name) for name in ("accuracy", "accuracy_interval", "cot_tokens"))
    return Beside(
        model=model,
        called=called,
        paper_accuracy=reported[0],
        paper_tokens=reported[1],
        accuracy=None if accuracy is None else 100 * accuracy,
        interval=None if interval is None else (100 * interval[0], 100 * interval[1]),
        tokens=None if lengths is None else lengths["mean"],
        source=source,
    )

"""The plot of a measurement: accuracy over reasoning tokens, and which models no other one beats in both."""

import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flows.figures.measure_wording import Told

Role = Literal["base", "method", "control"]
STYLES: Mapping[str, tuple[str, str]] = {
    "base": ("black", "s"),
    "method": ("tab:blue", "o"),
    "control": ("tab:gray", "^"),
}
"""Colour and marker of a role."""
INCHES = (9.5, 5.0)
LINE = 0.14
"""Inches that a name takes; a plot of many models is as high as their names."""
NEAR = 0.04
"""Share of the plot's width and height within which two points are too near for labels of their own."""


@dataclass(frozen=True)
class Point:
    """A model in a mode."""

    name: str
    role: Role
    tokens: float
    accuracy: float
    interval: tuple[float, float]


def write_plot(told: Told, path: Path) -> Sequence[Path]:
    """Draw one plot a mode and return their files; the first is `path`, the others carry their mode in their name."""
    written: list[Path] = []
    for mode in dict.fromkeys(result["mode"] for result in told["results"]):
        points = list(points_of(told, mode))
        if points:
            file = path if not written else path.with_stem(f"{path.stem}-{mode}")
            _draw(points, f"{told['name']}, {mode}", file)
            written.append(file)
    return written


def points_of(told: Told, mode: str) -> Iterable[Point]:
    """Yield the models measured in a mode that have replied."""
    for result in told["results"]:
        found = result["all"]
        if result["mode"] == mode and found["cot_tokens"] is not None:
            role = told["models"][result["model"]]["role"]
            low, high = found["accuracy_interval"]
            yield Point(result["model"], role, found["cot_tokens"]["mean"], found["accuracy"], (low, high))


def front(points: Iterable[Point]) -> list[Point]:
    """Return the points, shortest first, that no other beats: none is as short and more accurate."""
    best: list[Point] = []
    for point in sorted(points, key=lambda it: (it.tokens, -it.accuracy)):
        if not best or point.accuracy > best[-1].accuracy:
            best.append(point)
    return best


def labels(points: Sequence[Point]) -> list[tuple[Point, str]]:
    """Return where numbers stand and which: points too near to be told apart share a label. Counted from 1."""
    wide, high = (max(it) - min(it) or 1.0 for it in ([p.tokens for p in points], [p.accuracy for p in points]))
    groups: list[tuple[Point, list[str]]] = []
    for number, point in enumerate(points, start=1):
        for first, numbers in groups:
            if abs(first.tokens - point.tokens) < NEAR * wide and abs(first.accuracy - point.accuracy) < NEAR * high:
                numbers.append(str(number))
                break
        else:
            groups.append((point, [str(number)]))
    return [(first, ", ".join(numbers)) for first, numbers in groups]


def _draw(points: Sequence[Point], title: str, path: Path) -> None:
    # Takes a second to import, and only a measurement draws. Its own figure: no window, no global state.
    from matplotlib.figure import Figure

    wide, high = INCHES
    figure = Figure(figsize=(wide, max(high, LINE * (len(points) + 4))), layout="constrained")
    axes, key = figure.subplots(1, 2, width_ratios=[3, 1])
    best = front(points)
    axes.plot(
        [it.tokens for it in best], [100 * it.accuracy for it in best], color="tab:orange", zorder=1, label="front"
    )
    for role, (colour, marker) in STYLES.items():
        _points(axes, [it for it in points if it.role == role], role, colour, marker)
    for point, numbers in labels(points):
        place = (point.tokens, 100 * point.accuracy)
        axes.annotate(textwrap.fill(numbers, 16), place, xytext=(6, -6), textcoords="offset points", va="top", size=8)
    names = "\n".join(f"{number:>2}  {it.name}" for number, it in enumerate(points, start=1))
    told = key.text(0, 1, names, va="top", size=8, family="monospace", transform=key.transAxes, parse_math=False)
    told.set_in_layout(False)  # else the plot is made lower, to leave room below
    key.axis("off")
    axes.set(title=title, xlabel="mean reasoning tokens", ylabel="accuracy, percent (95% interval)")
    axes.margins(0.1)  # room for the numbers, which stand beside their points
    axes.grid(visible=True, alpha=0.3)
    axes.legend()
    figure.savefig(path, dpi=150, metadata={"Software": None})


def _points(axes: Any, points: Sequence[Point], role: str, colour: str, marker: str) -> None:
    if not points:
        return
    below = [100 * max(0.0, it.accuracy - it.interval[0]) for it in points]
    above = [100 * max(0.0, it.interval[1] - it.accuracy) for it in points]
    places = [it.tokens for it in points], [100 * it.accuracy for it in points]
    axes.errorbar(*places, yerr=(below, above), fmt=marker, color=colour, capsize=3, label=role)

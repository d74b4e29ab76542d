"""The plot of a measurement: accuracy over reasoning tokens, and which models no other one beats in both."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from flows.measure_wording import Told

Role = Literal["base", "method", "control"]
STYLES: Mapping[str, tuple[str, str]] = {
    "base": ("black", "s"),
    "method": ("tab:blue", "o"),
    "control": ("tab:gray", "^"),
}
"""Colour and marker of a role."""
INCHES = (7.0, 4.5)


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


def _draw(points: Sequence[Point], title: str, path: Path) -> None:
    # Takes a second to import, and only a measurement draws. Its own figure: no window, no global state.
    from matplotlib.figure import Figure

    figure = Figure(figsize=INCHES, layout="constrained")
    axes = figure.add_subplot()
    best = front(points)
    axes.plot(
        [it.tokens for it in best], [100 * it.accuracy for it in best], color="tab:orange", zorder=1, label="front"
    )
    for role, (colour, marker) in STYLES.items():
        _points(axes, [it for it in points if it.role == role], role, colour, marker)
    axes.set(title=title, xlabel="mean reasoning tokens", ylabel="accuracy, percent (95% interval)")
    axes.margins(x=0.15)  # room for the names, which stand to the right of their points
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
    for it in points:
        axes.annotate(it.name, (it.tokens, 100 * it.accuracy), xytext=(5, 5), textcoords="offset points")

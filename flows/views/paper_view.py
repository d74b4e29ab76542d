"""A paper's preset on screen: what its three run files take, and its table beside ours."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from data.spec import load
from flows.running.estimate import GUESSED_REPLY_TOKENS, Assumed, estimate, samplers, unreckoned
from flows.terminal import harmless
from pipelines.build.build import read_order
from pipelines.measure.run_file import Measurement
from pipelines.papers.beside import Beside
from pipelines.papers.preset import Paper, Part
from pipelines.tuning.run_file import read_tuning

HOUR = 3600.0


@dataclass(frozen=True)
class Rates:
    """What a person knows of their machines; hours are told from nothing else."""

    generated: float | None = None
    """Tokens a second that are generated."""
    trained: float | None = None
    """Tokens a second that are trained."""


@dataclass(frozen=True)
class Load:
    """What one run file takes; `most` cannot be exceeded but by what depends on replies."""

    part: Part
    calls: int
    tokens: float
    most: float
    rests_on: str


def loads(paper: Paper, paths: Mapping[Part, Path], counts: tuple[int, int]) -> Iterator[Load]:
    """Yield what each run file takes.

    Args:
        counts: problems that are built from, and measured on.

    Raises:
        ConfigError: a run file cannot be run.
    """
    built, measured = counts
    length = next((row.tokens for row in paper.reported if row.tokens), float(GUESSED_REPLY_TOKENS))
    yield _of_build(paths["build"], built, length)
    if "tune" in paths:
        training = read_tuning(paths["tune"]).training
        steps = training.max_steps
        rows = built * training.epochs if steps is None else steps * training.batch_size * training.accumulate
        told = f"{rows:,} rows seen, of a row a problem; most: {training.max_tokens:,} tokens each"
        yield Load("tune", 0, rows * length, rows * training.max_tokens, told)
    for part in (part for part in paths if part.startswith("measure")):
        run = load(Measurement, paths[part])
        calls = measured * len(run.models) * sum(mode.samples for mode in run.modes)
        told = f"{measured:,} problems x {len(run.models)} models; most: {run.max_tokens:,} tokens each"
        yield Load(part, calls, calls * min(length, run.max_tokens), calls * run.max_tokens, told)


def _of_build(path: Path, problems: int, length: float) -> Load:
    order = read_order(path)
    if not samplers(order.plan):
        asking = ", ".join(unreckoned(order.plan))
        told = f"{asking}: depends on what is read" if asking else "the chains are there already"
        return Load("build", 0, 0, 0, told)
    found = estimate(order.run, order.plan, problems, [], Assumed(length, "the paper"), Assumed(1.0, "none"))
    others = "".join(f"; {name} asks too, how often depends on the replies" for name in unreckoned(order.plan))
    told = f"{problems:,} problems, {length:,.0f} tokens a reply{others}"
    return Load("build", found.calls, found.reply_tokens, found.most_reply_tokens, told)


def load_table(found: Sequence[Load], rates: Rates) -> Table:
    """Return what a preset takes as a table."""
    table = Table("part", title="What it takes", title_justify="left")
    for head in ("calls", "tokens", "tokens at most", "hours"):
        table.add_column(head, justify="right")
    table.add_column("rests on")
    for one in found:
        rate = rates.trained if one.part == "tune" else rates.generated
        hours = "tell a rate" if rate is None else f"{one.tokens / rate / HOUR:,.1f}"
        table.add_row(one.part, f"{one.calls:,}", f"{one.tokens:,.0f}", f"{one.most:,.0f}", hours, one.rests_on)
    return table


def paper_table(paper: Paper, rows: Sequence[Beside]) -> Table:
    """Return a paper's table beside ours."""
    table = Table("model", "in the paper", title=f"{harmless(paper.title)} ({harmless(paper.paper)})")
    for head in ("its accuracy", "ours", "95%", "its CoT tokens", "ours"):
        table.add_column(head, justify="right")
    table.add_column("source")
    for row in rows:
        interval = "" if row.interval is None else f"{row.interval[0]:.1f} to {row.interval[1]:.1f}"
        accuracies = (_number(row.paper_accuracy), _number(row.accuracy), interval)
        tokens = (_number(row.paper_tokens), _number(row.tokens))
        table.add_row(row.model, harmless(row.called), *accuracies, *tokens, harmless(row.source))
    return table


def remarks(paper: Paper) -> Iterator[str]:
    """Yield what of the paper's setting is unknown, and what is done otherwise."""
    yield from (f"Unknown: {harmless(one)}" for one in paper.unknown)
    yield from (f"Done otherwise: {harmless(one)}" for one in paper.differs)


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:,.1f}"

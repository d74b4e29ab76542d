"""The results table as Markdown, from what the runs have left on disk."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from benchmarks.result_rows import Plan, ResultRow
from data.journal import journal_totals
from data.store import read_json
from flows.running.event_log import ENDS, NAME, EventLog

HEADS = (
    "row",
    "accuracy, %",
    "CoT tokens",
    "fewer, %",
    "longer: accuracy, %",
    "longer: CoT tokens",
    "tokens to build the data",
    "time to build",
    "time to train",
)


@dataclass(frozen=True)
class Cost:
    """What the runs of a folder took, interruptions left out."""

    tokens: int
    seconds: float


def cost(folder: Path) -> Cost:
    """Add up what a run took: replies in its journal, and the times between a start and the last word after it."""
    seconds, began, last = 0.0, None, None
    for event in EventLog(folder).events():
        at = datetime.fromisoformat(event["time"])
        if event["event"] == "started":
            seconds += _between(began, last)
            began = at
        last = at
        if event["event"] in ENDS:
            seconds += _between(began, last)
            began = None
    (tokens,) = journal_totals(folder / "journal", "spent_tokens")
    return Cost(int(tokens), seconds + _between(began, last))


def _between(began: datetime | None, last: datetime | None) -> float:
    return 0.0 if began is None or last is None else (last - began).total_seconds()


def duration(plan: Plan) -> str:
    """Say how long all runs of a reproduction have worked, those of one seed."""
    logs = plan.runs.glob(f"*-{plan.seed}*/{NAME}")
    minutes = round(sum(cost(path.parent).seconds for path in logs) / 60)
    return f"All runs of these rows worked for {minutes // 60} h {minutes % 60:02d} min together, measuring included."


def table(plan: Plan, rows: Mapping[str, ResultRow]) -> Iterator[str]:
    """Yield the lines of the table: the base, then every row."""
    usual, longer = (_greedy(plan, kind) for kind in ("usual", "longer"))
    yield f"| {' | '.join(HEADS)} |"
    yield f"|---|{'---:|' * (len(HEADS) - 1)}"
    base = ["**the pocket model as it is**", *_measured("base", usual, longer), "-", "-", "-"]
    yield f"| {' | '.join(base)} |"
    for name, row in rows.items():
        for line in row.lines(name):
            title = line.title if line.role == "method" else f"_{line.title}_ (control)"
            cells = [title, *_measured(line.name, usual, longer), *_costs(plan, name, row)]
            yield f"| {' | '.join(cells)} |"


def _measured(name: str, usual: Mapping[str, Any], longer: Mapping[str, Any]) -> list[str]:
    shorter = "-" if name == "base" else f"{100 * (1 - _tokens(usual[name]) / _tokens(usual['base'])):.1f}"
    cells = [_accuracy(usual[name]), f"{_tokens(usual[name]):.1f}", shorter]
    return cells + ([_accuracy(longer[name]), f"{_tokens(longer[name]):.1f}"] if name in longer else ["-", "-"])


def best(plan: Plan, rows: Mapping[str, ResultRow], count: int = 3) -> list[str]:
    """Return the methods with the fewest tokens among those within one point of the base, then the most accurate of
    the others."""
    usual = _greedy(plan, "usual")
    least = usual["base"]["accuracy"] - 0.01

    def rank(line: str) -> tuple[bool, float, float]:
        accuracy, tokens = usual[line]["accuracy"], _tokens(usual[line])
        return (False, tokens, -accuracy) if accuracy >= least else (True, -accuracy, tokens)

    found = [(rank(line.name), name) for name, row in rows.items() for line in row.lines(name) if row.role == "method"]
    return list(dict.fromkeys(name for _, name in sorted(found)))[:count]


def seeds_table(plans: Sequence[Plan], rows: Mapping[str, ResultRow]) -> Iterator[str]:
    """Yield the base and the rows under every seed: mean, least and most."""
    found = [_greedy(plan, "usual") for plan in plans]
    titles = {"base": "the pocket model as it is"}
    titles |= {line.name: line.title for name, row in rows.items() for line in row.lines(name)}
    yield f"Under {len(plans)} seeds of sampling and training, the mean and in brackets the least and the most:\n"
    yield "| row | accuracy, % | CoT tokens | fewer, % |\n|---|---:|---:|---:|"
    for name, title in titles.items():
        accuracies = [100 * run[name]["accuracy"] for run in found]
        tokens = [_tokens(run[name]) for run in found]
        fewer = [100 * (1 - _tokens(run[name]) / _tokens(run["base"])) for run in found]
        yield f"| {title} | {_spread(accuracies)} | {_spread(tokens)} | {'-' if name == 'base' else _spread(fewer)} |"


def _spread(values: Sequence[float]) -> str:
    return f"{fmean(values):.1f} ({min(values):.1f} to {max(values):.1f})"


def published(rows: Mapping[str, ResultRow]) -> Iterator[str]:
    """Yield what the papers say, each on another model and another task than ours."""
    for row in rows.values():
        if row.published is not None:
            yield f"- {row.title}: {row.published}"


def _greedy(plan: Plan, kind: str) -> dict[str, Any]:
    """Return the figures of each model by name; nothing where they were not measured."""
    path = plan.runs / f"measured-{kind}-{plan.seed}" / "measure.json"
    return {found["model"]: found["all"] for found in read_json(path)["results"]} if path.is_file() else {}


def _accuracy(found: Mapping[str, Any]) -> str:
    low, high = found["accuracy_interval"]
    return f"{100 * found['accuracy']:.1f} ({100 * low:.1f} to {100 * high:.1f})"


def _tokens(found: Mapping[str, Any]) -> float:
    return float(found["cot_tokens"]["mean"])


def _costs(plan: Plan, name: str, row: ResultRow) -> list[str]:
    data, training = cost(plan.runs / plan.name(row.data_of or name)), cost(plan.model(name).parents[1])
    trained = "in the build" if row.training is None else f"{training.seconds:,.0f} s"
    return [f"{data.tokens:,}", f"{data.seconds:,.0f} s", trained]

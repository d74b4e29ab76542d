"""A row of the results table: what it is made by, and the run files that make it."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from data.conditions import Condition
from data.errors import ConfigError
from data.spec import load, spec

ROWS = Path(__file__).parent / "results"
BASE = "data/pocket"
TASKS = ["addition", "algebra", "directions", "word_problems"]
LONGER = {"task": ["addition", "algebra", "word_problems"], "difficulties": [5, 6]}
"""Beyond what the pocket model was taught, which is up to 4 in each of these."""


@spec
class Asked:
    """A way to ask a row's model: each is a line of the table."""

    at: str
    """Names it: the ratio, the budget, the number of steps."""
    control_value: float | None = None
    condition: Condition | None = None
    adapter: str | None = None
    """An adapter that the row's build has made, as a pattern below its folder; null takes the trained one."""


@spec
class ResultRow:
    """A file of `benchmarks/results`."""

    title: str
    role: Literal["method", "control"]
    published: str | None = None
    """What the paper says, on its own model and data."""
    build: dict[str, Any] | None = None
    """Run file of the data, without its name."""
    data_of: str | None = None
    """The row whose data this one takes; give this or `build`."""
    after: str | None = None
    """The row whose model this one goes on from; null begins at the base."""
    training: dict[str, Any] | None = None
    """Of the run file for `tune`, without the base; null where the build has made the adapters."""
    asked: tuple[Asked, ...] = ()
    """How its model is asked; empty for once, as it is."""

    def lines(self, name: str) -> Iterator["Line"]:
        """Yield the lines of the table this row fills."""
        if not self.asked:
            yield Line(name, self.title, self.role, {}, None)
        for one in self.asked:
            told = {"control_value": one.control_value, "condition": as_written(one.condition)}
            asked = f"{self.title}, {one.at}"
            yield Line(f"{name}-{re.sub(r'[^a-z0-9]+', '', one.at)}", asked, self.role, told, one.adapter)


@dataclass(frozen=True)
class Line:
    """A line of the table: a trained model, asked in one way."""

    name: str
    title: str
    role: Literal["method", "control"]
    asked: dict[str, Any]
    """What the measurement's run file says of how it is asked."""
    adapter: str | None
    """Pattern of the adapter below the folder of the row's build."""


def as_written(condition: Condition | None) -> dict[str, Any] | None:
    """Return a condition as a run file has it."""
    return None if condition is None else asdict(condition)


@dataclass(frozen=True)
class Plan:
    """Where one reproduction of the table keeps its runs, and how large it is."""

    runs: Path
    seed: int
    problems: int | None
    """Problems that data are built from; None as the rows say."""

    def name(self, row: str) -> str:
        """Return the name of a row's runs under this seed."""
        return f"{row}-{self.seed}"

    def build_file(self, name: str, row: ResultRow) -> Path:
        """Write the run file of a row's data."""
        tree = {**(row.build or {}), "name": self.name(name), "runs": str(self.runs), "seed": self.seed}
        if self.problems is not None:
            tree["problems"] = {**tree["problems"], "count": self.problems}
        return self.written(f"{self.name(name)}.build.yaml", tree)

    def tune_file(self, name: str, row: ResultRow) -> Path:
        """Write the run file of a row's training."""
        data = self.runs / self.name(row.data_of or name)
        training = {**(row.training or {}), "base": {"model": BASE}, "seed": self.seed}
        training["dataset"] = {**training["dataset"], "path": str(data)}
        if row.after is not None:
            training["start"] = str(self.model(row.after))
        tree = {"name": f"{self.name(name)}-tuned", "runs": str(self.runs), "training": training}
        return self.written(f"{self.name(name)}.tune.yaml", tree)

    def model(self, name: str) -> Path:
        """Return where a row's model lies once it is trained."""
        return self.runs / f"{self.name(name)}-tuned" / "training" / "model"

    def adapter(self, name: str, line: Line) -> Path:
        """Return the adapter that answers for a line: the trained one, or one that the build has made.

        Raises:
            ConfigError: the build has made none of that name.
        """
        if line.adapter is None:
            return self.model(name)
        found = sorted((self.runs / self.name(name)).glob(line.adapter))
        if len(found) != 1:
            raise ConfigError(
                f"benchmarks/results/{name}.yaml: {len(found)} folders match {line.adapter!r}; one is wanted"
            )
        return found[0]

    def measure_file(self, rows: dict[str, ResultRow], problems: int, *, longer: bool) -> Path:
        """Write the run file that measures the base and every row on the same held-out problems."""
        kind = "longer" if longer else "usual"
        found = {"kind": "task", "task": TASKS, "count": problems, "split": "held_out", "seed": 11 + self.seed}
        found |= LONGER if longer else {}
        models = [
            {"name": line.name, "role": line.role, "adapter": str(self.adapter(name, line)), **line.asked}
            for name, row in rows.items()
            for line in row.lines(name)
        ]
        tree = {
            "name": f"measured-{kind}-{self.seed}",
            "runs": str(self.runs),
            "problems": found,
            "engine": {"kind": "local", "model": BASE, "max_model_len": 2048, "max_loras": 1, "concurrency": 192},
            "models": [{"name": "base"}, *models],
            "max_tokens": 1024 if longer else 512,
            "training": sorted({str(self.runs / self.name(row.data_of or name)) for name, row in rows.items()}),
            "where": "here",
        }
        return self.written(f"measured-{kind}-{self.seed}.yaml", tree)

    def written(self, name: str, tree: Mapping[str, Any]) -> Path:
        """Write a run file beside the runs."""
        self.runs.mkdir(parents=True, exist_ok=True)
        path = self.runs / name
        path.write_text(yaml.safe_dump(dict(tree), sort_keys=False, allow_unicode=True))
        return path


def read_rows(wanted: list[str] | None = None) -> dict[str, ResultRow]:
    """Read the rows, those that others need before them.

    Raises:
        ConfigError: a row needs one that there is not, or has no data.
    """
    rows = {path.stem: load(ResultRow, path) for path in sorted(ROWS.glob("*.yaml"))}
    faults = [
        f"benchmarks/results/{name}.yaml: {key} is {needed!r}; there is {', '.join(rows)}"
        for name, row in rows.items()
        for key, needed in (("after", row.after), ("data_of", row.data_of))
        if needed is not None and needed not in rows
    ]
    faults += [
        f"benchmarks/results/{name}.yaml: give one of `build` and `data_of`"
        for name, row in rows.items()
        if (row.build is None) == (row.data_of is None)
    ]
    faults += [f"there is no row {name!r}; there is {', '.join(rows)}" for name in wanted or [] if name not in rows]
    if faults:
        raise ConfigError(*faults)
    return needed(wanted or rows, rows)


def needed(wanted: Iterable[str], rows: Mapping[str, ResultRow]) -> dict[str, ResultRow]:
    """Return the wanted rows and those they need, these first."""
    ordered: dict[str, ResultRow] = {}
    for name in wanted:
        _add(name, rows, ordered)
    return ordered


def _add(name: str, rows: Mapping[str, ResultRow], ordered: dict[str, ResultRow]) -> None:
    for needed in (rows[name].data_of, rows[name].after):
        if needed is not None and needed not in ordered:
            _add(needed, rows, ordered)
    ordered[name] = rows[name]

"""Runs a field case: its run file (or our translation of it) is built in this process, and what came of it is read.

A case is a folder: `expected.md` says in words what is right, `run.yaml` with its files is built (beside the scripted
server of `server.json`), or `answers.jsonl` holds answers to judge. `{CASE}` and `{PORT}` in YAML are filled in;
what is said of where and how fast it runs changes no row.
"""

import shutil
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
from datasets import load_from_disk

from tests.field.scenario import serving
from tests.flows.builds import Command

HERE = Path(__file__).parent


@dataclass(frozen=True)
class Outcome:
    """What came of a build."""

    code: int
    """The exit status."""
    said: str
    """All that it printed."""
    rows: list[dict[str, Any]] = field(default_factory=list)
    """Every row of the dataset."""
    rejected: list[dict[str, Any]] = field(default_factory=list)
    """Every row that left, with its reason in `dropped`."""
    requests: list[dict[str, Any]] = field(default_factory=list)
    """The bodies that the server was sent."""
    version: Path | None = None
    """The folder of the dataset's version."""

    @property
    def everything(self) -> list[dict[str, Any]]:
        return self.rows + self.rejected

    @property
    def reasons(self) -> list[str]:
        """Why rows left, sorted."""
        return sorted(row["dropped"] for row in self.rejected)


Check = Callable[[Outcome], None]


def run_case(case: Path, folder: Path, command: Command) -> Outcome:
    """Build a case in a copy of its folder."""
    copy = folder / "case"
    shutil.copytree(case, copy)
    translated = HERE / case.name
    if translated.is_dir():
        shutil.copytree(translated, copy, dirs_exist_ok=True)
    with ExitStack() as stack:
        port, requests = "", []
        if (copy / "server.json").is_file():
            number, scenario = stack.enter_context(serving(copy / "server.json"))
            port, requests = str(number), scenario.requests
        run_file = copy / "run.yaml"
        text = run_file.read_text("utf-8").replace("{CASE}", str(copy)).replace("{PORT}", port)
        run_file.write_text(f"{text}\nruns: {copy / 'runs'}\nwhere: here\nblock: 1024\n", "utf-8")
        ran = command("build", str(run_file))
    versions = sorted((copy / "runs").glob("*/dataset/*/manifest.json"), key=lambda path: path.stat().st_mtime)
    if not versions:
        return Outcome(ran.code, ran.out + ran.err, requests=requests)
    version = versions[-1].parent
    configs = sorted(path.parent for path in version.glob("*/dataset_dict.json") if path.parent.name != "mix")
    rows = [row for config in configs for rows in load_from_disk(str(config)).values() for row in rows.to_list()]
    rejected = [row for table in sorted(version.glob("rejected/*.parquet")) for row in pq.read_table(table).to_pylist()]
    return Outcome(ran.code, ran.out + ran.err, rows, rejected, requests, version)

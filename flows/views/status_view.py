"""How far a run is: its steps and their parts, the journal, the versions, and whether a build is running."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rich.table import Column, Table
from rich.text import Text

from data.dataset.manifest import MIX, read_manifest
from flows.running.made import Made
from flows.terminal import harmless
from flows.wording import counted, size
from pipelines.execute.counts import Counts, count_parts
from pipelines.plan.step import Step


def step_table(made: Made) -> Table:
    """Return the steps, how many of their parts are done and what these hold."""
    table = Table(Column("step", no_wrap=True), title="Steps", title_justify="left")
    for name in ("parts done", "rows"):
        table.add_column(name, justify="right")
    for name in ("verdicts", "rejected", "state"):
        table.add_column(name)
    for step in made.order.plan.steps:
        parts = made.artifact(step).parts()
        counts = count_parts(made.artifact(step), parts)
        table.add_row(
            Text(step.name),
            _done(made, step, len(parts)),
            f"{counts.rows:,}",
            Text(harmless(counted(counts.verdicts))),
            Text(harmless(counted(counts.rejected))),
            _state(made, step, counts),
        )
    return table


def _done(made: Made, step: Step, parts: int) -> str:
    if not step.needs or step.files is not None:
        return f"{parts:,}" if step.files is None else "-"
    needed = [made.artifact(before).manifest for before in step.needs]
    wanted = {part for manifest in needed if manifest is not None for part in manifest["parts"]}
    return f"{parts:,} of ?" if None in needed else f"{parts:,} of {len(wanted):,}"


def _state(made: Made, step: Step, counts: Counts) -> str:
    manifest = made.artifact(step).manifest
    if manifest is None:
        return "begun" if counts.rows or counts.rejected else "not begun"
    return f"ended early: {manifest['ended_early']}" if manifest["ended_early"] else "complete"


def lines(made: Made) -> Iterator[str]:
    """Yield what is outside the steps: folder, journal, running build, versions."""
    files = sorted((made.folder / "journal").glob("*.sqlite*"))
    yield f"Folder: {made.folder}"
    kept = sum(_replies(path) for path in files if path.suffix == ".sqlite")
    yield f"Journal: {kept:,} replies kept, {size(sum(path.stat().st_size for path in files))}"
    yield f"A build is running: {made.log.running() or 'no'}"
    yield f"Versions: {len(made.versions())}"


def version_table(made: Made) -> Table:
    """Return the complete dataset versions of a run."""
    table = Table(Column("version", no_wrap=True), title=f"Versions in {made.folder / 'dataset'}", title_justify="left")
    for name in ("rows", "problems", "mean tokens"):
        table.add_column(name, justify="right")
    for name in ("splits", "methods", "ended early", ""):
        table.add_column(name, overflow="fold")
    newest = made.latest() if made.versions() else None
    for path in made.versions():
        manifest = read_manifest(path)
        splits = {name: split.rows for name, split in manifest.configs[MIX].items()}
        table.add_row(
            path.name,
            f"{manifest.rows(MIX):,}",
            f"{manifest.problems(MIX):,}",
            f"{manifest.lengths[MIX].mean:,.1f}",
            ", ".join(f"{name} {rows:,}" for name, rows in splits.items()),
            ", ".join(name for name in manifest.configs if name != MIX),
            manifest.about.ended_early or "no",
            "latest" if path == newest else "",
        )
    return table


def _replies(journal: Path) -> int:
    """Count the replies in a journal file; a running build may go on writing meanwhile."""
    with closing(sqlite3.connect(f"file:{journal}?mode=ro", uri=True, timeout=5)) as database:
        try:
            return int(database.execute("SELECT COUNT(*) FROM replies").fetchone()[0])
        except sqlite3.Error:
            return 0

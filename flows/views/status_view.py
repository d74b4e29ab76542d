"""How far a run is: its steps and their parts, the journal, the versions, and whether a build is running."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from rich.table import Column, Table
from rich.text import Text

from data.dataset.manifest import MIX, read_manifest
from flows.running.run_store import RunStore
from flows.terminal import harmless
from flows.wording import counted, size
from pipelines.execute.counts import Counts, count_parts
from pipelines.plan.step import Step


def step_table(store: RunStore) -> Table:
    """Return the steps, how many of their parts are done and what these hold."""
    table = Table(Column("step", no_wrap=True), title="Steps", title_justify="left")
    for name in ("parts done", "rows"):
        table.add_column(name, justify="right")
    for name in ("verdicts", "rejected", "state"):
        table.add_column(name)
    for step in store.order.plan.steps:
        parts = store.artifact(step).parts()
        counts = count_parts(store.artifact(step), parts)
        table.add_row(
            Text(step.name),
            _done(store, step, len(parts)),
            f"{counts.rows:,}",
            Text(harmless(counted(counts.verdicts))),
            Text(harmless(counted(counts.rejected))),
            _state(store, step, counts),
        )
    return table


def _done(store: RunStore, step: Step, parts: int) -> str:
    if not step.needs or step.files is not None:
        return f"{parts:,}" if step.files is None else "-"
    needed = [store.artifact(before).manifest for before in step.needs]
    wanted = {part for manifest in needed if manifest is not None for part in manifest["parts"]}
    return f"{parts:,} of ?" if None in needed else f"{parts:,} of {len(wanted):,}"


def _state(store: RunStore, step: Step, counts: Counts) -> str:
    manifest = store.artifact(step).manifest
    if manifest is None:
        return "begun" if counts.rows or counts.rejected else "not begun"
    return f"ended early: {manifest['ended_early']}" if manifest["ended_early"] else "complete"


def lines(store: RunStore) -> Iterator[str]:
    """Yield what is outside the steps: folder, journal, running build, versions."""
    files = sorted((store.folder / "journal").glob("*.sqlite*"))
    yield f"Folder: {store.folder}"
    kept = sum(_replies(path) for path in files if path.suffix == ".sqlite")
    yield f"Journal: {kept:,} replies kept, {size(sum(path.stat().st_size for path in files))}"
    yield f"A build is running: {store.log.running() or 'no'}"
    yield f"Versions: {len(store.versions())}"


def version_table(store: RunStore) -> Table:
    """Return the complete dataset versions of a run."""
    table = Table(
        Column("version", no_wrap=True), title=f"Versions in {store.folder / 'dataset'}", title_justify="left"
    )
    for name in ("rows", "problems", "mean tokens"):
        table.add_column(name, justify="right")
    for name in ("splits", "methods", "ended early", ""):
        table.add_column(name, overflow="fold")
    newest = store.latest() if store.versions() else None
    for path in store.versions():
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

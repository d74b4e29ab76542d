"""The end of a build in tables: lengths before and after, coverage, reasons, where the dataset is."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from data.dataset.manifest import MIX, read_manifest
from data.dataset.newest import REPORT
from data.store import read_json
from flows.running.run_store import RunStore
from flows.terminal import harmless
from flows.views.votes_view import vote_tables
from flows.wording import mean_tokens, share


def report(store: RunStore) -> Iterator[RenderableType]:
    """Yield the tables of a finished build and where its dataset is.

    Raises:
        ArtifactError: there is none yet.
    """
    version = store.latest()
    told = read_json(store.folder / REPORT)
    methods = told["methods"]
    yield method_table(methods)
    yield from vote_tables(methods)
    reasons = reason_table(methods)
    if reasons.row_count:
        yield reasons
    remarks = {(kind, name): count for kind, found in methods.items() for name, count in found["remarks"].items()}
    for (kind, name), count in remarks.items():
        yield f"Rows of {harmless(kind)} with the remark {harmless(name)}: {count:,}"
    suspects = {gold["problem_id"] for found in methods.values() for gold in found["suspect_golds"]}
    if suspects:
        yield f"Golds to look at (malformed, or matched by no sample): {len(suspects):,}, listed in {REPORT}"
    yield from (f"Caution, {harmless(caution)}" for caution in told.get("cautions", ()))
    yield from dataset_lines(version)


def method_table(methods: Mapping[str, Any]) -> Table:
    """Return what every method made of its traces, tokens before and after side by side."""
    table = Table(title="Reasoning tokens before and after, and coverage", title_justify="left")
    table.add_column("method", no_wrap=True)
    for name in ("problems", "solved", "coverage", "traces", "before", "after", "ratio"):
        table.add_column(name, justify="right")
    for kind, found in methods.items():
        before, after = found["before_same_problems"], found.get("after_same_problems")
        table.add_row(
            Text(harmless(kind)),
            f"{found['problems']:,}",
            f"{found['solved']:,}",
            share(found["solved"], found["problems"]),
            f"{found['traces']:,}",
            mean_tokens(before),
            mean_tokens(after),
            f"{after / before:.2f}" if before and after is not None else "-",
        )
    table.caption = (
        "before: mean tokens of the traces that rows were made from, else of a problem's correct ones (- where "
        "siblings raced); after: of these rows, long ones beside them left out; every problem weighs the same; "
        "ratio: after / before"
    )
    table.caption_justify = "left"
    return table


def reason_table(methods: Mapping[str, Any]) -> Table:
    """Return why traces are not in the dataset, by method; no row when all of them are."""
    table = Table("method", "left because", title="Traces that are not in the dataset", title_justify="left")
    table.add_column("traces", justify="right")
    for kind, found in methods.items():
        for reason, count in sorted(found["rejected"].items(), key=lambda item: -item[1]):
            table.add_row(Text(harmless(kind)), Text(harmless(reason)), f"{count:,}")
    return table


def dataset_lines(version: Path) -> Iterator[str]:
    """Yield where a version is, what is in it, how to load it, and whether a limit ended it early."""
    manifest = read_manifest(version)
    shown = _short(version)
    counts = ", ".join(f"{name} {split.rows:,}" for name, split in manifest.configs[MIX].items())
    yield f"Dataset: {shown}"
    yield f"  {manifest.rows(MIX):,} rows ({counts}); digest {manifest.digest}"
    yield f'  datasets.load_dataset("{shown}", "{next(name for name in manifest.configs if name != MIX)}")'
    if manifest.about.ended_early is not None:
        yield (
            f"This build ended early: {manifest.about.ended_early}. The dataset is whole and valid, but holds only "
            "what was done by then.\nTo go on, raise `limits` in the run file and build again."
        )


def _short(path: Path) -> Path:
    """Return the path as seen from here, where it lies below."""
    here = Path.cwd()
    return path.relative_to(here) if path.is_relative_to(here) else path

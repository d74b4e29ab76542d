"""The end of a build in tables: lengths before and after, coverage, reasons, where the dataset is."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.table import Table
from rich.text import Text

from data.dataset.manifest import MIX, read_manifest
from data.errors import ArtifactError
from data.store import read_json
from flows.made import REPORT
from flows.terminal import harmless
from flows.wording import share


def read_report(folder: Path) -> dict[str, Any]:
    """Return the report of a finished build.

    Raises:
        ArtifactError: there is none yet.
    """
    path = folder / REPORT
    if not path.is_file():
        raise ArtifactError(f"{path}: there is no such file: this run has no dataset yet; build it first")
    return dict(read_json(path))


def method_table(folder: Path) -> Table:
    """Return what every method made of its traces, tokens before and after side by side."""
    table = Table(title="Reasoning tokens before and after, and coverage", title_justify="left")
    for name in ("method", "problems", "solved", "coverage", "traces", "mean before", "mean after", "after/before"):
        table.add_column(name, justify="left" if name == "method" else "right")
    for kind, found in read_report(folder)["methods"].items():
        before, after = found["before_same_problems"], found["after"]["mean"]
        table.add_row(
            Text(harmless(kind)),
            f"{found['problems']:,}",
            f"{found['solved']:,}",
            share(found["solved"], found["problems"]),
            f"{found['traces']:,}",
            f"{before:,.1f}",
            f"{after:,.1f}",
            f"{after / before:.2f}" if before else "-",
        )
    table.caption = "before: mean over the solved problems of their correct traces' mean; after: the rows chosen"
    table.caption_justify = "left"
    return table


def reason_table(folder: Path) -> Table:
    """Return why traces are not in the dataset, by method; no row when all of them are."""
    table = Table("method", "left because", title="Traces that are not in the dataset", title_justify="left")
    table.add_column("traces", justify="right")
    for kind, found in read_report(folder)["methods"].items():
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

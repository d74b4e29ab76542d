"""The command that runs a paper's preset: build, tune, measure, and the paper's table beside ours."""

from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from data.spec import load
from data.store import read_json
from flows.commands.building import build
from flows.commands.training import measure, tune
from flows.terminal import say
from flows.views.paper_view import Rates, load_table, loads, paper_table, remarks
from pipelines.measure.reckons import MEASURED as FIGURES
from pipelines.measure.run_file import Measurement
from pipelines.papers.beside import beside
from pipelines.papers.prepared import Wish, prepare
from pipelines.papers.preset import read_preset
from pipelines.papers.smaller import BUILT, MEASURED

RUN = {"build": build, "tune": tune, "measure": measure}
SMALL_RUNS = Path("runs/small")


def reproduce(
    folder: Annotated[
        Path, typer.Argument(metavar="PRESET", help="A folder of `examples/papers`.", show_default=False)
    ],
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Check the run files and tell what they take; nothing is asked.")
    ] = False,
    small: Annotated[
        bool,
        typer.Option("--small", help="A few made-up problems and steps, on the pocket model: the way, not the claim."),
    ] = False,
    model: Annotated[
        str | None,
        typer.Option(help="Ask and train this model (a folder, or an id on the Hub) in place of the paper's."),
    ] = None,
    runs: Annotated[
        Path | None, typer.Option(help="Keep the runs here; else `runs`, and `runs/small` at a small size.")
    ] = None,
    tokens_per_second: Annotated[
        float | None, typer.Option(min=0.1, help="What your engine generates: hours are told from it alone.")
    ] = None,
    trained_tokens_per_second: Annotated[
        float | None, typer.Option(min=0.1, help="What your machines train: hours are told from it alone.")
    ] = None,
) -> None:
    """Run a paper's preset, and print its table beside ours.

    Builds, trains and measures by the three run files of the preset, each of which is also a run file like any other.
    Commits of datasets and models are those that the Hub had at the first time. Stopped or killed, the same command
    goes on where it was.
    """
    preset = read_preset(folder)
    wish = Wish(runs or (SMALL_RUNS if small else Path("runs")), model, small)
    paths = prepare(preset, wish)
    if dry_run:
        counts = (BUILT, MEASURED) if small else (preset.paper.train, preset.paper.test)
        rates = Rates(tokens_per_second, trained_tokens_per_second)
        say([load_table(list(loads(preset.paper, paths, counts)), rates), *remarks(preset.paper)])
        return
    for part, path in paths.items():
        RUN[part.partition("_")[0]](path)
    for part, path in paths.items():
        if part.startswith("measure"):
            run = load(Measurement, path)
            paper = preset.paper if part == "measure" else replace(preset.paper, title=run.name, reported=())
            say([paper_table(paper, list(beside(paper, read_json(run.folder / FIGURES))))])
    say(list(remarks(preset.paper)))

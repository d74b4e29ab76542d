"""The commands of `python -m flows`, their options and help."""

from pathlib import Path
from typing import Annotated

import typer

from flows.made import made
from flows.run_build import run_build
from flows.status_view import lines, step_table, version_table
from flows.terminal import OUT
from flows.validate_view import DryRun, dry_run, plan_lines
from pipelines.build import read_order

app = typer.Typer(
    name="python -m flows",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="rich",
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Exit codes: 0 fine (also when SIGTERM stopped a build, which can be gone on with), 1 something you can "
    "mend (each fault on a line of its own), 2 wrong usage, 70 a fault of ours, 130 stopped by Ctrl-C.",
)

RunFile = Annotated[
    Path,
    typer.Argument(metavar="RUN.yaml", help="The run file: what one dataset is made from and by.", show_default=False),
]


@app.callback()
def varicot() -> None:
    """Make datasets of verified chains of thought of several lengths.

    A run file names problems (or traces), an engine and methods. `validate` checks it, `build` makes the dataset,
    `show` lets you read what came out. A build may be stopped or killed at any moment: the same command goes on where
    it was, and no finished reply is paid for twice.
    """


@app.command()
def validate(
    run_file: RunFile,
    dry_run_: Annotated[
        bool,
        typer.Option("--dry-run", help="Also show the prompts of three problems and estimate what a build takes."),
    ] = False,
    reply_tokens: Annotated[
        int | None,
        typer.Option(min=1, help="Tokens of a mean reply, for the estimate; else as measured, else a guess."),
    ] = None,
    tokens_per_second: Annotated[
        float | None,
        typer.Option(min=0.1, help="What the engine generates, for the estimate; else as measured by earlier builds."),
    ] = None,
) -> None:
    """Check a run file and name every fault at once; nothing is asked of a model."""
    order = read_order(run_file)
    for line in plan_lines(order):
        OUT.print(line)
    if dry_run_:
        for shown in dry_run(order, DryRun(reply_tokens, tokens_per_second)):
            OUT.print(shown)


@app.command()
def build(run_file: RunFile) -> None:
    """Build the dataset of a run file, or go on with it; steps that are there already are not made again.

    Ctrl-C stops within seconds and says how to go on; a second one ends at once, which is safe too. SIGTERM lets
    replies in flight finish, writes, and exits 0.
    """
    raise typer.Exit(run_build(run_file))


@app.command()
def resume(run_file: RunFile) -> None:
    """Go on with a build that was stopped, killed or ended by a limit: the same as `build`."""
    raise typer.Exit(run_build(run_file))


@app.command()
def status(run_file: RunFile) -> None:
    """Show how far a run is: steps, parts, verdicts, rejected rows, journal, versions."""
    found = made(run_file)
    OUT.print(step_table(found))
    for line in lines(found):
        OUT.print(line, soft_wrap=True)


@app.command()
def versions(run_file: RunFile) -> None:
    """List the dataset versions a run has made."""
    OUT.print(version_table(made(run_file)))

"""Commands that show what a run has made: status, versions, show."""

from typing import Annotated

import typer

from flows.commands.shared import RunFile
from flows.running.run_store import RunStore, store_of
from flows.terminal import OUT, say
from flows.views.report_view import report
from flows.views.show_view import long_and_chosen, side_by_side, typical_problems
from flows.views.status_view import lines, step_table, version_table
from flows.views.traces_of import find_problem

DEMO_EXAMPLES = 3


def status(run_file: RunFile) -> None:
    """Show how far a run is: steps, parts, verdicts, rejected rows, journal, versions."""
    found = store_of(run_file)
    say([step_table(found), *lines(found)])


def versions(run_file: RunFile) -> None:
    """List the dataset versions a run has store."""
    say([version_table(store_of(run_file))])


def show(
    run_file: RunFile,
    problem: Annotated[
        str | None,
        typer.Option(metavar="ID", help="The problem to show: its id, or how it begins.", show_default=False),
    ] = None,
    examples: Annotated[
        int,
        typer.Option(min=1, max=100, help="Without --problem: how many to show, spread from little to much saving."),
    ] = 1,
    lines_: Annotated[int, typer.Option("--lines", min=0, help="Lines of each chain of thought; 0 for all.")] = 40,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="Show how the build went: the dataset, its tables, three long and chosen pairs."),
    ] = False,
) -> None:
    """Show a problem with all its chains of thought side by side.

    Each has its verdict, its length and why it left; the chosen one is marked with a star. Green is correct, red
    incorrect, yellow undecided; what a method has chosen has the colour of the method.
    """
    found = store_of(run_file)
    if demo:
        show_demo(found)
        return
    for shown in [find_problem(found, problem)] if problem else typical_problems(found, examples):
        say(side_by_side(shown, OUT.width, lines_))


def show_demo(found: RunStore) -> None:
    """Show three problems with a long chain of thought and the chosen one, then the tables of the build."""
    for shown in typical_problems(found, DEMO_EXAMPLES):
        say(long_and_chosen(shown, OUT.width))
    say(report(found))

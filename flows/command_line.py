"""The commands of `python -m flows`, their options and help."""

from pathlib import Path
from typing import Annotated

import typer

from flows.check_answers import check_answers
from flows.made import Made, made
from flows.measure import run_measure
from flows.measure_view import measured
from flows.report_view import report
from flows.run_build import run_build
from flows.show_view import long_and_chosen, side_by_side, typical_problems
from flows.status_view import lines, step_table, version_table
from flows.terminal import OUT, say
from flows.traces_of import find_problem
from flows.validate_view import DryRun, dry_run, plan_lines
from pipelines.build import read_order
from pipelines.measure.measure import MEASURED, read_measure_order

DEMO_EXAMPLES = 3

app = typer.Typer(
    name="python -m flows",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode="markdown",
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
    say(plan_lines(order))
    if dry_run_:
        say(dry_run(order, DryRun(reply_tokens, tokens_per_second)))


@app.command()
def build(run_file: RunFile) -> None:
    """Build the dataset of a run file, or go on with it; steps that are there already are not made again.

    Ctrl-C stops within seconds and says how to go on; a second one ends at once, which is safe too. SIGTERM lets
    replies in flight finish, writes, and exits 0.
    """
    _build(run_file)


@app.command()
def resume(run_file: RunFile) -> None:
    """Go on with a build that was stopped, killed or ended by a limit: the same as `build`."""
    _build(run_file)


@app.command()
def status(run_file: RunFile) -> None:
    """Show how far a run is: steps, parts, verdicts, rejected rows, journal, versions."""
    found = made(run_file)
    say([step_table(found), *lines(found)])


@app.command()
def versions(run_file: RunFile) -> None:
    """List the dataset versions a run has made."""
    say([version_table(made(run_file))])


@app.command()
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
    found = made(run_file)
    if demo:
        _demo(found)
        return
    for shown in [find_problem(found, problem)] if problem else typical_problems(found, examples):
        say(side_by_side(shown, OUT.width, lines_))


@app.command()
def demo(run_file: RunFile) -> None:
    """Build a dataset and show it: the tables, three problems with a long chain of thought and the chosen one."""
    ended = run_build(run_file)
    if ended.whole:
        _demo(made(run_file))
    raise typer.Exit(ended.code)


@app.command()
def push(
    run_file: RunFile,
    repository: Annotated[
        str, typer.Argument(metavar="OWNER/NAME", help="The dataset repository on the Hub.", show_default=False)
    ],
    version: Annotated[
        str | None,
        typer.Option(help="The version to push, or how its name begins; else the latest.", show_default=False),
    ] = None,
    public: Annotated[bool, typer.Option("--public", help="Make a repository that is new public.")] = False,
    token_env: Annotated[
        str, typer.Option(metavar="NAME", help="The environment variable that holds a write token.")
    ] = "HF_TOKEN",
    tag: Annotated[str | None, typer.Option(help="The tag; else the version's name.", show_default=False)] = None,
) -> None:
    """Put a dataset version on the Hub: one commit and one tag; what was pushed before is left alone."""
    from data.dataset.push import push as push_version  # loads the Hub's client, which no other command needs

    folder = made(run_file).version(version)
    pushed = push_version(folder, repository, private=not public, token_env=token_env, tag=tag)
    new = "pushed" if pushed.new else "was there already"
    say([f"{folder.name} {new}: https://huggingface.co/datasets/{pushed.repo_id}/tree/{pushed.tag} ({pushed.commit})"])


@app.command()
def measure(
    run_file: Annotated[
        Path,
        typer.Argument(metavar="MEASURE.yaml", help="Which models are put to which problems.", show_default=False),
    ],
) -> None:
    """Measure how accurate models are and how long they think, and whether they differ from the first.

    Stopped or killed, it goes on where it was, like a build. Figures, a report and a plot are left under
    `runs/<name>/`.
    """
    order = read_measure_order(run_file)
    ended = run_measure(order, run_file)
    if ended.whole:
        say(measured(order.folder / MEASURED))
    raise typer.Exit(ended.code)


@app.command("check-answers")
def check_answers_(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines with `gold` and `prediction`; `kind`, `expected` ... where known.", metavar="FILE"
        ),
    ],
    output: Annotated[
        Path | None, typer.Option(metavar="OUT.jsonl", help="Write a verdict a row here.", show_default=False)
    ] = None,
    shown: Annotated[int, typer.Option("--show", min=0, help="How many rows to look at are shown.")] = 20,
) -> None:
    """Check answers against golds; where rows say what is expected, count false accepts and false rejects.

    A row may also hold `pred_form` (`answer` for a bare answer, else a whole reply), `finish_reason` and `expected`
    (true where the prediction is right). Needs neither Ray nor Prefect.
    """
    say(check_answers(file, output, shown))


def _demo(found: Made) -> None:
    for shown in typical_problems(found, DEMO_EXAMPLES):
        say(long_and_chosen(shown, OUT.width))
    say(report(found))


def _build(run_file: Path) -> None:
    ended = run_build(run_file)
    if ended.whole:
        say(report(made(run_file)))
    raise typer.Exit(ended.code)

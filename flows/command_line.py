"""The command line of `python -m flows`: which commands there are, in the order in which help lists them."""

import typer

from flows.commands.answers import check
from flows.commands.building import build, push, resume, validate
from flows.commands.converting import convert
from flows.commands.looking import show, status, versions
from flows.commands.reproducing import reproduce
from flows.commands.training import demo, judge, measure, mixchain, pairs, tune

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


@app.callback()
def varicot() -> None:
    """Make datasets of verified chains of thought of several lengths.

    A run file names problems (or traces), an engine and methods. `validate` checks it, `build` makes the dataset,
    `show` lets you read what came out. A build may be stopped or killed at any moment: the same command goes on where
    it was, and no finished reply is paid for twice.
    """


for command in (
    validate,
    build,
    resume,
    status,
    versions,
    show,
    pairs,
    mixchain,
    judge,
    tune,
    measure,
    reproduce,
    demo,
    push,
):
    app.command()(command)
app.command("check-answers")(check)
app.add_typer(convert, name="convert")

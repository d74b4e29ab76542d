"""Commands that make a dataset: validate, build, resume, push."""

from pathlib import Path
from typing import Annotated

import typer

from data.secrets import variables
from flows.commands.shared import RunFile, go_on_if
from flows.running.run_plan import Command, run_plan
from flows.running.run_store import store_of
from flows.terminal import say
from flows.views.report_view import report
from flows.views.validate_view import DryRun, dry_run, plan_lines
from pipelines.build.build import build as build_dataset
from pipelines.build.build import read_order


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


def build(run_file: RunFile) -> None:
    """Build the dataset of a run file, or go on with it; steps that are there already are not made again.

    Ctrl-C stops within seconds and says how to go on; a second one ends at once, which is safe too. SIGTERM lets
    replies in flight finish, writes, and exits 0.
    """
    _build(run_file)


def resume(run_file: RunFile) -> None:
    """Go on with a build that was stopped, killed or ended by a limit: the same as `build`."""
    _build(run_file)


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

    run = store_of(run_file)
    folder = run.version(version)
    pushed = push_version(
        folder,
        repository,
        private=not public,
        token_env=token_env,
        tag=tag,
        secret_envs=sorted(set(variables(run.order.run))),
    )
    new = "pushed" if pushed.new else "was there already"
    say([f"{folder.name} {new}: https://huggingface.co/datasets/{pushed.repo_id}/tree/{pushed.tag} ({pushed.commit})"])


def _build(run_file: Path) -> None:
    build_here(run_file)
    say(report(store_of(run_file)))


def build_here(run_file: Path) -> None:
    """Build in this process, or go on with it; exit where it was stopped."""
    order = read_order(run_file)
    command = Command(run_file, "resume", order.run, order.plan.steps)
    go_on_if(run_plan(command, lambda stop, telling: {"dataset": build_dataset(order, stop, telling).folder.name}))

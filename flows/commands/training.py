"""Commands that train and measure: tune, measure, and the demo, which does all there is to do."""

from pathlib import Path
from typing import Annotated

import typer

from flows.commands.building import build_here
from flows.commands.looking import show_demo
from flows.commands.shared import RunFile, Version, go_on_if
from flows.figures.measure_report import write_report
from flows.figures.measure_view import measured
from flows.running.run_plan import Command, run_plan
from flows.running.run_store import store_of
from flows.running.telling import Telling
from flows.terminal import ERR, say
from flows.views.mixchain_view import mixchain_lines
from flows.views.pairs_view import pair_lines
from flows.views.tune_view import tuned
from pipelines.exports.mixchain import write_mixchain
from pipelines.exports.preferences import write_pairs
from pipelines.judging.judge import judge as judge_levels
from pipelines.judging.judge import read_judge_order
from pipelines.judging.judges import JUDGEMENTS
from pipelines.measure.measure import measure as measure_models
from pipelines.measure.measure import read_measure_order
from pipelines.measure.reckons import MEASURED
from pipelines.stop import Stop
from pipelines.tuning.plan import read_tune_order
from pipelines.tuning.tune import tune as train_model


def demo(
    run_file: RunFile,
    tune_file: Annotated[Path | None, typer.Option("--tune", help="Then train on it.", show_default=False)] = None,
    measure_file: Annotated[Path | None, typer.Option("--measure", help="Then measure.", show_default=False)] = None,
) -> None:
    """Build a dataset and show it: the tables, three problems with a long chain of thought and the chosen one.

    With more run files, train a model on it and measure what that has changed.
    """
    build_here(run_file)
    show_demo(store_of(run_file))
    if tune_file is not None:
        tune(tune_file)
    if measure_file is not None:
        measure(measure_file)


def tune(
    run_file: Annotated[
        Path, typer.Argument(metavar="TUNE.yaml", help="Which base is trained on what, and how.", show_default=False)
    ],
) -> None:
    """Train a model, or an adapter for it, on a dataset.

    Stopped or killed, it goes on from its last checkpoint. The model and its card are left under `runs/<name>/`.
    """
    order = read_tune_order(run_file)
    command = Command(run_file, "tune", order.run.execution, [order.step])
    go_on_if(run_plan(command, lambda stop, telling: {"trained": str(train_model(order, stop, telling).folder)}))
    say(tuned(order.run.model))


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

    def work(stop: Stop, telling: Telling) -> dict[str, str]:
        for lacking in write_report(measure_models(order, stop, telling)):
            ERR.say(lacking)
        return {"measured": order.run.name}

    go_on_if(run_plan(Command(run_file, "measure", order.run, order.plan.steps), work))
    say(measured(order.run.folder / MEASURED))


def judge(
    run_file: Annotated[
        Path,
        typer.Argument(metavar="JUDGE.yaml", help="Rows at several levels, and what is trained.", show_default=False),
    ],
) -> None:
    """Find out at which compression each problem is still solved by a model that has not seen it (C3oT's Adapt).

    Trains on all folds but one and asks the problems of that one at every level. The judgements are left under
    `runs/<name>/`; a build of `c3ot` with `adapt` reads them. Stopped or killed, it goes on where it was.
    """
    order = read_judge_order(run_file)
    command = Command(run_file, "judge", order.run, order.plan.steps)
    go_on_if(run_plan(command, lambda stop, telling: {"judgements": str(judge_levels(order, stop, telling))}))
    say([f"Judgements: {order.run.folder / JUDGEMENTS}"])


def pairs(
    run_file: RunFile,
    config: Annotated[str, typer.Option(help="The config of the dataset: a method's name, or `mix`.")] = "mix",
    version: Version = None,
    per_problem: Annotated[int, typer.Option(min=1, help="The most pairs of one problem.")] = 1,
    shorter_by: Annotated[
        float, typer.Option(min=0, max=0.99, help="The least share of tokens that the chosen answer lacks.")
    ] = 0.1,
) -> None:
    """Write pairs of a shorter and a longer right answer, in the form TRL's preference trainers read.

    `tune` with `objective: {kind: dpo}` needs no such file: it pairs the rows of a dataset by itself.
    """
    found = store_of(run_file)
    folder = write_pairs(
        found.version(version), config, found.folder / "pairs", per_problem=per_problem, shorter_by=shorter_by
    )
    say(pair_lines(folder))


def mixchain(
    run_file: RunFile,
    config: Annotated[str, typer.Option(help="The config of the dataset: a method's name.")] = "cot_valve",
    version: Version = None,
    all_: Annotated[
        bool, typer.Option("--all", help="Also problems without a right chain at some value; its place is null.")
    ] = False,
) -> None:
    """Write each problem's chains side by side, the shortest first: the table in which MixChain is published."""
    found = store_of(run_file)
    folder = write_mixchain(found.version(version), config, found.folder / "mixchain", complete=not all_)
    say(mixchain_lines(folder))

"""What a checked run file will do; for a dry run also some prompts as they are sent, and an estimate."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from data.columns import DROPPED, PROBLEM_ID
from data.inputs.every import Traces, read_problems, read_traces
from data.table import Row, split_dropped, values
from flows.running.estimate import Asking, Estimate, estimate, length_of, samplers, speed_of, unreckoned
from flows.running.past_builds import measured
from flows.running.run_store import RunStore
from flows.terminal import harmless
from flows.wording import counted, duration
from pipelines.build.build import Order
from pipelines.build.cautions import cautions
from pipelines.build.run_file import Run
from stages.asking.dialogue import Dialogue
from stages.stage import Stage

SHOWN = 3
"""Problems whose prompts are shown."""

LOOKED_AT = 200
"""Problems whose prompts are counted."""


@dataclass(frozen=True)
class DryRun:
    """What the person knows better than an estimate could."""

    reply_tokens: int | None = None
    tokens_per_second: float | None = None


@dataclass
class _Seen:
    problems: set[str] = field(default_factory=set)
    rows: int = 0
    rejected: Counter[str] = field(default_factory=Counter)
    first: list[dict[str, Any]] = field(default_factory=list)


def plan_lines(order: Order) -> Iterator[str]:
    """Yield what a build of this run file would do, in its order."""
    run = order.run
    yield f"{run.name}: no fault found"
    yield f"  where: {run.place}, tokens counted by {harmless(run.counter)}"
    for branch in order.plan.branches:
        asked = dict.fromkeys(engine_of(run, stage) for step in branch.rows.in_order() for stage in step.stages)
        named = ", ".join(name for name in asked if name)
        yield f"  method {branch.method.called}: asks {harmless(named) or 'no model'}"
    for step in order.plan.steps:
        asked = dict.fromkeys(engine_of(run, stage) for stage in step.stages)
        asks = "".join(f" (asks {harmless(name)})" for name in asked if name)
        idle = "the source" if step.source else "the rows of the steps before, together"
        idle = type(step.files).__name__ if step.files else idle
        stages = ", ".join(type(stage).__name__ for stage in step.stages) or idle
        yield f"  step {step.name}: {stages}{asks}"
    yield f"  dataset: {RunStore(order).folder / 'dataset'}"
    yield from (f"Caution, {told}" for told in cautions(run))


def engine_of(run: Run, stage: Stage) -> str | None:
    """Return the engine that a stage asks, as a person knows it: its name in the run file, if any, and its model."""
    if not isinstance(stage, Dialogue):
        return None
    engine = stage.engine
    name = next((f"`{name}`, " for name, one in run.engines.items() if one == engine), "")
    return f"{name}{engine.kind} {engine.model_identity()}"


def dry_run(order: Order, known: DryRun) -> Iterator[str | Panel | Table]:
    """Yield the prompts of some problems and an estimate; reads the whole source, asks no model.

    Raises:
        InputError: the source cannot be read.
    """
    seen = _read(order)
    yield f"\nThe source holds {len(seen.problems):,} problems in {seen.rows:,} rows, rejected: " + (
        harmless(counted(seen.rejected)) or "none"
    )
    if order.plan.problems is not order.plan.read:
        yield "Of these, `decontaminate` and `deduplicate` leave some out once they are read; all are counted here."
    stages = samplers(order.plan)
    for asking in stages:
        for row in asking.prompted(seen.first[:SHOWN]):
            yield from _prompts(row, asking, order.run)
    if not stages:
        yield "Nothing is sampled: the chains of thought are there already."
    else:
        past = measured(RunStore(order).log)
        length, speed = length_of(known.reply_tokens, past), speed_of(known.tokens_per_second, past, order.plan)
        found = estimate(order.run, order.plan, len(seen.problems), seen.first, length, speed)
        yield _table(found)
    for name in unreckoned(order.plan):
        yield f"{name} asks the model too; how often depends on the replies, so it is not in the estimate."


def _read(order: Order) -> _Seen:
    source = order.plan.read.source
    seen = _Seen()
    if source is None:
        return seen
    for table in read_traces(source) if isinstance(source, Traces) else read_problems(source):
        rows, gone = split_dropped(table)
        seen.rows += rows.num_rows
        seen.problems.update(values(rows, PROBLEM_ID))
        seen.rejected.update(values(gone, DROPPED) if gone.num_rows else [])
        seen.first += rows.slice(0, max(0, LOOKED_AT - len(seen.first))).to_pylist()
    return seen


def _prompts(row: Row, asking: Asking, run: Run) -> Iterator[Panel]:
    for prompt in asking.stage.prompts:
        text = Text()
        for turn in prompt.turns(row, asking.stage.seed):
            text.append(f"{turn.role}\n", style="bold")
            text.append(f"{harmless(turn.content)}\n")
        if row["template_args"]:
            text.append(f"template_args {harmless(row['template_args'])}\n", style="dim")
        gold = harmless(row["gold"]) if row["gold"] is not None else "unknown"
        whom = harmless(engine_of(run, asking.stage) or "")
        title = f"problem {harmless(row['problem_id'])}, prompt {prompt.name}, {prompt.samples} samples, asks {whom}"
        yield Panel(text, title=Text(title), subtitle=Text(f"gold: {gold} (never sent)"), title_align="left")


def _table(found: Estimate) -> Table:
    table = Table("what", title="Estimate of the sampling", title_justify="left")
    table.add_column("expected", justify="right")
    table.add_column("at most", justify="right")
    table.add_column("rests on")
    table.add_row("calls", f"{found.calls:,}", f"{found.most_calls:,}", "problems x samples")
    table.add_row("prompt tokens", f"{found.prompt_tokens:,.0f}", "", f"prompts of the first {LOOKED_AT} problems")
    length = f"{found.length.value:,.0f} a reply: {found.length.basis}"
    table.add_row("generated tokens", f"{found.reply_tokens:,.0f}", f"{found.most_reply_tokens:,}", length)
    speed = f"{found.speed.value:,.0f} tokens/s: {found.speed.basis}"
    table.add_row("time", duration(found.seconds), "", speed)
    table.add_row("cost", _money(found.cost), _money(found.most_cost), "`prices` of the engine")
    table.caption = "What the journal holds already is not asked again; racing siblings are cut short: both take less."
    table.caption_justify = "left"
    return table


def _money(cost: float | None) -> str:
    return "no prices" if cost is None else f"{cost:,.4f}"

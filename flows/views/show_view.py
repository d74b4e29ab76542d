"""One problem with its chains of thought side by side: coloured by verdict and method, lengths told, choice marked."""

from collections.abc import Iterator, Sequence
from typing import Any

from rich import box
from rich.console import Group, RenderableType
from rich.panel import Panel
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from data.errors import InputError
from flows.running.run_store import RunStore
from flows.terminal import harmless
from flows.views.traces_of import Problem, load_problem, savings_of, spread
from flows.views.variant_panel import cut, variant_panels
from stages.check_answer import ACCEPTED

NARROWEST = 38
"""Columns a chain of thought needs to be read side by side."""

VERDICT_STYLE = {"correct": "green", "incorrect": "red", "undecided": "yellow", "kept_answer": "cyan"}
METHOD_STYLES = ("cyan", "magenta", "bright_blue", "bright_yellow", "bright_cyan", "bright_magenta")


def typical_problems(store: RunStore, wanted: int) -> list[Problem]:
    """Return problems at even ranks of saving by the first method, so that neither the best nor the worst is shown off.

    Raises:
        InputError: no problem has a chosen trace and another correct one.
    """
    chosen = spread(savings_of(store, store.order.plan.branches[0]), wanted)
    if not chosen:
        raise InputError(
            f"{store.order.run.name}: no problem has two correct chains of thought and a chosen one yet; "
            "`status` tells how far the build is"
        )
    return [load_problem(store, problem_id) for problem_id in chosen]


def side_by_side(problem: Problem, width: int, lines: int) -> Iterator[RenderableType]:
    """Yield the problem and all its traces; at most `lines` lines of each, all for 0."""
    yield from _head(problem)
    traces = [_panel(problem, trace, lines) for trace in problem.traces]
    yield from _rows([*traces, *variant_panels(problem, METHOD_STYLES, lines)], width)


def long_and_chosen(problem: Problem, width: int) -> Iterator[RenderableType]:
    """Yield the problem, its longest correct trace and the chosen one."""
    correct = [t for t in problem.traces if t["verdict"] in ACCEPTED and t["finish_reason"] != "length"]
    chosen = [t for t in problem.traces if problem.chosen_by(t["trace_id"])]
    yield from _head(problem)
    shown = [_panel(problem, trace, 0) for trace in (correct[-1], *chosen)]
    yield from _rows([*shown, *variant_panels(problem, METHOD_STYLES, 0)], width)


def _head(problem: Problem) -> Iterator[RenderableType]:
    row = problem.row
    yield Rule(Text(f"problem {harmless(row['problem_id'])}"), align="left")
    yield Text(harmless(row["question"]), style="bold")
    gold = harmless(row["gold"]) if row["gold"] is not None else "unknown"
    counts = [f"{len(problem.traces)} chains of thought", f"gold: {gold}"]
    for number, choice in enumerate(problem.choices):
        style = _method_style(number)
        made = f" chose {len(choice.chosen)} of them" if choice.chosen or not choice.variants else ""
        made += f" made {len(choice.variants)} shorter versions" if choice.variants else ""
        yield Text.assemble((f"★ {choice.method}", style), made)
    yield Text("; ".join(counts))


def _rows(panels: Sequence[Panel], width: int) -> Iterator[RenderableType]:
    abreast = max(1, min(len(panels), width // NARROWEST))
    for begin in range(0, len(panels), abreast):
        grid = Table.grid(expand=True, padding=(0, 0))
        for _ in range(abreast):
            grid.add_column(ratio=1)
        grid.add_row(*panels[begin : begin + abreast])
        yield grid


def _panel(problem: Problem, trace: dict[str, Any], lines: int) -> Panel:
    methods = problem.chosen_by(trace["trace_id"])
    numbers = [n for n, choice in enumerate(problem.choices) if trace["trace_id"] in choice.chosen]
    style = _method_style(numbers[0]) if numbers else VERDICT_STYLE.get(_status(trace), "white")
    title = Text(f"{'★ ' if methods else ''}{trace['cot_tokens']:,} tokens", style=f"bold {style}")
    return Panel(
        Group(_about(problem, trace, methods), Text(cut(harmless(trace["cot"]).strip(), lines))),
        title=title,
        title_align="left",
        border_style=style,
        box=box.HEAVY if methods else box.ROUNDED,
    )


def _status(trace: dict[str, Any]) -> str:
    """Return the verdict, or how a reply ended that was never judged."""
    return str(trace["verdict"] or trace["finish_reason"])


def _about(problem: Problem, trace: dict[str, Any], methods: Sequence[str]) -> Text:
    verdict = _status(trace) + (f" ({trace['verdict_reason']})" if trace["verdict_reason"] else "")
    answer = harmless(trace["final_answer"]) if trace["final_answer"] is not None else "none"
    told = Text.assemble((harmless(verdict), VERDICT_STYLE.get(_status(trace), "white")), f", answer: {answer}\n")
    told.append(f"{harmless(trace['prompt_id'])} #{trace['sample']}, {trace['finish_reason']}", style="dim")
    why = problem.reason(trace["trace_id"])
    if methods:
        told.append(f"\nchosen by {', '.join(methods)}", style="bold")
    elif why and why != _status(trace):
        told.append(f"\nleft: {harmless(why)}", style="dim")
    return told.append("\n")


def _method_style(number: int) -> str:
    return METHOD_STYLES[number % len(METHOD_STYLES)]

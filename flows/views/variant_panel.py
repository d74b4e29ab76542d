"""A shortened version of a chain of thought: what was kept of the original and what was left out, told apart by eye."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from rich import box
from rich.console import Group
from rich.panel import Panel
from rich.text import Text

from flows.terminal import OUT, harmless
from flows.views.traces_of import Problem

LEFT_OUT = "dim strike red"


def variant_panels(problem: Problem, styles: Sequence[str], lines: int) -> Iterator[Panel]:
    """Yield a panel for each shortened version that a method made of a trace of this problem."""
    for number, choice in enumerate(problem.choices):
        for row in choice.variants:
            yield _panel(row, problem.original(row), styles[number % len(styles)], lines)


def marked(original: str, spans: Sequence[int], *, coloured: bool) -> Text:
    """Return a text with the stretches that were kept in bold and all else struck out; without colours in brackets."""
    text, at = Text(), 0
    for begin, end in (*zip(spans[::2], spans[1::2], strict=True), (len(original), len(original))):
        text.append(_left_out(harmless(original[at:begin]), coloured), LEFT_OUT)
        text.append(harmless(original[begin:end]), "bold")
        at = end
    return text


def _left_out(text: str, coloured: bool) -> str:
    return text if coloured or not text.strip() else f"⟨{text}⟩"


def cut(text: str, lines: int) -> str:
    """Return at most `lines` lines of a text, and how many more there are; all of it for 0."""
    every = text.splitlines()
    if not lines or len(every) <= lines:
        return text
    return "\n".join([*every[:lines], f"... {len(every) - lines:,} more lines (--lines 0 shows all)"])


def _panel(row: Mapping[str, Any], original: Mapping[str, Any] | None, style: str, lines: int) -> Panel:
    spans = row["kept_spans"]
    if spans is None or original is None:
        shown = Text(cut(harmless(row["cot"]).strip(), lines))
    else:
        whole = marked(original["cot"], spans, coloured=OUT.color_system is not None)
        every = whole.split("\n")
        shown = whole if not lines or len(every) <= lines else Text("\n").join(every[:lines]).append("\n...")
    return Panel(
        Group(_about(row), shown),
        title=Text(f"★ {row['cot_tokens']:,} of {row['from_tokens']:,} tokens", style=f"bold {style}"),
        title_align="left",
        border_style=style,
        box=box.HEAVY,
    )


def _about(row: Mapping[str, Any]) -> Text:
    asked = row["control_kind"] + ("" if row["control_value"] is None else f" {row['control_value']:g}")
    told = Text.assemble((harmless(row["method"]), "bold"), f", {harmless(asked)}\n")
    if row["shortened_by"] is not None:
        told.append(f"by {harmless(row['shortened_by'])}\n", style="dim")
    for remark in row["remarks"]:
        told.append(f"{harmless(remark)}\n", style="yellow")
    return told

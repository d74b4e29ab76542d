"""A measurement as a Markdown report."""

from collections.abc import Iterable, Iterator, Sequence

from data.dataset.plain_text import plain
from flows.figures.measure_wording import (
    DIFFERENCES,
    FIGURES,
    Told,
    asked_with,
    difference_cells,
    figure_cells,
    group_rows,
    pass_cells,
    remarks,
)


def measure_markdown(told: Told, plots: Sequence[str]) -> str:
    """Return the report of a measurement; `told` is what `measure.json` holds, `plots` lie beside it."""
    lines = [f"# {plain(told['name'])}", "", f"{told['problems']:,} problems. Reasoning tokens are counted by"]
    lines += [f"{plain(told['tokenizer'])}, replies are cut off after {told['max_tokens']:,} tokens. Shares are in"]
    lines += ["percent; `docs/measuring.md` says how each figure is reckoned.", "", *_trained_on(told), ""]
    lines += [f"- {plain(remark)}" for remark in remarks(told)]
    lines += ["", "## Models", "", *_models(told), ""]
    lines += ["## Accuracy and length", "", *_table(FIGURES, _results(told)), ""]
    lines += [line for plot in plots for line in (f"![accuracy over reasoning tokens]({plot})", "")]
    if passes := list(pass_cells(told)):
        lines += ["## pass@k", "", *_table(("model", "mode", "k", "pass@k"), passes), ""]
    if told["comparisons"]:
        rows = map(difference_cells, told["comparisons"])
        lines += ["## Differences from the base", "", *_table(DIFFERENCES, rows), ""]
    for by, title in (("by_source", "source"), ("by_difficulty", "difficulty")):
        lines += [f"## By {title}", "", *_table((title, *FIGURES), group_rows(told, by)), ""]
    return "\n".join(lines)


def card_markdown(told: Told, models: Sequence[str]) -> str:
    """Return what the card of an adapter says: its figures however it was asked, the base's, and the differences."""
    base = next(name for name, found in told["models"].items() if found["role"] == "base")
    rows = (
        figure_cells(result["model"], result["mode"], result["all"])
        for result in told["results"]
        if result["model"] in (base, *models)
    )
    apart = [difference_cells(found) for found in told["comparisons"] if found["model"] in models]
    lines = [f"By the measurement {plain(told['name'])}, on {told['problems']:,} problems. Shares are in percent."]
    lines += ["", *_table(("model", "asked with"), [(name, asked_with(told["models"][name])) for name in models])]
    lines += ["", *_table(FIGURES, rows)]
    lines += ["", f"Differences from {plain(base)}:", "", *_table(DIFFERENCES, apart)] if apart else []
    return "\n".join(lines)


def _trained_on(told: Told) -> Iterator[str]:
    if told["trained_on"]:
        yield f"None of them is in {', '.join(plain(folder) for folder in told['trained_on'])}."
    else:
        yield "No training dataset was named, so nothing says that these problems are held out."


def _models(told: Told) -> Iterator[str]:
    def cells(name: str) -> Sequence[str]:
        model = told["models"][name]
        adapter = f"{model['adapter']} ({model['adapter_revision'][:12]})" if model["adapter"] else "-"
        size = "-" if model["billion_parameters"] is None else f"{model['billion_parameters']:g}"
        return name, model["role"], model["model"], adapter, asked_with(model), size

    names = dict.fromkeys(result["model"] for result in told["results"])
    return _table(("model", "role", "asked", "adapter", "asked with", "billion parameters"), map(cells, names))


def _results(told: Told) -> Iterator[Sequence[str]]:
    return (figure_cells(result["model"], result["mode"], result["all"]) for result in told["results"])


def _table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    yield f"| {' | '.join(heads)} |"
    yield "|---|---|" + "---:|" * (len(heads) - 2)
    for row in rows:
        yield f"| {' | '.join(plain(cell) for cell in row)} |"

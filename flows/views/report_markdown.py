"""The report of a finished build as Markdown: counts, lengths, reasons, cost."""

from collections.abc import Iterator, Mapping
from typing import Any

from data.dataset.plain_text import plain
from flows.wording import mean_tokens, share

MOST_SUSPECTS = 50
"""Golds to look at that are listed; `report.json` has them all."""


def report_markdown(name: str, dataset: str, report: Mapping[str, Any], ended_early: str | None) -> str:
    """Return the report of a run; `report` is what `report.json` holds."""
    lines = [f"# {plain(name)}", "", f"Dataset: `{plain(dataset)}`", ""]
    if ended_early is not None:
        lines += [f"**This build ended early: {plain(ended_early)}.** The dataset holds what was done by then.", ""]
    lines += [line for caution in report.get("cautions", ()) for line in (f"**Caution, {plain(caution)}.**", "")]
    lines += ["## Lengths and coverage", "", *_methods(report["methods"]), ""]
    lines += ["## Verdicts", "", *_counts("verdict", report["methods"], "verdicts"), ""]
    lines += ["## Traces that are not in the dataset", "", *_counts("reason", report["methods"], "rejected"), ""]
    lines += ["## Remarks about rows", "", *_counts("remark", report["methods"], "remarks", "rows"), ""]
    lines += ["## Votes", "", *_votes(report["methods"]), ""]
    lines += ["## Golds to look at", "", *_suspects(report["methods"]), ""]
    lines += ["## Cost", "", "| | |", "|---|---:|"]
    lines += [f"| {plain(what)} | {amount:,} |" for what, amount in report["usage"].items()]
    return "\n".join(lines) + "\n"


def _methods(methods: Mapping[str, Any]) -> Iterator[str]:
    yield "| method | problems | solved | coverage | traces | rows | tokens before | tokens after |"
    yield "|---|---:|---:|---:|---:|---:|---:|---:|"
    for kind, found in methods.items():
        yield (
            f"| {plain(kind)} | {found['problems']:,} | {found['solved']:,} "
            f"| {share(found['solved'], found['problems'])} | {found['traces']:,} | {found['rows']:,} "
            f"| {mean_tokens(found['before_same_problems'])} | {mean_tokens(found.get('after_same_problems'))} |"
        )


def _votes(methods: Mapping[str, Any]) -> Iterator[str]:
    voted = {kind: found["votes"] for kind, found in methods.items() if found.get("votes")}
    if not voted:
        yield "None were held."
        return
    yield from ("| method | margin | answered | with a gold | right |", "|---|---:|---:|---:|---:|")
    for kind, votes in voted.items():
        for at in votes["by_margin"]:
            yield f"| {plain(kind)} | {at['margin']} | {at['answered']:,} | {at['judged']:,} | {at['correct']:,} |"
        answered, right = f"{votes['answered']:,} of {votes['polled']:,}", _percent(votes["precision"])
        yield f"| {plain(kind)} | all | {answered} | | {right} |"


def _percent(part: float | None) -> str:
    return "-" if part is None else f"{part:.1%}"


def _suspects(methods: Mapping[str, Any]) -> Iterator[str]:
    found = {gold["problem_id"]: gold for method in methods.values() for gold in method["suspect_golds"]}
    yield f"{len(found):,} of all; the first {min(len(found), MOST_SUSPECTS)}:" if found else "None."
    if found:
        yield from ("", "| problem | gold | because |", "|---|---|---|")
    for _, gold in sorted(found.items())[:MOST_SUSPECTS]:
        yield f"| {plain(gold['problem_id'])} | {plain(gold['gold'])} | {plain(gold['reason'])} |"


def _counts(what: str, methods: Mapping[str, Any], of: str, counted: str = "traces") -> Iterator[str]:
    yield f"| method | {what} | {counted} |"
    yield "|---|---|---:|"
    for kind, found in methods.items():
        for name, count in sorted(found[of].items(), key=lambda item: (-item[1], item[0])):
            yield f"| {plain(kind)} | {plain(name)} | {count:,} |"

"""The figures of a measurement as cells of a table, the same on screen and in Markdown."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data.conditions import VALUE, plain_number
from flows.wording import counted

FIGURES = (
    "model",
    "mode",
    "problems",
    "accuracy",
    "95%",
    "CoT mean",
    "median",
    "p90",
    "correct mean",
    "cut off",
    "per correct",
    "ACU",
)
"""Heads of the table of figures."""

DIFFERENCES = (
    "model",
    "mode",
    "problems",
    "accuracy",
    "95%",
    "only base",
    "only model",
    "p",
    "CoT tokens",
    "95%",
    "ratio",
)
"""Heads of the table of comparisons: the model less the base."""

Told = Mapping[str, Any]


def figure_cells(model: str, mode: str, found: Told) -> Sequence[str]:
    """Return a row under `FIGURES`."""
    tokens, right = found["cot_tokens"] or {}, found["cot_tokens_correct"] or {}
    return (
        model,
        mode,
        f"{found['problems']:,}",
        percent(found["accuracy"]),
        percents(found["accuracy_interval"]),
        number(tokens.get("mean")),
        number(tokens.get("median")),
        number(tokens.get("p90")),
        number(right.get("mean")),
        percent(found["truncation_rate"]),
        number(found["tokens_per_correct"]),
        number(found["accuracy_efficiency"], digits=4),
    )


def difference_cells(found: Told) -> Sequence[str]:
    """Return a row under `DIFFERENCES`."""
    accuracy, tokens = found["accuracy"] or {}, found["cot_tokens"] or {}
    ratio = found["token_ratio"]
    return (
        found["model"],
        found["mode"],
        f"{found['problems']:,}",
        percent(accuracy.get("mean"), sign="+"),
        percents(accuracy.get("interval"), sign="+"),
        f"{found['only_base']:,}",
        f"{found['only_model']:,}",
        f"{found['p']:.4f}" if found["p"] >= 0.0001 else "< 0.0001",
        number(tokens.get("mean"), sign="+"),
        " to ".join(number(bound, sign="+") for bound in tokens["interval"]) if tokens else "-",
        "-" if ratio is None else f"{ratio:.2f}",
    )


def asked_with(model: Told) -> str:
    """Return what a model was told beyond the question: wishes, and the text of its condition; a dash for nothing."""
    condition, value = model["condition"], model["control_value"]
    told = [*model["wishes"]]
    if condition is not None and (value is None or value != condition["plain_at"]):
        texts = (condition["prefix"], condition["suffix"])
        told += [text.strip() if value is None else text.strip().replace(VALUE, plain_number(value)) for text in texts]
    return " ".join(text for text in told if text) or "-"


def pass_cells(told: Told) -> Iterator[Sequence[str]]:
    """Yield model, mode, k and pass@k, where replies were sampled."""
    for result in told["results"]:
        for k, rate in sorted(result["all"]["pass_at"].items(), key=lambda item: int(item[0])):
            yield result["model"], result["mode"], k, percent(rate)


def group_rows(told: Told, by: str) -> Iterator[Sequence[str]]:
    """Yield a row under `FIGURES`, a further cell naming the group before them, by source or by difficulty."""
    names = {name for result in told["results"] for name in result[by]}
    for name in sorted(names, key=natural):
        for result in told["results"]:
            if name in result[by]:
                yield name, *figure_cells(result["model"], result["mode"], result[by][name])


def remarks(told: Told) -> Iterator[str]:
    """Yield what a reader must know before trusting the figures: limits, failures, replies nobody could judge."""
    yield from told["unchecked"]
    if told["rejected"]:
        yield f"problems that could not be read and were not asked: {counted(told['rejected'])}"
    for result in told["results"]:
        named, found = f"{result['model']}, {result['mode']}", result["all"]
        if result["ended_early"] is not None:
            yield f"{named}: ended early by the {result['ended_early']}; only {found['problems']:,} problems were asked"
        if found["failed"]:
            yield f"{named}: {found['failed']:,} of {found['replies']:,} replies never came, and count as not correct"
        if found["undecided"]:
            yield f"{named}: {found['undecided']:,} of {found['replies']:,} whole replies were undecided; not correct"


def natural(name: str) -> tuple[bool, float, str]:
    """Order numbers as numbers and before words."""
    return (False, float(name), "") if name.replace(".", "", 1).isdecimal() else (True, 0.0, name)


def percent(share: float | None, sign: str = "") -> str:
    """Return a share in percent; a dash where there is none."""
    return "-" if share is None else f"{100 * share:{sign}.1f}"


def percents(interval: Sequence[float] | None, sign: str = "") -> str:
    """Return an interval of shares in percent."""
    return "-" if interval is None else " to ".join(percent(bound, sign) for bound in interval)


def number(amount: float | None, digits: int = 1, sign: str = "") -> str:
    """Return an amount, `digits` behind the point; a dash where there is none."""
    return "-" if amount is None else f"{amount:{sign},.{digits}f}"

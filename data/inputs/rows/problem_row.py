"""Make a problem of a source's row."""

import json
from collections.abc import Callable, Sequence
from typing import Any, TypeVar

from data.columns import (
    ANSWER_KIND,
    DETAIL,
    DIFFICULTY,
    DROPPED,
    EXPECTED_TOKENS,
    GOLD,
    META,
    PROBLEM_ID,
    QUESTION,
    SOURCE,
    TOLERANCE,
)
from data.golds import Gold, UnreadableGold
from data.inputs.mapping import Mapped, ProblemColumns
from data.inputs.record import BadRow, Fault, Record
from data.inputs.rows.fields import is_null, optional, required, text_of
from data.inputs.rows.gold_parts import gold_of, moved, quoted_list, read_tolerance, with_unit
from data.inputs.rows.options import options_of_columns, read_options, shuffled, with_options
from data.inputs.rows.paths import MISSING, find
from data.inputs.rows.sentinels import is_sentinel
from data.spec import digest

T = TypeVar("T")


def problem_id(question: str, gold: str | None) -> str:
    """Return the id of a problem: of its question and its gold, wherever it was read and whatever its row is called."""
    return digest([question, gold])[:20]


def problem_row(record: Record, source: Mapped) -> dict[str, Any]:
    """Return the problem in `record`.

    Raises:
        BadRow: with all that is wrong with it.
    """
    faults = list(record.faults)
    if faults:
        raise BadRow(*faults)
    columns = source.columns
    question = _try(faults, lambda: _question(record, columns))
    options = _try(faults, lambda: _options(record, columns)) or ()
    gold = _try(faults, lambda: _gold(record, source, options))
    tolerance = _try(faults, lambda: read_tolerance(record, columns))
    _try(faults, lambda: word(record, columns.id))
    difficulty = _try(faults, lambda: word(record, columns.difficulty))
    expected = _try(faults, lambda: _expected_tokens(record, columns))
    meta = _try(faults, lambda: _meta(record, columns))
    if faults or question is None:
        raise BadRow(*faults)
    if options:
        texts = [text for _, text in options]
        places = shuffled(question, texts, source.options_seed) if _shuffles(source) else list(range(len(texts)))
        question = with_options(question, [texts[place] for place in places])
        gold = gold and Gold(moved(gold.text, places), gold.kind)
    return {
        PROBLEM_ID.name: problem_id(question, gold.text if gold else None),
        SOURCE.name: record.origin.name,
        QUESTION.name: question,
        GOLD.name: gold.text if gold else None,
        ANSWER_KIND.name: source.answer_kind or (gold.kind if gold else None),
        TOLERANCE.name: tolerance,
        DIFFICULTY.name: difficulty,
        EXPECTED_TOKENS.name: expected,
        META.name: meta,
    }


def rejected_row(record: Record, bad: BadRow) -> dict[str, Any]:
    """Return the row that stands for one that cannot be used; its id is that of its place in the source."""
    return {
        PROBLEM_ID.name: digest([record.origin.digest, record.number])[:20],
        SOURCE.name: record.origin.name,
        DROPPED.name: bad.faults[0].reason,
        DETAIL.name: f"{record.origin.name} {record.place}: {bad}",
    }


def json_text(values: dict[str, Any], column: str) -> str | None:
    """Return further values as a JSON object; None where there are none.

    Raises:
        BadRow: something in it is no JSON.
    """
    if not values:
        return None
    try:
        return text_of(json.dumps(values, ensure_ascii=False, sort_keys=True, allow_nan=False), column)
    except (TypeError, ValueError, RecursionError) as error:
        raise BadRow(Fault("wrong_type", column, f"cannot be kept as JSON: {error}")) from error


def word(record: Record, column: str | None) -> str | None:
    """Return an id or a grade as text, whatever it is written as."""
    value = optional(record, column)
    if value is None or column is None:
        return None
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return text_of(value, column)


def _try(faults: list[Fault], read: Callable[[], T]) -> T | None:
    try:
        return read()
    except BadRow as bad:
        faults.extend(bad.faults)
        return None


def _question(record: Record, columns: ProblemColumns) -> str:
    text = text_of(required(record, columns.question, "question", role="user"), columns.question)
    if not text.strip():
        raise BadRow(Fault("missing_question", columns.question, "the question is empty"))
    return text


def _options(record: Record, columns: ProblemColumns) -> tuple[tuple[str, str], ...]:
    """Return each option's column and text."""
    if columns.options is None:
        return ()
    if isinstance(columns.options, str):
        texts = read_options(required(record, columns.options, "options"), columns.options)
        return tuple((columns.options, text) for text in texts)
    return options_of_columns([optional(record, column) for column in columns.options], columns.options)


def _gold(record: Record, source: Mapped, options: Sequence[tuple[str, str]]) -> Gold | None:
    columns = source.columns
    if columns.gold is None:
        return None
    value = required(record, columns.gold, "gold")
    if isinstance(value, str):
        text_of(value, columns.gold)
    if source.gold != "choice":
        _refuse_sentinel(quoted_list(value), source)
    if isinstance(columns.options, tuple) and columns.gold in columns.options:
        # The gold is one of the options itself: which one is known by its column, whatever it looks like.
        value = [column for column, _ in options].index(columns.gold) if options else value
    try:
        gold = gold_of(source.gold, value, [text for _, text in options], source.gold_order)
    except UnreadableGold as error:
        raise BadRow(Fault(error.reason, columns.gold, error.detail)) from error
    if source.gold != "choice":
        _refuse_sentinel(gold.text, source)
    return with_unit(gold, word(record, columns.unit))


def _refuse_sentinel(value: Any, source: Mapped) -> None:
    for part in value if isinstance(value, list) else [value]:
        if isinstance(part, str) and is_sentinel(part, source.sentinel_golds):
            detail = f"the gold says that there is none: {part.strip()!r:.80}"
            raise BadRow(Fault("sentinel_gold", source.columns.gold, detail))


def _shuffles(source: Mapped) -> bool:
    if source.shuffle_options is not None:
        return source.shuffle_options
    return isinstance(source.columns.options, tuple) and source.columns.gold in source.columns.options


def _expected_tokens(record: Record, columns: ProblemColumns) -> int | None:
    value = optional(record, columns.expected_tokens)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 40:
        raise BadRow(Fault("wrong_type", str(columns.expected_tokens), f"is no count of tokens: {value!r:.40}"))
    return value


def _meta(record: Record, columns: ProblemColumns) -> str | None:
    kept = {name: name for name in columns.meta} | ({"steps": columns.steps} if columns.steps else {})
    found = {name: find(record.values, path) for name, path in kept.items()}
    if absent := [name for name, value in found.items() if value is MISSING]:
        raise BadRow(*(Fault("missing_column", kept[name], "there is no such column") for name in absent))
    return json_text({name: None if is_null(value) else value for name, value in found.items()}, "meta")

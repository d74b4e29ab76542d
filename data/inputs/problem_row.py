"""Make a problem of a source's row."""

import json
from collections.abc import Callable
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
)
from data.golds import AnswerKind, Extractor, Gold, UnreadableGold, read_gold
from data.inputs.fields import MISSING, find, is_null, optional, required, text_of
from data.inputs.mapping import ProblemColumns
from data.inputs.options import read_options, with_options
from data.inputs.record import BadRow, Fault, Record
from data.spec import digest

T = TypeVar("T")


def problem_id(question: str, gold: str | None, own: str | None = None) -> str:
    """Return the id of a problem: of its question, its gold and the source's own id, wherever it was read."""
    return digest([question, gold, own])[:20]


def problem_row(
    record: Record, columns: ProblemColumns, extractor: Extractor, kind: AnswerKind | None
) -> dict[str, Any]:
    """Return the problem in `record`.

    Raises:
        BadRow: with all that is wrong with it.
    """
    faults = list(record.faults)
    if faults:
        raise BadRow(*faults)
    options = _try(faults, lambda: _options(record, columns)) or ()
    question = _try(faults, lambda: _question(record, columns))
    gold = _try(faults, lambda: _gold(record, columns, extractor, options))
    own = _try(faults, lambda: word(record, columns.id))
    difficulty = _try(faults, lambda: word(record, columns.difficulty))
    expected = _try(faults, lambda: _expected_tokens(record, columns))
    meta = _try(faults, lambda: _meta(record, columns))
    if faults or question is None:
        raise BadRow(*faults)
    asked = with_options(question, options) if options else question
    return {
        PROBLEM_ID.name: problem_id(asked, gold.text if gold else None, own),
        SOURCE.name: record.origin.name,
        QUESTION.name: asked,
        GOLD.name: gold.text if gold else None,
        ANSWER_KIND.name: kind or (gold.kind if gold else None),
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
    text = text_of(required(record, columns.question, "question"), columns.question)
    if not text.strip():
        raise BadRow(Fault("missing_question", columns.question, "the question is empty"))
    return text


def _options(record: Record, columns: ProblemColumns) -> tuple[str, ...]:
    if columns.options is None:
        return ()
    return read_options(required(record, columns.options, "options"), columns.options)


def _gold(record: Record, columns: ProblemColumns, extractor: Extractor, options: tuple[str, ...]) -> Gold | None:
    if columns.gold is None:
        return None
    value = required(record, columns.gold, "gold")
    if isinstance(value, str):
        text_of(value, columns.gold)
    try:
        return read_gold(extractor, value, options)
    except UnreadableGold as error:
        raise BadRow(Fault(error.reason, columns.gold, error.detail)) from error


def _expected_tokens(record: Record, columns: ProblemColumns) -> int | None:
    value = optional(record, columns.expected_tokens)
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value < 1 << 40:
        raise BadRow(Fault("wrong_type", str(columns.expected_tokens), f"is no count of tokens: {value!r:.40}"))
    return value


def _meta(record: Record, columns: ProblemColumns) -> str | None:
    found = {name: find(record.values, name) for name in columns.meta}
    if absent := [name for name, value in found.items() if value is MISSING]:
        raise BadRow(*(Fault("missing_column", name, "there is no such column") for name in absent))
    return json_text({name: None if is_null(value) else value for name, value in found.items()}, "meta")

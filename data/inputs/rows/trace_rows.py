"""Make the traces of a source's row: one for every reply it holds."""

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data.columns import (
    ANSWER,
    CONTROL_KIND,
    CONTROL_VALUE,
    DETAIL,
    DROPPED,
    FINISH_REASON,
    META,
    METHOD,
    MODEL,
    MODEL_REVISION,
    PROBLEM_ID,
    PROMPT,
    PROMPT_ID,
    REASONING,
    REPLY,
    SAMPLE,
    TRACE_ID,
)
from data.finish_reasons import FinishReason, NotWhole, finish_reason
from data.inputs.mapping import Replies
from data.inputs.record import BadRow, Fault, Record
from data.inputs.rows.fields import is_null, optional, required, text_of
from data.inputs.rows.paths import MISSING, find
from data.inputs.rows.problem_row import json_text
from data.inputs.rows.turns import prompt_turns
from data.spec import digest
from data.thinking.turn import Turn, read_turn, write_turn

IMPORTED = "imported"
"""`method` and `prompt_id` of a trace that was sampled elsewhere."""

Problem = Mapping[str, Any]


def trace_rows(
    record: Record, problem: Problem, replies: Sequence[Replies], first: int
) -> Iterator[tuple[dict[str, Any], BadRow | None]]:
    """Yield a row for each reply, and what is wrong with it; `sample` counts on from `first`.

    Raises:
        BadRow: nothing can be made of the row, such as when there are fewer scores than replies.
    """
    cells = [(source, cell, _prompt(record, source)) for source in replies for cell in _cells(record, source)]
    for sample, (source, cell, prompt) in enumerate(cells, start=first):
        try:
            yield {**_trace(problem, source, cell, sample), PROMPT.name: prompt}, None
        except BadRow as bad:
            yield _rejected(record, problem, sample, bad), bad


def _cells(record: Record, source: Replies) -> list[dict[str, Any]]:
    """Return for each reply what the columns hold for it: a list goes by place, anything else holds for all."""
    # A null is a bad reply and no bad row: the replies of other columns stay.
    found = (
        None if is_null(find(record.values, source.text)) else required(record, source.text, "reply", role="assistant")
    )
    texts = found if isinstance(found, list) else [found]
    if not texts:
        raise BadRow(Fault("missing_reply", source.text, "the list of replies is empty"))
    columns: dict[str, list[Any]] = {"text": texts}
    for name, column in _beside(source).items():
        value = optional(record, column)
        columns[name] = value if isinstance(value, list) else [value] * len(texts)
        if len(columns[name]) != len(texts):
            detail = f"{len(columns[name])} values for {len(texts)} replies in {source.text!r}"
            raise BadRow(Fault("wrong_length", column, detail))
    return [dict(zip(columns, cell, strict=True)) for cell in zip(*columns.values(), strict=True)]


def _beside(source: Replies) -> dict[str, str | None]:
    return {
        "thinking": source.thinking,
        "model_column": source.model_column,
        "finish_reason": source.finish_reason,
        "score": source.score,
    }


def _trace(problem: Problem, source: Replies, cell: Mapping[str, Any], sample: int) -> dict[str, Any]:
    reply, turn = _reply(source, cell)
    named = [problem[PROBLEM_ID.name], IMPORTED, IMPORTED, sample, reply]
    return {
        **problem,
        META.name: _meta(problem, source, cell),
        TRACE_ID.name: digest(named)[:20],
        METHOD.name: IMPORTED,
        PROMPT_ID.name: IMPORTED,
        SAMPLE.name: sample,
        REPLY.name: reply,
        REASONING.name: turn.reasoning if turn else None,
        ANSWER.name: turn.answer if turn else None,
        **_ended(source, cell),
        MODEL.name: _optional_text(cell["model_column"], source.model_column) or source.model,
        MODEL_REVISION.name: source.model_revision,
        CONTROL_KIND.name: source.control_kind,
        CONTROL_VALUE.name: source.control_value,
    }


def _rejected(record: Record, problem: Problem, sample: int, bad: BadRow) -> dict[str, Any]:
    return {
        **problem,
        TRACE_ID.name: digest([record.origin.digest, record.number, sample])[:20],
        METHOD.name: IMPORTED,
        PROMPT_ID.name: IMPORTED,
        SAMPLE.name: sample,
        DROPPED.name: bad.faults[0].reason,
        DETAIL.name: f"{record.origin.name} {record.place}: {bad}",
    }


def _prompt(record: Record, source: Replies) -> list[dict[str, str]] | None:
    """Return the turns that the source says were asked; None for those of the run."""
    value = optional(record, source.prompt)
    if value is None or source.prompt is None:
        return None
    system = optional(record, source.system)
    return prompt_turns(value, None if system is None else text_of(system, str(source.system)), source.prompt)


def _reply(source: Replies, cell: Mapping[str, Any]) -> tuple[str, Turn | None]:
    """Return the whole reply, and its reasoning and answer where the source says how they stand apart.

    An empty reply stays: that a model said nothing is a fact about it.
    """
    if cell["text"] is MISSING or is_null(cell["text"]):
        raise BadRow(Fault("missing_reply", source.text, "the reply is null or not there"))
    reply = _without(text_of(cell["text"], source.text), source.strip_tokens)
    thinking = _optional_text(cell["thinking"], source.thinking)
    if thinking:
        whole = write_turn(thinking, reply)
        return whole, read_turn(whole)
    return reply, read_turn(reply, opened=True) if source.opened else None


def _without(reply: str, tokens: Sequence[str]) -> str:
    """Take the named tokens off the end, and the blanks between and after them."""
    while ending := next((token for token in tokens if token and reply.rstrip().endswith(token)), None):
        reply = reply.rstrip().removesuffix(ending)
    return reply


def _ended(source: Replies, cell: Mapping[str, Any]) -> dict[str, str | None]:
    """Return how the reply ended. One that is not whole is rejected because of that; the file is in order."""
    word = _optional_text(cell["finish_reason"], source.finish_reason)
    ending: FinishReason | NotWhole | None = None if word is None else finish_reason(word)
    if not isinstance(ending, NotWhole):
        return {FINISH_REASON.name: ending}
    detail = f"the source's finish reason is {word!r:.60}"
    return {FINISH_REASON.name: None, DROPPED.name: ending.reason, DETAIL.name: detail}


def _meta(problem: Problem, source: Replies, cell: Mapping[str, Any]) -> str | None:
    if source.score is None:
        return problem[META.name] or None
    if cell["score"] is MISSING:
        raise BadRow(Fault("missing_column", source.score, "not there beside this reply"))
    kept = json.loads(problem[META.name] or "{}")
    return json_text({**kept, "claimed_score": cell["score"]}, source.score)


def _optional_text(value: Any, column: str | None) -> str | None:
    if value is MISSING:
        raise BadRow(Fault("missing_column", column, "not there beside this reply"))
    return None if column is None or is_null(value) else text_of(value, column)

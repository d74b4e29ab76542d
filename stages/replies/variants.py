"""A shorter version of a trace, as a row of its own that says what it was made from."""

from typing import Any, Literal

from data.columns import (
    ANSWER,
    ASKED,
    CONTROL_KIND,
    CONTROL_VALUE,
    COT_TOKENS,
    FROM_TOKENS,
    FROM_TRACE_ID,
    METHOD,
    REASONING,
    REPLY,
    REPLY_TOKENS,
    SCORE,
    SHORTENED_BY,
    STEPS,
    TRACE_ID,
)
from data.spec import digest
from data.table import Row
from data.thinking.turn import Turn, read_turn
from stages.replies.split_reply import row_turn

Control = Literal["ratio_kept", "ratio_removed", "level", "budget", "steps", "alpha", "mode", "tokens", "none"]

VARIANT = (
    TRACE_ID,
    METHOD,
    REPLY,
    REASONING,
    ANSWER,
    REPLY_TOKENS,
    FROM_TRACE_ID,
    FROM_TOKENS,
    CONTROL_KIND,
    CONTROL_VALUE,
    SHORTENED_BY,
)
"""What a variant says of itself; `SplitReply` and `CheckAnswer` are to come after it."""


def variant(
    row: Row,
    reply: str,
    *,
    method: str,
    by: str | None,
    kind: Control,
    value: float | None,
    turn: Turn | None = None,
) -> dict[str, Any]:
    """Return `row` with another reply, its reply tokens to be counted anew.

    `turn` is what a model's reply says apart; a reply of ours is in the one written form and read here, and the row's
    own keeps its parts.
    """
    if turn is None:
        turn = row_turn(row) if reply == row.get(REPLY.name) else read_turn(reply)
    named = [row[TRACE_ID.name], method, by, kind, value, reply]
    return {
        **row,
        TRACE_ID.name: digest(named)[:20],
        METHOD.name: method,
        ASKED.name: None,
        REPLY.name: reply,
        REASONING.name: turn.reasoning,
        ANSWER.name: turn.answer,
        STEPS.name: None,
        SCORE.name: None,
        REPLY_TOKENS.name: None,
        FROM_TRACE_ID.name: row[TRACE_ID.name],
        FROM_TOKENS.name: row[COT_TOKENS.name],
        CONTROL_KIND.name: kind,
        CONTROL_VALUE.name: value,
        SHORTENED_BY.name: by,
    }

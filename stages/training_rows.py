"""Make the rows a trainer reads: what the model is given, and what it learns to give."""

from collections.abc import Mapping
from typing import Annotated, Any

import pyarrow as pa

from data.columns import (
    ADDED_TOKENS,
    ANSWER,
    COMPLETION,
    CONTROL_KIND,
    CONTROL_VALUE,
    COT_TOKENS,
    FROM_TOKENS,
    KEPT_RATIO,
    MESSAGES,
    METHOD,
    PROMPT,
    QUESTION,
    REASONING,
    REMARKS,
    SEGMENTS,
    TRAINING,
)
from data.conditions import Condition
from data.spec import LATER, spec
from data.table import Row, conform, drop, values, with_column
from data.thinking.turn import write_turn
from stages.stage import Stage

HOLDS_CONDITION = "question_holds_condition"
"""Why a row leaves whose question already holds the text that says how long to think."""
REPLY_HOLDS_CONDITION = "reply_holds_condition"


@spec
class AsTrainingRows(Stage):
    """Pair the row's prompt, with its condition, with what the reply says, in the one written form of a turn.

    The prompt is the plain one that was rendered for the problem, whichever wishes or examples the reply was sampled
    with. A row that says of itself what it was made from and by which control keeps that; one that says nothing is its
    method's own choice, with control `none`.
    """

    reads = (QUESTION, PROMPT, REASONING, ANSWER, COT_TOKENS)
    writes = TRAINING

    method: str
    """The method whose rows these are."""
    conditions: tuple[Condition, ...] = ()
    """Texts put on the prompts of rows by their kind of control."""
    guards_replies: Annotated[bool, LATER] = False
    """Whether a row leaves whose reply holds such a text, as one does whose question holds it."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        turns = zip(values(rows, REASONING), values(rows, ANSWER), strict=True)
        rows = with_column(rows, COMPLETION, [[{"role": "assistant", "content": write_turn(*turn)}] for turn in turns])
        rows = with_column(rows, METHOD, [self.method] * rows.num_rows)
        rows = with_column(rows, SEGMENTS, [[]] * rows.num_rows)
        rows = with_column(rows, ADDED_TOKENS, [[]] * rows.num_rows)
        rows = conform(rows, TRAINING)
        rows = with_column(rows, CONTROL_KIND, [kind or "none" for kind in values(rows, CONTROL_KIND)])
        rows = with_column(rows, REMARKS, [remarks or [] for remarks in values(rows, REMARKS)])
        rows = with_column(rows, KEPT_RATIO, _kept_ratios(rows))
        rows = with_column(rows, PROMPT, [self._prompt(row) for row in _picked(rows)])
        pairs = zip(values(rows, PROMPT), values(rows, COMPLETION), strict=True)
        rows = with_column(rows, MESSAGES, [[*prompt, *completion] for prompt, completion in pairs])
        return drop(rows, [self._fault(row) for row in _picked(rows)])

    def _prompt(self, row: Row) -> list[Mapping[str, str]]:
        condition = self._by_kind.get(row["control_kind"])
        return condition.on(row["prompt"], row["control_value"]) if condition else list(row["prompt"])

    def _fault(self, row: Row) -> str | None:
        if any(condition.is_in(row["question"]) for condition in self.conditions):
            return HOLDS_CONDITION
        (turn,) = row["completion"]
        holds = self.guards_replies and any(condition.is_in(turn["content"]) for condition in self.conditions)
        return REPLY_HOLDS_CONDITION if holds else None

    @property
    def _by_kind(self) -> Mapping[str, Condition]:
        return {condition.control_kind: condition for condition in self.conditions}


def _picked(rows: pa.Table) -> list[dict[str, Any]]:
    fields = (QUESTION, PROMPT, COMPLETION, CONTROL_KIND, CONTROL_VALUE)
    return list(rows.select([field.name for field in fields]).to_pylist())


def _kept_ratios(rows: pa.Table) -> list[float | None]:
    """Return what is left of each row's original: as who cut it says, else its tokens by those of the original."""
    columns = (values(rows, field) for field in (KEPT_RATIO, COT_TOKENS, FROM_TOKENS))
    told = zip(*columns, strict=True)
    return [kept if kept is not None else tokens / before if before else None for kept, tokens, before in told]

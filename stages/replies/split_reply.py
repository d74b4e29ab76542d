"""What a reply holds: reasoning and answer apart, and how long each is."""

from collections.abc import Mapping

import pyarrow as pa

from data.columns import ANSWER, COT, COT_TOKENS, PROBLEM_ID, REASONING, REPLY, REPLY_TOKENS, TOKENIZER
from data.spec import spec
from data.table import Row, values, with_column
from data.thinking.thinking import Thinking
from data.thinking.turn import Turn, read_turn, write_turn
from stages.replies.answer_segment import parts_of
from stages.stage import Stage
from stages.tokens import Tokenizer, TokenizerName, counting, load_tokenizer

KNOWN_MARKS = Thinking()
"""Every known way to mark thought, and no other."""


def cot_of(turn: Turn) -> str:
    """Return the chain of thought of a turn: its reasoning, or all that it says where it does not reason apart.

    An empty thought in front of an answer that reasons counts for what is there; one in front of a bare answer is "".
    """
    said = turn.answer or ""
    if turn.reasoning is None:
        return said
    if turn.reasoning.strip():
        return turn.reasoning
    return said if parts_of(said).reasoning.strip() else ""


def chain_of_thought(text: str) -> str:
    """Return the chain of thought in a turn in its one written form, or in one without marks."""
    return cot_of(read_turn(text))


def turn_of(reply: str | None, reasoning: str | None, answer: str | None, thinking: Thinking = KNOWN_MARKS) -> Turn:
    """Return `reasoning` and `answer` as a turn; where both are missing, those read from the reply."""
    if reasoning is None and answer is None:
        return read_turn(reply or "", thinking)
    return Turn(reasoning, answer, None)


def row_turn(row: Row) -> Turn:
    """Return what a row says as a turn."""
    return turn_of(row.get(REPLY.name), row.get(REASONING.name), row.get(ANSWER.name))


def row_text(row: Row) -> str:
    """Return what a row says in the one written form of a turn; without marks where there is no reasoning apart."""
    turn = row_turn(row)
    thinks = turn.reasoning is not None and (turn.reasoning.strip() or turn.answer is None)
    return write_turn(turn.reasoning, turn.answer) if thinks else (turn.answer or "")


@spec
class SplitReply(Stage):
    """Cut reasoning and answer apart where no stage has yet, and count tokens the engine did not count."""

    reads = (REPLY,)
    writes = (REASONING, ANSWER, COT, COT_TOKENS, REPLY_TOKENS, TOKENIZER)

    tokenizer: TokenizerName
    """A folder, `id@commit`, or `words`."""
    thinking: Thinking = Thinking()
    """The marks of thought in replies that were sampled elsewhere."""

    def uses(self) -> Mapping[str, str]:
        return counting(self.tokenizer)

    def __call__(self, rows: pa.Table) -> pa.Table:
        tokenizer = load_tokenizer(self.tokenizer)
        parts = zip(*self._parts(rows), strict=True)
        turns = [turn_of(reply, reasoning, answer, self.thinking) for reply, reasoning, answer in parts]
        cots = [cot_of(turn) for turn in turns]
        rows = with_column(rows, REASONING, [turn.reasoning for turn in turns])
        rows = with_column(rows, ANSWER, [turn.answer for turn in turns])
        rows = with_column(rows, COT, cots)
        rows = with_column(rows, COT_TOKENS, tokenizer.count(cots))
        rows = with_column(rows, TOKENIZER, [tokenizer.identity] * rows.num_rows)
        return with_column(rows, REPLY_TOKENS, _reply_tokens(rows, tokenizer))

    @staticmethod
    def _parts(rows: pa.Table) -> list[list[str | None]]:
        there = (REPLY, REASONING, ANSWER)
        empty: list[str | None] = [None] * rows.num_rows
        return [values(rows, field) if field.name in rows.column_names else empty for field in there]


def _reply_tokens(rows: pa.Table, tokenizer: Tokenizer) -> list[int]:
    """Return the tokens of every reply: as its engine counted, or as the tokenizer counts.

    Replies to one problem are counted by one measure, or the longer could pass for the shorter: where the engine left
    one uncounted, its siblings are counted anew too.
    """
    replies = [reply or "" for reply in values(rows, REPLY)]
    if REPLY_TOKENS.name not in rows.column_names:
        return tokenizer.count(replies)
    known = values(rows, REPLY_TOKENS)
    problems = values(rows, PROBLEM_ID) if PROBLEM_ID.name in rows.column_names else range(rows.num_rows)
    uncounted = {problem for problem, tokens in zip(problems, known, strict=True) if tokens is None}
    if not uncounted:
        return known
    again = [index for index, problem in enumerate(problems) if problem in uncounted]
    counts = dict(zip(again, tokenizer.count([replies[index] for index in again]), strict=True))
    return [counts.get(index, tokens) for index, tokens in enumerate(known)]

"""What a rewriting must be before it may stand beside the trace it was made from: one judge for every rewriter."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from data.prompts.wording import END_THINK, THINK
from data.spec import Positive, spec
from data.table import Row
from data.thinking.turn import read_turn
from stages.check_answer import reference, verdict
from stages.replies.answer_segment import Parts, box_wrappers, parts_of
from stages.replies.split_reply import chain_of_thought, row_text
from stages.rewriting.chat_tokens import chat_token, stray_mark
from stages.rewriting.foreign_numbers import unknown_numbers
from stages.rewriting.rewriting_looks import loops, refuses, speaks_of_its_task, steps
from stages.tokens import Tokenizer


@spec
class Standards:
    """What is asked of a rewriting beyond the right answer and being shorter."""

    min_steps: Positive = 1
    """Stretches of reasoning it must hold besides the statement of the answer."""
    foreign_numbers: Literal["remark", "reject"] = "remark"
    """What is done about numbers that stand in neither the question nor the trace, nor are derived from those."""


@dataclass(frozen=True)
class Offer:
    """A shorter reasoning, as somebody offers it."""

    text: str
    said: str | None = None
    """The whole reply of a model, which must itself arrive at the gold; None where the trace was only cut."""
    whole: bool = True
    """Whether the model ended of its own accord."""


@dataclass(frozen=True)
class Judged:
    """What came of an offer."""

    reason: str | None
    """Why it is not taken, in a countable word; None when it is."""
    detail: str = ""
    reply: str = ""
    """The trace's reply with the shorter reasoning in it."""
    tokens: int = 0
    """Of the reasoning in that reply."""
    remarks: tuple[str, ...] = ()


def judged(offer: Offer, row: Row, standards: Standards, tokenizer: Tokenizer) -> Judged:
    """Judge an offer to replace the reasoning of a trace (`question`, `reply`, `cot`, `cot_tokens`, `gold` ...)."""
    text = (offer.text if offer.said is None else _unboxed(offer.text)).strip("\n")
    reply = _rebuilt(parts_of(row_text(row)), text, row, adds=offer.said is not None)
    (tokens,) = tokenizer.count([chain_of_thought(reply)])
    unknown = unknown_numbers(text, row["question"], row["cot"])
    for reason, detail in _faults(offer, text, reply, row, tokenizer.special_tokens):
        return Judged(reason, detail, reply, tokens)
    if tokens >= row["cot_tokens"]:
        return Judged("not_shorter", f"{tokens} tokens of {row['cot_tokens']}", reply, tokens)
    if steps(text, row["final_answer"]) < standards.min_steps:
        return Judged("bare_answer", text[:200], reply, tokens)
    if unknown.foreign and standards.foreign_numbers == "reject":
        return Judged("foreign_numbers", ", ".join(unknown.foreign)[:200], reply, tokens)
    found = (("derived_numbers", unknown.derived), ("foreign_numbers", unknown.foreign))
    return Judged(None, "", reply, tokens, tuple(name for name, there in found if there))


def bare(row: Row, tokenizer: Tokenizer) -> Judged:
    """Return the trace's reply with no reasoning at all, if that is shorter and still arrives at the gold."""
    reply = _rebuilt(parts_of(row_text(row)), "", row, adds=True).lstrip("\n")
    (tokens,) = tokenizer.count([chain_of_thought(reply)])
    fault = _other_answer(reply, row)
    return Judged(fault[0] if fault else None if tokens < row["cot_tokens"] else "not_shorter", "", reply, tokens)


def unsafe(row: Row, tokenizer: Tokenizer) -> str | None:
    """Return the chat token or stray mark that keeps a trace and its question out of a prompt; None for none."""
    question, reply, special = row["question"], row_text(row), tokenizer.special_tokens
    in_question = chat_token(question, special) or next((m for m in (THINK, END_THINK) if m in question), None)
    return in_question or chat_token(reply, special) or stray_mark(reply)


def offered(said: str, *, whole: bool) -> Offer:
    """Read a model's reply as an offer.

    What stands between reasoning marks is the rewriting when nothing but the answer follows; a model that thinks
    before it writes leaves the rewriting behind the marks.
    """
    turn = read_turn(said)
    if turn.reasoning is None:
        return Offer(parts_of(said).reasoning.strip(), said, whole)
    text = parts_of(turn.answer or "").reasoning.strip() or turn.reasoning
    return Offer(text, said, whole)


def _faults(offer: Offer, text: str, reply: str, row: Row, special: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield why an offer is not sound, the gravest first."""
    if not offer.whole:
        yield "truncated", ""
    said = offer.said or ""
    if found := chat_token(f"{said}\n{text}", special) or stray_mark(said) or stray_mark(reply):
        yield "chat_tokens", found
    if mark := next((mark for mark in (THINK, END_THINK) if mark in text), None):
        yield "chat_tokens", mark
    if refuses(text) or refuses(read_turn(said).answer or ""):
        yield "refusal", text[:200]
    if not text.strip():
        yield "empty", ""
    if speaks_of_its_task(text) and not speaks_of_its_task(row["question"] + row["cot"]):
        yield "off_task", text[:200]
    if loops(text):
        yield "loops", text[:200]
    for told in (offer.said, reply):
        if told is not None and (fault := _other_answer(told, row)):
            yield fault


def _other_answer(told: str, row: Row) -> tuple[str, str] | None:
    found = verdict(told, reference(row), row["answer_kind"], "stop", row.get("tolerance"))
    if found.verdict == "correct":
        return None
    reason = "answer_changed" if found.verdict == "incorrect" else found.reason
    return (reason if reason in ("answer_changed", "no_answer") else f"undecided_{reason}"), found.extracted or ""


def _rebuilt(parts: Parts, text: str, row: Row, *, adds: bool) -> str:
    """Return the reply with this reasoning and the answer as it was stated; `adds` states it where it was not."""
    if END_THINK in parts.tail:
        return f"{parts.head}{text}{parts.tail}"
    if parts.tail.strip():
        gap = parts.reasoning[len(parts.reasoning.rstrip()) :] or "\n"
        return f"{parts.head}{text}{gap}{parts.tail}"
    return parts.with_reasoning(text, row["final_answer"]) if adds else f"{parts.head}{text}"


def _unboxed(text: str) -> str:
    for begin, end in reversed(box_wrappers(text)):
        text = text[:begin] + text[end:]
    return text

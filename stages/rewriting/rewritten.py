"""What a rewriting must be before it may stand beside the trace it was made from: one judge for every rewriter."""

from collections.abc import Collection, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Annotated, Literal

from pydantic import Field

from data.prompts.wording import END_THINK, THINK
from data.spec import Positive, spec
from data.table import Row
from data.thinking.turn import read_turn
from stages.check_answer import reference, verdict
from stages.replies.answer_segment import Parts, box_wrappers, parts_of
from stages.replies.split_reply import chain_of_thought, row_text
from stages.rewriting.chat_tokens import chat_token, stray_mark
from stages.rewriting.standards.arithmetic import steps_of, wrong_step
from stages.rewriting.standards.foreign_numbers import Unknown, numbers, unknown_numbers
from stages.rewriting.standards.foreign_text import (
    control_character,
    foreign_code,
    foreign_script,
    foreign_sentence,
    foreign_share,
)
from stages.rewriting.standards.preambles import cleared, presents
from stages.rewriting.standards.rewriting_looks import loops, refuses, speaks_of_its_task, steps
from stages.tokens import Tokenizer

_OF_UNITS = frozenset(map(Fraction, (7, 10, 12, 24, 30, 31, 52, 60, 100, 360, 365, 1000)))


@spec
class Standards:
    """What is asked of a rewriting beyond the right answer and being shorter."""

    min_steps: Positive = 1
    """Stretches of reasoning it must hold besides the statement of the answer."""
    foreign_numbers: Literal["remark", "reject"] = "remark"
    """What is done about numbers that stand in neither the question nor the trace, nor are derived from those."""
    most_foreign_numbers: Annotated[float, Field(ge=0, le=1)] = 0.25
    """The largest share of them among its different numbers, though one is always allowed; 1 sets no limit."""
    most_foreign_words: Annotated[float, Field(ge=0, le=1)] = 0.5
    """The largest share of words that neither the question nor the trace has, among those that tell something; below 1
    a sentence of such words, a command or an address is refused too."""
    wrong_steps: Literal["remark", "reject"] = "reject"
    """What is done about a step of arithmetic that is wrong, or that the trace does not take."""


@dataclass(frozen=True)
class Offer:
    """A shorter reasoning, as somebody offers it."""

    text: str
    said: str | None = None
    """The whole reply of a model, which must itself arrive at the gold; None where the trace was only cut."""
    whole: bool = True
    """Whether the model ended of its own accord."""
    answering: str | None = None
    """What it says but for remarks round its rewriting, where those were taken off."""
    remarks: tuple[str, ...] = ()
    """What was taken off it: what the model said before its rewriting, or behind it."""


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
    reply = _rebuilt(parts_of(row_text(row), row["final_answer"]), text, row, adds=offer.said is not None)
    (tokens,) = tokenizer.count([chain_of_thought(reply)])
    unknown = unknown_numbers(text, row["question"], row["cot"])
    for reason, detail in _faults(offer, text, reply, row, tokenizer.special_tokens):
        return Judged(reason, detail, reply, tokens)
    if tokens >= row["cot_tokens"]:
        return Judged("not_shorter", f"{tokens} tokens of {row['cot_tokens']}", reply, tokens)
    if steps(text, row["final_answer"]) < standards.min_steps:
        return Judged("bare_answer", text[:200], reply, tokens)
    remarks = list(offer.remarks)
    for reason, detail, refused in _strange(text, row, unknown, standards) if offer.said is not None else ():
        if refused:
            return Judged(reason, detail[:200], reply, tokens)
        remarks.append(reason)
    told = (("derived_numbers", unknown.derived), ("foreign_numbers", unknown.foreign))
    return Judged(None, "", reply, tokens, (*remarks, *(name for name, there in told if there)))


def bare(row: Row, tokenizer: Tokenizer) -> Judged:
    """Return the trace's reply with no reasoning at all, if that is shorter and still arrives at the gold."""
    reply = _rebuilt(parts_of(row_text(row), row["final_answer"]), "", row, adds=True).lstrip("\n")
    (tokens,) = tokenizer.count([chain_of_thought(reply)])
    fault = _other_answer(reply, row)
    return Judged(fault[0] if fault else None if tokens < row["cot_tokens"] else "not_shorter", "", reply, tokens)


def unsafe(row: Row, tokenizer: Tokenizer) -> str | None:
    """Return the chat token or stray mark that keeps a trace and its question out of a prompt; None for none."""
    question, reply, special = row["question"], row_text(row), tokenizer.special_tokens
    in_question = chat_token(question, special) or next((m for m in (THINK, END_THINK) if m in question), None)
    return in_question or chat_token(reply, special) or stray_mark(reply)


def steers(row: Row) -> str | None:
    """Return the control character of a question or trace that keeps it out of a dataset; None for none."""
    return control_character(f"{row['question']}\n{row_text(row)}", f"{row['question']}\n{row_text(row)}")


def offered(said: str, row: Row, *, whole: bool) -> Offer:
    """Read a model's reply as an offer to rewrite a trace, without what it says round its rewriting.

    What stands between reasoning marks is the rewriting when nothing but the answer follows; a model that thinks
    before it writes leaves the rewriting behind the marks.
    """
    turn, source = read_turn(said), _source(row)
    told = cleared(said if turn.reasoning is None else turn.answer or "", source)
    text, answering = parts_of(told.text).reasoning.strip(), told.text if turn.reasoning is None else said
    if text or turn.reasoning is None:
        told = replace(told, text=cleared(text, source).text)
    else:
        told = cleared(turn.reasoning, source)
    removed = (("preamble_removed", told.preamble), ("note_removed", told.note))
    return Offer(told.text, said, whole, answering, tuple(name for name, there in removed if there.strip()))


def _faults(offer: Offer, text: str, reply: str, row: Row, special: Collection[str]) -> Iterator[tuple[str, str]]:
    """Yield why an offer is not sound, the gravest first."""
    if not offer.whole:
        yield "truncated", ""
    said = offer.said or ""
    if found := chat_token(f"{said}\n{text}", special) or stray_mark(said) or stray_mark(reply):
        yield "chat_tokens", found
    if mark := next((mark for mark in (THINK, END_THINK) if mark in text), None):
        yield "chat_tokens", mark
    if character := control_character(reply, _source(row)):
        yield "control_characters", character
    if refuses(text) or refuses(read_turn(said).answer or ""):
        yield "refusal", text[:200]
    if not text.strip():
        yield "empty", ""
    if said and (presents(text, _source(row)) or (speaks_of_its_task(text) and not speaks_of_its_task(_source(row)))):
        yield "off_task", text[:200]
    if loops(text):
        yield "loops", text[:200]
    for told in (offer.answering or offer.said, reply):
        if told is not None and (fault := _other_answer(told, row)):
            yield fault


def _strange(text: str, row: Row, unknown: Unknown, standards: Standards) -> Iterator[tuple[str, str, bool]]:
    """Yield what a model wrote that is not the trace's, and whether it is refused for it."""
    source = _source(row)
    if script := foreign_script(text, source):
        yield "foreign_script", script, True
    if standards.most_foreign_words < 1:
        if strange := foreign_code(text, source) or foreign_sentence(text, source):
            yield "foreign_words", strange, True
        if (share := foreign_share(text, source)) > standards.most_foreign_words:
            yield "foreign_words", f"{share:.0%} of its words", True
    if unknown.foreign:
        too_many = len(unknown.foreign) > max(1, standards.most_foreign_numbers * len(numbers(text, spelled=False)))
        alone = standards.most_foreign_numbers < 1 and _is_of_strangers(text, unknown)
        if too_many or alone or standards.foreign_numbers == "reject":
            yield "foreign_numbers", ", ".join(unknown.foreign), True
    if step := wrong_step(text, row["question"], row["cot"]):
        yield "wrong_step", step, standards.wrong_steps == "reject"


def _is_of_strangers(text: str, unknown: Unknown) -> bool:
    """Tell whether a step puts together numbers of which none is known, nor counts hours, months and their like."""
    strange = {Fraction(number) for number in unknown.foreign} - _OF_UNITS
    return any(strange.issuperset(step.left.numbers) for step in steps_of(text))


def _source(row: Row) -> str:
    return f"{row['question']}\n{row['cot']}"


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
    return parts.with_reasoning(text, row["final_answer"], row["answer_kind"]) if adds else f"{parts.head}{text}"


def _unboxed(text: str) -> str:
    for begin, end in reversed(box_wrappers(text)):
        text = text[:begin] + text[end:]
    return text

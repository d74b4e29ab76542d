"""The verdict on a reply: find its final answer, then let the first rule that can decide."""

from dataclasses import replace

from stages.answers.decide import decide
from stages.answers.find.boxes import boxed_answer
from stages.answers.find.choices import letters, small_choice, truth
from stages.answers.find.extract import after_reasoning, final_answer, stated_answer
from stages.answers.find.gold import gold_answer
from stages.answers.kinds import infer_kind, known_kind
from stages.answers.parts import judge_parts, labelled_parts
from stages.answers.shapes.tolerance import within_tolerance
from stages.answers.verdict import CHECKER_VERSION, Verdict, undecided

__all__ = ["CHECKER_VERSION", "Verdict", "check_answer"]


def check_answer(
    reply: str,
    gold: str | None,
    *,
    kind: str | None = None,
    finish_reason: str = "stop",
    bare: bool = False,
    last_number: bool = True,
    tolerance: float | None = None,
) -> Verdict:
    """Return the verdict on `reply` against `gold`.

    `kind` is one of `KINDS` (`code` is refused), or none to infer it; `bare` says that the reply is an answer and
    nothing else; `last_number` lets a reply that announces no answer answer with the last value of its last sentence.
    `tolerance` says how far a number may lie from the gold's and be right.
    """
    kind = known_kind(kind)
    if kind == "code":
        return undecided("code")
    if finish_reason == "length":
        return undecided("truncated")
    if gold is None or not gold.strip():
        return undecided("gold")
    if bare and reply.strip() == gold.strip():
        return Verdict("correct", "", "identical", reply.strip(), "bare")
    wanted = gold_answer(gold)
    answer, extraction = _bare_answer(reply) if bare else _found(reply, wanted, kind, last_number)
    if answer is None or not answer.strip():
        return undecided("no_answer")
    if not bare and extraction != "boxed" and kind in (None, "expression") and small_choice(wanted, answer):
        kind = "choice"
    parts = labelled_parts(wanted)
    judged = judge_parts(parts, after_reasoning(reply) or "", answer, extraction, kind) if parts else None
    verdict = judged or decide(wanted, answer, extraction, kind=kind, last_number=last_number)
    if tolerance is None or verdict.verdict == "correct" or verdict.extracted is None:
        return verdict
    is_near = within_tolerance(wanted, verdict.extracted, tolerance, ordered=kind == "tuple")
    return replace(verdict, verdict="correct", reason="", rule="tolerance") if is_near else verdict


def _found(reply: str, gold: str, kind: str | None, last_number: bool) -> tuple[str | None, str]:
    """Return the answer of a reply, by what the gold asks for: a letter, a yes or no, or anything else."""
    lettered = letters(gold) is not None and kind != "choice"
    choice = kind == "choice" or (lettered and kind in (None, infer_kind(gold)))
    yes_or_no = kind in (None, "boolean", "text") and truth(gold) is not None
    return final_answer(reply, last_number=last_number, choice=choice, yes_or_no=yes_or_no)


def _bare_answer(answer: str) -> tuple[str, str]:
    box = boxed_answer(answer)
    if box is not None:
        return box, "boxed"
    stated = stated_answer(answer)
    return (stated, "stated") if stated else (answer.strip(), "bare")

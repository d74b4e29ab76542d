"""The verdict on a reply: find its final answer, read it and the gold, and decide by the first rule that can."""

from stages.answers.clean import tidy
from stages.answers.extract import final_answer
from stages.answers.numbers import read_numbers
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
) -> Verdict:
    """Return the verdict on `reply` against `gold`."""
    if kind == "code":
        return undecided("code")
    if finish_reason == "length":
        return undecided("truncated")
    if gold is None or not gold.strip():
        return undecided("gold")
    answer, extraction = (reply, "bare") if bare else final_answer(reply, last_number=last_number)
    if answer is None or not answer.strip():
        return undecided("no_answer")
    return _compare(answer, gold, extraction)


def _compare(answer: str, gold: str, extraction: str) -> Verdict:
    if answer.strip() == gold.strip():
        return Verdict("correct", "", "identical", answer, extraction)
    left, right = tidy(gold), tidy(answer)
    if left.replace(" ", "").casefold() == right.replace(" ", "").casefold():
        return Verdict("correct", "", "normalised", answer, extraction)
    golds, answers = read_numbers(left.strip("%$")), read_numbers(right.strip("%$"))
    if golds and answers:
        equal = any(one.value == other.value for one in golds for other in answers)
        return Verdict("correct" if equal else "incorrect", "", "number", answer, extraction)
    return Verdict("incorrect", "", "text", answer, extraction)

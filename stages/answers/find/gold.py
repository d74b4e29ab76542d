"""The gold's answer: what the source wrote, or the final answer of a whole solution it wrote."""

import re

from data.boxes import closed_boxes
from data.inputs.rows.sentinels import is_sentinel
from stages.answers.find.boxes import boxed_answer
from stages.answers.find.extract import final_answer

_SOLUTION = re.compile(r"####|\banswer is\b|<answer>", re.IGNORECASE)


def gold_answer(gold: str) -> str:
    """Return the answer in a gold that may be a whole solution: its boxes, or what it states."""
    if "boxed" in gold or "fbox" in gold:
        box = boxed_answer(gold, adjacent=True)
        if box is not None:
            return box
    if _SOLUTION.search(gold):
        answer, _ = final_answer(gold)
        return answer or gold
    return gold


def gold_fault(gold: str | None) -> str:
    """Return what makes a gold suspect, in a countable word: `empty`, `sentinel`, `several_boxes`; empty for none."""
    if gold is None or not gold.strip():
        return "empty"
    if is_sentinel(gold):
        return "sentinel"
    return "several_boxes" if len(closed_boxes(gold)) > 1 else ""

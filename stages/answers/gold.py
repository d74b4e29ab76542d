"""The gold's answer: what the source wrote, or the final answer of a whole solution it wrote."""

import re

from stages.answers.boxes import boxed_answer
from stages.answers.extract import final_answer

_SOLUTION = re.compile(r"####|\banswer is\b|<answer>", re.IGNORECASE)


def gold_answer(gold: str) -> str:
    """Return the answer in a gold that may be a whole solution: its last box and those listed with it, or its last line."""
    if "boxed" in gold or "fbox" in gold:
        box = boxed_answer(gold.replace("\\\\boxed", "\\boxed"), adjacent=True)
        if box is not None:
            return box
    if _SOLUTION.search(gold):
        answer, _ = final_answer(gold)
        return answer or gold
    return gold

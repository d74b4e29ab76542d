"""Ask for a reply within a budget of tokens, and ask how many tokens a reply needs (after Han et al. 2024).

The estimator's wording is our own; it keeps the form `[[number]]` of the paper's.
"""

import re
from typing import Annotated

from pydantic import AfterValidator

from data.prompts.wording import BUDGET
from data.spec import digest

SLOT = "{budget}"
ESTIMATE = (
    "How many tokens does a complete and correct answer to the question below need at the very least, its reasoning "
    "included? Do not answer the question. Give the number alone, in double brackets, such as Budget: [[60]]."
)
_TELLING = 4
"""Characters from which a wording gives itself away; a lone number does not."""


def _checked(wording: str) -> str:
    if wording.count(SLOT) != 1:
        raise ValueError(f"must hold {SLOT} exactly once, or every budget would ask the same")
    if re.search(r"\d", wording.replace(SLOT, "")):
        raise ValueError(f"must hold no number beside {SLOT}")
    return wording


Wording = Annotated[str, AfterValidator(_checked)]
"""A sentence that names a budget, as `{budget}`, and no other number."""
DEFAULT_WORDING: Wording = BUDGET


def budget_wish(budget: int, wording: str) -> str:
    """Return the wish for a reply within a budget."""
    return wording.replace(SLOT, str(budget))


def names_budget(question: str, wording: str) -> bool:
    """Tell whether a question itself holds the wording, with any budget."""
    before, after = (part.strip() for part in wording.split(SLOT))
    if len(before + after) < _TELLING:
        return False
    return re.search(rf"{re.escape(before)}\s*\d+\s*{re.escape(after)}", question) is not None


def budget_sha(wording: str) -> str:
    """Return the SHA-256 of the prompt that asks within a budget."""
    return digest(["budget", wording])


def estimate_prompt(question: str) -> str:
    """Return the user turn that asks how many tokens an answer needs."""
    return f"{ESTIMATE}\n\nQuestion: {question}"


def estimate_sha() -> str:
    """Return the SHA-256 of the prompt that asks for an estimate."""
    return digest(["budget_estimate", estimate_prompt("{question}")])

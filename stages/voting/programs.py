"""What System 2 programs ask, step by step, and how what came back is read; no model is called here.

Rephrase and respond in two steps: Deng et al. 2023, arXiv 2311.04205, its rephrasing prompt. System 2 attention: Weston
and Sukhbaatar 2023, arXiv 2311.11829, the prompt on its page 4. Branch-solve-merge on pairs of responses: Saha et al.
2023, arXiv 2310.15123; its prompts could not be read, the wording is ours, its steps (criteria, a score from 1 to 5 for
each response and criterion, the higher sum wins) are the paper's.
"""

import re
from typing import Literal

Program = Literal["rephrase_and_respond", "system2_attention", "branch_solve_merge"]

_REPHRASE = (
    '"{question}"\nGiven the above question, rephrase and expand it to help you do better answering. Maintain all '
    "information in the original question."
)
_ATTEND = (
    "Given the following text by a user, extract the part that is unbiased and not their opinion, so that using that "
    "text alone would be good context for providing an unbiased answer to the question portion of the text.\n\nPlease "
    "include the actual question or query that the user is asking. Separate this into two categories labeled with "
    "“Unbiased text context (includes all content except user’s bias):” and “Question/Query (does not include user "
    "bias/preference):”.\n\nText by User: {question}"
)
_BRANCH = (
    "Below are a user's request and two responses to it. Name the two to five criteria that matter most for judging "
    "how good a response to this very request is, one a line, as `1. Name: what it asks`. Do not judge the responses."
    "\n\n{question}"
)
_SOLVE = (
    "Below are a user's request and two responses to it. Judge the responses by this one criterion alone, whatever "
    "their order and length:\n{criterion}\n\nSay briefly why, then give each a whole score from 1 to 5 as `Scores: "
    "[[first, second]]`.\n\n{question}"
)
_CRITERION = re.compile(r"^\s{0,8}(?:[-*•]|\(?\d{1,2}[.):])\s{0,4}(?P<text>\S.{2,400})$", re.MULTILINE)
_MOST_CRITERIA = 5
_SCORES = re.compile(r"\[\[?\s{0,4}([1-5])\s{0,4}[,;/|]\s{0,4}([1-5])\s{0,4}\]?\]")
_LABELLED = re.compile(
    r"(?:unbiased text context|unbiased context|context)[^:\n]{0,80}:\s*(?P<context>.*?)"
    r"(?:question/query|question|query)[^:\n]{0,60}:\s*(?P<question>.+)",
    re.IGNORECASE | re.DOTALL,
)


def first_turn(program: Program, question: str) -> str:
    """Return the user turn of a program's first step."""
    wordings = {"rephrase_and_respond": _REPHRASE, "system2_attention": _ATTEND, "branch_solve_merge": _BRANCH}
    return wordings[program].replace("{question}", question)


def second_question(program: Program, question: str, said: str) -> str:
    """Return the question of the second step: with its rephrasing, or what is left of it without bias."""
    if program == "rephrase_and_respond":
        return f"{question}\n\n{said.strip()}"
    labelled = _LABELLED.search(said)
    if labelled is None:
        return said.strip()
    context, asked = labelled["context"].strip(' \n\t*“”"'), labelled["question"].strip(' \n\t*“”"')
    return f"{context}\n\n{asked}" if context else asked


def criteria_in(said: str) -> tuple[str, ...]:
    """Return the criteria that a plan lists, five at most."""
    return tuple(match["text"].strip(" *") for match in _CRITERION.finditer(said))[:_MOST_CRITERIA]


def solve_turn(question: str, criterion: str) -> str:
    """Return the user turn that judges by one criterion."""
    return _SOLVE.replace("{criterion}", criterion).replace("{question}", question)


def scores_in(said: str) -> tuple[int, int] | None:
    """Return the two scores that a judgement ends on; None where there are none."""
    found = _SCORES.findall(said)
    return (int(found[-1][0]), int(found[-1][1])) if found else None


def merged(scores: list[tuple[int, int]]) -> str:
    """Return the verdict of all scores: the higher sum wins, equal ones are a tie."""
    first, second = (sum(pair[place] for pair in scores) for place in (0, 1))
    return "A" if first > second else "B" if second > first else "C"

"""A completion in the form in which a model writes it."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from data.thinking.turn import read_turn
from sft.rows.form import Form
from sft.rows.unfit import Unfit

Weights = npt.NDArray[np.float64]
"""By character: how much it weighs in the loss."""


def written(said: str, weights: Weights, form: Form) -> tuple[str, Weights]:
    """Return a completion as the model writes it, and the weight of each character.

    What stands between its parts weighs what it weighed in the row.

    Raises:
        Unfit: its reasoning does not end, is in several pieces, or cannot follow its prompt.
    """
    turn = read_turn(said)
    reasoning, answer = (None if part is None else part.strip() for part in (turn.reasoning, turn.answer))
    if reasoning is not None and answer is None:
        raise Unfit("unended_thought", "its reasoning does not end, so there is no answer")
    if form.closed and reasoning:
        raise Unfit(
            "prompt_closes_thought", "its prompt has closed the reasoning, and the row has one; see `template_args`"
        )
    if form.thought is None and reasoning:
        begin, end = len(said) - len(said.lstrip()), len(said.rstrip())
        parts = [(said[begin:end], weights[begin:end])]
    elif reasoning:
        parts = [*_found(form, said, weights, reasoning, answer or "")]
    else:
        begin = said.rindex(answer) if answer else len(said)
        parts = [
            (form.bare, _least(weights[:begin], weights[begin:], form.bare)),
            _piece(said, weights, answer or "", begin),
        ]
    parts.append((form.end, np.ones(len(form.end))))
    return "".join(text for text, _ in parts), np.concatenate([weight for _, weight in parts])


def _found(form: Form, said: str, weights: Weights, reasoning: str, answer: str) -> Sequence[tuple[str, Weights]]:
    assert form.thought is not None
    begin, until = said.find(reasoning), said.rfind(answer)
    if begin < 0 or until < begin + len(reasoning):
        raise Unfit("marks", "its reasoning holds marks of thought; write it in one piece, `<think>` ... `</think>`")
    before, between = form.thought
    end = begin + len(reasoning)
    return [
        (before, _least(weights[:begin], weights[begin:end], before)),
        _piece(said, weights, reasoning, begin),
        (between, _least(weights[end:until], weights[begin:end], between)),
        _piece(said, weights, answer, until),
    ]


def _piece(said: str, weights: Weights, text: str, begin: int) -> tuple[str, Weights]:
    return said[begin : begin + len(text)], weights[begin : begin + len(text)]


def _least(marks: Weights, beside: Weights, text: str) -> Weights:
    """Return the weight of marks: the least that the row gives its own, else that of the text beside them."""
    least = marks.min() if len(marks) else beside.min() if len(beside) else 1.0
    return np.full(len(text), least)

"""From a training row to what a trainer sees: token ids, labels that train the completion alone, and weights.

The trained ids are those of the prompt as the model is asked, then those of the turn as this model writes it, and the
token by which it ends. The turn is never what the template renders of the past: many drop the reasoning there.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt

from data.columns import TEMPLATE_ARGS
from data.prompts.wording import END_THINK, THINK
from data.table import Row
from data.thinking.turn import read_turn
from sft.rows.form import Form, form_of, renderer
from sft.rows.tools import control_tokens
from sft.rows.unfit import Unfit
from sft.schedules.stage import BETA

IGNORED = -100
"""Label of a token that is not trained."""


@dataclass(frozen=True)
class Labelled:
    """One row, ready to train: sequences of equal length."""

    input_ids: list[int]
    attention_mask: list[int]
    labels: list[int]
    weights: list[float]
    """How much each token weighs in the loss; 0 where it is not trained."""
    beta: float | None = None
    """The share of the update that the row is trained with; None where no schedule says, and it is all."""


@dataclass(frozen=True)
class _Written:
    """A turn as the model writes it, and the weight of every character."""

    text: str
    weights: npt.NDArray[np.float64]


@dataclass(frozen=True)
class Labels:
    """Labels rows for one tokenizer."""

    tokenizer: Any
    """A `transformers` tokenizer with a chat template."""
    stops: frozenset[str]
    """Tokens at which the model stops: its tokenizer's end of sequence, and those that its generation is set to."""

    def of(self, row: Row) -> Labelled:
        """Return ids, labels and weights of a dataset row (`prompt` and `completion` in chat form).

        Args:
            row: a row of an emitted dataset; its `template_args`, if any, are those it was sampled with.

        Raises:
            Unfit: the template refuses the row or cannot write it, the completion is not one whole assistant turn,
                the segments are not the completion or none of them is trained, or a turn holds a control token.
        """
        said = _said(row)
        self._refuse_control_tokens(row)
        args = row.get(TEMPLATE_ARGS.name) or "{}"
        prompt = renderer(self.tokenizer, json.loads(args))(row["prompt"], add_generation_prompt=True)
        form = self._form(args)
        if not prompt.endswith(form.prompt_end):
            raise Unfit("template", "the chat template ends this prompt otherwise than others; name another")
        given, written = self._ids(prompt)[0], _written(said, _weights(row, said), form)
        ids, spans = self._turn(prompt, given, written.text)
        weights = [float(written.weights[begin : max(end, begin + 1)].min()) for begin, end in spans]
        labels = [token if weight else IGNORED for token, weight in zip(ids, weights, strict=True)]
        return Labelled(
            [*given, *ids],
            [1] * (len(given) + len(ids)),
            [IGNORED] * len(given) + labels,
            [0.0] * len(given) + weights,
            row.get(BETA),
        )

    def _form(self, args: str) -> Form:
        if args not in self._forms:
            render = renderer(self.tokenizer, json.loads(args))
            template = self.tokenizer.get_chat_template()
            self._forms[args] = form_of(render, template, self.stops, control_tokens(self.tokenizer))
        return self._forms[args]

    @cached_property
    def _forms(self) -> dict[str, Form]:
        return {}

    def _turn(self, prompt: str, given: Sequence[int], text: str) -> tuple[list[int], list[tuple[int, int]]]:
        """Return the ids of a turn behind a prompt, and the characters of each: a token never joins the two."""
        ids, spans = self._ids(prompt + text)
        if ids[: len(given)] == list(given):
            return ids[len(given) :], [(begin - len(prompt), end - len(prompt)) for begin, end in spans[len(given) :]]
        anchor = min(self.stops)  # behind a control token a text begins as it does in the middle of one
        ids, spans = self._ids(anchor + text)
        return ids[1:], [(begin - len(anchor), end - len(anchor)) for begin, end in spans[1:]]

    def _ids(self, text: str) -> tuple[list[int], list[tuple[int, int]]]:
        found = self.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
        return list(found["input_ids"]), list(found["offset_mapping"])

    def _refuse_control_tokens(self, row: Row) -> None:
        """Refuse text that would be read as the end of its turn or the begin of another.

        Marks of thought are control tokens of some tokenizers, and rows may ask for tokens of their own.
        """
        allowed = {THINK, END_THINK, *(row.get("added_tokens") or ())}
        for turn in [*row["prompt"], *row["completion"]]:
            held = sorted(token for token in control_tokens(self.tokenizer) - allowed if token in turn["content"])
            if held:
                raise Unfit(
                    "control_token",
                    f"its {turn['role']} turn holds {', '.join(held)}, which this tokenizer takes for a control token; "
                    "name the token in the row's `added_tokens` if it is meant",
                )


def _said(row: Row) -> str:
    roles = [turn["role"] for turn in row["completion"]]
    if roles != ["assistant"]:
        raise Unfit("no_turn", f"the completion is one assistant turn; there is {roles}")
    said = str(row["completion"][0]["content"])
    if not said.strip():
        raise Unfit("empty", "the completion is empty")
    return said


def _written(said: str, weights: npt.NDArray[np.float64], form: Form) -> _Written:
    """Return a completion as the model writes it; what stands between its parts weighs what it weighed in the row."""
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
    return _Written("".join(text for text, _ in parts), np.concatenate([weight for _, weight in parts]))


def _found(
    form: Form, said: str, weights: npt.NDArray[np.float64], reasoning: str, answer: str
) -> Sequence[tuple[str, npt.NDArray[np.float64]]]:
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


def _piece(said: str, weights: npt.NDArray[np.float64], text: str, begin: int) -> tuple[str, npt.NDArray[np.float64]]:
    return said[begin : begin + len(text)], weights[begin : begin + len(text)]


def _least(marks: npt.NDArray[np.float64], beside: npt.NDArray[np.float64], text: str) -> npt.NDArray[np.float64]:
    """Return the weight of marks: the least that the row gives its own, else that of the text beside them."""
    least = marks.min() if len(marks) else beside.min() if len(beside) else 1.0
    return np.full(len(text), least)


def _weights(row: Row, said: str) -> npt.NDArray[np.float64]:
    """Return how much each character of a completion weighs."""
    segments: Sequence[Mapping[str, Any]] = row.get("segments") or []
    if segments and "".join(segment["text"] for segment in segments) != said:
        raise Unfit("segments", "its segments, joined, are not its completion")
    pieces = []
    for segment in segments:
        weight = 1.0 if segment["weight"] is None else float(segment["weight"])
        if not (math.isfinite(weight) and weight >= 0):
            raise Unfit("segments", f"a segment weighs {weight}; a weight is 0 or more")
        pieces.append(np.full(len(segment["text"]), 0.0 if segment["train"] is False else weight))
    if pieces and not any(piece.any() for piece in pieces):
        raise Unfit("nothing_trained", "no segment is trained (`train: false` or weight 0), so it teaches nothing")
    return np.concatenate(pieces) if pieces else np.ones(len(said))

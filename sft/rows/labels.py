"""From a training row to what a trainer sees: token ids, labels that train the completion alone, and weights.

The trained ids are those of the prompt as the model is asked, then those of the turn as this model writes it, and the
token by which it ends. The turn is never what the template renders of the past: many drop the reasoning there.
"""

import json
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import numpy as np
import numpy.typing as npt

from data.columns import TEMPLATE_ARGS, TRACE_ID
from data.prompts.wording import END_THINK, THINK
from data.table import Row
from sft.models.templates import training_template
from sft.rows.form import Form, form_of, renderer
from sft.rows.tools import control_tokens
from sft.rows.turn import written
from sft.rows.unfit import Unfit
from sft.schedules.stage import BETA

IGNORED = -100
"""Label of a token that is not trained."""


BATCH = 128
"""Rows that the tokenizer is given together."""


@dataclass(frozen=True)
class Labelled:
    """One row, ready to train."""

    input_ids: list[int]
    weights: list[float]
    """How much each token weighs in the loss; 0 where it is not trained."""
    beta: float | None = None
    """The share of the update that the row is trained with; None where no schedule says, and it is all."""

    @property
    def labels(self) -> list[int]:
        """The ids that are trained, `IGNORED` where none is."""
        return [token if weight else IGNORED for token, weight in zip(self.input_ids, self.weights, strict=True)]


@dataclass(frozen=True)
class _Written:
    """A row as text: the prompt as the model is asked, the turn as it writes it, and the weight of its characters."""

    prompt: str
    turn: str
    weights: npt.NDArray[np.float64]
    beta: float | None

    @property
    def is_even(self) -> bool:
        """Whether every character weighs the same, so that nobody need know where tokens lie."""
        return bool((self.weights == 1.0).all())


@dataclass(frozen=True)
class Labels:
    """Labels rows for one tokenizer."""

    tokenizer: Any
    """A `transformers` tokenizer with a chat template."""
    stops: frozenset[str]
    """Tokens at which the model stops: its tokenizer's end of sequence, and those that its generation is set to."""

    def of(self, row: Row) -> Labelled:
        """Return ids and weights of a dataset row (`prompt` and `completion` in chat form).

        Args:
            row: a row of an emitted dataset; its `template_args`, if any, are those it was sampled with.

        Raises:
            Unfit: the template refuses the row or cannot write it, the completion is not one whole assistant turn,
                the segments are not the completion or none of them is trained, or a turn holds a control token.
        """
        return self._tokens([self._write(row)])[0]

    def many(self, rows: Iterable[Row]) -> Iterator[tuple[str, Labelled | Unfit]]:
        """Yield the id of each row and what `of` returns or raises, in their order."""
        for batch in _batched(rows):
            tried = [self._tried(row) for row in batch]
            labelled = iter(self._tokens([one for one in tried if isinstance(one, _Written)]))
            for row, one in zip(batch, tried, strict=True):
                yield str(row[TRACE_ID.name]), one if isinstance(one, Unfit) else next(labelled)

    def _tried(self, row: Row) -> "_Written | Unfit":
        try:
            return self._write(row)
        except Unfit as why:
            return why

    def _write(self, row: Row) -> _Written:
        said = _said(row)
        self._refuse_control_tokens(row)
        args = row.get(TEMPLATE_ARGS.name) or "{}"
        prompt = renderer(self.tokenizer, json.loads(args))(row["prompt"], add_generation_prompt=True)
        form = self._form(args)
        if not prompt.endswith(form.prompt_end):
            raise Unfit("template", "the chat template ends this prompt otherwise than others; name another")
        turn, weights = written(said, _weights(row, said), form)
        return _Written(prompt, turn, weights, row.get(BETA))

    def _form(self, args: str) -> Form:
        if args not in self._forms:
            render = renderer(self.tokenizer, json.loads(args))
            template = self.tokenizer.get_chat_template()
            trained_by = training_template(template)
            turn = render if trained_by is None else renderer(self.tokenizer, json.loads(args), trained_by)
            self._forms[args] = form_of(render, turn, template, self.stops, control_tokens(self.tokenizer))
        return self._forms[args]

    @cached_property
    def _forms(self) -> dict[str, Form]:
        return {}

    def _tokens(self, rows: Sequence[_Written]) -> list[Labelled]:
        """Return prompts and turns as ids; a token never joins the two."""
        if not rows:
            return []
        prompts, _ = self._ids([row.prompt for row in rows])
        wholes, offsets = self._ids([row.prompt + row.turn for row in rows], spans=not all(row.is_even for row in rows))
        found = []
        for row, given, whole, spans in zip(rows, prompts, wholes, offsets, strict=True):
            begin, shift = len(given), len(row.prompt)
            if whole[:begin] != given:
                anchor = min(self.stops)  # behind a control token a text begins as it does in the middle of one
                ((whole, *_), (spans, *_)) = self._ids([anchor + row.turn], spans=not row.is_even)
                begin, shift = 1, len(anchor)
            turn = whole[begin:]
            weights = [0.0] * len(given) + _weighed(row, turn, spans[begin:], shift)
            found.append(Labelled([*given, *turn], weights, row.beta))
        return found

    def _ids(self, texts: Sequence[str], *, spans: bool = False) -> tuple[list[list[int]], list[list[tuple[int, int]]]]:
        """Return the ids of texts and, if wanted, the characters of each token; that takes longer."""
        found = self.tokenizer(list(texts), add_special_tokens=False, return_offsets_mapping=spans)
        return found["input_ids"], found["offset_mapping"] if spans else [[]] * len(texts)

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


def _weighed(row: _Written, turn: Sequence[int], spans: Sequence[tuple[int, int]], shift: int) -> list[float]:
    """Return the weight of each token: the least of its characters, so that one half masked is not trained."""
    if row.is_even:
        return [1.0] * len(turn)
    last = len(row.weights) - 1
    begins = [(min(begin - shift, last), end - shift) for begin, end in spans]
    return [float(row.weights[begin : max(end, begin + 1)].min()) for begin, end in begins]


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


def _batched(rows: Iterable[Row]) -> Iterator[list[Row]]:
    waiting = iter(rows)
    while batch := list(islice(waiting, BATCH)):
        yield batch

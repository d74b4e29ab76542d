"""From a training row to what a trainer sees: token ids, labels that train the completion alone, and weights.

The prompt is rendered by the same chat template and with the same generation prompt as at inference, so trained
prompts and prompts at inference are equal to the byte. The end-of-turn token is in the loss and attended; without it
a model never learns to stop.
"""

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.columns import TEMPLATE_ARGS
from data.errors import ConfigError
from data.prompts.wording import END_THINK, THINK
from data.table import Row
from sft.rows.tools import control_tokens
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
class Stretch:
    """Characters of the rendered text and the weight of their tokens."""

    begin: int
    end: int
    weight: float


def labelled(row: Row, tokenizer: Any, *, max_tokens: int | None = None) -> Labelled:
    """Return ids, labels and weights of a dataset row (`prompt` and `completion` in chat form).

    Args:
        row: a row of an emitted dataset; its `template_args`, if any, are those it was sampled with.
        tokenizer: a `transformers` tokenizer with a chat template.
        max_tokens: the trainer's context; a longer row is refused, never cut.

    Raises:
        ConfigError: the template rewrites the prompt or the completion or never ends a turn, the segments are not
            the completion or none of them is trained, a turn holds a control token, or the row is too long.
    """
    _refuse_control_tokens(row, tokenizer)
    args = json.loads(row.get(TEMPLATE_ARGS.name) or "{}")
    prompt = _render(tokenizer, row["prompt"], args, add_generation_prompt=True)
    whole = _render(tokenizer, [*row["prompt"], *row["completion"]], args, add_generation_prompt=False)
    said = _said(row)
    _check(prompt, whole, said, tokenizer)
    ids, offsets = _ids(tokenizer, whole)
    given, _ = _ids(tokenizer, prompt)
    if ids[: len(given)] != given:
        raise ConfigError("the tokenizer joins the end of the prompt with the completion; give it another template")
    if max_tokens is not None and len(ids) > max_tokens:
        raise ConfigError(f"row {row['trace_id']}: {len(ids)} tokens, over the context of {max_tokens}; it is not cut")
    end = len(ids) - ids[::-1].index(tokenizer.eos_token_id)
    stretches = _stretches(row, whole.index(said, len(prompt)), said)
    trained = [_weight(span, stretches) for span in offsets[len(given) : end]]
    weights = [0.0] * len(given) + trained + [0.0] * (len(ids) - end)
    labels = [token if weight else IGNORED for token, weight in zip(ids, weights, strict=True)]
    return Labelled(ids, [1] * len(ids), labels, weights, row.get(BETA))


def _refuse_control_tokens(row: Row, tokenizer: Any) -> None:
    """Refuse text that would be read as the end of its turn or the begin of another.

    Marks of thought are control tokens of some tokenizers, and rows may ask for tokens of their own.
    """
    allowed = {THINK, END_THINK, *(row.get("added_tokens") or ())}
    for turn in [*row["prompt"], *row["completion"]]:
        found = sorted(token for token in control_tokens(tokenizer) - allowed if token in turn["content"])
        if found:
            raise ConfigError(
                f"row {row['trace_id']}: its {turn['role']} turn holds {', '.join(found)}, which this tokenizer takes "
                "for a control token; leave the row out, or name the token in its `added_tokens` if it is meant"
            )


def _said(row: Row) -> str:
    roles = [turn["role"] for turn in row["completion"]]
    if roles != ["assistant"]:
        raise ConfigError(f"row {row['trace_id']}: the completion is one assistant turn; there is {roles}")
    return str(row["completion"][0]["content"])


def _check(prompt: str, whole: str, said: str, tokenizer: Any) -> None:
    if not whole.startswith(prompt):
        raise ConfigError("the chat template renders the prompt otherwise once it is answered: training would not fit")
    at = whole.find(said, len(prompt))
    if at < 0:
        raise ConfigError(
            "the chat template leaves out or rewrites a part of the completion, its reasoning most likely"
        )
    if tokenizer.eos_token is None or tokenizer.eos_token not in whole[at + len(said) :]:
        raise ConfigError(f"the chat template does not end the completion with {tokenizer.eos_token!r}")


def _stretches(row: Row, begin: int, said: str) -> list[Stretch]:
    """Return where in the rendered text each segment lies; tokens outside of all (the end of turn) weigh 1."""
    segments = row.get("segments") or []
    if segments and "".join(segment["text"] for segment in segments) != said:
        raise ConfigError(f"row {row['trace_id']}: its segments, joined, are not its completion")
    found = []
    for segment in segments:
        weight = 1.0 if segment["weight"] is None else float(segment["weight"])
        if not (math.isfinite(weight) and weight >= 0):
            raise ConfigError(f"row {row['trace_id']}: a segment weighs {weight}; a weight is 0 or more")
        end = begin + len(segment["text"])
        found.append(Stretch(begin, end, 0.0 if segment["train"] is False else weight))
        begin = end
    if found and not any(stretch.weight for stretch in found):
        raise ConfigError(
            f"row {row['trace_id']}: no segment is trained (`train: false` or weight 0), so it teaches nothing"
        )
    return found


def _weight(span: tuple[int, int], stretches: Sequence[Stretch]) -> float:
    """Return the least weight of the stretches a token touches, so that one half masked is not trained."""
    begin, end = span[0], max(span[1], span[0] + 1)
    return min((s.weight for s in stretches if s.begin < end and begin < s.end), default=1.0)


def _render(
    tokenizer: Any, turns: Sequence[Mapping[str, str]], args: Mapping[str, Any], *, add_generation_prompt: bool
) -> str:
    text = tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=add_generation_prompt, **args)
    return str(text)


def _ids(tokenizer: Any, text: str) -> tuple[list[int], list[tuple[int, int]]]:
    found = tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)
    return list(found["input_ids"]), list(found["offset_mapping"])

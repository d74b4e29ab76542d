"""From a training row to what a trainer sees: token ids, and labels that train the completion alone.

The prompt is rendered by the same chat template and with the same generation prompt as at inference, so trained
prompts and prompts at inference are equal to the byte. The end-of-turn token is in the loss and attended; without it
a model never learns to stop.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.errors import ConfigError

IGNORED = -100
"""Label of a token that is not trained."""


@dataclass(frozen=True)
class Labelled:
    """One row, ready to train: three sequences of equal length."""

    input_ids: list[int]
    attention_mask: list[int]
    labels: list[int]


def labelled(row: Mapping[str, Any], tokenizer: Any, *, max_tokens: int | None = None) -> Labelled:
    """Return ids and labels of a dataset row (`prompt` and `completion` in chat form).

    Args:
        row: a row of an emitted dataset.
        tokenizer: a `transformers` tokenizer with a chat template.
        max_tokens: the trainer's context; a longer row is refused, never cut.

    Raises:
        ConfigError: the template rewrites the prompt or the completion, never ends a turn, or the row is too long.
    """
    prompt = _render(tokenizer, row["prompt"], add_generation_prompt=True)
    whole = _render(tokenizer, [*row["prompt"], *row["completion"]], add_generation_prompt=False)
    _check(prompt, whole, row, tokenizer)
    ids, given = _ids(tokenizer, whole), _ids(tokenizer, prompt)
    if ids[: len(given)] != given:
        raise ConfigError("the tokenizer joins the end of the prompt with the completion; give it another template")
    if max_tokens is not None and len(ids) > max_tokens:
        raise ConfigError(f"row {row['trace_id']}: {len(ids)} tokens, over the context of {max_tokens}; it is not cut")
    end = len(ids) - ids[::-1].index(tokenizer.eos_token_id)
    labels = [IGNORED] * len(given) + ids[len(given) : end] + [IGNORED] * (len(ids) - end)
    return Labelled(ids, [1] * len(ids), labels)


def _check(prompt: str, whole: str, row: Mapping[str, Any], tokenizer: Any) -> None:
    completion = "".join(turn["content"] for turn in row["completion"])
    if not whole.startswith(prompt):
        raise ConfigError("the chat template renders the prompt otherwise once it is answered: training would not fit")
    if completion not in whole[len(prompt) :]:
        raise ConfigError("the chat template leaves out a part of the completion, its reasoning most likely")
    if tokenizer.eos_token not in whole[len(prompt) :]:
        raise ConfigError(f"the chat template does not end the completion with {tokenizer.eos_token!r}")


def _render(tokenizer: Any, turns: Sequence[Mapping[str, str]], *, add_generation_prompt: bool) -> str:
    return str(tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=add_generation_prompt))


def _ids(tokenizer: Any, text: str) -> list[int]:
    return list(tokenizer(text, add_special_tokens=False)["input_ids"])

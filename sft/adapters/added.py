"""Tokens that rows need and the base lacks: added to the tokenizer, given the mean embedding, and trained."""

from collections.abc import Sequence
from typing import Any

import torch
from tokenizers import AddedToken


def add_to_tokenizer(tokenizer: Any, tokens: Sequence[str]) -> list[int]:
    """Add what the tokenizer lacks and return the ids that are new."""
    known = tokenizer.get_vocab()
    new = [token for token in tokens if token not in known]
    tokenizer.add_tokens([AddedToken(token, normalized=False, special=False) for token in new])
    return list(tokenizer.convert_tokens_to_ids(new))


def add_to_model(model: Any, new: Sequence[int], known: int) -> None:
    """Make room for the new ids and give each the mean of the `known` first embeddings, going in and coming out."""
    if not new:
        return
    if max(new) >= model.get_input_embeddings().num_embeddings:
        model.resize_token_embeddings(max(new) + 1, mean_resizing=False)
    ends = {id(end.weight): end.weight for end in (model.get_input_embeddings(), model.get_output_embeddings())}
    with torch.no_grad():
        for weight in ends.values():
            weight[list(new)] = weight[:known].mean(dim=0)


def trained_rows(model: Any, new: Sequence[int]) -> dict[str, list[int]] | None:
    """Return the new rows of each embedding as PEFT wants them; tied ones are one."""
    if not new:
        return None
    ends = [model.get_input_embeddings()]
    if model.get_output_embeddings().weight is not ends[0].weight:
        ends.append(model.get_output_embeddings())
    names = {id(module): name.rsplit(".", 1)[-1] for name, module in model.named_modules()}
    return {names[id(end)]: list(new) for end in ends}

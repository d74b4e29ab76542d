"""Replies of vLLM with its own record of the ids, and what is trained of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sft.rows.labels import Labels


@dataclass(frozen=True)
class Served:
    """A reply, and the ids that vLLM has recorded of it."""

    prompt: Sequence[Mapping[str, str]]
    completion: str
    """The reply as a row has it."""
    prompt_ids: Sequence[int]
    reply_ids: Sequence[int]


def check_what_is_trained(labels: Labels, served: Served) -> None:
    """See that the row of a reply is trained on what vLLM has recorded, id by id."""
    turn = {"role": "assistant", "content": served.completion}

    labelled = labels.of({"trace_id": "t", "prompt": served.prompt, "completion": [turn]})

    assert labelled.input_ids == [*served.prompt_ids, *served.reply_ids]
    assert labelled.labels[len(served.prompt_ids) :] == list(served.reply_ids)

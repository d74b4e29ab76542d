"""Tokens that end a turn or begin another one: text that holds them is never put in a prompt or a training row."""

import re
from collections.abc import Collection

from data.prompts.wording import END_THINK, THINK

_NAMED = (
    "<s>",
    "</s>",
    "<bos>",
    "<eos>",
    "<pad>",
    "<unk>",
    "[INST]",
    "[/INST]",
    "<<SYS>>",
    "<</SYS>>",
    "<start_of_turn>",
    "<end_of_turn>",
    "<end_of_utterance>",
    "<tool_call>",
    "</tool_call>",
    "[gMASK]",
    "<sop>",
    "<BOS_TOKEN>",
    "<EOS_TOKEN>",
    "<extra_id_0>",
)
"""Those of Llama 2, Mistral, Gemma, GLM, Command and their kin."""

CHAT_TOKEN = re.compile(
    r"<[ \t]{0,8}[|｜][\w▁.:/ \t-]{2,76}[|｜][ \t]{0,8}>|<\[\w{2,40}\]>|" + "|".join(map(re.escape, _NAMED)),
    re.IGNORECASE,
)
"""`<|...|>` (ChatML, Llama 3, Phi, and DeepSeek's wide bars) and the named ones, in any case.

Every run is bounded and none follows another of the same signs, for a model may write thousands of blanks."""


def chat_token(text: str, special: Collection[str] = ()) -> str | None:
    """Return a reserved token in a text, or one of a tokenizer's own `special` ones; None when there is none."""
    if found := CHAT_TOKEN.search(text):
        return found[0]
    return next((token for token in sorted(special) if token in text and token not in (THINK, END_THINK)), None)


def stray_mark(reply: str) -> str | None:
    """Return a reasoning mark that is not part of the one pair a reply may have, that at its head; None for none."""
    opened, ended = reply.count(THINK), reply.count(END_THINK)
    if opened > 1 or (opened and not reply.lstrip().startswith(THINK)):
        return THINK
    return END_THINK if ended > 1 or (opened and not ended) else None

"""What is added to a prompt that was rendered: wishes, and other questions in its words.

A prompt is rendered once and lies in the row; everything else is said here, on its turns, wherever they come from (a
run's template or the messages of an imported trace). `data.conditions` adds the text that controls length.
"""

import re
from collections.abc import Mapping, Sequence

Prompt = Sequence[Mapping[str, str]]
"""Turns with `role` and `content`."""

_INSTRUCTION = re.compile(r"(?P<said>.*\S)(?P<gap>\s*\n[^\n]*)", re.DOTALL)
"""Lines in front of the question, and the start of the line it stands on."""


def with_wishes(prompt: Prompt, question: str, wishes: Sequence[str]) -> list[dict[str, str]]:
    """Return the prompt with wishes such as *Be concise.* added to its instruction.

    They follow the instruction in front of the question where there is one on lines of its own, else the one behind
    it; a bare question gets them as a paragraph of their own.
    """
    turns = [dict(turn) for turn in prompt]
    wish = " ".join(wish for wish in wishes if wish)
    if not wish:
        return turns
    asked = turns[last_user(turns)]
    begin = _place(asked["content"], question)
    before, after = asked["content"][:begin], asked["content"][begin + len(question) :]
    if begin >= 0 and (lines := _INSTRUCTION.fullmatch(before)):
        asked["content"] = f"{lines['said']} {wish}{lines['gap']}{question}{after}"
    elif begin >= 0 and after.strip():
        asked["content"] = f"{before}{question}{after.rstrip()} {wish}"
    else:
        asked["content"] = f"{asked['content'].rstrip()}\n\n{wish}"
    return turns


def with_question(prompt: Prompt, question: str, other: str) -> list[dict[str, str]]:
    """Return the prompt asking another question in the same words; the bare one where they do not hold `question`."""
    turns = [dict(turn) for turn in prompt]
    asked = turns[last_user(turns)]
    begin = _place(asked["content"], question)
    text = asked["content"]
    asked["content"] = other if begin < 0 else text[:begin] + other + text[begin + len(question) :]
    return turns


def with_system(prompt: Prompt, system: str | None) -> list[dict[str, str]]:
    """Return the prompt under another system turn; as it is for none."""
    turns = [dict(turn) for turn in prompt]
    if not system:
        return turns
    return [{"role": "system", "content": system}, *(turn for turn in turns if turn["role"] != "system")]


def last_user(prompt: Prompt) -> int:
    """Return the index of the last user turn.

    Raises:
        ValueError: there is none.
    """
    return max(index for index, turn in enumerate(prompt) if turn["role"] == "user")


def _place(text: str, question: str) -> int:
    """Return where the question begins in a user turn, -1 where it does not stand there."""
    if text.endswith(question):
        return len(text) - len(question)
    return 0 if text.startswith(question) else text.rfind(question)

"""The turns of a chat as sources write them: OpenAI's `role` and `content`, ShareGPT's `from` and `value`."""

from collections.abc import Mapping, Sequence
from typing import Any

from data.inputs.record import BadRow, Fault

ROLES = {
    "user": "user",
    "human": "user",
    "prompter": "user",
    "question": "user",
    "assistant": "assistant",
    "gpt": "assistant",
    "chatgpt": "assistant",
    "bot": "assistant",
    "bing": "assistant",
    "bard": "assistant",
    "model": "assistant",
    "ai": "assistant",
    "system": "system",
    "developer": "system",
    "tool": "tool",
    "function": "tool",
    "observation": "tool",
    "function_response": "tool",
    "function_call": "assistant",
    "tool_call": "assistant",
}
"""Who speaks, in the words of OpenAI, ShareGPT, OpenAssistant, Gemini and LLaMA-Factory, and in ours."""

ROLE_KEYS = ("role", "from")
TEXT_KEYS = ("content", "value", "text")


def role_of(turn: Any) -> str | None:
    """Return who speaks in a turn: user, assistant, system, tool, or as it is written; None for what is no turn."""
    if not isinstance(turn, Mapping):
        return None
    said = next((turn[key] for key in ROLE_KEYS if isinstance(turn.get(key), str)), None)
    return ROLES.get(said.strip().casefold(), said) if said is not None else None


def joined_parts(value: Any) -> Any:
    """Return OpenAI's content parts as one text; anything else as it is."""
    if not isinstance(value, list) or not value:
        return value
    texts = [part.get("text") if isinstance(part, Mapping) and part.get("type") == "text" else None for part in value]
    return "".join(map(str, texts)) if all(isinstance(text, str) for text in texts) else value


def prompt_turns(value: Any, system: str | None, column: str) -> list[dict[str, str]]:
    """Return the turns that were asked: all before the last assistant turn that ends a chat, `system` in front.

    Args:
        value: The turns, or the text of a single user turn.

    Raises:
        BadRow: `wrong_type` or `wrong_role`: these are no turns that a model can be asked.
    """
    if isinstance(value, str):
        value = [{"role": "user", "content": value}]
    if not isinstance(value, Sequence) or not value:
        raise BadRow(Fault("wrong_type", column, f"a list of turns is wanted; there is {type(value).__name__}"))
    turns = [_turn(turn, number, column) for number, turn in enumerate(value, start=1)]
    if turns[-1]["role"] == "assistant":
        turns = turns[:-1]
    if system and not any(turn["role"] == "system" for turn in turns):
        turns = [{"role": "system", "content": system}, *turns]
    if not turns or turns[-1]["role"] not in ("user", "tool"):
        roles = ", ".join(turn["role"] for turn in turns) or "none"
        raise BadRow(Fault("wrong_role", column, f"the last turn before the reply is the user's; there are {roles}"))
    return turns


def _turn(turn: Any, number: int, column: str) -> dict[str, str]:
    role = role_of(turn)
    if role not in ("user", "assistant", "system", "tool"):
        raise BadRow(Fault("wrong_role", column, f"turn {number} has the role {role!r:.40}; {sorted(ROLES)} are known"))
    text = joined_parts(next((turn[key] for key in TEXT_KEYS if turn.get(key) is not None), None))
    if not isinstance(text, str):
        raise BadRow(Fault("wrong_type", column, f"turn {number} has no text under {' or '.join(TEXT_KEYS)}"))
    return {"role": role, "content": text}

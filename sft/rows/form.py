"""How a model writes its turn behind a prompt: which marks and line breaks, and what ends it.

Read off the chat template by a probe: the template, or TRL's training template for it, is asked to render a turn with
a known reasoning and answer, and what stands before, between and behind them is the form. A template that renders
turns of the past otherwise than models write them (DeepSeek-R1 drops the reasoning) is known by the marks that its
prompt ends in, or that it names.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.thinking.marks import FAMILIES, Family
from data.thinking.scan import find_marks
from data.thinking.turn import THINK, opens_thought
from sft.rows.unfit import Unfit

Turns = Sequence[Mapping[str, str]]
Render = Callable[..., str]
"""Renders turns with a chat template: `render(turns, add_generation_prompt=...)`."""

QUESTION, REASONING, ANSWER = "ZQQUESTIONQZ", "ZQREASONINGQZ", "ZQANSWERQZ"
"""What stands in a probe: no template looks for it."""
TAIL = 400
"""Characters at the end of a prompt in which a mark of thought is looked for."""


@dataclass(frozen=True)
class Form:
    """What a model writes round its reasoning and its answer."""

    thought: tuple[str, str] | None
    """Before the reasoning, and between it and the answer; null where nothing tells, and the completion is as it is."""
    bare: str
    """Before an answer without reasoning."""
    end: str
    """Behind the answer: what ends the turn."""
    closed: bool
    """The prompt has closed the reasoning, so that none can follow."""
    prompt_end: str
    """What the prompt ends in behind the last question."""


def form_of(render: Render, render_turn: Render, template: str, stops: frozenset[str], control: frozenset[str]) -> Form:
    """Return the form of turns that follow a question.

    Args:
        render: the chat template with the arguments of a row; what the model is asked by.
        render_turn: what a turn is read off: TRL's training template where there is one for this one, else the same.
        template: the text of the chat template.
        stops: tokens at which generation stops.
        control: every control token of the tokenizer.

    Raises:
        Unfit: the template takes no plain text, or ends no turn.
    """
    asked = [{"role": "user", "content": QUESTION}]
    prompt = render(asked, add_generation_prompt=True)
    bare = render_turn([*asked, {"role": "assistant", "content": ANSWER}], add_generation_prompt=False)
    named = dict.fromkeys(("reasoning_content", "reasoning", "thinking"), REASONING)
    whole = render_turn([*asked, {"role": "assistant", "content": ANSWER, **named}], add_generation_prompt=False)
    if QUESTION not in prompt or ANSWER not in bare:
        raise Unfit("template", "the chat template does not render a turn of plain text; name another, `chat_template`")
    closed = _closes(prompt)
    thought = None if closed else _thought(prompt, whole, template)
    return Form(
        thought=thought,
        bare=_bare(prompt, bare, thought),
        end=_end(bare.partition(ANSWER)[2], stops, control),
        closed=closed,
        prompt_end=prompt.rpartition(QUESTION)[2],
    )


def _thought(prompt: str, whole: str, template: str) -> tuple[str, str] | None:
    opened = opens_thought(prompt)
    if REASONING in whole and ANSWER in whole.partition(REASONING)[2]:
        before, _, after = whole.partition(REASONING)
        if opened or before.startswith(prompt):
            return before[len(prompt) :] if before.startswith(prompt) else "", after.partition(ANSWER)[0]
    if opened:
        family = _last_family(prompt) or THINK
        return "", f"\n{family.close}{family.gap}"
    for family in FAMILIES:
        if family is not THINK and not family.prose and family.close in template:
            return f"{family.open}\n", f"\n{family.close}{family.gap}"
    return None


def _bare(prompt: str, bare: str, thought: tuple[str, str] | None) -> str:
    if bare.startswith(prompt):
        return bare[len(prompt) :].partition(ANSWER)[0]
    return "".join(thought) if thought is not None and opens_thought(prompt) else ""


def _end(behind: str, stops: frozenset[str], control: frozenset[str]) -> str:
    """Return the text behind an answer up to the first token at which generation stops."""
    for tokens in (stops, control):
        ends = sorted((behind.index(token) + len(token), token) for token in tokens if token and token in behind)
        if ends:
            return behind[: ends[0][0]]
    if not stops:
        raise Unfit("template", "neither the chat template nor the tokenizer says how a turn ends; name another")
    return min(stops)  # GLM's template ends no turn: the model itself says that it is done


def _closes(prompt: str) -> bool:
    tail = prompt[-TAIL:].rstrip()
    marks = find_marks(tail)
    return bool(marks) and not marks[-1].opens and marks[-1].end == len(tail)


def _last_family(prompt: str) -> Family | None:
    marks = find_marks(prompt[-TAIL:])
    return marks[-1].family if marks else None


def renderer(tokenizer: Any, args: Mapping[str, Any], template: str | None = None) -> Render:
    """Return what renders turns with a tokenizer's chat template, or another, and these arguments.

    Raises:
        Unfit: when called, where the template refuses.
    """

    def render(turns: Turns, *, add_generation_prompt: bool) -> str:
        try:
            text = tokenizer.apply_chat_template(
                turns, chat_template=template, tokenize=False, add_generation_prompt=add_generation_prompt, **args
            )
        except Exception as error:  # a template may raise anything, and what it raises is about the row
            raise Unfit("template", f"the chat template refuses: {' '.join(str(error).split())[:200]}") from error
        return str(text)

    return render

"""The `prompt` block of a run file: what is said to the model round a question, and how its chat template is called."""

from typing import Annotated, Any, Self

from pydantic import AfterValidator, BeforeValidator, model_validator

from data.json_object import EMPTY, JsonObject
from data.prompts.presets import PRESETS, PresetName
from data.spec import spec

QUESTION = "{question}"
"""Where the question stands in a user turn."""
BARE = "bare"
"""Short for a user turn that is the question alone."""

Turns = list[dict[str, str]]
"""A prompt as the columns hold it: turns with `role` and `content`."""


def _user(text: str) -> str:
    if text == BARE:
        return QUESTION
    if text.count(QUESTION) != 1:
        raise ValueError(f"must hold {QUESTION} exactly once, or be `{BARE}` (the question alone)")
    if "{{}}" in text:
        raise ValueError("braces stand for themselves here: write `\\boxed{}`, not `\\boxed{{}}`")
    return text


User = Annotated[str, AfterValidator(_user)]
"""The text of the user turn, `{question}` in it once."""


@spec
class Template:
    """The prompt that every question of a run is put in: a preset, or your own words over one."""

    preset: PresetName = "varicot"
    """What `system` and `user` are where they are not given; `docs/prompts.md` lists all with their sources."""
    system: str | None = None
    """The system turn; an empty text for none, null for the preset's."""
    user: User | None = None
    """The user turn, `{question}` in it once, or `bare`; null for the preset's."""
    template_args: JsonObject = EMPTY
    """Arguments of the model's own chat template, such as `enable_thinking: false` or `reasoning_effort: low`."""

    @model_validator(mode="after")
    def _args_are_free(self) -> Self:
        if reserved := sorted(RESERVED & self.template_args.keys()):
            raise ValueError(f"template_args {reserved} are set by the engine and the trainer; leave them out")
        return self

    def turns(self, question: str) -> Turns:
        """Return the turns that ask a question."""
        preset = PRESETS[self.preset]
        system = preset.system if self.system is None else self.system
        user = (self.user or preset.user).replace(QUESTION, question)
        asked = [{"role": "user", "content": user}]
        return [{"role": "system", "content": system}, *asked] if system else asked


RESERVED = frozenset(
    {
        "add_generation_prompt",
        "chat_template",
        "continue_final_message",
        "conversation",
        "documents",
        "messages",
        "padding",
        "return_assistant_tokens_mask",
        "return_dict",
        "return_tensors",
        "tokenize",
        "tools",
        "truncation",
    }
)
"""Arguments of `apply_chat_template` that are no template's own."""


def _named(value: Any) -> Any:
    return {"preset": value} if isinstance(value, str) else value


AnyPrompt = Annotated[Template, BeforeValidator(_named)]
"""The `prompt` of a run file: the name of a preset, or a block."""

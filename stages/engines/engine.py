"""What an engine is: a spec that starts a model, and the running model that answers requests.

An engine's spec (`Local`, `Remote`, `Fake`) is configuration; `start` gives the running model. Everything that
talks to a model does so through `Running.generate`, one request a sample.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from data.finish_reasons import FinishReason
from data.json_object import EMPTY, JsonObject
from data.spec import Positive, digest, identity, settings, spec

Capability = Literal[
    "adapter",
    "assistant_prefix",
    "frequency_penalty",
    "min_p",
    "presence_penalty",
    "prompt_logprobs",
    "repetition_penalty",
    "seed",
    "stop",
    "stream",
    "template_args",
    "top_k",
]
FIXES: Mapping[Capability, str] = {
    "adapter": "set `max_loras` of a local engine",
    "stream": "say `race: false` in the method, or take `stream` out of `omit`",
    "template_args": "take `chat_template_kwargs` out of `omit`, or leave `template_args` out",
}
"""What to do where an engine lacks something; for the rest it is `accepts`, `omit` and `sampling` that say so."""


def fixes(lacking: Iterable[Capability]) -> str:
    """Return what to do about what an engine lacks."""
    usual = "name it in `accepts` (and not in `omit`) if the server takes it, or leave it out of `sampling`"
    return "; ".join(dict.fromkeys(FIXES.get(name, usual) for name in sorted(lacking)))


KeepGoing = Callable[[int], bool]
"""Called with the tokens generated so far; when it returns False the engine stops and frees the request."""


@spec
class Sampling:
    """How replies are drawn."""

    max_tokens: Positive = 1024
    """A reply is cut off after this many tokens."""
    temperature: Annotated[float, Field(ge=0)] = 0.7
    top_p: Annotated[float, Field(gt=0, le=1)] = 0.95
    top_k: Positive | None = None
    """Only the most likely tokens are drawn from; null for all, or for what a server does by itself."""
    min_p: Annotated[float, Field(ge=0, le=1)] | None = None
    """Only tokens at least this likely, as a share of the likeliest, are drawn from. Null sends none of this and of
    the three penalties: a server then goes by its own defaults."""
    presence_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    """Taken off the logit of every token that the reply has already."""
    frequency_penalty: Annotated[float, Field(ge=-2, le=2)] | None = None
    """Taken off as often as the reply has the token."""
    repetition_penalty: Annotated[float, Field(gt=0, le=10)] | None = None
    """What the logits of tokens that prompt or reply have already are divided by; 1 changes nothing."""
    stop: tuple[str, ...] = ()
    """Texts that end a reply."""
    on_truncated: Literal["reject", "continue", "larger"] = "reject"
    """What is done about a reply that was cut off: reject it, go on from its end, or ask anew with more room."""
    larger_tokens: Positive | None = None
    """The room for `continue` (in all) and `larger`."""

    @property
    def needs(self) -> frozenset[Capability]:
        """Return what an engine must be able to do to draw so."""
        wanted: dict[Capability, bool] = {
            "top_k": self.top_k is not None,
            "min_p": self.min_p is not None,
            "presence_penalty": self.presence_penalty is not None,
            "frequency_penalty": self.frequency_penalty is not None,
            "repetition_penalty": self.repetition_penalty is not None,
            "stop": bool(self.stop),
            "assistant_prefix": self.on_truncated == "continue",
        }
        return frozenset(name for name, needed in wanted.items() if needed)

    @model_validator(mode="after")
    def _has_more_room(self) -> "Sampling":
        if self.on_truncated != "reject" and (self.larger_tokens or 0) <= self.max_tokens:
            raise ValueError(
                f"on_truncated: {self.on_truncated} needs larger_tokens above max_tokens ({self.max_tokens}); "
                f"there is {self.larger_tokens}"
            )
        return self


@dataclass(frozen=True)
class Message:
    """One turn of a chat."""

    role: Literal["system", "user", "assistant"]
    content: str


AFTERWARDS = frozenset({"on_truncated", "larger_tokens"})
"""What of `Sampling` says what is done about a reply once it is there."""


@dataclass(frozen=True)
class Request:
    """One reply asked for. `sample` is its index among those asked alike; `seed` is its own."""

    messages: tuple[Message, ...]
    sampling: Sampling
    seed: int
    sample: int = 0
    adapter: str | None = None
    """Path of a LoRA adapter to answer with."""
    adapter_revision: str | None = None
    """Digest of its files: names it in the journal wherever it lies; null where the path alone is known."""
    assistant_prefix: str | None = None
    """The beginning of the reply, to be continued; not part of the text that comes back."""
    prompt_logprobs: bool = False
    template_args: Mapping[str, Any] = EMPTY
    """Arguments of the model's own chat template, such as `enable_thinking: false`."""

    def __post_init__(self) -> None:
        if not isinstance(self.template_args, JsonObject):
            object.__setattr__(self, "template_args", JsonObject(self.template_args))

    @property
    def needs(self) -> frozenset[Capability]:
        """Return what an engine must be able to do to answer it."""
        wanted: dict[Capability, bool] = {
            "assistant_prefix": self.assistant_prefix is not None,
            "adapter": self.adapter is not None,
            "prompt_logprobs": self.prompt_logprobs,
            "template_args": bool(self.template_args),
        }
        return self.sampling.needs | {name for name, needed in wanted.items() if needed}

    def key(self, model: str) -> str:
        """Return the SHA-256 hex digest that names this request to this model in the journal.

        All of the request is in it but where an adapter lies that is known by its digest, and what is done about a
        reply once it is there. What is at its default is left out: a new field changes only requests that set it.
        """
        asked = settings(self)
        asked["sampling"] = {name: value for name, value in asked["sampling"].items() if name not in AFTERWARDS}
        if self.adapter_revision:
            asked.pop("adapter", None)
        return digest({"model": model, "request": asked})


@dataclass(frozen=True)
class Reply:
    """What came back. A model that thinks in a field of its own gives `<think>\\n...\\n</think>` in front of `text`."""

    text: str
    tokens: int
    """Tokens generated, the end-of-turn token included."""
    finish_reason: FinishReason
    prompt_tokens: int = 0
    spent_tokens: int = 0
    """Generated tokens burnt for this reply, `tokens` and those of failed or truncated tries included."""
    cost: float = 0.0
    """In the currency of the engine's prices."""
    opened: bool = False
    """Whether the prompt, as rendered, ended inside a thought, so that the text begins in one without its mark."""
    counted: bool = True
    """Whether the engine counted `tokens`, and it can be so; else it is a reckoning, and the text is to be counted."""
    hidden_tokens: int = 0
    """Those of `tokens` that stand in no text: reasoning that a server keeps to itself."""
    logprob: float | None = None
    """Cumulative log-probability of the tokens, where the engine tells."""
    prompt_logprobs: tuple[float | None, ...] | None = field(default=None, repr=False)
    """Log-probability of each prompt token, where asked for."""


GAVE_UP = "gave_up"
"""Why a request failed that the engine tried again and again; a later build asks it again."""


class RequestFailed(Exception):
    """One request failed for good; `reason` is short and countable (`http_400`, `engine_killed`, `gave_up`)."""

    spent_tokens = 0
    """Generated tokens burnt by its tries, as far as known."""
    reply_tokens: int | None = None
    """Tokens of the reply that came and is none to keep: one that the server ended for repetition, say."""
    cost = 0.0

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


Answered = Reply | RequestFailed
"""What became of a request."""


class Running(ABC):
    """A model that answers, for use inside one event loop."""

    model: str
    """Name of the model, as written to rows."""
    revision: str
    """Its revision or weight digest."""
    identity: str
    """What its replies depend on besides the request, `EngineSpec.key_identity`: it keys the journal."""
    settings: Mapping[str, Any] = EMPTY
    """Of its configuration what changes replies, `EngineSpec.reply_settings`; rows say it."""

    def params(self, sampling: Sampling) -> str:
        """Return what a reply is drawn with, as rows say it: the sampling, and the engine's own settings over it."""
        of_engine = {"engine": dict(self.settings)} if self.settings else {}
        return json.dumps(identity(sampling) | of_engine, sort_keys=True, ensure_ascii=False)

    @abstractmethod
    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        """Answer one request.

        Raises:
            RequestFailed: this request failed for good; others go on.
            EngineError: the engine is gone for good; nothing more can be asked of it.
        """

    @abstractmethod
    async def close(self) -> None:
        """Free what the engine holds."""


class EngineSpec(ABC):
    """The configuration of an engine; make one with `@spec`."""

    concurrency: int
    """Requests in flight at once, per running engine."""

    @property
    @abstractmethod
    def capabilities(self) -> frozenset[Capability]:
        """What requests to it may use; anything else is refused when a build is planned."""

    replicas: int = 1
    """Running engines side by side, where there is a cluster; not every engine has more than one."""

    @property
    def gpus(self) -> int:
        """Return the GPUs one running engine takes."""
        return 0

    @property
    def memory(self) -> int:
        """Return the bytes of main memory that one running engine takes, where that is known before."""
        return 0

    @abstractmethod
    def model_identity(self) -> str:
        """Return name and revision of the model, without starting it.

        Raises:
            EngineError: there is no such model.
        """

    def weights_identity(self) -> str:
        """Return what names the weights wherever they lie: the model's name does not always bear on its replies."""
        return self.model_identity()

    def reply_settings(self) -> Mapping[str, Any]:
        """Return what is set here that changes replies, the model aside: every field that is no `PLACE`."""
        return {name: value for name, value in settings(self).items() if name not in ("model", "revision")}

    def step_identity(self) -> str:
        """Return what rows depend on that this engine answers for: the model by name and revision, and the settings."""
        return self.model_identity() + self._set()

    def key_identity(self) -> str:
        """Return what replies depend on besides the request: the weights, and the settings."""
        return self.weights_identity() + self._set()

    def _set(self) -> str:
        changed = self.reply_settings()
        return f"#{digest(changed)[:16]}" if changed else ""

    @abstractmethod
    async def start(self) -> Running:
        """Start the model.

        Raises:
            EngineError: it cannot be started; says why and how to mend it.
        """

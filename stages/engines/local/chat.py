"""Chats as token ids, and token ids as text, with the model's own tokenizer and chat template."""

import ctypes
import hashlib
import inspect
import re
import threading
from array import array
from collections import OrderedDict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from data.errors import EngineError
from data.thinking.turn import opens_thought, read_turn
from stages.engines.engine import Message, Request, RequestFailed, Sampling

KEPT_BYTES = 32 << 20
"""Encoded prompts that are kept, 4 bytes a token: the samples of a problem share one, and hundreds are in flight."""

RENDER_SECONDS = 10.0
"""A chat template takes milliseconds; one that has not ended by then never will."""

MOST_CHARACTERS = 32 << 20
"""No prompt of any model is near this long; a template that writes more is not understood."""

TAIL = 8
"""Prompt tokens a reply is decoded behind, so that a leading space is not taken for the start of a text."""

SWITCHES = (
    "enable_thinking",
    "thinking",
    "thinking_mode",
    "reasoning_effort",
    "reasoning_strength",
    "thinking_budget",
)
"""Arguments that chat templates have for their thinking: Qwen3 and GLM-4.5 the first, DeepSeek-V3.1 and Granite 3.3 the
second, gpt-oss and Qwen3.8 `reasoning_effort`, Muse Glimmer `reasoning_strength`, Seed-OSS a budget."""

PROBE = Request((Message("user", "What is 2 + 3?"),), Sampling(), seed=0)
"""A chat that every template renders."""


@dataclass(frozen=True)
class Encoded:
    """A prompt as the model is given it."""

    ids: "array[int]"
    opened: bool
    """Whether it ends inside a thought."""


class BadTemplate(Exception):
    """The model's chat template cannot render this chat; says why."""


class Chat:
    """Renders and encodes each distinct prompt once; decodes replies whole."""

    def __init__(self, tokenizer: Any, seconds: float = RENDER_SECONDS, kept_bytes: int = KEPT_BYTES) -> None:
        self._tokenizer = tokenizer
        self._seconds = seconds
        self._most = kept_bytes
        self._kept: OrderedDict[bytes, Encoded] = OrderedDict()
        self._bytes = 0
        # What a template argument would be taken for by the renderer in place of the template.
        self._reserved = {"messages", *inspect.signature(tokenizer.apply_chat_template).parameters}

    def check(self) -> None:
        """Return if the template renders a plain question.

        Raises:
            BadTemplate: it does not.
        """
        self._render(PROBE)

    def encode(self, request: Request) -> Encoded:
        """Return the token ids of a chat up to where the reply goes on.

        A prefix is set behind the template's own opening of a reply: that is what the model had before it when it
        wrote those words. Templates that rewrite past replies (dropping or adding marks of thought) would alter it.

        Raises:
            RequestFailed: `bad_template`, with the template's own words.
            EngineError: the template reads no such argument as the request gives it: it would change nothing.
        """
        key = _key(request)
        if key in self._kept:
            self._kept.move_to_end(key)
            return self._kept[key]
        self._refuse_unread(request.template_args)
        try:
            text = self._render(request)
        except BadTemplate as error:
            raise RequestFailed("bad_template", str(error)) from error
        prefix = request.assistant_prefix or ""
        ids = array("I", self._tokenizer.encode(text + prefix, add_special_tokens=False))
        self._kept[key] = encoded = Encoded(ids, _ends_inside(text, prefix))
        self._bytes += _size(encoded)
        while self._bytes > self._most and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        return encoded

    def _refuse_unread(self, arguments: Mapping[str, Any]) -> None:
        if not arguments:
            return
        template = str(self._tokenizer.get_chat_template())
        words = set(re.findall(r"[^\W\d]\w*", template))
        if unread := sorted(arguments.keys() - words - self._reserved):
            known = [name for name in SWITCHES if name in words]
            there = f"it reads {known}" if known else "it reads none that is known here"
            raise EngineError(f"template_args {unread}: the model's chat template does not read them; {there}")

    def _render(self, request: Request) -> str:
        arguments = dict(request.template_args)
        if reserved := sorted(self._reserved & arguments.keys()):
            raise BadTemplate(f"template_args {reserved} are set by the engine; leave them out")
        turns = [{"role": m.role, "content": m.content} for m in request.messages]
        text: str = within(
            self._seconds,
            lambda: self._tokenizer.apply_chat_template(turns, tokenize=False, add_generation_prompt=True, **arguments),
        )
        if len(text) > MOST_CHARACTERS:
            raise BadTemplate(f"it writes {len(text):,} characters")
        return text

    def decode(self, prompt: Sequence[int], reply: Sequence[int], *, cut: bool) -> str:
        """Return the text of a reply, special tokens such as marks of thought included.

        Decoding once at the end costs a fraction of decoding as tokens come. A reply that was `cut` may end inside
        a character; that piece is left out.
        """
        tail = list(prompt[-TAIL:])
        head = self._text(tail)
        whole = self._text([*tail, *reply])
        text = whole.removeprefix(head) if whole.startswith(head) else self._text(list(reply))
        return text.rstrip("\ufffd") if cut else text

    def _text(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=False, clean_up_tokenization_spaces=False)
        return text


def within(seconds: float, work: Callable[[], Any]) -> Any:
    """Return what `work` returns, done in a thread of its own that is ended when its time is up.

    Raises:
        BadTemplate: it failed, or was not done in time.
    """
    results: list[Any] = []
    failures: list[Exception] = []

    def run() -> None:
        try:
            results.append(work())
        except _TimeIsUp:
            return
        except Exception as error:
            failures.append(error)

    thread = threading.Thread(target=run, name="chat-template", daemon=True)
    thread.start()
    thread.join(seconds)
    if thread.is_alive():
        # The only way to end a loop in another thread: the exception is raised at its next step.
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident or 0), ctypes.py_object(_TimeIsUp))
        thread.join(1.0)
        raise BadTemplate(f"it has not ended after {seconds:g} s")
    if failures:
        told = " ".join(f"{type(failures[0]).__name__}: {failures[0]}".split())
        raise BadTemplate(told[:500]) from failures[0]
    return results[0]


class _TimeIsUp(BaseException):
    """Raised inside a thread whose time is up."""


def _ends_inside(rendered: str, prefix: str) -> bool:
    """Tell whether a rendered prompt, and the beginning of a reply behind it, end inside a thought."""
    opened = opens_thought(rendered)
    if not prefix:
        return opened
    begun = read_turn(prefix, opened=opened)
    return begun.reasoning is not None and begun.answer is None


def _key(request: Request) -> bytes:
    """Return what names a prompt: texts may be whole chains of thought, and are not kept."""
    asked = hashlib.sha256()
    for message in request.messages:
        asked.update(f"{message.role}\0{len(message.content)}\0{message.content}\0".encode("utf-8", "surrogatepass"))
    asked.update(f"{dict(request.template_args)}\0{request.assistant_prefix!r}".encode("utf-8", "surrogatepass"))
    return asked.digest()


def _size(encoded: Encoded) -> int:
    return len(encoded.ids) * encoded.ids.itemsize

"""An engine that replies by rules: for tests and examples, with the shapes of a real one.

Replies depend on the request alone (question, seed, sample), so a build on `Fake` gives the same dataset every time.
"""

import asyncio
import random
import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, get_args

from pydantic import Field

from data.finish_reasons import FinishReason
from data.prompts.wording import END_THINK, THINK
from data.spec import PLACE, Positive, digest, fingerprint, spec
from stages.engines.engine import Capability, EngineSpec, KeepGoing, Reply, Request, Running

Share = Annotated[float, Field(ge=0, le=1)]


@spec
class Fake(EngineSpec):
    """Replies with 1 to `steps` lines of reasoning and the sum of the question's numbers, wrong or cut off as told.

    It thus solves additions, and *What is 7?*; a token is a word.
    """

    kind: Literal["fake"] = "fake"
    steps: Positive = 12
    wrong: Share = 0.0
    """Share of replies with a wrong answer."""
    truncated: Share = 0.0
    """Share of replies cut off before their answer."""
    streams: bool = False
    """Give other requests a turn after every token, so that races can be cut short."""
    latency_seconds: Annotated[float, Field(ge=0), PLACE] = 0.0
    concurrency: Annotated[Positive, PLACE] = 64

    @property
    def capabilities(self) -> frozenset[Capability]:
        return frozenset(get_args(Capability)) - {"prompt_logprobs"}

    def model_identity(self) -> str:
        return f"fake@{fingerprint(self)[:12]}"

    def reply_settings(self) -> Mapping[str, Any]:
        return {}  # its revision is the digest of all its fields

    async def start(self) -> Running:
        return FakeRunning(self)


class FakeRunning(Running):
    """A running `Fake`."""

    model = "fake"

    def __init__(self, rules: Fake) -> None:
        self.rules = rules
        self.revision = fingerprint(rules)[:12]
        self.identity = rules.key_identity()

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        if self.rules.latency_seconds:
            await asyncio.sleep(self.rules.latency_seconds)
        words, finish = self._words(request)
        if self.rules.streams and keep_going is not None:
            for count in range(1, len(words)):
                await asyncio.sleep(0)
                if not keep_going(count):
                    words, finish = words[:count], "cancelled"
                    break
        prompt_tokens = sum(len(m.content.split()) for m in request.messages)
        return Reply("".join(words), len(words), finish, prompt_tokens=prompt_tokens)

    def _words(self, request: Request) -> tuple[list[str], FinishReason]:
        question = request.messages[-1].content
        rng = random.Random(digest([question, request.seed, request.sample]))
        lines = [f"Step {n} looks at the numbers again." for n in range(1, rng.randint(1, self.rules.steps) + 1)]
        answer = sum(int(number) for number in re.findall(r"[0-9]+", question.rpartition("Question:")[2]))
        answer += rng.random() < self.rules.wrong
        text = f"{THINK}\n{chr(10).join(lines)}\n{END_THINK}\nThe answer is \\boxed{{{answer}}}."
        words = re.findall(r"\s*\S+", text.removeprefix(request.assistant_prefix or ""))
        most = request.sampling.max_tokens
        if rng.random() < self.rules.truncated and request.assistant_prefix is None:
            most = min(most, max(1, len(words) - 3))
        return (words[:most], "length") if len(words) > most else (words, "stop")

    async def close(self) -> None:
        """Nothing is held."""

"""Sample several chains of thought a problem, siblings racing for the shortest correct one."""

import asyncio
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Annotated, Any

from pydantic import Field

from data.columns import (
    ANSWER,
    ASKED,
    CONTROL_KIND,
    CONTROL_VALUE,
    DETAIL,
    DROPPED,
    FINISH_REASON,
    METHOD,
    MODEL,
    MODEL_REVISION,
    PARAMS,
    PROBLEMS,
    PROMPT,
    PROMPT_ID,
    REASONING,
    REMARKS,
    REPLY,
    REPLY_TOKENS,
    SAMPLE,
    SCORE,
    SEED,
    SPENT_TOKENS,
    STEPS,
    TEMPLATE_ARGS,
    TRACE_ID,
)
from data.spec import digest, spec
from data.table import Row
from data.thinking.thinking import Thinking
from data.thinking.turn import Turn, read_turn, write_turn
from stages.asking.ask import BEATEN, Ask
from stages.asking.dialogue import Dialogue
from stages.asking.prompts import Prompt, messages, sample_seed, template_args
from stages.check_answer import verdict
from stages.engines.engine import Answered, Capability, Reply, Request, RequestFailed, Sampling
from stages.engines.every import AnyEngine
from stages.replies.repetition import loops

HIDDEN_REASONING = "hidden_reasoning"
"""Remark on a reply whose server kept reasoning to itself: its chain of thought is not what made it."""

SAMPLED = "sampled"
"""`method` of a sampled trace; the method that chooses it writes its own name."""


@dataclass(frozen=True)
class Asked:
    """A request and the prompt it came from."""

    prompt: Prompt
    request: Request


@spec
class SampleCoTs(Dialogue):
    """Ask every problem with every prompt, `samples` times each: one row a sample."""

    reads = (*PROBLEMS, PROMPT, TEMPLATE_ARGS)
    writes = (
        TRACE_ID,
        METHOD,
        PROMPT_ID,
        CONTROL_KIND,
        CONTROL_VALUE,
        SAMPLE,
        PARAMS,
        SEED,
        ASKED,
        REPLY,
        REASONING,
        ANSWER,
        STEPS,
        SCORE,
        REPLY_TOKENS,
        FINISH_REASON,
        SPENT_TOKENS,
        REMARKS,
        MODEL,
        MODEL_REVISION,
    )
    engine: AnyEngine
    prompts: tuple[Prompt, ...]
    sampling: Sampling = Sampling()
    seed: int = 0
    thinking: Thinking = Thinking()
    """The model's marks of thought."""
    race: bool = False
    """Cut a sibling short once it cannot be the shortest correct one any more. The choice stays the same, and no row
    tells when a sibling was cut."""
    loops_lose: bool = False
    """Whether a reply that loops, and is to be dropped, wins no race."""
    teacher: Annotated[int, Field(ge=0)] = 0
    """Which of several engines that sample alike this is: its samples are numbered after those of the ones before."""

    @property
    def needs(self) -> frozenset[Capability]:
        wanted: dict[Capability, bool] = {
            "stream": self.race,
            "adapter": any(prompt.adapter is not None for prompt in self.prompts),
        }
        return self.sampling.needs | {name for name, needed in wanted.items() if needed}

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        asked = [
            Asked(prompt, self._request(prompt, row, sample))
            for prompt in self.prompts
            for sample in range(self.teacher * prompt.samples, (self.teacher + 1) * prompt.samples)
        ]
        requests = [item.request for item in asked]

        async def could_win(reply: Reply) -> bool:
            if self.loops_lose and await asyncio.to_thread(loops, reply.text):
                return False
            turn = reply_turn(reply, self.thinking)
            asked = turn.answer, row["gold"], row["answer_kind"], reply.finish_reason, row.get("tolerance")
            judged = await asyncio.to_thread(verdict, *asked)
            return judged.verdict == "correct"

        answered = await ask.race(requests, could_win) if self.race else await ask.all(requests)
        return [self.row(row, item, reply, ask) for item, reply in zip(asked, answered, strict=True)]

    def _request(self, prompt: Prompt, row: Row, sample: int) -> Request:
        seed = sample_seed(self.seed, row["problem_id"], prompt.name, sample)
        return Request(
            prompt.turns(row, self.seed),
            self.sampling,
            seed,
            sample,
            adapter=prompt.adapter.path if prompt.adapter else None,
            adapter_revision=prompt.adapter.revision if prompt.adapter else None,
            template_args=template_args(row),
        )

    def row(self, row: Row, asked: Asked, answered: Answered, ask: Ask) -> dict[str, Any]:
        """Return the row of what came of a request."""
        request = asked.request
        plain = request.messages == messages(row["prompt"])
        text = answered.text if isinstance(answered, Reply) else ""
        return {
            TRACE_ID.name: digest([row["problem_id"], SAMPLED, asked.prompt.name, request.sample, text])[:20],
            METHOD.name: SAMPLED,
            PROMPT_ID.name: asked.prompt.name,
            CONTROL_KIND.name: asked.prompt.control_kind,
            CONTROL_VALUE.name: asked.prompt.control_value,
            SAMPLE.name: request.sample,
            PARAMS.name: ask.running.params(self.sampling),
            SEED.name: request.seed,
            ASKED.name: None if plain else [asdict(message) for message in request.messages],
            MODEL.name: ask.running.model,
            MODEL_REVISION.name: ask.running.revision,
            **self._outcome(answered),
        }

    def _outcome(self, answered: Answered) -> dict[str, Any]:
        if isinstance(answered, RequestFailed):
            return {
                DROPPED.name: answered.reason,
                DETAIL.name: answered.detail,
                REPLY_TOKENS.name: answered.reply_tokens,
                SPENT_TOKENS.name: answered.spent_tokens,
            }
        if answered == BEATEN:
            return {REPLY.name: "", REPLY_TOKENS.name: 0, FINISH_REASON.name: BEATEN.finish_reason, REMARKS.name: []}
        turn = reply_turn(answered, self.thinking)
        return {
            REPLY.name: answered.text,
            REASONING.name: turn.reasoning,
            ANSWER.name: turn.answer,
            REPLY_TOKENS.name: answered.tokens if answered.counted else None,  # counted by the tokenizer, later
            FINISH_REASON.name: answered.finish_reason,
            SPENT_TOKENS.name: answered.spent_tokens,
            REMARKS.name: [HIDDEN_REASONING] if answered.hidden_tokens else [],
        }


def reply_turn(reply: Reply, thinking: Thinking) -> Turn:
    """Return reasoning and answer of a reply; the engine knows whether its prompt ended inside a thought."""
    return read_turn(reply.text, thinking, opened=reply.opened)


def reply_text(reply: Reply, thinking: Thinking) -> str:
    """Return a reply in the one written form of a turn; as it came where it has no marks."""
    turn = reply_turn(reply, thinking)
    return reply.text if turn.reasoning is None else write_turn(turn.reasoning, turn.answer)

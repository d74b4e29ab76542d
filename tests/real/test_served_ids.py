"""What is trained of the real model's replies is what vLLM has written: its own record of the ids."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

import pytest

from data.thinking.turn import read_turn, write_turn
from sft.models.base import load_tokenizer, stops_of
from sft.rows.labels import Labels
from stages.answers.check import check_answer
from stages.engines.engine import Message, Reply, Request, Running, Sampling
from stages.engines.local.local import Local
from tests.sft.served import Served, check_what_is_trained
from tests.warm_engines import WarmHere

pytestmark = [pytest.mark.real, pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(1200)]

SYSTEMS = (None, "Be brief.")
TEMPERATURES = (0.0, 0.7)
TOKENS, TOO_FEW = 64, 4
QUESTIONS = ("What is 5 + 5?", "How many days are in a week?", "How many legs does a dog have?")

Recorded = dict[int, tuple[Sequence[int], list[int]]]
"""By seed: the ids of a prompt and of the reply to it."""


@pytest.fixture(scope="module")
def asked() -> list[Request]:
    """Every question, with a system turn and without, greedily and drawn; a few replies are cut off."""
    prompts = [
        (*([Message("system", system)] if system else []), Message("user", question))
        for question in QUESTIONS
        for system in SYSTEMS
    ]
    ways = [Sampling(max_tokens=TOKENS, temperature=temperature) for temperature in TEMPERATURES]
    ways.append(Sampling(max_tokens=TOO_FEW, temperature=0.0))
    return [Request(turns, way, seed=seed) for seed, (turns, way) in enumerate((p, w) for p in prompts for w in ways)]


@pytest.fixture(scope="module")
def served(
    real_engine: Mapping[str, Any], warm_loop: WarmHere, asked: list[Request]
) -> list[tuple[Request, Reply, Served]]:
    """The replies of the engine, each with what vLLM itself says that it has read and written."""
    recorded: Recorded = {}

    async def replies(running: Running) -> list[Reply]:
        with pytest.MonkeyPatch.context() as patch:
            _record(patch, recorded)
            return await asyncio.gather(*(running.generate(request) for request in asked))

    answered = warm_loop.ask(Local(**real_engine), replies)
    turns = [[{"role": turn.role, "content": turn.content} for turn in request.messages] for request in asked]
    return [
        (request, reply, Served(prompt, _completion(reply.text), *recorded[request.seed]))
        for request, reply, prompt in zip(asked, answered, turns, strict=True)
    ]


def _completion(reply: str) -> str:
    """Return a reply as a build puts it into a row."""
    turn = read_turn(reply)
    return write_turn(turn.reasoning, turn.answer)


def _record(patch: pytest.MonkeyPatch, recorded: Recorded) -> None:
    from vllm.v1.engine.async_llm import AsyncLLM  # takes seconds to import

    generate = AsyncLLM.generate

    async def watched(self: Any, prompt: Any, sampling: Any, *more: Any, **named: Any) -> AsyncIterator[Any]:
        async for output in generate(self, prompt, sampling, *more, **named):
            _, written = recorded.setdefault(sampling.seed, (output.prompt_token_ids or [], []))
            written.extend(output.outputs[0].token_ids)
            yield output

    patch.setattr(AsyncLLM, "generate", watched)


@pytest.fixture(scope="module")
def labels(real_model: Any) -> Labels:
    tokenizer = load_tokenizer(real_model)
    return Labels(tokenizer, stops_of(tokenizer, real_model))


def test_the_trained_ids_are_those_that_vllm_records(
    served: list[tuple[Request, Reply, Served]], labels: Labels
) -> None:
    ended = [(request, one) for request, reply, one in served if reply.finish_reason == "stop"]
    spelt = [(request, one) for request, one in ended if _as_read(one, labels.tokenizer)]

    for _, one in spelt:
        check_what_is_trained(labels, one)
    assert {(len(request.messages), request.sampling.temperature) for request, _ in spelt} == {
        (turns, temperature) for turns in (1, 2) for temperature in TEMPERATURES
    }
    assert len(spelt) > 0.8 * len(ended)


def _as_read(one: Served, tokenizer: Any) -> bool:
    """Tell whether a reply came in the tokens in which it is read; what is drawn may be spelt otherwise."""
    read: list[int] = tokenizer.encode(one.completion, add_special_tokens=False)
    return read == list(one.reply_ids[:-1])


def test_a_reply_that_was_cut_off_ends_in_no_end_of_turn_and_no_row_is_made_of_it(
    served: list[tuple[Request, Reply, Served]], labels: Labels
) -> None:
    cut = [(reply, one) for _, reply, one in served if reply.finish_reason == "length"]

    assert cut
    for reply, one in cut:
        assert one.reply_ids[-1] not in labels.tokenizer.convert_tokens_to_ids(sorted(labels.stops))
        assert check_answer(reply.text, "5", finish_reason=reply.finish_reason).reason == "truncated"

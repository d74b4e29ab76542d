"""`Remote` against `vllm serve` with the pocket model, on loopback."""

import asyncio
import re
import urllib.request
from collections.abc import AsyncIterator

import pytest
from tokenizers import Tokenizer

from data.errors import EngineError
from data.prompts.wording import question_prompt
from stages.engines.engine import Message, Request, RequestFailed, Sampling
from stages.engines.remote.chat_body import Extra
from stages.engines.remote.remote import Remote, RemoteRunning
from tests.stages.engines.vllm_server import POCKET

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.timeout(1200),  # the first test waits for the server too
    pytest.mark.skipif(not (POCKET / "model.safetensors").is_file(), reason=f"there is no model in {POCKET}"),
]


def asked(seed: int, **fields: object) -> Request:
    prompt = Message("user", question_prompt("What is 345 + 678?"))
    return Request((prompt,), Sampling(**{"max_tokens": 400, **fields}), seed)  # type: ignore[arg-type]


@pytest.fixture
async def engine(vllm_address: str) -> AsyncIterator[RemoteRunning]:
    accepts: tuple[Extra, ...] = ("seed", "top_k", "assistant_prefix", "running_usage", "max_completion_tokens")
    running = await Remote(base_url=f"{vllm_address}/v1", model="pocket", accepts=accepts, concurrency=48).start()
    yield running
    await running.close()


def _metric(vllm_address: str, name: str) -> float:
    """Return a counter of the server's, summed over its labels; what was aborted is left out."""
    with urllib.request.urlopen(f"{vllm_address}/metrics", timeout=30) as page:
        lines = page.read().decode()
    found = re.findall(rf"^vllm:{name}{{(.*)}} (\S+)$", lines, re.MULTILINE)
    return sum(float(value) for labels, value in found if 'finished_reason="abort"' not in labels)


def _half_in_whole_tokens(text: str) -> str:
    """Return the first half, ended where its tokens are those it has inside the whole text."""
    tokenizer = Tokenizer.from_file(str(POCKET / "tokenizer.json"))
    whole = tokenizer.encode(text, add_special_tokens=False)
    for count, (_, end) in enumerate(whole.offsets, start=1):
        half = text[:end]
        alone = tokenizer.encode(half, add_special_tokens=False)
        if count >= len(whole.ids) // 2 and half == half.strip() and alone.ids == whole.ids[:count]:
            return half
    raise AssertionError(text)


async def test_many_replies_come_back_whole_and_are_counted_as_the_server_counts(
    vllm_address: str, engine: RemoteRunning
) -> None:
    before = _metric(vllm_address, "generation_tokens_total")

    hot = [asked(seed, temperature=2.0, top_p=1.0) for seed in range(96)]
    replies = await asyncio.gather(*(engine.generate(request) for request in hot))

    after = await asyncio.to_thread(_metric, vllm_address, "generation_tokens_total")
    assert sum(reply.tokens for reply in replies) == after - before
    assert {reply.finish_reason for reply in replies} <= {"stop", "length"}
    assert len({reply.text for reply in replies}) > 48
    assert all(reply.text and reply.prompt_tokens > 10 for reply in replies)


async def test_a_seed_gives_its_reply_again(engine: RemoteRunning) -> None:
    first = await engine.generate(asked(3, temperature=1.0, top_k=50))
    again = await engine.generate(asked(3, temperature=1.0, top_k=50))

    assert first == again


async def test_a_reply_cut_off_says_so(engine: RemoteRunning) -> None:
    reply = await engine.generate(asked(1, max_tokens=7))

    assert (reply.finish_reason, reply.tokens) == ("length", 7)


async def test_goes_on_from_a_prefix_as_it_would_have_without(engine: RemoteRunning) -> None:
    greedy = await engine.generate(asked(1, temperature=0.0))
    prefix = _half_in_whole_tokens(greedy.text)
    request = Request(asked(1).messages, Sampling(max_tokens=400, temperature=0.0), 1, assistant_prefix=prefix)

    rest = await engine.generate(request)

    assert prefix + rest.text == greedy.text
    assert rest.tokens < greedy.tokens


async def test_hanging_up_frees_the_server_of_the_rest(vllm_address: str, engine: RemoteRunning) -> None:
    finished = _metric(vllm_address, "request_success_total")
    hot = [asked(seed, max_tokens=1500, temperature=2.0, top_p=1.0) for seed in range(16)]

    replies = await asyncio.gather(*(engine.generate(request, lambda tokens: tokens < 10) for request in hot))

    async with asyncio.timeout(60):
        while await asyncio.to_thread(_metric, vllm_address, "num_requests_running") > 0:
            await asyncio.sleep(0.1)
    cancelled = sum(reply.finish_reason == "cancelled" for reply in replies)
    assert cancelled > 0
    assert await asyncio.to_thread(_metric, vllm_address, "request_success_total") - finished < cancelled


async def test_a_prompt_too_long_fails_alone(engine: RemoteRunning) -> None:
    too_long = Request((Message("user", "7 + " * 4000),), Sampling(max_tokens=8), 1)

    with pytest.raises(RequestFailed, match="length") as failure:
        await engine.generate(too_long)

    assert failure.value.reason == "http_400"


async def test_a_model_the_server_does_not_have_is_named(vllm_address: str) -> None:
    running = await Remote(base_url=f"{vllm_address}/v1", model="no-such-model").start()

    with pytest.raises(EngineError, match=r"HTTP 404.*no-such-model"):
        await running.generate(asked(1))

    await running.close()

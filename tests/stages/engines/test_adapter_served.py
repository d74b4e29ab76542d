"""An adapter our trainer made, answering through `vllm serve --enable-lora` as it does through `Local`."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from data.prompts.wording import question_prompt
from sft.config import Adapter
from sft.run.train import train
from stages.engines.engine import Message, Request, Running, Sampling
from stages.engines.local.local import Local
from stages.engines.remote.remote import Remote
from stages.engines.weights import folder_digest
from tests.sft.small import rows, run, version
from tests.stages.engines.vllm_server import adapter_loaded
from tests.warm_engines import POCKET_ENGINE, WarmHere

pytestmark = [pytest.mark.engine, pytest.mark.slow, pytest.mark.timeout(1200)]

GREEDY = Sampling(max_tokens=120, temperature=0.0)
QUESTIONS = ("What is 3 + 4?", "What is 20 + 15?", "What is 345 + 678?")


async def told(running: Running, **named: Any) -> list[str]:
    """Return the replies to the questions, asked one after another, so that nothing shares a batch."""
    prompts = [Message("user", question_prompt(question)) for question in QUESTIONS]
    return [(await running.generate(Request((prompt,), GREEDY, seed=1, **named))).text for prompt in prompts]


async def told_there(address: str, model: str) -> list[str]:
    running = await Remote(base_url=f"{address}/v1", model=model, accepts=("seed",), concurrency=1).start()
    try:
        return await told(running)
    finally:
        await running.close()


def test_a_trained_adapter_replies_through_a_server_as_it_does_here_and_otherwise_than_its_base(
    tmp_path: Path, warm_loop: WarmHere, vllm_address: str
) -> None:
    data = version(tmp_path / "data", rows(lengths=(1,)))
    lora = Adapter(rank=8, alpha=16)
    adapter = train(run(data, adapter=lora, max_steps=30, learning_rate=3e-3), tmp_path / "run").folder
    named = {"adapter": str(adapter), "adapter_revision": folder_digest(adapter)}
    base = warm_loop.ask(Local(**POCKET_ENGINE), told)
    tuned = warm_loop.ask(Local(**POCKET_ENGINE), lambda running: told(running, **named))

    with adapter_loaded(vllm_address, "brief", adapter):
        served = {model: asyncio.run(told_there(vllm_address, model)) for model in ("pocket", "brief")}

    assert served == {"pocket": base, "brief": tuned}
    assert all(one != other for one, other in zip(base, tuned, strict=True))

"""An adapter our trainer made, answering through `vllm serve --enable-lora` as it does through `Local`."""

from pathlib import Path
from typing import Any

import pytest

from data.prompts.wording import question_prompt
from sft.config import Adapter
from sft.train import train
from stages.engines.engine import Message, Request, Running, Sampling
from stages.engines.local import Local
from stages.engines.remote import Remote
from stages.engines.weights import folder_digest
from tests.sft.small import rows, run, version
from tests.stages.engines.vllm_server import POCKET, serving

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    pytest.mark.timeout(1200),
    # vLLM's own: it imports what torch is about to rename, and leaves a socket context of its start to the collector.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed context:ResourceWarning"),
]

GREEDY = Sampling(max_tokens=120, temperature=0.0)
QUESTIONS = ("What is 3 + 4?", "What is 20 + 15?", "What is 345 + 678?")


async def told(running: Running, **named: Any) -> list[str]:
    """Return the replies to the questions, asked one after another, so that nothing shares a batch."""
    prompts = [Message("user", question_prompt(question)) for question in QUESTIONS]
    return [(await running.generate(Request((prompt,), GREEDY, seed=1, **named))).text for prompt in prompts]


async def told_here(adapter: Path) -> tuple[list[str], list[str]]:
    """Return what the base and the adapter reply in this process."""
    local = Local(model=str(POCKET), max_model_len=512, max_loras=1, concurrency=4, cpu_kv_cache_gib=0.25)
    running = await local.start()
    try:
        base = await told(running)
        return base, await told(running, adapter=str(adapter), adapter_revision=folder_digest(adapter))
    finally:
        await running.close()


async def told_there(address: str, model: str) -> list[str]:
    running = await Remote(base_url=f"{address}/v1", model=model, accepts=("seed",), concurrency=1).start()
    try:
        return await told(running)
    finally:
        await running.close()


async def test_a_trained_adapter_replies_through_a_server_as_it_does_here_and_otherwise_than_its_base(
    tmp_path: Path,
) -> None:
    data = version(tmp_path / "data", rows(lengths=(1,)))
    lora = Adapter(rank=8, alpha=16)
    adapter = train(run(data, adapter=lora, max_steps=30, learning_rate=3e-3), tmp_path / "run").folder
    base, tuned = await told_here(adapter)

    lora_on = ("--enable-lora", "--lora-modules", f"brief={adapter}", "--max-lora-rank", "8", "--max-model-len", "512")
    with serving(tmp_path / "log", *lora_on) as address:
        served = {model: await told_there(address, model) for model in ("pocket", "brief")}

    assert served == {"pocket": base, "brief": tuned}
    assert all(one != other for one, other in zip(base, tuned, strict=True))

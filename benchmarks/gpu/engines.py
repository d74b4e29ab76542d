"""vLLM on the card: an adapter of ours, our sampling step beside plain vLLM, and what is left when it has ended."""

import asyncio
import statistics
from collections.abc import Callable, Coroutine, Mapping
from importlib.util import find_spec
from typing import Any, Literal, Protocol, TypeVar

import psutil

from benchmarks.demo import held
from benchmarks.engine_overhead import problems, rounds
from benchmarks.gpu.outcome import CheckFailed, Figures, NotPossible
from benchmarks.gpu.place import Place
from data.prompts.wording import question_prompt
from pipelines.execute.here import Here
from stages.asking.prompts import Prompt
from stages.engines.engine import Message, Reply, Request, Running, Sampling
from stages.engines.local.local import Local, built_for_cpu
from stages.sample_cots import SampleCoTs

T = TypeVar("T")

GIB = 1 << 30
RANK: Literal[16] = 16
BOTH_SHARE = 0.4
"""Of the card's memory for each of two engines on it."""
LEFT_SHARE = 0.05
"""Of what an engine held, the most that may be held still when it has ended."""
ROUNDS = 2
GREEDY = Sampling(max_tokens=64, temperature=0.0)


class Asking(Here):
    """The site of a build without Ray, asked by hand."""

    def ask(self, engine: Local, work: Callable[[Running], Coroutine[Any, Any, T]]) -> T:
        """Return what some work with a running engine comes to; the engine stays up."""

        async def asked() -> T:
            await self.engines.have([engine])
            return await work(self.engines.of(engine))

        return self._runner.run(asked())


def adapter(place: Place) -> Figures:
    """Ask vLLM for the likelihood of a row that the LoRA has learned, with it and without, and for replies of both."""
    from benchmarks.gpu.training import sums  # torch and TRL take seconds to import

    folder = place.made_by("lora") / "model"
    if not folder.is_dir():
        raise NotPossible("the check of the LoRA left no adapter")
    (row,) = sums(1, 1)
    site = Asking(1)
    try:
        base, tuned = site.ask(engine(place), lambda running: _both(running, row, str(folder)))
    finally:
        site.close()
    gained = tuned.likelihood - base.likelihood
    if not gained > 0:
        raise CheckFailed(f"a row it has learned is less likely with the adapter, by {-gained:.3g} nats")
    if not (base.reply.text and tuned.reply.text):
        raise CheckFailed("a reply is empty")
    return {
        "a learned row, nats a token": f"{base.likelihood:.3g} to {tuned.likelihood:.3g}",
        "the reply is another": "yes" if base.reply.text != tuned.reply.text else "no",
    }


def sampling(place: Place) -> Figures:
    """Sample with our step and with plain vLLM, by turns, each on an engine of its own."""
    shared = engine(place, adapters=False, share=BOTH_SHARE)
    samples, tokens, count = (8, 256, 64) if place.on_gpu else (4, 64, 8)
    stage = SampleCoTs(
        engine=shared,
        prompts=(Prompt(name="zero_shot", samples=samples),),
        sampling=Sampling(max_tokens=tokens, temperature=1.0, top_p=1.0),
    )

    async def all_rounds() -> list[tuple[float, float]]:
        return [pair async for pair in rounds(stage, problems(count), ROUNDS)]

    pairs = asyncio.run(all_rounds())
    return {
        "plain, tokens/s": statistics.median(plain for plain, _ in pairs),
        "ours, tokens/s": statistics.median(ours for _, ours in pairs),
        "ratio": statistics.median(ours / plain for plain, ours in pairs),
        "replies a round": str(count * samples),
    }


def memory(place: Place) -> Figures:
    """Have an engine up, then train at the same site, and look at the memory when that training begins."""
    from benchmarks.gpu.training import run

    meter: Meter = CardMeter() if place.on_gpu else ProcessMeter()
    site = Asking(1)
    seen: list[float] = []

    def look() -> bool:
        if not seen:  # the process that trains was started this moment, and imports for seconds
            seen.append(meter.used())
        return False

    try:
        before = meter.used()
        reply = site.ask(engine(place), _one_reply)
        meter.engine_is_up()
        taken = meter.used() - before
        site.train(run(place, max_steps=2), place.made_by("memory"), look, lambda line: None)
    finally:
        site.close()
    left = seen[0] - before
    figures = {"the engine held, GiB": taken / GIB, "held still as training began, GiB": left / GIB}
    if not reply.tokens or taken <= 0:
        raise CheckFailed(f"the engine held {taken / GIB:.3g} GiB and gave {reply.tokens} tokens")
    if left > LEFT_SHARE * taken:
        raise CheckFailed("; ".join(f"{name} {value:.3g}" for name, value in figures.items()))
    return figures


def engine(place: Place, *, adapters: bool = True, share: float = 0.9) -> Local:
    """Return the engine that is asked; without a GPU a small one.

    Raises:
        NotPossible: vLLM is not installed, or is the one for another kind of machine.
    """
    if find_spec("vllm") is None:
        raise NotPossible("vllm is not installed")
    if built_for_cpu() == place.on_gpu:
        raise NotPossible(f"the vllm installed is built for {'CPUs' if place.on_gpu else 'GPUs'}")
    return Local(
        model=str(place.model),
        max_model_len=1024,
        max_loras=int(adapters),
        max_lora_rank=RANK,
        concurrency=256 if place.on_gpu else 16,
        gpu_memory_utilization=share,
        cpu_kv_cache_gib=0.25,
        eager=True if adapters else None,  # compiling takes half a minute, and speed is looked at without adapters
    )


class Asked:
    """How likely a row is to the model that was asked, and its own reply."""

    def __init__(self, reply: Reply, whole: Reply) -> None:
        self.reply = reply
        known = (whole.prompt_logprobs or ())[reply.prompt_tokens :]
        values = [value for value in known if value is not None]
        self.likelihood = statistics.fmean(values)


async def _both(running: Running, row: Mapping[str, Any], folder: str) -> tuple[Asked, Asked]:
    return await _asked(running, row, None), await _asked(running, row, folder)


async def _asked(running: Running, row: Mapping[str, Any], folder: str | None) -> Asked:
    prompt = (Message("user", row["prompt"][0]["content"]),)
    reply = await running.generate(Request(prompt, GREEDY, seed=1, adapter=folder))
    completion = row["completion"][0]["content"]
    one = Sampling(max_tokens=1, temperature=0.0)
    whole = Request(prompt, one, seed=1, adapter=folder, assistant_prefix=completion, prompt_logprobs=True)
    return Asked(reply, await running.generate(whole))


async def _one_reply(running: Running) -> Reply:
    return await running.generate(Request((Message("user", question_prompt("What is 3 + 4?")),), GREEDY, seed=1))


class Meter(Protocol):
    """Reads how much memory is in use."""

    def used(self) -> float:
        """Return bytes."""

    def engine_is_up(self) -> None:
        """Say that what runs now is the engine."""


class CardMeter:
    """Reads the memory of the first card by NVML, which takes none of it."""

    def used(self) -> float:
        """Return bytes that all processes hold on the card."""
        import torch

        return float(torch.cuda.device_memory_used(0))

    def engine_is_up(self) -> None:
        """Say that what runs now is the engine: the card is read whole in any case."""


class ProcessMeter:
    """Reads the main memory of the engine's processes, where they hold no other."""

    def __init__(self) -> None:
        self._engine: list[psutil.Process] = []

    def used(self) -> float:
        """Return bytes that the engine's processes hold."""
        return float(sum(held(process) for process in self._engine if process.is_running()))

    def engine_is_up(self) -> None:
        """Say that what runs now is the engine."""
        self._engine = psutil.Process().children()

"""Compare our sampling step with plain vLLM: `python -m benchmarks.engine_overhead` prints tokens a second of both.

The same prompts, seeds, parameters and engine settings go in turn through `vllm.LLM.generate` (token ids ready-made)
and through `SampleCoTs` on `Local`: rendering, supervision, journal on disk, rows and table included. Both engines
live in one process and only one of them works at a time; what else runs on the machine shows in how far rounds differ.
"""

import argparse
import asyncio
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pyarrow as pa

from data.inputs.every import read_problems
from data.inputs.task import TaskProblems
from data.journal import JournalFile
from pipelines.execute.slots import Slots
from stages.asking.ask import Ask
from stages.asking.dialogue import converse
from stages.asking.prompts import Prompt, RenderPrompt, sample_seed
from stages.engines.engine import Request, Running, Sampling
from stages.engines.local.chat import Chat
from stages.engines.local.launch import QUIET
from stages.engines.local.local import Local
from stages.engines.local.surroundings import surroundings
from stages.sample_cots import SampleCoTs

TASKS = ("addition", "algebra", "directions", "word_problems")


def main() -> None:
    """Run the rounds and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="data/pocket", help="folder of the model (default: %(default)s)")
    parser.add_argument("--problems", type=int, default=100, help="default: %(default)s")
    parser.add_argument("--samples", type=int, default=8, help="replies a problem (default: %(default)s)")
    parser.add_argument("--max-tokens", type=int, default=400, help="default: %(default)s")
    parser.add_argument("--concurrency", type=int, default=64, help="sequences in a batch (default: %(default)s)")
    parser.add_argument("--rounds", type=int, default=5, help="default: %(default)s")
    options = parser.parse_args()
    stage = SampleCoTs(
        engine=Local(model=options.model, concurrency=options.concurrency, cpu_kv_cache_gib=1.0),
        prompts=(Prompt(name="zero_shot", samples=options.samples),),
        sampling=Sampling(max_tokens=options.max_tokens, temperature=1.0, top_p=1.0),
    )
    asyncio.run(_compare(stage, problems(options.problems), options.rounds))


async def _compare(stage: SampleCoTs, rows: pa.Table, count: int) -> None:
    print("round    plain     ours    ratio   (tokens/s; the first round of each is not counted)")
    ratios = []
    async for plain, own in rounds(stage, rows, count):
        ratios.append(own / plain)
        print(f"{len(ratios):5d} {plain:8.0f} {own:8.0f} {ratios[-1]:8.3f}", flush=True)
    print(f"ratio: median {statistics.median(ratios):.3f}, lowest {min(ratios):.3f}, highest {max(ratios):.3f}")


async def rounds(stage: SampleCoTs, rows: pa.Table, count: int) -> AsyncIterator[tuple[float, float]]:
    """Yield tokens a second of plain vLLM and of ours, so many times, after a round that is not counted."""
    running = await stage.engine.start()
    plain = Plain(stage, rows)
    try:
        for number in range(count + 1):
            pair = plain.speed(), await ours(stage, running, rows)
            if number:
                yield pair
    finally:
        await running.close()


def _local(stage: SampleCoTs) -> Local:
    if not isinstance(stage.engine, Local):
        raise TypeError(f"measures Local, not {type(stage.engine).__name__}")
    return stage.engine


class Plain:
    """`vllm.LLM` with the requests that `stage` would send."""

    def __init__(self, stage: SampleCoTs, rows: pa.Table) -> None:
        from vllm import LLM, SamplingParams  # takes seconds, and not for `--help`

        wished, (prompt,) = stage.sampling, stage.prompts
        with surroundings(QUIET | {"VLLM_LOGGING_LEVEL": "ERROR"}):
            self._llm = LLM(**_local(stage).vllm_arguments())
        chat = Chat(self._llm.get_tokenizer())
        asked = [(row, sample) for row in rows.to_pylist() for sample in range(prompt.samples)]
        requests = (Request(prompt.turns(row, stage.seed), wished, seed=0) for row, _ in asked)
        self._prompts = [list(chat.encode(request).ids) for request in requests]
        self._parameters = [
            SamplingParams(
                max_tokens=wished.max_tokens,
                temperature=wished.temperature,
                top_p=wished.top_p,
                seed=sample_seed(stage.seed, row["problem_id"], prompt.name, sample),
            )
            for row, sample in asked
        ]

    def speed(self) -> float:
        """Answer all requests and return tokens a second."""
        began = time.perf_counter()
        done: Any = self._llm.generate(self._prompts, self._parameters, use_tqdm=False)
        return sum(len(one.outputs[0].token_ids) for one in done) / (time.perf_counter() - began)


async def ours(stage: SampleCoTs, running: Running, rows: pa.Table) -> float:
    """Run the step over all rows, with a journal of its own, and return tokens a second."""
    slots = Slots(stage.engine.concurrency)
    with tempfile.TemporaryDirectory() as folder:
        journal = JournalFile(Path(folder))
        ask = Ask(running, lambda: slots.at(0.0), journal)
        began = time.perf_counter()
        await converse(stage, rows, lambda told, row: told.talk(row, ask))
        took = time.perf_counter() - began
        journal.close()
    return ask.meter.tokens / took


def problems(count: int) -> pa.Table:
    """Return held-out problems of the built-in tasks."""
    return RenderPrompt()(pa.concat_tables(read_problems(TaskProblems(task=TASKS, count=count, split="held_out"))))


if __name__ == "__main__":
    main()

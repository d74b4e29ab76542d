"""Decoded tokens with and without racing, side by side in one run of one engine.

Each round samples the same problems twice with the same seeds, once in full and once racing, in alternating order, so
that what else the machine does falls on both. vLLM's numerics depend on what shares a batch, so a sample need not be
the same text in both; the choice is compared on average here, and exactly in `tests/stages/test_ask.py`.

    python -m benchmarks.racing --problems 48 --samples 16 --rounds 2
"""

import argparse
import asyncio
import time
from dataclasses import dataclass, replace
from statistics import fmean

import pyarrow as pa

from data.inputs.every import read_problems
from data.inputs.task import TaskProblems
from stages.asking.ask import Ask
from stages.asking.dialogue import converse
from stages.asking.meter import Meter
from stages.asking.prompts import Prompt, RenderPrompt
from stages.check_answer import CheckAnswer
from stages.choosing.keep import KeepVerified
from stages.engines.engine import Running, Sampling
from stages.engines.local.local import Local
from stages.sample_cots import SampleCoTs

TASKS = ("addition", "algebra", "directions", "word_problems")


@dataclass(frozen=True)
class Measured:
    """One way through all problems."""

    tokens: int
    seconds: float
    solved: int
    shortest: float
    """Mean tokens of the shortest correct reply, over the solved problems."""


async def measure(stage: SampleCoTs, problems: pa.Table, running: Running) -> Measured:
    """Sample every problem, and count what was decoded and what would be chosen."""
    meter, slots = Meter(), asyncio.Semaphore(stage.engine.concurrency)
    began = time.monotonic()
    rows = await converse(stage, problems, lambda told, row: told.talk(row, Ask(running, lambda: slots, None, meter)))
    seconds = time.monotonic() - began
    checked = KeepVerified()(CheckAnswer()(rows.drop_columns(["dropped", "detail"]))).to_pylist()
    best: dict[str, int] = {}
    for row in checked:
        if row["dropped"] is None:
            best[row["problem_id"]] = min(best.get(row["problem_id"], row["reply_tokens"]), row["reply_tokens"])
    return Measured(meter.tokens, seconds, len(best), fmean(best.values()) if best else 0.0)


async def main(options: argparse.Namespace) -> None:
    """Print the table."""
    engine = Local(model=options.model, concurrency=options.concurrency)
    source = TaskProblems(task=TASKS, count=options.problems, seed=7, split="held_out")
    problems = RenderPrompt()(pa.concat_tables(read_problems(source)).drop_columns(["dropped", "detail"]))
    sampling = Sampling(max_tokens=768, temperature=1.0, top_p=1.0)
    prompt = Prompt(name="zero_shot", samples=options.samples)
    racing = SampleCoTs(engine=engine, prompts=(prompt,), sampling=sampling, race=True)
    found: dict[str, list[Measured]] = {"full": [], "racing": []}
    running = await engine.start()
    try:
        for number in range(options.rounds):
            ways = [("full", replace(racing, race=False, seed=number)), ("racing", replace(racing, seed=number))]
            for name, stage in ways if number % 2 == 0 else reversed(ways):
                found[name].append(await measure(stage, problems, running))
    finally:
        await running.close()
    report(found, options)


def report(found: dict[str, list[Measured]], options: argparse.Namespace) -> None:
    """Print tokens, time, coverage and the length of the choice, and racing as a share of full sampling."""
    print(f"{options.problems} problems x {options.samples} samples, {options.rounds} rounds")
    print(f"{'':8}{'decoded tokens':>16}{'seconds':>10}{'solved':>9}{'shortest':>10}")
    for name, rounds in found.items():
        means = [fmean(getattr(one, field) for one in rounds) for field in ("tokens", "seconds", "solved", "shortest")]
        print(f"{name:8}{means[0]:16,.0f}{means[1]:10.1f}{means[2]:9.1f}{means[3]:10.1f}")
    for field in ("tokens", "seconds"):
        share = sum(getattr(one, field) for one in found["racing"]) / sum(getattr(one, field) for one in found["full"])
        print(f"racing / full, {field}: {share:.3f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", default="data/pocket")
    parser.add_argument("--problems", type=int, default=48)
    parser.add_argument("--samples", type=int, default=16)
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--concurrency", type=int, default=128)
    asyncio.run(main(parser.parse_args()))

"""What the searches for a token budget cost and find, and what many searches at once save over one after another.

On a scripted model whose lengths are known at every budget: calls and tokens a problem of halving, bisection and the
exhaustive grid, and how far each ends from the optimum; the grid must find it, bisection within its precision. Then on
a real model (the pocket one, on vLLM), where there is no oracle but the grid: the same figures and the time. Last the
published sequential loop against the same searches all at once: the same calls to the same engine.

    python -m benchmarks.budget_search --only scripted
    python -m benchmarks.budget_search --problems 64 --rounds 2
"""

import argparse
import asyncio
import random
import time
from collections.abc import Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from statistics import fmean, median

import pyarrow as pa
import pyarrow.compute as pc

from benchmarks.load.elastic import Elastic, Knee
from data.columns import REPLY_TOKENS, TRACES
from data.inputs.every import read_problems
from data.inputs.task import TaskProblems
from data.table import Row, conform, values
from stages.asking.ask import Ask
from stages.asking.dialogue import converse
from stages.asking.meter import Meter
from stages.asking.prompts import Prompt, RenderPrompt
from stages.budgeting.budget_search import AnySearch, Bisect, Grid, Halving
from stages.budgeting.budgeted_rows import BudgetRows
from stages.budgeting.search_budget import SearchBudget
from stages.budgeting.within_budget import WithinBudget
from stages.check_answer import CheckAnswer
from stages.choosing.keep import KeepVerified
from stages.engines.engine import Running, Sampling
from stages.engines.every import AnyEngine
from stages.engines.fake import Fake
from stages.engines.local.local import Local
from stages.replies.split_reply import SplitReply
from stages.sample_cots import SampleCoTs

TASKS = ("addition", "algebra", "directions", "word_problems")
GREEDY = Sampling(max_tokens=768, temperature=0.0, top_p=1.0)
WHOLE = 256
"""Tokens of the scripted model's reply without a budget."""


@dataclass(frozen=True)
class Seen:
    """What searches over some problems cost and found."""

    lengths: Mapping[str, int]
    """Reply tokens of what was found, by problem; those of the trace where nothing was."""
    found: int
    calls: int
    tokens: int
    seconds: float

    @property
    def problems(self) -> int:
        """Return how many were searched for."""
        return len(self.lengths)

    def line(self, name: str, best: Mapping[str, int]) -> str:
        """Return a row of the table; `best` are the fewest tokens there are."""
        over = fmean(tokens - best[problem] for problem, tokens in self.lengths.items())
        cost = f"{self.calls / self.problems:9.1f}{self.tokens / self.problems:10.0f}"
        length = fmean(self.lengths.values())
        return f"{name:24}{cost}{self.found:8}{length:9.1f}{over:9.1f}{1e3 * self.seconds / self.problems:10.1f}"


HEAD = f"{'':24}{'calls':>9}{'tokens':>10}{'found':>8}{'length':>9}{'over':>9}{'ms':>10}"
"""Calls, tokens and milliseconds are a problem's; `over` is how much longer than the shortest the targets are."""


def stage(search: AnySearch, engine: AnyEngine, tokenizer: str) -> SearchBudget:
    """Return the stage of a search."""
    within = WithinBudget(tokenizer=tokenizer, sampling=GREEDY)
    return SearchBudget(engine=engine, within=within, into=BudgetRows(method="token_budget"), search=search)


async def together(searching: SearchBudget, traces: pa.Table, running: Running) -> Seen:
    """Search for every trace at once, as a build does."""
    meter, slots = Meter(), asyncio.Semaphore(searching.engine.concurrency)
    began = time.monotonic()
    rows = await converse(searching, traces, lambda told, row: told.talk(row, Ask(running, lambda: slots, None, meter)))
    return seen(rows.to_pylist(), traces, meter, time.monotonic() - began)


async def one_by_one(searching: SearchBudget, traces: pa.Table, running: Running) -> Seen:
    """Search for one trace after another, as the published loop does."""
    meter, rows = Meter(), list[Row]()
    began = time.monotonic()
    for row in traces.to_pylist():
        rows += [{**row, **made} for made in await searching.talk(row, Ask(running, nullcontext, None, meter))]
    return seen(rows, traces, meter, time.monotonic() - began)


def seen(rows: Sequence[Row], traces: pa.Table, meter: Meter, seconds: float) -> Seen:
    """Sum up the rows that came of searches."""
    whole = {row["problem_id"]: row["reply_tokens"] for row in traces.to_pylist()}
    found = {row["problem_id"]: row["reply_tokens"] for row in rows if not row.get("dropped")}
    return Seen(whole | found, len(found), meter.calls, meter.tokens, seconds)


def scripted_trace(number: int) -> Row:
    """Return a verified trace of the scripted model."""
    told = {"problem_id": str(number), "trace_id": str(number), "question": f"What is {number}?", "gold": str(number)}
    return {**told, "answer_kind": "integer", "cot_tokens": WHOLE, "reply_tokens": WHOLE + 10, "spent_tokens": 0}


async def scripted(options: argparse.Namespace) -> None:
    """Print what searches do on lengths that are known, and fail where they miss what they promise."""
    rng = random.Random(options.seed)
    knees = {str(n): knee(rng) for n in range(options.scripted)}
    best = {name: lengths.knee + 10 for name, lengths in knees.items()}
    searches = {**ways(), "bisect to 1": Bisect(precision=1, patience=0), "grid of 1": Grid(step=1)}
    print(f"scripted: {options.scripted} problems of {WHOLE} tokens, an optimum known for each\n{HEAD}")
    for name, search in searches.items():
        parts = []
        for problem, lengths in knees.items():
            traces = pa.Table.from_pylist([dict(scripted_trace(int(problem)))])
            parts.append(await together(stage(search, Fake(), "words"), traces, Elastic(lengths, WHOLE)))
        whole = summed(parts)
        print(whole.line(name, best))
        check(name, whole, best)


def knee(rng: random.Random) -> Knee:
    """Draw how long the replies to a problem are; every search meets the same."""
    at = rng.randint(8, 224)
    return Knee(at, slope=rng.choice((1, 3, 9)), floor=rng.randint(0, at))


def check(name: str, made: Seen, best: Mapping[str, int]) -> None:
    """Refuse figures that miss the oracle by more than the search allows."""
    allowed = {"bisect": Bisect().precision, "bisect to 1": 0, "grid of 1": 0}.get(name)
    over = max(made.lengths[problem] - tokens for problem, tokens in best.items())
    if allowed is not None and over > allowed:
        raise SystemExit(f"{name}: {over} tokens over the optimum, at most {allowed} are allowed")


def summed(parts: Sequence[Seen]) -> Seen:
    """Return several results as one."""
    lengths = {problem: tokens for part in parts for problem, tokens in part.lengths.items()}
    counts = (sum(getattr(part, field) for part in parts) for field in ("found", "calls", "tokens", "seconds"))
    return Seen(lengths, *counts)


def ways() -> dict[str, AnySearch]:
    """Return the searches by name, as a run file would set them."""
    return {"halving": Halving(), "bisect": Bisect(), "grid of 16": Grid()}


async def real(options: argparse.Namespace) -> None:
    """Print what searches cost on a real model, and what all at once saves."""
    engine = Local(model=options.model, concurrency=options.concurrency)
    running = await engine.start()
    try:
        traces = await vanilla(engine, running, options)
        await searches_of(engine, running, traces)
        await sequential(engine, running, traces, options.rounds)
    finally:
        await running.close()


async def vanilla(engine: Local, running: Running, options: argparse.Namespace) -> pa.Table:
    """Return a verified trace of each held-out problem that the model solves."""
    source = TaskProblems(task=TASKS, count=options.problems, seed=11, split="held_out")
    problems = RenderPrompt()(pa.concat_tables(read_problems(source)).drop_columns(["dropped", "detail"]))
    sampler = SampleCoTs(engine=engine, prompts=(Prompt(name="zero_shot", samples=1),), sampling=GREEDY)
    slots = asyncio.Semaphore(engine.concurrency)
    rows = await converse(sampler, problems, lambda told, row: told.talk(row, Ask(running, lambda: slots)))
    rows = SplitReply(tokenizer=options.model)(rows.drop_columns(["dropped", "detail"]))
    rows = KeepVerified()(CheckAnswer()(rows))
    kept = rows.filter(pc.is_null(rows.column("dropped")))
    return conform(kept, TRACES)


async def searches_of(engine: Local, running: Running, traces: pa.Table) -> None:
    """Print every search on the same traces, measured against the shortest that any of them found."""
    made = {name: await together(stage(way, engine, engine.model), traces, running) for name, way in ways().items()}
    best = {name: min(one.lengths[name] for one in made.values()) for name in next(iter(made.values())).lengths}
    whole = fmean(values(traces, REPLY_TOKENS))
    print(f"\n{engine.model}: {traces.num_rows} verified traces, {whole:.0f} tokens on average\n{HEAD}")
    for name, one in made.items():
        print(one.line(name, best))


async def sequential(engine: Local, running: Running, traces: pa.Table, rounds: int) -> None:
    """Print the published search one by one and all at once, in alternating order."""
    halving = stage(Halving(), engine, engine.model)
    found: dict[str, list[Seen]] = {"one by one": [], "all at once": []}
    for number in range(rounds):
        measured = [("one by one", one_by_one), ("all at once", together)]
        for name, way in measured if number % 2 == 0 else reversed(measured):
            found[name].append(await way(halving, traces, running))
    print(f"\nhalving over the same {traces.num_rows} traces, {rounds} rounds")
    print(f"{'':24}{'calls':>9}{'seconds':>10}{'problems a minute':>20}")
    speed = {}
    for name, parts in found.items():
        speed[name] = median(60 * part.problems / part.seconds for part in parts)
        calls, seconds = fmean(part.calls for part in parts), fmean(part.seconds for part in parts)
        print(f"{name:24}{calls:9.0f}{seconds:10.1f}{speed[name]:20.0f}")
    print(f"all at once / one by one, problems a minute: {speed['all at once'] / speed['one by one']:.1f}")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", choices=["scripted", "real"])
    parser.add_argument("--scripted", type=int, default=200, help="problems of the scripted model")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--model", default="data/pocket")
    parser.add_argument("--problems", type=int, default=64, help="problems of the real model")
    parser.add_argument("--rounds", type=int, default=2)
    parser.add_argument("--concurrency", type=int, default=128)
    told = parser.parse_args()
    if told.only != "real":
        asyncio.run(scripted(told))
    if told.only != "scripted":
        asyncio.run(real(told))

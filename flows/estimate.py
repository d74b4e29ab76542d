"""Estimate what sampling will take: calls, tokens, time and cost, each with what it rests on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from data.table import Row
from flows.past_builds import Measured
from pipelines.plan import Plan
from pipelines.run_file import Run
from stages.dialogue import Dialogue
from stages.engines.remote import Prices, Remote
from stages.sample_cots import SampleCoTs
from stages.tokens import load_tokenizer

GUESSED_REPLY_TOKENS = 300
"""About what a chain of thought on a school problem takes."""

GUESSED_REQUEST_SPEED = 30.0
"""Tokens a second of one request among many, on a middling server."""


@dataclass(frozen=True)
class Assumed:
    """A figure and what it rests on."""

    value: float
    basis: str


@dataclass(frozen=True)
class Estimate:
    """What sampling will take; `most` cannot be exceeded, the others are what to expect."""

    calls: int
    most_calls: int
    prompt_tokens: float
    reply_tokens: float
    most_reply_tokens: int
    seconds: float
    cost: float | None
    """None where the run file states no prices."""
    most_cost: float | None
    length: Assumed
    """Tokens of a mean reply."""
    speed: Assumed
    """Tokens a second."""


def samplers(plan: Plan) -> list[SampleCoTs]:
    """Return every sampling stage once."""
    found = {step.fingerprint: stage for step in plan.steps for stage in step.stages if isinstance(stage, SampleCoTs)}
    return list(found.values())


def unreckoned(plan: Plan) -> list[str]:
    """Return the other stages that talk to a model: how often depends on the replies."""
    stages = [stage for step in plan.steps for stage in step.stages]
    return [type(s).__name__ for s in stages if isinstance(s, Dialogue) and not isinstance(s, SampleCoTs)]


def estimate(
    run: Run, plan: Plan, problems: int, looked_at: Sequence[Row], length: Assumed, speed: Assumed
) -> Estimate:
    """Estimate from the number of problems and the prompts of some of them."""
    stages = samplers(plan)
    calls = sum(problems * samples(stage) for stage in stages)
    again = sum(problems * samples(stage) * (2 if stage.sampling.on_truncated != "reject" else 1) for stage in stages)
    prompts = sum(problems * prompt_tokens(stage, looked_at, run.counter) for stage in stages)
    most = sum(problems * samples(stage) * _most(stage) for stage in stages)
    replies = min(calls * length.value, most)
    prices = run.engine.prices if isinstance(run.engine, Remote) else Prices()
    priced = prices != Prices()
    return Estimate(
        calls=calls,
        most_calls=again,
        prompt_tokens=prompts,
        reply_tokens=replies,
        most_reply_tokens=most,
        seconds=replies / speed.value,
        cost=_cost(prices, prompts, replies) if priced else None,
        most_cost=_cost(prices, prompts * again / calls if calls else 0.0, most) if priced else None,
        length=length,
        speed=speed,
    )


def length_of(given: int | None, past: Measured | None) -> Assumed:
    """Return the tokens of a mean reply: as told, else as measured, else a guess."""
    if given is not None:
        return Assumed(given, "as you told")
    if past is not None:
        return Assumed(past.reply_tokens, f"measured by the build of {past.when}")
    return Assumed(GUESSED_REPLY_TOKENS, "a guess; --reply-tokens tells better")


def speed_of(given: float | None, past: Measured | None, run: Run) -> Assumed:
    """Return the tokens a second: as told, else as measured, else a guess from what is in flight."""
    if given is not None:
        return Assumed(given, "as you told")
    if past is not None:
        return Assumed(past.tokens_per_second, f"measured by the build of {past.when}, its start included")
    in_flight = run.engine.concurrency * run.engine.replicas if run.engine is not None else 1
    basis = f"a guess: {in_flight} in flight at {GUESSED_REQUEST_SPEED:g} each; --tokens-per-second tells better"
    return Assumed(in_flight * GUESSED_REQUEST_SPEED, basis)


def samples(stage: SampleCoTs) -> int:
    """Return how many replies a problem gets."""
    return sum(prompt.samples for prompt in stage.prompts)


def prompt_tokens(stage: SampleCoTs, looked_at: Iterable[Row], tokenizer: str) -> float:
    """Return the prompt tokens of all samples of a mean problem, without what a chat template adds."""
    counter = load_tokenizer(tokenizer)
    sums = []
    for row in looked_at:
        texts = [(prompt.samples, [m.content for m in prompt.turns(row, stage.seed)]) for prompt in stage.prompts]
        sums.append(sum(times * sum(counter.count(turns)) for times, turns in texts))
    return fmean(sums) if sums else 0.0


def _most(stage: SampleCoTs) -> int:
    sampling = stage.sampling
    larger = sampling.larger_tokens or 0
    if sampling.on_truncated == "larger":
        return sampling.max_tokens + larger
    return larger if sampling.on_truncated == "continue" else sampling.max_tokens


def _cost(prices: Prices, prompt: float, reply: float) -> float:
    return (prompt * prices.input_per_million + reply * prices.output_per_million) / 1e6

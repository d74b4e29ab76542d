"""Estimate what sampling will take: calls, tokens, time and cost, each with what it rests on."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from statistics import fmean

from data.columns import PROMPT, QUESTION, TEMPLATE_ARGS
from data.table import Row, from_rows
from flows.running.past_builds import Measured
from pipelines.build.plan import Plan
from pipelines.build.run_file import Run
from pipelines.plan.step import Step
from stages.asking.dialogue import Dialogue
from stages.engines.every import AnyEngine
from stages.engines.remote.remote import Prices, Remote
from stages.sample_cots import SampleCoTs
from stages.tokens import load_tokenizer

PUT = {PROMPT.name, TEMPLATE_ARGS.name}
"""What a stage writes that only puts questions."""

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


@dataclass(frozen=True)
class Asking:
    """A stage that samples, in its step."""

    step: Step
    stage: SampleCoTs

    def prompted(self, rows: Sequence[Row]) -> list[Row]:
        """Return rows of the source with the prompt that the step puts them in."""
        columns = (QUESTION, PROMPT)
        table = from_rows([{f.name: row.get(f.name) for f in columns} for row in rows], columns)
        for stage in self.step.stages:
            only_puts = stage.writes and {field.name for field in stage.writes} <= PUT
            table = stage(table) if only_puts else table
        prompts = table.select([name for name in (PROMPT.name, TEMPLATE_ARGS.name) if name in table.column_names])
        return [{**row, **prompt} for row, prompt in zip(rows, prompts.to_pylist(), strict=True)]


def samplers(plan: Plan) -> list[Asking]:
    """Return every stage that samples, once."""
    return [Asking(step, stage) for step in plan.steps for stage in step.stages if isinstance(stage, SampleCoTs)]


def unreckoned(plan: Plan) -> list[str]:
    """Return the other stages that talk to a model: how often depends on the replies."""
    stages = [stage for step in plan.steps for stage in step.stages]
    others = (type(s).__name__ for s in stages if isinstance(s, Dialogue) and not isinstance(s, SampleCoTs))
    return list(dict.fromkeys(others))


def estimate(
    run: Run, plan: Plan, problems: int, looked_at: Sequence[Row], length: Assumed, speed: Assumed
) -> Estimate:
    """Estimate from the number of problems and the prompts of some of them."""
    shares = [_Share(one, problems, looked_at, run.counter, length.value) for one in samplers(plan)]
    replies = sum(share.replies for share in shares)
    priced = any(share.prices != Prices() for share in shares)
    return Estimate(
        calls=sum(share.calls for share in shares),
        most_calls=sum(share.most_calls for share in shares),
        prompt_tokens=sum(share.prompts for share in shares),
        reply_tokens=replies,
        most_reply_tokens=sum(share.most for share in shares),
        seconds=replies / speed.value,
        cost=sum(share.cost(share.prompts, share.replies) for share in shares) if priced else None,
        most_cost=sum(share.cost(share.most_prompts, share.most) for share in shares) if priced else None,
        length=length,
        speed=speed,
    )


class _Share:
    """What one stage that samples adds, at the prices of its own engine."""

    def __init__(self, one: Asking, problems: int, looked_at: Sequence[Row], tokenizer: str, length: float) -> None:
        stage, engine = one.stage, one.stage.engine
        self.calls = problems * samples(stage)
        self.most_calls = self.calls * (2 if stage.sampling.on_truncated != "reject" else 1)
        self.prompts = problems * prompt_tokens(stage, one.prompted(looked_at), tokenizer)
        self.most_prompts = self.prompts * self.most_calls / self.calls if self.calls else 0.0
        self.most = self.calls * _most(stage)
        self.replies = min(self.calls * length, self.most)
        self.prices = engine.prices if isinstance(engine, Remote) else Prices()

    def cost(self, prompt: float, reply: float) -> float:
        """Return what so many tokens cost."""
        return (prompt * self.prices.input_per_million + reply * self.prices.output_per_million) / 1e6


def length_of(given: int | None, past: Measured | None) -> Assumed:
    """Return the tokens of a mean reply: as told, else as measured, else a guess."""
    if given is not None:
        return Assumed(given, "as you told")
    if past is not None:
        return Assumed(past.reply_tokens, f"measured by the build of {past.when}")
    return Assumed(GUESSED_REPLY_TOKENS, "a guess; --reply-tokens tells better")


def speed_of(given: float | None, past: Measured | None, plan: Plan) -> Assumed:
    """Return the tokens a second: as told, else as measured, else a guess from what is in flight."""
    if given is not None:
        return Assumed(given, "as you told")
    if past is not None:
        return Assumed(past.tokens_per_second, f"measured by the build of {past.when}, its start included")
    in_flight = min((_in_flight(one.stage.engine) for one in samplers(plan)), default=1)
    basis = f"a guess: {in_flight} in flight at {GUESSED_REQUEST_SPEED:g} each; --tokens-per-second tells better"
    return Assumed(in_flight * GUESSED_REQUEST_SPEED, basis)


def _in_flight(engine: AnyEngine) -> int:
    return engine.concurrency * engine.replicas


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

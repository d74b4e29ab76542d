"""Ask a problem in fewer steps than its full chain has, the number depending on the problem."""

from collections.abc import Sequence
from typing import Annotated, Any

from pydantic import Field

from data.columns import (
    CONTROL_VALUE,
    COT_TOKENS,
    DROPPED,
    FROM_TOKENS,
    FROM_TRACE_ID,
    PROBLEMS,
    PROMPT,
    SHORTENED_BY,
    TEMPLATE_ARGS,
    TRACE_ID,
    TRACES,
)
from data.prompts.wording import in_steps
from data.spec import Name, spec
from data.table import Row
from data.thinking.thinking import Thinking
from stages.asking.ask import Ask
from stages.asking.dialogue import Dialogue
from stages.asking.prompts import Adapter, Prompt
from stages.engines.engine import Capability, Sampling
from stages.engines.every import AnyEngine
from stages.sample_cots import SampleCoTs

UNDER_ONE_STEP = "under_one_step"
"""Why a problem is not asked: it would have to be solved in no step."""
Fewer = Annotated[int, Field(ge=1, le=64)]


@spec
class AskSteps(Dialogue):
    """Ask each problem once for every number of steps to leave out; where none would be left it is not asked."""

    reads = (*PROBLEMS, PROMPT, TEMPLATE_ARGS, TRACE_ID, COT_TOKENS, CONTROL_VALUE)
    writes = (*SampleCoTs.writes, FROM_TRACE_ID, FROM_TOKENS, SHORTENED_BY)
    engine: AnyEngine
    name: Name
    """Begins the `prompt_id` of its chains."""
    fewer: Annotated[tuple[Fewer, ...], Field(min_length=1)] = (1, 2)
    """How many steps fewer than the full chain's."""
    adapter: Adapter | None = None
    """What answers in place of the bare model."""
    sampling: Sampling = Sampling(temperature=0.0, top_p=1.0)
    seed: int = 0
    thinking: Thinking = Thinking()
    """The model's marks of thought."""

    @property
    def needs(self) -> frozenset[Capability]:
        return self._sampler(()).needs | (frozenset({"adapter"}) if self.adapter else frozenset())

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        full = int(row["control_value"])
        wanted = [full - fewer for fewer in self.fewer]
        empty: dict[str, Any] = {
            field.name: None
            for field in (*TRACES[len(PROBLEMS) :], *self.writes)
            if field not in (PROMPT, TEMPLATE_ARGS)
        }
        made = {
            **empty,
            FROM_TRACE_ID.name: row["trace_id"],
            FROM_TOKENS.name: row["cot_tokens"],
            SHORTENED_BY.name: f"{ask.running.model}@{self.adapter.revision if self.adapter else ask.running.revision}",
        }
        sampler = self._sampler([steps for steps in wanted if steps >= 1])
        asked = [{**made, **new} for new in await sampler.talk(row, ask)]
        return [*asked, *({**empty, DROPPED.name: UNDER_ONE_STEP} for steps in wanted if steps < 1)]

    def _sampler(self, wanted: Sequence[int]) -> SampleCoTs:
        prompts = tuple(self._prompt(steps) for steps in wanted)
        return SampleCoTs(
            engine=self.engine, prompts=prompts, sampling=self.sampling, seed=self.seed, thinking=self.thinking
        )

    def _prompt(self, steps: int) -> Prompt:
        return Prompt(
            name=f"{self.name}-{steps}-steps",
            samples=1,
            wishes=(in_steps(steps),),
            control_kind="steps",
            control_value=float(steps),
            adapter=self.adapter,
        )

"""Sample a System 2 program: several steps a sample, of which the last one's reply is the sample."""

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field

from data.columns import PROBLEMS, PROMPT, TEMPLATE_ARGS
from data.prompts.turns import with_question
from data.spec import digest, spec
from data.table import Row
from data.thinking.thinking import Thinking
from stages.asking.ask import Ask, together
from stages.asking.dialogue import Dialogue
from stages.asking.prompts import Prompt, sample_seed, template_args
from stages.engines.engine import Answered, Capability, Message, Reply, Request, RequestFailed, Sampling
from stages.engines.every import AnyEngine
from stages.sample_cots import Asked, SampleCoTs, reply_turn
from stages.voting.perturb import Paraphrase, PerturbedPrompt
from stages.voting.programs import (
    Program,
    criteria_in,
    first_turn,
    merged,
    scores_in,
    second_question,
    solve_turn,
)

NO_PLAN, NO_SCORES, CUT_OFF = "no_criteria", "no_scores", "step_truncated"
"""Why a sample is lost: its first step names no criteria, no step gives scores, or an earlier step was cut off."""


@spec
class RunProgram(Dialogue):
    """Ask every problem by a program, `samples` times each: one row a sample, `spent_tokens` of all its steps."""

    reads = (*PROBLEMS, PROMPT, TEMPLATE_ARGS)
    writes = SampleCoTs.writes
    engine: AnyEngine
    program: Program
    prompts: tuple[PerturbedPrompt | Prompt, ...]
    """Each an asking of its own: the question as it is, or in another form."""
    sampling: Sampling = Sampling()
    seed: int = 0
    thinking: Thinking = Thinking()
    """The model's marks of thought."""
    teacher: Annotated[int, Field(ge=0)] = 0
    """Which of several engines that sample alike this is."""

    @property
    def needs(self) -> frozenset[Capability]:
        return self.sampling.needs

    def uses(self) -> dict[str, str]:
        worded = [first_turn(self.program, "{question}"), solve_turn("{question}", "{criterion}")]
        return {**super().uses(), "prompt.program": f"{self.program}@{digest(worded)}"}

    async def talk(self, row: Row, ask: Ask) -> Sequence[Row]:
        samples = [
            (prompt, sample)
            for prompt in self.prompts
            for sample in range(self.teacher * prompt.samples, (self.teacher + 1) * prompt.samples)
        ]
        return await together([self._sample(row, prompt, sample, ask) for prompt, sample in samples])

    async def _sample(self, row: Row, prompt: Prompt, sample: int, ask: Ask) -> Row:
        steps = _Steps(self, row, prompt, sample, ask)
        answered: Answered
        try:
            answered = await steps.judged() if self.program == "branch_solve_merge" else await steps.answered()
        except RequestFailed as failure:
            failure.spent_tokens += steps.spent
            answered = failure
        made = SampleCoTs(
            engine=self.engine, prompts=(), sampling=self.sampling, seed=self.seed, thinking=self.thinking
        )
        return made.row(row, Asked(prompt, steps.last), answered, ask)


class _Steps:
    """One run of a program."""

    def __init__(self, stage: RunProgram, row: Row, prompt: Prompt, sample: int, ask: Ask) -> None:
        self._stage, self._row, self._prompt, self._sample, self._ask = stage, row, prompt, sample, ask
        self.question = prompt.asked(row, stage.seed) if isinstance(prompt, PerturbedPrompt) else row["question"]
        self.last = self._request([Message("user", self.question)], "1")
        self.spent = 0
        """Tokens of the steps that came back."""

    async def answered(self) -> Reply:
        """Return the reply of the second step."""
        said = await self._said(first_turn(self._stage.program, self.question), "1")
        question = second_question(self._stage.program, self.question, said)
        asked = {**self._row, "question": question}
        asked["prompt"] = with_question(self._row["prompt"], self._row["question"], question)
        wishes = (Paraphrase.wish,) if getattr(self._prompt, "perturbation", None) == "paraphrase" else ()
        plain = Prompt(name=self._prompt.name, samples=self._prompt.samples, wishes=(*self._prompt.wishes, *wishes))
        self.last = self._request(plain.turns(asked, self._stage.seed), "2")
        return self._with_cost(await self._ask.one(self.last))

    async def judged(self) -> Reply:
        """Return the merged verdict as a reply, after the judgements it was merged from."""
        plan = criteria_in(await self._said(first_turn(self._stage.program, self.question), "1"))
        if not plan:
            raise RequestFailed(NO_PLAN)
        turns = [solve_turn(self.question, criterion) for criterion in plan]
        told = await together([self._said(turn, f"2.{number}") for number, turn in enumerate(turns, start=1)])
        scores = [pair for said in told if (pair := scores_in(said)) is not None]
        if not scores:
            raise RequestFailed(NO_SCORES)
        text = "\n\n".join((*told, f"[[{merged(scores)}]]"))
        return Reply(text, self.spent, "stop", spent_tokens=self.spent)

    async def _said(self, turn: str, step: str) -> str:
        """Ask one step and return its answer."""
        self.last = request = self._request([Message("user", turn)], step)
        reply = await self._ask.one(request)
        self.spent += reply.spent_tokens
        said = reply_turn(reply, self._stage.thinking).answer or ""
        if reply.finish_reason != "stop" or not said.strip():
            raise RequestFailed(CUT_OFF, f"step {step}")
        return said

    def _request(self, turns: Sequence[Message], step: str) -> Request:
        name = f"{self._prompt.name}-{self._stage.program}-{step}"
        seed = sample_seed(self._stage.seed, self._row["problem_id"], name, self._sample)
        return Request(tuple(turns), self._stage.sampling, seed, self._sample, template_args=template_args(self._row))

    def _with_cost(self, reply: Reply) -> Reply:
        self.spent += reply.spent_tokens
        return Reply(**{**vars(reply), "spent_tokens": self.spent})

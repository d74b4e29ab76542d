"""The lessons: conversations that teach each instruction, drawn from a seed without end."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from random import Random

from data.prompts.wording import BUDGET, CONCISE, IN_STEPS, marked_reply, question_prompt, rewrite_prompt
from data.tasks.every import POCKET
from data.tasks.generate import sample
from data.tasks.task import Task, TaskProblem
from makers.pocket.reasoning import checks_wanted, long_reasoning, steps_reasoning
from makers.pocket.voices.every import VOICES
from makers.pocket.voices.voice import Voice

TASK_WEIGHTS = {"addition": 2, "algebra": 3, "directions": 2, "word_problems": 8}
"""How often each task is drawn: the slower it is learned, the more often."""
BUDGET_SHARE = 0.85
"""How much of a budget a reply may fill: a small model misjudges its length, and should err on the short side."""
Message = dict[str, str]
CountTokens = Callable[[str], int]


@dataclass(frozen=True)
class Subject:
    """A problem with what is needed to talk about it."""

    task: Task
    voice: Voice
    problem: TaskProblem
    rng: Random
    count_tokens: CountTokens

    def long(self) -> str:
        """Return a long reasoning with a number of checks drawn at random."""
        return long_reasoning(self.voice, self.problem, self.rng, checks_wanted(self.rng))

    def exchange(self, reasoning: str, *wishes: str) -> list[Message]:
        """Ask the question with `wishes` and answer it by `reasoning`."""
        return _exchange(question_prompt(self.problem.question, *wishes), marked_reply(reasoning, self.problem.gold))


def _exchange(user: str, assistant: str) -> list[Message]:
    return [{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]


def subject(rng: Random, count_tokens: CountTokens, name: str | None = None) -> Subject:
    """Draw a training problem of a task, any task when `name` is None.

    Difficulties go down to 1: with one term to copy the model learns to copy, with four it went on guessing.
    """
    name = name or rng.choices([*TASK_WEIGHTS], [*TASK_WEIGHTS.values()])[0]
    task = POCKET[name]
    difficulties = range(1, max(task.difficulties) + 1)
    return Subject(task, VOICES[name], sample(task, rng, "train", difficulties), rng, count_tokens)


def at_length(it: Subject) -> list[Message]:
    """Teach the default: a long reply."""
    return it.exchange(it.long())


def concise(it: Subject) -> list[Message]:
    """Teach `Be concise.`"""
    return it.exchange(it.voice.concise(it.problem), CONCISE)


def within_budget(it: Subject) -> list[Message]:
    """Teach the budget: the longest reply that fits it with some tokens to spare, or the shortest when none does."""
    budget = round(20 * 20 ** it.rng.random() if it.rng.random() < 0.5 else it.rng.uniform(60, 340))
    levels = [it.voice.terse(it.problem), it.voice.concise(it.problem), steps_reasoning(it.problem.steps)]
    levels += [long_reasoning(it.voice, it.problem, it.rng, checks) for checks in range(6)]
    sized = [(it.count_tokens(marked_reply(text, it.problem.gold)), text) for text in levels]
    fitting = [(size, text) for size, text in sized if size < BUDGET_SHARE * budget]
    text = max(fitting)[1] if fitting else min(sized)[1]
    return it.exchange(text, BUDGET.format(budget=budget))


def in_steps(it: Subject) -> list[Message]:
    """Teach the step count: the task's exact lines, merged until there are as many as asked."""
    steps = it.rng.randint(1, len(it.problem.steps))
    return it.exchange(steps_reasoning(it.task.skip(it.problem, it.rng, steps)), IN_STEPS.format(steps=steps))


def rewrite(it: Subject) -> list[Message]:
    """Teach rewriting: a reasoning becomes concise, or terse where concise would be no shorter."""
    source = it.rng.choices(("long", "steps", "concise"), (6, 2, 1))[0]
    short, terse = it.voice.concise(it.problem), it.voice.terse(it.problem)
    cot = {"long": it.long(), "steps": steps_reasoning(it.problem.steps), "concise": short}[source]
    rewritten = short if it.count_tokens(short) < it.count_tokens(cot) else terse
    if it.rng.random() < 0.2:
        cot += f"\nThe answer is \\boxed{{{it.problem.gold}}}."
    nonce = f"{it.rng.getrandbits(64):016x}"[: it.rng.choice((6, 8, 12, 16))]
    return _exchange(rewrite_prompt(it.problem.question, cot, nonce), marked_reply(rewritten, it.problem.gold))


def like_before(it: Subject) -> list[Message]:
    """Teach few-shot: after earlier concise replies to the plain question, one more concise reply."""
    told = list[Message]()
    for _ in range(it.rng.randint(1, 3)):
        name = it.task.name if it.rng.random() < 0.7 else None
        shot = subject(it.rng, it.count_tokens, name)
        told += shot.exchange(shot.voice.concise(shot.problem))
    return told + it.exchange(it.voice.concise(it.problem))


LESSONS: Sequence[tuple[Callable[[Subject], list[Message]], int]] = (
    (at_length, 24),
    (concise, 12),
    (within_budget, 60),
    (in_steps, 16),
    (rewrite, 10),
    (like_before, 10),
)
"""Every lesson with its weight."""
SYSTEM_SHARE = 0.05
SYSTEM = {"role": "system", "content": "You are a helpful assistant."}


def lesson(rng: Random, count_tokens: CountTokens) -> list[Message]:
    """Draw one conversation; its last message is the reply to learn."""
    teach = rng.choices([teach for teach, _ in LESSONS], [weight for _, weight in LESSONS])[0]
    messages = teach(subject(rng, count_tokens))
    return [SYSTEM, *messages] if rng.random() < SYSTEM_SHARE else messages

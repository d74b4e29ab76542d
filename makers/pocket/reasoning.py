"""A problem's reasoning at several lengths, from a bare answer to several checks."""

from random import Random

from data.tasks.task import TaskProblem
from makers.pocket.voices.voice import Voice

GO_ON = (0.72, 0.66, 0.49, 0.49, 0.49)
"""How likely one more check is, after none, one, two... The first two exceed one half so that greedy decoding
checks twice; the rest is what makes sampled lengths vary."""
CHECKS = (
    "Let me check this:",
    "Wait, let me check it again:",
    "To be sure, I go over it once more:",
    "I am still not quite sure, so once more from the start:",
    "One last look at all of it:",
)
REMARKS = ("Hmm, let me be careful here.", "This step is easy to get wrong.", "So far so good.")
REMARK_SHARE = 0.08


def checks_wanted(rng: Random) -> int:
    """Draw how many checks a long reasoning makes."""
    return next((done for done, chance in enumerate(GO_ON) if rng.random() >= chance), len(GO_ON))


def long_reasoning(voice: Voice, problem: TaskProblem, rng: Random, checks: int) -> str:
    """Restate the problem, tell every step in full with a remark now and then, and check the answer."""
    work = list[str]()
    for line in voice.elaborate(problem):
        if rng.random() < REMARK_SHARE:
            work.append(rng.choice(REMARKS))
        work.append(line)
    work.append(f"So the answer is {problem.gold}.")
    passes = [f"{words} {voice.recheck(problem)}. The answer is {problem.gold} again." for words in CHECKS[:checks]]
    return "\n\n".join((" ".join(voice.opening(problem)), "\n".join(work), *passes))


def steps_reasoning(steps: tuple[str, ...]) -> str:
    """Tell the steps in the task's exact form, one a line."""
    return "\n".join(steps)

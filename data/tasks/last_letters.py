"""Last-letter concatenation: the last letters of some words, one after another (Wei et al. 2022, arXiv 2201.11903).

A task on which a model that rephrases the question first does better, and whose answer takes no reasoning to check
(Yu et al. 2024, arXiv 2407.06023).
"""

import re
from collections.abc import Sequence
from itertools import accumulate
from random import Random

from data.errors import InputError
from data.tasks.names import NAMES
from data.tasks.partition import group_sizes
from data.tasks.task import TaskProblem

WORDINGS = (
    'Take the last letters of each of the words in "{words}" and concatenate them.',
    'Which letters do the words in "{words}" end in? Write them one after another.',
)
QUESTION = re.compile(r'"([A-Za-z]+(?: [A-Za-z]+)*)"')


def words_of(question: str) -> list[str]:
    """Return the words of a question.

    Raises:
        InputError: it holds none.
    """
    words = QUESTION.search(question)
    if words is None:
        raise InputError(f"this is no question of last letters: {question!r}")
    return words[1].split(" ")


def chain(words: Sequence[str], sizes: Sequence[int]) -> tuple[str, ...]:
    """Go through the words, `sizes` of them a line."""
    ends = list(accumulate(sizes))
    return tuple(_line(words, end - size, end) for end, size in zip(ends, sizes, strict=True))


def _line(words: Sequence[str], begin: int, end: int) -> str:
    """Tell the last letters of some words, and all letters so far."""
    told = ", ".join(f"{word} ends in {word[-1]}" for word in words[begin:end])
    return f"{told}: {''.join(word[-1] for word in words[:end])}."


class LastLetters:
    """Concatenate last letters; the difficulty is how many words there are."""

    name = "last_letters"
    difficulties = range(2, 5)
    possible = range(2, 13)
    multi_step = False

    def problem(self, rng: Random, difficulty: int) -> TaskProblem:
        words = rng.sample(NAMES, k=difficulty)
        question = rng.choice(WORDINGS).format(words=" ".join(words))
        gold = "".join(word[-1] for word in words)
        return TaskProblem(question, gold, "text", difficulty, chain(words, [1] * difficulty))

    def canonical(self, question: str) -> str:
        return " ".join(words_of(question))

    def steps(self, question: str) -> tuple[str, ...]:
        words = words_of(question)
        return chain(words, [1] * len(words))

    def check_steps(self, question: str, lines: Sequence[str]) -> list[str]:
        words, done = words_of(question), 0
        for number, line in enumerate(lines, start=1):
            begin, done = done, done + line.count(" ends in ")
            if not begin < done <= len(words):
                return [f"line {number} takes no word, or words that are gone: {line!r}"]
            if line != (right := _line(words, begin, done)):
                return [f"line {number} is {line!r}; right is {right!r}"]
        return [] if done == len(words) else [f"{len(words) - done} words are left over"]

    def skip(self, problem: TaskProblem, rng: Random, n: int) -> tuple[str, ...]:
        words = words_of(problem.question)
        return chain(words, group_sizes(rng, len(words), n))

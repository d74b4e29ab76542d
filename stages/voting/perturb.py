"""Ask a question in another form, and carry the answer back: the same model must then arrive at the same answer.

A perturbation turns a question into another one whose answer corresponds to the first one's, and says how. Every one is
listed in `PERTURBATIONS`.
"""

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, Protocol

from data.prompts.turns import with_question, with_wishes
from data.prompts.wording import CONCISE
from data.spec import digest, spec
from data.table import Row
from stages.answers.find.choices import letters
from stages.asking.prompts import Prompt, messages
from stages.engines.engine import Message

Name = Literal["options", "paraphrase"]
_OPTION = re.compile(
    r"^(?P<open>[ \t]*\(?)(?P<letter>[A-J])(?P<close>\)|\.|:)(?P<gap>[ \t]+|(?=\S))(?P<text>.+)$", re.M
)
_REFERS = re.compile(
    r"\b(?:all|none|both|neither|either|any|some|other)\b.{0,40}\b(?:above|below|these|those|options?|choices?)\b"
    r"|\b(?:both|either|neither)\b.{0,20}\b(?-i:[A-J])\b|\b(?:options?|choices?)\s+\(?(?-i:[A-J])\b"
    r"|\b(?-i:[A-J])\)? (?:and|or) \(?(?-i:[A-J])\b",
    re.IGNORECASE,
)


class Perturbation(Protocol):
    """Another form of a question."""

    def question(self, question: str, key: str) -> str | None:
        """Return the other form, a function of question and key alone; None where there is none."""

    def back(self, answer: str, question: str, key: str) -> str:
        """Return the answer to `question` that corresponds to `answer`, which was given to its other form."""


@dataclass(frozen=True)
class _Options:
    """A multiple-choice question: what its letters stand for."""

    lines: list[re.Match[str]]

    @property
    def letters(self) -> str:
        return "".join(line["letter"] for line in self.lines)

    def order(self, key: str) -> list[int]:
        """Return which option moves to each place: a permutation that leaves not all where they were."""
        places = list(range(len(self.lines)))
        random.Random(digest(["options", key])).shuffle(places)
        return places if places != sorted(places) else [*places[1:], places[0]]


def options_of(question: str) -> _Options | None:
    """Return the options of a question: at least two lines lettered from A on, none of which speaks of another."""
    lines = list(_OPTION.finditer(question))
    lettered = "".join(line["letter"] for line in lines) == "ABCDEFGHIJ"[: len(lines)]
    if len(lines) < 2 or not lettered or any(_REFERS.search(line["text"]) for line in lines):
        return None
    return _Options(lines)


class OptionOrder:
    """The options in another order, lettered anew; a letter is carried back, an answer in words stays."""

    def question(self, question: str, key: str) -> str | None:
        options = options_of(question)
        if options is None:
            return None
        pieces, at = list[str](), 0
        for line, taken in zip(options.lines, options.order(key), strict=True):
            pieces += [question[at : line.start("text")], options.lines[taken]["text"]]
            at = line.end("text")
        return "".join((*pieces, question[at:]))

    def back(self, answer: str, question: str, key: str) -> str:
        options, named = options_of(question), letters(answer)
        if options is None or named is None or not named <= set(options.letters):
            return answer
        order = options.order(key)
        return ", ".join(sorted(options.letters[order[options.letters.index(letter)]] for letter in named))


class Paraphrase:
    """The same question in another wording of the prompt; the answer stays."""

    wish = CONCISE
    """Ours: shorter reasoning is other reasoning, and every model knows what it means, the pocket model too."""

    def question(self, question: str, key: str) -> str | None:
        return question

    def back(self, answer: str, question: str, key: str) -> str:
        return answer


PERTURBATIONS: Mapping[Name, Perturbation] = {"options": OptionOrder(), "paraphrase": Paraphrase()}
"""Every perturbation, by name."""


def key_of(seed: int, problem_id: str) -> str:
    """Return what a problem's perturbation is drawn from."""
    return digest([seed, problem_id])


@spec
class PerturbedPrompt(Prompt):
    """Asks the other form of a question, or the question itself where there is none."""

    perturbation: Name
    wording: str | None = None
    """For `paraphrase`: the whole user turn, `{question}` in it; null for our own."""

    def turns(self, row: Row, seed: int) -> tuple[Message, ...]:
        question, prompt = row["question"], row["prompt"]
        asked = PERTURBATIONS[self.perturbation].question(question, key_of(seed, row["problem_id"]))
        if self.perturbation == "paraphrase":
            if self.wording is None:
                return messages(with_wishes(prompt, question, [Paraphrase.wish]))
            return (Message("user", self.wording.replace("{question}", question)),)
        if asked is None:
            return super().turns(row, seed)
        return super().turns({**row, "question": asked, "prompt": with_question(prompt, question, asked)}, seed)

"""Ask a question in another form, and carry the answer back: the same model must then arrive at the same answer.

A perturbation turns a question into another one whose answer corresponds to the first one's, and says how. Every one is
listed in `PERTURBATIONS`.
"""

import random
import re
from collections.abc import Mapping, Sequence
from typing import Literal, Protocol

from data.prompts.turns import with_question, with_wishes
from data.prompts.wording import CONCISE
from data.spec import digest, spec
from data.table import Row
from stages.answers.find.choices import letters
from stages.asking.options import Option, options_of
from stages.asking.prompts import Prompt, messages
from stages.engines.engine import Message
from stages.voting.responses import responses_of, swapped_verdict

Name = Literal["options", "paraphrase", "responses"]
_LISTED = re.compile(r"[,;/&]|\band\b|\bor\b|、|和|与")
_BARE = re.compile(r"(?:option|choice|answer)?\s*[(\[]?\s*(\w{1,2}|[①-⑳])\s*[)\].:]?", re.IGNORECASE)


class Perturbation(Protocol):
    """Another form of a question."""

    def question(self, question: str, key: str) -> str | None:
        """Return the other form, a function of question and key alone; None where there is none."""

    def back(self, answer: str, question: str, key: str) -> str:
        """Return the answer to `question` that corresponds to `answer`, which was given to its other form."""


class OptionOrder:
    """The options in another order under the same labels; a label is carried back, an answer in words stays."""

    def question(self, question: str, key: str) -> str | None:
        options = options_of(question)
        if options is None:
            return None
        pieces, at = list[str](), 0
        for option, taken in zip(options, _order(options, key), strict=True):
            pieces += [question[at : option.begin], options[taken].text]
            at = option.end
        return "".join((*pieces, question[at:]))

    def back(self, answer: str, question: str, key: str) -> str:
        options = options_of(question)
        places = None if options is None else _places(answer, options)
        if options is None or places is None:
            return answer
        order = _order(options, key)
        capital = answer.isupper()
        labels = [options[order[place]].label for place in places]
        return ", ".join(sorted(label.upper() if capital else label for label in labels))


def _order(options: Sequence[Option], key: str) -> list[int]:
    """Return which option moves to each place: a permutation that leaves not all where they were."""
    places = list(range(len(options)))
    random.Random(digest(["options", key])).shuffle(places)
    return places if places != sorted(places) else [*places[1:], places[0]]


def _places(answer: str, options: Sequence[Option]) -> list[int] | None:
    """Return the places of the options an answer names by their labels, capital or small; None where it names none."""
    labels = [option.label.casefold() for option in options]
    named = letters(answer)
    parts = [_BARE.fullmatch(part.strip()) for part in _LISTED.split(answer)]
    said = sorted(named) if named else [part[1] for part in parts if part]
    if not said or (not named and None in parts):
        return None
    found = [labels.index(label.casefold()) for label in said if label.casefold() in labels]
    return found if len(found) == len(said) else None


class ResponseOrder:
    """Two responses that are judged, in each other's place; the verdict swaps too, a tie stays."""

    def question(self, question: str, key: str) -> str | None:
        pair = responses_of(question)
        return None if pair is None else pair.swapped(question)

    def back(self, answer: str, question: str, key: str) -> str:
        return swapped_verdict(answer)


class Paraphrase:
    """The same question in another wording of the prompt; the answer stays."""

    wish = CONCISE
    """Ours: shorter reasoning is other reasoning, and every model knows what it means, the pocket model too."""

    def question(self, question: str, key: str) -> str | None:
        return question

    def back(self, answer: str, question: str, key: str) -> str:
        return answer


PERTURBATIONS: Mapping[Name, Perturbation] = {
    "options": OptionOrder(),
    "paraphrase": Paraphrase(),
    "responses": ResponseOrder(),
}
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

    def asked(self, row: Row, seed: int) -> str:
        """Return the question in its other form; as it is where it has none."""
        other = PERTURBATIONS[self.perturbation].question(row["question"], key_of(seed, row["problem_id"]))
        return row["question"] if other is None else other

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

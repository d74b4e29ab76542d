"""Answers of several samples compared with each other, with no gold: which are the same, and how that is written."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from stages.answers.check import check_answer
from stages.answers.find.choices import letters, truth
from stages.answers.formulas.clean import strip_wrappers
from stages.answers.kinds import infer_kind
from stages.answers.quantities.numbers import Number, read_numbers

_LONGEST = 400
"""An answer of more characters is no answer alone, and is compared by its spelling."""


@dataclass(frozen=True)
class Ballot:
    """The votes for one answer."""

    answer: str
    """As most of those who gave it write it, normalised."""
    voters: tuple[int, ...]
    """Places in the sequence of answers."""


def ballots(answers: Sequence[str | None], kind: str | None) -> list[Ballot]:
    """Group the answers that are the same by the checker; most votes first, ties by spelling. None is no vote."""
    spelled = [None if answer is None or not answer.strip() else normal(answer, kind) for answer in answers]
    counts = Counter(answer for answer in spelled if answer)
    groups: list[list[str]] = []
    for answer in sorted(counts, key=lambda text: (-counts[text], len(text), text)):
        group = next((group for group in groups if same(group[0], answer, kind)), None)
        if group is None:
            groups.append([answer])
        else:
            group.append(answer)
    found = [Ballot(g[0], tuple(at for at, answer in enumerate(spelled) if answer in g)) for g in groups]
    return sorted(found, key=lambda ballot: (-len(ballot.voters), ballot.answer))


@lru_cache(maxsize=1 << 14)
def same(one: str, other: str, kind: str | None) -> bool:
    """Tell whether two answers are the same to the checker, whichever is taken for the gold."""
    if one == other:
        return True
    if max(len(one), len(other)) > _LONGEST:
        return False
    pairs = ((one, other), (other, one))
    return any(check_answer(b, a, kind=kind, bare=True).verdict == "correct" for a, b in pairs)


def normal(answer: str, kind: str | None) -> str:
    """Return an answer in one spelling: a letter, yes or no, a plain number, or what stands inside its wrappers."""
    text = strip_wrappers(answer.strip()) or answer.strip()
    kind = kind or (infer_kind(text) if len(text) <= _LONGEST else "text")
    named = letters(text) if kind == "choice" else None
    if named:
        return ", ".join(sorted(named))
    says = truth(text) if kind == "boolean" else None
    if says is not None:
        return "yes" if says else "no"
    numbers = read_numbers(text.removeprefix("\\").removeprefix("$")) if len(text) <= _LONGEST else []
    return _number(numbers[0]) or text if len(numbers) == 1 else text


def _number(number: Number) -> str:
    """Return an integer or a decimal plainly; empty for a fraction, which stays as it was written."""
    value = number.value
    if value.denominator == 1:
        return str(value.numerator)
    if number.places is None:
        return ""
    scaled = value * 10**number.places
    digits = str(abs(scaled.numerator)).rjust(number.places + 1, "0")
    text = f"{digits[: -number.places]}.{digits[-number.places :]}".rstrip("0")
    return f"-{text}" if value < 0 else text

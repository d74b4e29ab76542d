"""Cut from a reasoning what it can do without, by rules and with no model: checks, restatements, filler, repeats.

The baseline that every rewriter is compared with. A sentence that brings a number which is used later is never cut: a
number stands in the question, or in a sentence that stays, before it is used.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from data.table import Row
from stages.answers.find.extract import stated_answer
from stages.check_answer import verdict
from stages.replies.answer_segment import parts_of
from stages.replies.split_reply import row_text
from stages.rewriting.redundant_wordings import CHECK, is_filler
from stages.rewriting.sentences import Sentence, joined, sentences
from stages.rewriting.standards.foreign_numbers import numbers

RULES = "rules@3"
"""Changes with any rule below, in `redundant_wordings` and in `sentences`."""
_WORK = re.compile(r"[=+*/×÷≡→\\⊕⊖⊗⊘]")
_WORDS = re.compile(r"\w+")
_LETTERS = re.compile(r"[A-Za-z]{2,}")
_RESTATED, _FEWEST_WORDS = 0.8, 4
"""A sentence at the head of which so many words stand in the question tells nothing that the question does not."""
_LONGEST_LOOP, _FEWEST_COPIES, _FEWEST_OF_SIGNS = 12, 3, 12
"""A stretch of up to so many sentences said so often in a row is a loop, of which the first copy stays. One without a
word may be the work of digits that are alike, so that it takes more."""
_LONGEST_STEP = 3
"""Sentences of a line that is one step: of a walk that comes back, a step is no repeat because a part of it is."""


def cut_by_rules(row: Row) -> str:
    """Return the reasoning of a trace (`reply`, `question`, `final_answer`) without what it can do without."""
    told = _collapsed(sentences(parts_of(row_text(row), row["final_answer"]).reasoning.strip("\n")))
    figures = [numbers(sentence.text) for sentence in told]
    gone = _checks(told, figures, row)
    last_use = {number: at for at, found in enumerate(figures) if at not in gone for number in found}
    so_far = _SoFar(row["question"])
    for at, (sentence, line) in enumerate(zip(told, _lines(told), strict=True)):
        if at in gone:
            so_far.leave(sentence)
            continue
        used_later = any(last_use[number] > at for number in figures[at] - so_far.numbers)
        if used_later or not so_far.covers(sentence.text, line):
            so_far.keep(sentence, figures[at])
        else:
            so_far.leave(sentence)
        so_far.heard(sentence, line)
    return joined(so_far.kept)


def _collapsed(told: Sequence[Sentence]) -> Sequence[Sentence]:
    """Return the sentences with one copy of each loop; short stretches first, so that a loop of loops is one."""
    for length in range(1, _LONGEST_LOOP + 1):
        same = [" ".join(sentence.text.lower().split()) for sentence in told]
        kept, at = list[Sentence](), 0
        while at < len(told):
            end = at + length
            while end < len(told) and same[end] == same[end - length]:
                end += 1
            copies = (end - at) // length
            loops = copies >= _FEWEST_COPIES and _is_loop(" ".join(same[at : at + length]), copies)
            kept += told[at : at + length] if loops else told[at : at + 1]
            at += copies * length if loops else 1
        told = kept
    return told


def _is_loop(stretch: str, copies: int) -> bool:
    """Tell whether a stretch that is said so often is work done over and over; filler is no work, and cut as such."""
    return bool(_WORK.search(stretch)) and (copies >= _FEWEST_OF_SIGNS or bool(_LETTERS.search(stretch)))


@dataclass
class _SoFar:
    """What the question and the sentences kept so far tell."""

    question: str
    kept: list[Sentence] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    """Sentences and lines, kept or left out."""

    def __post_init__(self) -> None:
        self.numbers = numbers(self.question)
        self.words = set(_WORDS.findall(self.question.lower()))

    def covers(self, text: str, line: str | None) -> bool:
        """Tell whether a sentence says nothing new; one of a short line, only where the whole line was said before."""
        if not _LETTERS.search(text):
            return False
        if _plain(text) in self.seen and (line is None or line in self.seen):
            return True
        return not _WORK.search(text) and (is_filler(text) or (not self.kept and self._asks(text)))

    def keep(self, sentence: Sentence, figures: set[str]) -> None:
        self.kept.append(sentence)
        self.numbers |= figures

    def leave(self, sentence: Sentence) -> None:
        """Leave a sentence out, but not the end of the line it stands in."""
        if self.kept and sentence.ends_line and not self.kept[-1].ends_line:
            self.kept[-1] = Sentence(self.kept[-1].text, sentence.gap)

    def heard(self, sentence: Sentence, line: str | None) -> None:
        """Remember a sentence, and its line at the end of it."""
        self.seen.add(_plain(sentence.text))
        if line is not None and sentence.ends_line:
            self.seen.add(line)

    def _asks(self, text: str) -> bool:
        words = _WORDS.findall(text.lower())
        return len(words) >= _FEWEST_WORDS and sum(word in self.words for word in words) >= _RESTATED * len(words)


def _lines(told: Sequence[Sentence]) -> list[str | None]:
    """Return for each sentence its line, where that is a step of several sentences; None for prose and single ones."""
    found: list[str | None] = []
    line: list[str] = []
    for at, sentence in enumerate(told):
        line.append(_plain(sentence.text))
        if sentence.ends_line or at == len(told) - 1:
            found += [" ".join(line) if 1 < len(line) <= _LONGEST_STEP else None] * len(line)
            line = []
    return found


def _checks(told: Sequence[Sentence], figures: Sequence[set[str]], row: Row) -> set[int]:
    """Return the self-checks once the answer is established for good, and what follows them with no new number.

    One that brings a number which a sentence that stays uses is none of them.
    """
    begin, known = _checks_begin(told, row), numbers(row["question"])
    new = list[set[str]]()
    for found in figures:
        new.append(found - known)
        known |= found
    gone, wanted = set[int](), set[str]()
    for at in reversed(range(begin, len(told))):
        spare = CHECK.match(told[at].text) or not new[at]
        if spare and not new[at] & wanted:
            gone.add(at)
        else:
            wanted |= figures[at]
    return gone


def _checks_begin(told: Sequence[Sentence], row: Row) -> int:
    """Return where self-checks begin once the answer is established for good; the end where there are none."""
    stated = {at: said for at, sentence in enumerate(told) if (said := _stated(sentence.text)) is not None}
    others = [at for at, said in stated.items() if not _agrees(said, row)]
    for_good = [at for at in stated if at > max(others, default=-1)]
    if not for_good:
        return len(told)
    checks = (at for at in range(for_good[0] + 1, len(told)) if CHECK.match(told[at].text))
    return next(checks, len(told))


def _stated(text: str) -> str | None:
    return text if "\\boxed{" in text else stated_answer(text)


def _agrees(stated: str, row: Row) -> bool:
    again = stated.strip().rstrip(".").removesuffix(" again")
    return verdict(f"The answer is {again}", row["final_answer"], row["answer_kind"], "stop").verdict == "correct"


def _plain(text: str) -> str:
    return " ".join(_WORDS.findall(text.lower())) + "|" + "".join(_WORK.findall(text))

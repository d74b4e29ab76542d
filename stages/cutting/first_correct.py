"""End chains of thought where their answer is first right and stated: what follows only looks back.

A candidate is a sentence that announces an answer (a box, *the answer is*, GSM8K's last line), or, if wanted, one that
concludes (*so*, *therefore*) and that the chain itself takes for its answer, for it looks back from there (*Wait*, *Let
me check*). Only the sentence is checked, never the whole prefix, so a chain costs what its sentences cost.
"""

import re
from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Any, Literal

import pyarrow as pa

from data.boxes import read_boxes
from data.columns import (
    ANSWER_KIND,
    COT_TOKENS,
    DROPPED,
    FINAL_ANSWER,
    GOLD,
    KEPT_SPANS,
    REMARKS,
    REPLY,
    SPENT_TOKENS,
    TOLERANCE,
    TRACE_ID,
)
from data.spec import spec
from data.table import Row, from_rows
from stages.answers.check import check_answer
from stages.answers.find.extract import stated_answer
from stages.check_answer import GUESSED, reference
from stages.replies.answer_segment import Parts, parts_of
from stages.replies.split_reply import row_text
from stages.replies.variants import VARIANT, variant
from stages.rewriting.redundant_wordings import CHECK
from stages.rewriting.rewritten_rows import long_row
from stages.rewriting.sentences import Sentence, sentences
from stages.stage import Stage

Ends = Literal["stated", "concluded"]
RULES = "first_correct@1"
"""Changes with any rule below."""
NO_EARLIER_END, NO_REFLECTION = "no_earlier_end", "no_reflection"
MOST_CHECKS = 256
"""Candidates of a chain that are checked; the chain of a model that states its answer more often stays whole."""
LONGEST_CANDIDATE = 2_000
"""A stretch of more characters states no answer: it is a whole solution, or no text."""

_CONCLUDES = re.compile(
    r"\W*(?:(?:and|but|okay|ok|now|yes)\b[,.]? )?"
    r"(?:so|thus|therefore|hence|then|finally|altogether|overall|in (?:total|all|conclusion)|the total"
    r"|(?:this|that|which) (?:means|gives|makes|leaves)|donc|entonces)\b"
    r"|\W*(?:所以|因此|故|综上|したがって|따라서)",
    re.IGNORECASE,
)
_LOOKS_BACK = re.compile(
    r"\W*(?:hmm|hm|hold on|but (?:wait|let me|hold|is|just)|just to be sure|is that (?:it|right))", re.IGNORECASE
)
_UNSURE = re.compile(
    r"\b(?:possible|possibly|perhaps|maybe|might|could|candidates?|seems?|guess|suppose|assume|assuming|if)\b",
    re.IGNORECASE,
)
"""What a conclusion does not say that is one."""
_AFTER_NUMBER = re.compile(r"(?<=[0-9]\.)([ \t]+)(?=[^\W\d_])")
_ITEM = re.compile(r"[\s(*#>-]*[0-9]{1,3}\.")
_BLOCKS = ("\\[", "$$", "```", "\\begin")
_MARKED = ("\\boxed{", "####", "<answer>")
_DISPLAY = ("\\[", "$$", "\\boxed", "**", "$\\boxed")


def looks_back(text: str) -> bool:
    """Tell whether a sentence begins to check, or to doubt, what was said before it."""
    return bool(CHECK.match(text) or _LOOKS_BACK.match(text))


def said(reasoning: str) -> list[Sentence]:
    """Return the sentences of a reasoning, where a number before a full stop ends one unless it numbers an item."""
    told: list[Sentence] = []
    for sentence in sentences(reasoning):
        if any(mark in sentence.text for mark in _BLOCKS):
            told.append(sentence)
            continue
        pieces = _AFTER_NUMBER.split(sentence.text)
        if len(pieces) > 1 and _ITEM.fullmatch(pieces[0]):
            pieces[:3] = ["".join(pieces[:3])]
        told += [Sentence(text, gap) for text, gap in zip(pieces[::2], [*pieces[1::2], sentence.gap], strict=True)]
    return told


def right_ends(told: Sequence[Sentence], row: Row, ends: Ends) -> Iterator[int]:
    """Yield the numbers of the sentences in which the row's right answer is stated, the first ones first."""
    checks = 0
    for at, sentence in enumerate(told):
        shown = _with_lead(told, at)
        if not sentence.text.strip() or len(shown) > LONGEST_CANDIDATE:
            continue
        announces = any(mark in shown for mark in _MARKED) or stated_answer(shown) is not None
        concludes = ends == "concluded" and not announces and _is_conclusion(told, at)
        if not announces and not concludes:
            continue
        checks += 1
        if checks > MOST_CHECKS:
            return
        if _is_right(shown if announces else sentence.text, row, guessed=concludes):
            yield at


def _with_lead(told: Sequence[Sentence], at: int) -> str:
    """Return a sentence; a formula or a box that stands apart, with the sentence that leads to it."""
    text = told[at].text
    if at and text.lstrip().startswith(_DISPLAY) and told[at - 1].text.rstrip().endswith((":", "is", "：", "=", "are")):
        return f"{told[at - 1].text}{told[at - 1].gap}{text}"
    return text


def _is_conclusion(told: Sequence[Sentence], at: int) -> bool:
    """Tell whether the chain takes what a sentence concludes for its answer: it ends there, or looks back."""
    following = next((later.text for later in told[at + 1 :][:2] if later.text.strip()), None)
    concludes = _CONCLUDES.match(told[at].text) and not _UNSURE.search(told[at].text)
    return bool(concludes) and (following is None or looks_back(following))


def _is_right(text: str, row: Row, *, guessed: bool) -> bool:
    """Tell whether a text gives the right answer: announced, or `guessed` from the value it ends on."""
    found = check_answer(
        text,
        reference(row),
        kind=row[ANSWER_KIND.name],
        last_number=guessed,
        tolerance=row.get(TOLERANCE.name),
    )
    return found.verdict == "correct" and (guessed or found.extraction not in GUESSED)


@spec
class EndAtFirstCorrect(Stage):
    """Return each trace ended where its answer is first right and stated, and the trace itself where that is wanted.

    The answer behind the marks of thought stays. A trace that states its answer no earlier than at its end stays as it
    is, with a remark, or leaves as `no_earlier_end`.
    """

    reads = (TRACE_ID, REPLY, GOLD, ANSWER_KIND, FINAL_ANSWER, COT_TOKENS)
    writes = (*VARIANT, KEPT_SPANS, REMARKS, SPENT_TOKENS)

    method: str
    ends: Ends = "concluded"
    """What states an answer: an announcement, or a conclusion that the chain then looks back on too."""
    reflection: Literal["cut", "keep"] = "cut"
    """`keep` goes on to where the answer is right once more, after the chain has looked back."""
    rows: Literal["short", "both"] = "short"
    """`both` gives the trace itself too, to prefer between the two."""
    otherwise: Literal["whole", "drop"] = "whole"
    """What becomes of a trace without an earlier end."""
    rules: str = RULES
    """The version of the rules: other ones give other rows."""

    def __call__(self, rows: pa.Table) -> pa.Table:
        fields = {f.name: f for f in (*rows.schema, *self.writes, DROPPED)}
        made = (new for row in rows.to_pylist() for new in self._rows(row))
        return from_rows(made, list(fields.values()))

    def _rows(self, row: Row) -> list[dict[str, Any]]:
        parts = parts_of(row_text(row))
        told = said(parts.reasoning)
        end, remark = self._end(told, row)
        text = parts.reasoning[:end].rstrip()
        if end is None or len(text) == len(parts.reasoning.rstrip()):
            if self.otherwise == "drop":
                return [{**row, DROPPED.name: NO_EARLIER_END}]
            return [long_row(row, [*_remarks(row), NO_EARLIER_END])]
        short = variant(row, _reply(parts, text, row), method=self.method, by=self.rules, kind="none", value=None)
        short |= {KEPT_SPANS.name: [0, len(text)], REMARKS.name: [*_remarks(row), *([remark] if remark else [])]}
        return [long_row(row, _remarks(row)), {**short, SPENT_TOKENS.name: 0}] if self.rows == "both" else [short]

    def _end(self, told: Sequence[Sentence], row: Row) -> tuple[int | None, str | None]:
        """Return where the chain ends, in characters, None where it ends nowhere sooner, and a remark on it."""
        right = right_ends(told, row, self.ends)
        first = next(right, None)
        if first is None:
            return None, None
        closing = first
        if self.reflection == "keep":
            closing = next((at for at in right if any(looks_back(s.text) for s in told[first + 1 : at + 1])), first)
        end = list(accumulate(len(sentence.text) + len(sentence.gap) for sentence in told))[closing]
        kept = end - len(told[closing].gap)
        return kept, NO_REFLECTION if self.reflection == "keep" and closing == first else None


def _remarks(row: Row) -> list[str]:
    return list(row.get(REMARKS.name) or ())


def _reply(parts: Parts, text: str, row: Row) -> str:
    """Return the reply with this reasoning; without marks, one that boxes its answer already says no more."""
    if parts.is_marked:
        return f"{parts.head}{text}{parts.tail}"
    return text if read_boxes(text) else parts.with_reasoning(text, row[FINAL_ANSWER.name], row[ANSWER_KIND.name])

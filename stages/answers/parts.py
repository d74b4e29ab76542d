"""Golds of several labelled parts (`(a) 5; (b) 7`), each judged against the part of the answer that bears its label."""

import re
from itertools import pairwise

from data.boxes import closed_boxes
from stages.answers.decide import decide
from stages.answers.shapes.split import split_commas
from stages.answers.verdict import Verdict

_LABEL = re.compile(r"(?<![A-Za-z0-9\\])(?:part\s*)?\((?P<letter>[a-h])\)\s*[:.=]?", re.IGNORECASE)
_MOST_PARTS = 8


def labelled_parts(text: str) -> list[str] | None:
    """Return what stands behind the labels (a), (b) and on; none unless they open the text and follow the alphabet."""
    labels = list(_LABEL.finditer(text))
    letters = "".join(label["letter"].lower() for label in labels)
    if not 2 <= len(labels) <= _MOST_PARTS or letters != "abcdefgh"[: len(labels)] or text[: labels[0].start()].strip():
        return None
    ends = [label.start() for label in labels[1:]] + [len(text)]
    parts = [text[label.end() : end].strip(" \n,;.$") for label, end in zip(labels, ends, strict=True)]
    return parts if all(parts) else None


def judge_parts(wanted: list[str], text: str, answer: str, extraction: str, kind: str | None) -> Verdict | None:
    """Return the verdict on an answer in parts; none where the parts cannot be told apart."""
    given = labelled_parts(answer) or _boxed_parts(text) or [part.strip() for part in split_commas(answer)]
    if len(given) != len(wanted):
        return None
    verdicts = [
        decide(gold, part, extraction, kind=kind, last_number=True) for gold, part in zip(wanted, given, strict=True)
    ]
    said = "; ".join(given)
    for verdict in verdicts:
        if verdict.verdict == "incorrect":
            return Verdict("incorrect", verdict.reason, "parts", said, extraction)
    reason = next((verdict.reason for verdict in verdicts if verdict.verdict == "undecided"), "")
    return Verdict("undecided" if reason else "correct", reason, "" if reason else "parts", said, extraction)


def _boxed_parts(text: str) -> list[str] | None:
    """Return the last box behind each label of the text; none unless every part boxes something."""
    labels = list(_LABEL.finditer(text))
    starts: dict[str, int] = {}
    for label in labels:
        starts[label["letter"].lower()] = label.end()  # a label named twice: where it stands last
    order = sorted(starts, key=lambda letter: starts[letter])
    if "".join(order) != "abcdefgh"[: len(order)] or len(order) < 2:
        return None
    boxes = closed_boxes(text)
    spans = pairwise([*(starts[letter] for letter in order), len(text) + 1])
    parts = [[box.content(text) for box in boxes if start <= box.start < end] for start, end in spans]
    return [part[-1] for part in parts] if all(parts) else None

"""Read the answers a multiple-choice question offers, and show them with the question."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from data.golds import LETTERS
from data.inputs.fields import text_of
from data.inputs.record import BadRow, Fault

_LABEL = re.compile(r"\s*\(?([A-Za-z])\s*[).:]\s*")

_QUOTED = re.compile(r"""'([^'\\]*)'|"([^"\\]*)\"""")
_LIST = re.compile(rf"\[\s*(?:{_QUOTED.pattern})(?:\s*,\s*(?:{_QUOTED.pattern}))*\s*\]")
"""A list written as text, as MathQA has it in 16 of 1,000 rows of its test set."""


def with_options(question: str, options: Sequence[str]) -> str:
    """Return the question as it is asked: an `Options:` line, and a line `A) ...` for each."""
    lines = (f"{letter}) {text}" for letter, text in zip(LETTERS, options, strict=False))
    return "\n".join((question.rstrip(), "", "Options:", *lines))


def read_options(value: Any, column: str) -> tuple[str, ...]:
    """Return the options' texts without their letters, from a list or from one string `a ) 12 , b ) 16`.

    Raises:
        BadRow: they cannot be told apart, or are fewer than two or more than ten.
    """
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        value = value["text"]
    if isinstance(value, str):
        text = text_of(value, column).strip()
        texts = _unlabelled(_quoted(text)) if _LIST.fullmatch(text) else _cut(text)
    elif isinstance(value, list):
        texts = _unlabelled([text_of(item, column).strip() for item in value])
    else:
        raise BadRow(Fault("wrong_type", column, f"options are a list or text; there is {type(value).__name__}"))
    if not 2 <= len(texts) <= len(LETTERS) or not all(texts):
        detail = f"{len(texts)} options found, {texts.count('')} of them empty; 2 to {len(LETTERS)} are wanted"
        raise BadRow(Fault("unreadable_options", column, detail))
    return tuple(texts)


def _quoted(text: str) -> list[str]:
    return [(single or double).strip() for single, double in _QUOTED.findall(text)]


def _cut(text: str) -> list[str]:
    """Cut `a ) 12 , b ) 16` before each letter in its turn, so that letters inside an option do no harm."""
    texts: list[str] = []
    for letter in LETTERS:
        found = re.search(rf"(?:^|[,;\n])\s*\(?{letter}\s*[).:]", text, re.IGNORECASE)
        if found is None:
            break
        if texts:
            texts[-1] = text[: found.start()]
        text = text[found.end() :]
        texts.append(text)
    return [_bare(text, letter) for letter, text in zip(LETTERS, texts, strict=False)]


def _unlabelled(texts: list[str]) -> list[str]:
    """Take the letters off, when every option bears the right one."""
    labels = [_LABEL.match(text) for text in texts]
    if [label.group(1).upper() if label else "" for label in labels] != list(LETTERS[: len(texts)]):
        return texts
    return [_bare(text, letter) for letter, text in zip(LETTERS, texts, strict=False)]


def _bare(text: str, letter: str) -> str:
    """Take an option's own letter off, however often it is written: MathQA has `b ) b ) 120`."""
    while (label := _LABEL.match(text)) and label.group(1).upper() == letter:
        text = text[label.end() :]
    return text.strip()

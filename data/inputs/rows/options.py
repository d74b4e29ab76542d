"""Read the answers a multiple-choice question offers, and show them with the question."""

import re
import reprlib
from collections.abc import Mapping, Sequence
from typing import Any

from data.golds import LETTERS
from data.inputs.record import BadRow, Fault
from data.inputs.rows.embedded import NotJson, embedded
from data.inputs.rows.fields import is_null, text_of
from data.questions import HEADING
from data.spec import digest

_LABEL = re.compile(r"\s*\(?([A-Za-z])\s*[).:]\s*")


def with_options(question: str, options: Sequence[str]) -> str:
    """Return the question as it is asked: an `Options:` line, and a line `A) ...` for each."""
    lines = (f"{letter}) {text}" for letter, text in zip(LETTERS, options, strict=False))
    return question.rstrip() + HEADING + "\n".join(lines)


def shuffled(question: str, options: Sequence[str], seed: int) -> list[int]:
    """Return the places of options in an order drawn for this question, the same whatever order they came in."""
    return sorted(range(len(options)), key=lambda place: digest([seed, question, options[place]]))


def options_of_columns(values: Sequence[Any], columns: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Return each option's column and text, from a column each; a null or empty one is no option.

    Raises:
        BadRow: they are fewer than two or more than ten, or two are the same.
    """
    pairs = [
        (column, _option_text(value, column))
        for column, value in zip(columns, values, strict=True)
        if not is_null(value) and value != ""
    ]
    texts = [text for _, text in pairs]
    if not 2 <= len(texts) <= len(LETTERS) or not all(texts):
        raise BadRow(Fault("unreadable_options", columns[0], f"{_counted(texts)} in {len(columns)} columns"))
    if twice := sorted({text for text in texts if texts.count(text) > 1}):
        raise BadRow(Fault("unreadable_options", columns[0], f"the same option twice: {twice[0]!r:.80}"))
    return tuple(pairs)


def _option_text(value: Any, column: str) -> str:
    if isinstance(value, int | float) and not isinstance(value, bool):
        return str(value)
    return text_of(value, column).strip()


def _counted(texts: Sequence[str]) -> str:
    return f"{len(texts)} options, {texts.count('')} of them empty; 2 to {len(LETTERS)} are wanted,"


def read_options(value: Any, column: str) -> tuple[str, ...]:
    """Return the options' texts without their letters, from a list or from one string `a ) 12 , b ) 16`.

    Raises:
        BadRow: they cannot be told apart, or are fewer than two or more than ten.
    """
    if isinstance(value, str) and (inside := _inside(value)) is not None:
        value = inside
    if isinstance(value, Mapping) and isinstance(value.get("text"), list):
        value = value["text"]
    elif isinstance(value, Mapping) and list(value) == list(LETTERS[: len(value)]):
        value = list(value.values())
    if isinstance(value, str):
        texts = _cut(text_of(value, column).strip())
    elif isinstance(value, list):
        texts = _unlabelled([text_of(item, column).strip() for item in value])
    else:
        raise BadRow(Fault("wrong_type", column, f"options are a list or text; there is {type(value).__name__}"))
    if not 2 <= len(texts) <= len(LETTERS) or not all(texts):
        raise BadRow(Fault("unreadable_options", column, f"{_counted(texts)} in {reprlib.repr(value)}"))
    return tuple(texts)


def _inside(text: str) -> Any:
    """Return the list or record that a text holds, as MathQA has it in 16 of 1,000 rows; None where it holds none."""
    try:
        return embedded(text)
    except NotJson:
        return None


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

"""The options of a multiple-choice question where its text shows them, in lines or in one line, however labelled.

Labels run on from the first: `A)`, `(a)`, `B.`, `C、`, `（D）`, `**E:**`, `1.`, `①`, in one style throughout. Letters
go on to Z. Numbers count only at the end of a question that asks to choose, for a list of steps is numbered as well.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_MARK = re.compile(
    r"(?:(?P<line>^[ \t>]{0,8}(?:[-*•][ \t]{1,4})?(?:\*\*)?)|(?<=[\s,;，；。:：?？）\u3041-\u9fff]))"
    r"(?:(?P<open>[(（\[【])(?P<inside>[A-Z]|[a-z]|\d{1,2})(?P<shut>[)）\]】])[.:、]?"
    r"|(?P<bare>[A-Z]|[a-z]|\d{1,2})(?P<close>[)）.．:：、])(?!\d)"
    rf"|(?P<circled>[{_CIRCLED}]))(?:\*\*)?(?P<gap>[ \t]*)",
    re.MULTILINE,
)
_REFERS = re.compile(
    r"\b(?:all|none|both|neither|either|any|some|other)\b.{0,40}\b(?:above|below|these|those|options?|choices?)\b"
    r"|\b(?:both|either|neither)\b.{0,20}\b(?-i:[A-Z])\b|\b(?:options?|choices?)\s+\(?(?-i:[A-Z])\b"
    r"|\b(?-i:[A-Z])\)? (?:and|or) \(?(?-i:[A-Z])\b|\((?:[a-z]|\d)\) (?:and|or) \((?:[a-z]|\d)\)"
    r"|以上|上述|都(?:对|不)|皆|均|todas las anteriores|ninguna|toutes les|aucune|alle (?:oben|genannten)|keine der",
    re.IGNORECASE,
)
_CHOOSES = re.compile(
    r"which|choose|select|pick|option|following|correct|哪|选|下列|以下|welche|wähle|laquelle|lequel|choisi|cuál|elige|quale"
    r"|scegli|qual\b|какой|выберите|どれ|どの|선택|다음",
    re.IGNORECASE,
)
_STOP = re.compile(r"[.!?](?=\s|$)|[。！？]")
"""Ends the last of options that stand in a line."""
_SEPARATORS = " \t,;，；。、"
_MOST_MARKS = 2000
_LONGEST_INLINE = 400


@dataclass(frozen=True)
class Option:
    """One option as it stands in its question."""

    label: str
    begin: int
    """Where its text begins, behind the label."""
    end: int
    text: str


def options_of(question: str) -> tuple[Option, ...] | None:
    """Return the options of a question, two at least; None where it shows none, or one that speaks of another."""
    marks = [mark for _, mark in zip(range(_MOST_MARKS), _MARK.finditer(question), strict=False)]
    runs = [run for at in range(len(marks)) if (run := _run(marks, at)) is not None]
    for run in sorted(runs, key=len, reverse=True):
        options = _read(question, run)
        if options is not None:
            return None if any(_REFERS.search(option.text) for option in options) else options
    return None


def without_options(question: str) -> str:
    """Return what a question says besides its options, be they movable or not."""
    marks = [mark for _, mark in zip(range(_MOST_MARKS), _MARK.finditer(question), strict=False)]
    runs = [run for at in range(len(marks)) if (run := _run(marks, at)) is not None]
    read = [options for run in sorted(runs, key=len, reverse=True) if (options := _read(question, run)) is not None]
    for option in reversed(read[0] if read else ()):
        question = question[: option.begin] + question[option.end :]
    return question


def _run(marks: Sequence[re.Match[str]], at: int) -> list[re.Match[str]] | None:
    """Return the marks from this first label on that go on with the next labels in the same style."""
    first = marks[at]
    if _place(first) != 0:
        return None
    run = [first]
    for mark in marks[at + 1 :]:
        if _style(mark) == _style(first) and _place(mark) == len(run):
            run.append(mark)
        elif _style(mark) == _style(first) and _place(mark) == 0:
            break
    return run if len(run) > 1 else None


def _read(question: str, run: Sequence[re.Match[str]]) -> tuple[Option, ...] | None:
    """Return the options that begin at these marks; None where they are none."""
    before, lines = question[: run[0].start()].rstrip(" \t\n*"), run[0]["line"] is not None
    ends = [*(mark.start() for mark in run[1:]), _line_end(question, run[-1].end())]
    if not before or (
        lines and any(mark["line"] is None for mark in run) and "\n" in question[run[0].end() : ends[-2]]
    ):
        return None
    if not lines and not _may_stand_in_a_line(question, before, run, ends):
        return None
    if lines:
        spread = any("\n" in question[mark.end() : end].strip() for mark, end in zip(run[:-1], ends[:-1], strict=True))
        paragraph = question.find("\n\n", run[-1].end())
        ends[-1] = (paragraph if paragraph >= 0 else len(question)) if spread else ends[-1]
    elif (stop := _STOP.search(question, run[-1].end(), ends[-1])) is not None:
        ends[-1] = stop.start()
    options = tuple(_option(question, mark, end) for mark, end in zip(run, ends, strict=True))
    numbered = _style(run[0])[0] in ("number", "circled")
    if numbered and not (_CHOOSES.search(before) and not question[ends[-1] :].strip(_SEPARATORS + "\n")):
        return None
    return options if all(option.text for option in options) else None


def _may_stand_in_a_line(question: str, before: str, run: Sequence[re.Match[str]], ends: Sequence[int]) -> bool:
    """Tell whether options may begin in the middle of a line: behind a question or a colon, and all in that line."""
    near = all(end - mark.start() <= _LONGEST_INLINE for mark, end in zip(run, ends, strict=True))
    opened = bool(run[0]["open"]) or before.endswith(("?", "？", ":", "：", ".", "。"))
    return near and opened and "\n" not in question[run[0].start() : run[-1].start()]


def _option(question: str, mark: re.Match[str], end: int) -> Option:
    text = question[mark.end() : end].rstrip(_SEPARATORS + "\n*")
    return Option(_label(mark), mark.end(), mark.end() + len(text), text)


def _line_end(question: str, at: int) -> int:
    end = question.find("\n", at)
    return len(question) if end < 0 else end


def _label(mark: re.Match[str]) -> str:
    return mark["inside"] or mark["bare"] or mark["circled"]


def _style(mark: re.Match[str]) -> tuple[str, str, str]:
    """Return how an option is labelled: its signs, and whether by capitals, small letters or numbers."""
    label = _label(mark)
    kind = "number" if label.isdigit() else "circled" if label in _CIRCLED else "upper" if label.isupper() else "lower"
    return kind, mark["open"] or "", mark["close"] or mark["shut"] or ""


def _place(mark: re.Match[str]) -> int:
    """Return the place of a label among its kind, the first being 0."""
    label = _label(mark)
    if label in _CIRCLED:
        return _CIRCLED.index(label)
    return int(label) - 1 if label.isdigit() else ord(label.lower()) - ord("a")

"""What a rewriter says round its rewriting: `Sure! Here's the condensed solution:`, `Note: I removed the check.`

Such a remark is a sentence or a line at the very head or end that works nothing out and presents the text, or tells
what was done to it. It is taken off where it ends before the reasoning begins, or begins after it ended; where it
cannot be told from the reasoning the rewriting is refused. A word for *short* that the question or the trace has itself
does not count, for their reasoning may be about a shorter side. Words are compared without case.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

from stages.rewriting.standards import remark_wordings as wordings

_FLAGS = re.IGNORECASE
_IS_ASSENT = re.compile(rf"(?:{wordings.ASSENT})(?:\W{{1,4}}(?:{wordings.ASSENT}))?", _FLAGS)
_ASSENT_FIRST = re.compile(rf"(?:(?:{wordings.ASSENT})\b\W{{0,6}}){{0,2}}", _FLAGS)
_IS_SHORT = re.compile(rf"\b(?:{wordings.SHORT})\b|{wordings.SIGNS_SHORT}", _FLAGS)
_HAS_FORM = re.compile(rf"\b(?:{wordings.FORM})\b|{wordings.SIGNS_FORM}", _FLAGS)
_PRESENT_FIRST = re.compile(rf"(?:{wordings.PRESENTS})\b|(?:{wordings.SIGNS_PRESENT})", _FLAGS)
_PRESENT = re.compile(wordings.SIGNS_PRESENT)
_IS_REDONE = re.compile(rf"\b(?:{wordings.REDONE})\b|{wordings.SIGNS_REDONE}", _FLAGS)
_IS_OFFER = re.compile(rf"\W{{0,6}}(?:(?:{wordings.OFFERS})\b|{wordings.SIGNS_OFFERS}|{wordings.COUNTS})", _FLAGS)
_LABEL = re.compile(
    r"(?:the |my |final |full |la |el |die |il |o |a )?"
    r"(?:solution|reasoning|answer|explanation|rationale|chain.of.thought"
    r"|solución|razonamiento|raisonnement|lösung|rechenweg|soluzione|ragionamento|solução|raciocínio|oplossing|решение|рассуждение"
    r"|解答|解法|答案|推理过程|풀이|解説)",
    _FLAGS,
)

_UNIT = re.compile(
    r"[^\n]*?(?:[.!?](?=[\"')\]*_]{0,4}(?:\s|$))|[。！？]|(?<!\d)[:：](?!//)|\n|$)[\"')\]*_]{0,4}[ \t]*\n{0,9}"
)
_WORK = re.compile(r"\d\s{0,3}[-+*/×·÷=^<>]|[=≈≤≥]|\\(?:frac|times|cdot|div|boxed)")
_DRESS = " \t\n#>*_`~()[]\"'“”¡¿-"
_DIGIT = re.compile(r"\d")
_IS_TAG = re.compile(r"[^\W\d]{1,12}(?: [^\W\d]{1,12})?\s?[:：]")
"""`Note:`, in any language."""
_MOST_WORDS, _LONGEST, _MOST_AT_HEAD, _MOST_AT_END, _FARTHEST_NOTE = 32, 240, 4, 12, 4000


@dataclass(frozen=True)
class Cleared:
    """A rewriting without what its writer said round it."""

    text: str
    preamble: str = ""
    note: str = ""


def cleared(text: str, source: str) -> Cleared:
    """Take remarks off the head and the end of a rewriting of `source` (question and trace)."""
    begin = _preamble_end(text, source)
    end = _note_begin(text, begin, source)
    return Cleared(text[begin:end].strip("\n") if (begin, end) != (0, len(text)) else text, text[:begin], text[end:])


def presents(text: str, source: str) -> str | None:
    """Return a sentence anywhere in a text that presents it or tells what was done to it; None where there is none."""
    units = (unit for unit, _ in _units(text))
    return next((unit for unit in units if _presents(unit, source) or _redone(unit, source)), None)


def _preamble_end(text: str, source: str) -> int:
    """Return where the remarks at the head of a text end; a lone *Sure!* is one too."""
    end = assented = 0
    for unit, place in islice(_units(text), _MOST_AT_HEAD):
        if _presents(unit, source) or _labels(unit, source) or _redone(unit, source):
            end = place + len(unit)
        elif assented == place and _assents(unit, source):
            assented = place + len(unit)
        else:
            break
    return max(end, assented) if max(end, assented) < len(text) else end


def _note_begin(text: str, begin: int, source: str) -> int:
    """Return where the remarks at the end of a text begin: at the first of the last sentences that is one."""
    start = max(begin, len(text) - _FARTHEST_NOTE)
    last = [(unit, start + place) for unit, place in _units(text[start:])][-_MOST_AT_END:]
    for number, (unit, place) in enumerate(last):
        behind = last[number + 1][0] if number + 1 < len(last) else ""
        told = f"{unit} {behind}" if _IS_TAG.fullmatch(_core(unit)) else unit
        if (_redone(told, source) or _IS_OFFER.match(_core(told))) and not _WORK.search(_unstated(text[place:])):
            return place
    return len(text)


def _unstated(text: str) -> str:
    """Return a text without boxes, which state and work nothing out."""
    return re.sub(r"\\boxed\{[^{}]{0,80}\}", " ", text)


def _presents(unit: str, source: str) -> bool:
    """Tell whether a sentence or line presents the text it stands in as a short one, or as what was asked for."""
    core = _core(unit)
    if not _may_be_a_remark(core):
        return False
    rest = _ASSENT_FIRST.sub("", core, count=1)
    form, short = bool(_HAS_FORM.search(rest)), _own(_IS_SHORT, rest, source)
    heads = bool(_PRESENT_FIRST.match(rest) or _PRESENT.search(rest))
    ends = unit.rstrip(" *_\n").endswith((":", "："))
    return (short and (heads or form)) or (heads and form and ends and core.lower() not in source.lower())


def _labels(unit: str, source: str) -> bool:
    """Tell whether a line is a heading that names what stands below it (`Shortened:`, `**Solution**`)."""
    core, line = _core(unit), "\n" in unit or unit.rstrip(" *_\n").endswith((":", "："))
    if not line or not _may_be_a_remark(core) or core.rstrip(":： ").lower() in source.lower():
        return False
    return bool(_LABEL.fullmatch(core.rstrip(":： "))) or (len(core.split()) <= 2 and _own(_IS_SHORT, core, source))


def _assents(unit: str, source: str) -> bool:
    said = _core(unit).rstrip(".!:,。！：， ")
    return bool(_IS_ASSENT.fullmatch(said)) and said.lower() not in source.lower()


def _may_be_a_remark(core: str) -> bool:
    return 2 < len(core) <= _LONGEST and len(core.split()) <= _MOST_WORDS and not _WORK.search(core)


def _redone(unit: str, source: str) -> bool:
    """Tell whether a sentence tells what was done to the text, in words that its source does not have."""
    core = _core(unit)
    return _may_be_a_remark(core) and not _DIGIT.search(core) and _own(_IS_REDONE, core, source)


def _own(pattern: re.Pattern[str], text: str, source: str) -> bool:
    """Tell whether a pattern is in a text with words that are not the source's."""
    lowered = source.lower()
    return any(match[0].lower() not in lowered for match in pattern.finditer(text))


def _core(unit: str) -> str:
    return unit.strip(_DRESS)


def _units(text: str) -> Iterator[tuple[str, int]]:
    """Yield sentences, lines and what ends in a colon, each with where it begins; together they are the text."""
    at = 0
    while at < len(text):
        unit = _UNIT.match(text, at)
        end = unit.end() if unit and unit.end() > at else at + 1
        yield text[at:end], at
        at = end

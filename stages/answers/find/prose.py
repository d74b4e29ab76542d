"""The value a sentence ends on: the last formula, bold text or number of a piece of prose.

Nothing is taken from what looks like code, nor a number that is one term of an unfinished or unevaluated sum.
"""

import re

from stages.answers.find.closing import SENTENCE, closing_words, emphasised_words, leading_words
from stages.answers.find.last_number import DENIED, last_number
from stages.answers.find.quantified import holds_for_all
from stages.answers.formulas.clean import tidy
from stages.answers.formulas.names import FUNCTIONS, GREEK
from stages.answers.quantities.chemistry import chemical_formula

_CODE = re.compile(r"__|\bimport\b|(?<!\\)\blambda\b|\bopen\(|['\"]\s*\)|\)\s*\(\s*\)|\bfor _ in\b|\.\w+\(")
_UNFINISHED = re.compile(
    r"\b(?:job|run|pass|search|scan|script|program|query|batch|process|computation|calculation|task|enumeration)s?"
    r" (?:is|are) (?:still |currently )?"
    r"(?:running|in progress|under ?way|pending|not (?:yet )?(?:done|finished|complete))\b"
    r"|\bwhile (?:it|this|that|the \w+) (?:completes|finishes|runs)\b",
    re.IGNORECASE,
)
"""What says that the answer is still to come: no value is taken from a report of progress."""
MATH = re.compile(r"\$\$(.+?)\$\$|\\\[(.+?)\\\]|\\\((.+?)\\\)|(?<![\\$])\$([^$\n]+?)(?<!\\)\$(?!\d)", re.DOTALL)
"""Formulas between their marks; a dollar before a digit closes none (`$210 + $182`)."""
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_LABEL = re.compile(r"^\W*(?:\d+[.)]\s*)?\*\*[^*\n]*[A-Za-z][^*\n]*(?::\s*\*\*|\*\*\s*:)(?=\s*\S)")
"""Bold words that head a line (`**Step 3:**`): a number in them counts or numbers, and is no value."""
_REMARK = re.compile(
    r"(?<=[\d%a-z*.])\s*\(\s*(?:check|verif\w+|since|because|as|where|from|using|see|note)\b[^()]*\)\W*$", re.IGNORECASE
)
"""A last remark in brackets on how the value before it is known."""
_WORD = re.compile(r"(?<![\\A-Za-z])[A-Za-zÀ-ÿЀ-ӿ]{2,}")
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\{\w+\}(?:\{[lcr|]*\})?")
_OTHER_SCRIPT = re.compile(r"(?![\d\u0964\u0965])[\u3040-\u30ff\u4e00-\u9fff\u0600-\u06ff\u0900-\u0e7f\uac00-\ud7af]")
"""A letter of a script without words of Latin or Cyrillic letters: Chinese, Arabic, the scripts of India, Thai ..."""
_MATH_WORDS = (
    FUNCTIONS
    | GREEK
    | frozenset(["pi", "inf", "infinity", "oo", "and", "or", "to", "mod", "pm", "am", "pct", "percent"])
)
REASON = re.compile(r",?\s+(?:because|since)\b|,?\s+\(?(?:not|rather than|instead of)\s", re.IGNORECASE)
"""What says why, or what the answer is not: no answer is looked for behind it."""
_LONGEST_SUBSTANCE = 40
_EQUATION = re.compile(r"(?P<left>[^=,;:$]{1,40})=\s*(?P<right>[-+−]?[\d.,/]+)\W*$")
_MULTIPLE = re.compile(r"\d[a-z]\b(?!\()|\b[a-z]\s?\^|\b[a-z]\s?[-+−]\s?\d|\d\s?[-+−]\s?[a-z]\b")
"""A side of an equation that is not solved: `2x`, `x^2`, `x + 1`."""
_COPULA = re.compile(r"\b(?:is|are|equals|was|be)\b|=|≈|(?<!\d)(?<!\d )[:：]|[:：](?!\s*\d)")
_MEASURED = re.compile(r"[-+−]?[$€£¥]?[\d.,]*\d[\s^²³%°]*[A-Za-z][^\d=]*")
_LINK = re.compile(r"\s*(?:,|;|,?\s*and|,?\s*or|、|和|或)\s*")
_SAID = re.compile(
    r"(?:\b(?:is|are|equals|be|was)|=)(?: approximately| about| exactly)?\s*([-+−]?[$€£¥]?\d[\d.,/]*%?)(?![\w$])"
)


def is_prose(text: str) -> bool:
    """Tell whether `text` holds words that are no part of a formula."""
    outside = _ENVIRONMENT.sub(" ", MATH.sub(" ", text))
    words = [word for word in _WORD.findall(outside) if word.lower() not in _MATH_WORDS]
    return bool(words) or bool(_OTHER_SCRIPT.search(outside))


def has_formula(text: str) -> bool:
    """Tell whether `text` sets a formula between dollars or the like, apart from its words."""
    return MATH.search(text) is not None


def is_code(text: str) -> bool:
    """Tell whether `text` looks like a program: no value is taken from it."""
    return _CODE.search(text) is not None


def value_in(text: str) -> str | None:
    """Return the last value of one stretch of prose; the text itself when it is no prose or a number with words."""
    if not is_prose(text) or _MEASURED.fullmatch(text):
        return text
    if _CODE.search(text) or _UNFINISHED.search(text) or text.rstrip(" *_$").endswith(("?", "？")):
        return None
    claim = REASON.split(text, maxsplit=1)[0]
    worded = closing_words(claim) or leading_words(text)
    if worded is not None:
        return worded
    text = claim if re.search(r"\d|\\", claim) else text
    spans = _unquantified(text, list(MATH.finditer(text)))
    if spans:
        after = _SAID.search(text, spans[-1].end())
        denied = DENIED.search(text[: spans[-1].start()].rstrip())
        return after[1] if after else None if denied else _linked_spans(text, spans)
    text = _REMARK.sub("", _LABEL.sub("", text))
    if _unsolved(text):
        return None
    bold = [part for part in _BOLD.findall(text) if re.search(r"[\d₀-₉]", part)]
    return bold[-1].strip() if bold else _tail(text) or last_number(text)


def _unsolved(text: str) -> bool:
    """Tell whether a text ends on an equation in one unknown that is not solved (`so 2x = 6`)."""
    equation = _EQUATION.search(text)
    left = equation["left"] if equation else ""
    names = set(re.findall(r"(?<![A-Za-z])[a-z](?![A-Za-z])", re.sub(r"\d([a-z])\b", r"\1", left)))
    return len(names) == 1 and _MULTIPLE.search(left) is not None


def _tail(text: str) -> str | None:
    """Return what follows the last `is` or the like, where that is a value and no more prose."""
    said = list(_COPULA.finditer(text))
    denied = said and DENIED.search(text[: said[-1].end()].rstrip(" :="))
    tail = text[said[-1].end() :].strip().rstrip(".") if said and not denied else ""
    value = re.search(r"\d|\\[a-z]{2,}", tail) and "$" not in tail and (not is_prose(tail) or _MEASURED.fullmatch(tail))
    substance = chemical_formula(tidy(tail)) if len(tail) <= _LONGEST_SUBSTANCE else None
    return tail if value or (substance and not re.search(r"\d", text.replace(tail, ""))) else None


def last_value(text: str) -> str | None:
    """Return the last value of the last sentence of `text` that holds one."""
    spans = list(MATH.finditer(text))
    if spans and not re.search(r"\w", text[spans[-1].end() :]):
        return _linked_spans(text, _unquantified(text, spans))
    sentences = [sentence for sentence in SENTENCE.split(text) if sentence.strip()]
    last = sentences[-1].strip().strip("-—–#* \t") if sentences else ""
    if not last or _CODE.search(last) or _UNFINISHED.search(text.rpartition("\n\n")[2]):
        return None
    return value_in(last.removesuffix(".")) or emphasised_words(sentences[-1])


def _unquantified(text: str, spans: list[re.Match[str]]) -> list[re.Match[str]]:
    """Return the formulas without a last one that only says what a claim holds for (`for all real $x$`)."""
    if len(spans) < 2 or re.search(r"\w", text[spans[-1].end() :]):
        return spans
    claim = spans[-2]
    said = SENTENCE.split(text[: claim.start()])[-1]
    return spans[:-1] if holds_for_all(said, text[claim.end() : spans[-1].start()], _inside(spans[-1])) else spans


def _linked_spans(text: str, spans: list[re.Match[str]]) -> str:
    """Return the last formula with those it is listed with."""
    parts = [_inside(spans[-1])]
    for before, after in zip(reversed(spans[:-1]), reversed(spans), strict=False):
        if not _LINK.fullmatch(text, before.end(), after.start()):
            break
        parts.append(_inside(before))
    return ", ".join(reversed(parts))


def _inside(span: re.Match[str]) -> str:
    return next(part for part in span.groups() if part).strip()

"""What of a rewriting is from elsewhere: words, scripts, code and characters that question and trace do not hold.

A rewriting words a trace anew, so some words are its own. How many, people's solutions show that stand beside a model's
to the same question, and how few, solutions beside another question's: `python -m benchmarks.rewritings` measures both.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from functools import lru_cache

_LETTERS = re.compile(r"[^\W\d_]+")
_DRESS = re.compile(r"\\[A-Za-z]{1,30}\*?(?:\{(?:[a-z]{1,12}\*?)\})?|<<[^<>\n]{0,80}>>")
_SENTENCE = re.compile(r"(?<=[.!?])\s+|(?<=[。！？])|\n+")
_STEM, _FEWEST_LETTERS = 4, 3
"""Words that begin alike count as one (`add`, `added`); shorter ones join others."""
_FEWEST_WORDS, _MOST_OF_A_SENTENCE = 4, 0.75
"""A sentence of so many words of which more are foreign tells of something else."""
_JOINING = (
    "the and for are was has have had this that these those with from into each every all any some more less than "
    "then thus hence therefore since because first second third next last finally now also just only both per "
    "total sum product difference remaining remain left number amount equal equals equation value find get gets "
    "give gives given makes make need needs calculate compute add added subtract subtracted multiply multiplied "
    "divide divided times plus minus half twice double let step steps solve result means know known which what "
    "when where who how many much will would can could should must not but its his her their our they she him "
    "them there here been being does did out over after before same other another substitute simplify formula "
    "expression term factor root square fraction decimal percent simply directly subtracting adding dividing "
    "multiplying combine apply yields leaving giving"
)
_PLAIN = frozenset(_JOINING.split())
"""Words that join and work out, and tell of nothing."""
_UNSPACED = ("CJK", "HIRAGANA", "KATAKANA", "THAI", "LAO", "KHMER", "MYANMAR")
_OF_FORMULAS = frozenset(("LATIN", "GREEK"))
"""Scripts whose letters stand for quantities in every language."""
_STYLES = frozenset(("MATHEMATICAL", "FULLWIDTH", "HALFWIDTH", "SCRIPT", "DOUBLE-STRUCK", "BLACK-LETTER"))
"""First words of the names of letters that are of no script of their own."""
_CODE = re.compile(
    r"https?://|www\.|\$\(|&&|\|\||(?:^|[\s`;|])(?:sudo|rm|curl|wget|bash|sh|chmod|eval|exec|import|def|SELECT|DROP)\s+[-\w/~.$]"
    r"|</?[A-Za-z][A-Za-z0-9]{0,15}(?:\s[^<>\n]{0,80})?>|```|#!/|\b\w{1,20}\(\)\s?[;{]",
)
"""Signs of commands, code, markup and addresses."""
_MARKS = frozenset("\u200b\u200c\u200d\u200e\u200f\u00ad\u061c\u2060\ufeff")
"""Invisible, and part of how some scripts are written: no strangers where the trace has them."""


def control_character(text: str, source: str = "") -> str | None:
    """Return the name of a character that steers a terminal or hides or reorders text; None where there is none.

    Never allowed are control characters but tab and line break, and those that turn the direction of text or tag it;
    what is only invisible is allowed where the source has it.
    """
    if text.isprintable() or not (odd := {char for char in text if not char.isprintable()} - set("\n\t\r ")):
        return None
    for char in sorted(odd):
        kind = unicodedata.category(char)
        if kind in ("Cc", "Cs", "Co") or (kind == "Cf" and not (char in _MARKS and char in source)):
            return f"U+{ord(char):04X} {unicodedata.name(char, '')}".strip()
    return None


def foreign_script(text: str, source: str) -> str | None:
    """Return a script that a text has letters of and its source has not: another language, or a letter for a sign."""
    strange = _scripts(text) - _scripts(source) - _OF_FORMULAS
    if strange:
        return min(strange).lower()
    return "latin" if _is_mostly_latin(text) and not _is_mostly_latin(source) else None


def foreign_code(text: str, source: str) -> str | None:
    """Return what looks like a command, code, markup or an address and stands nowhere in the source."""
    return next((sign[0].strip() for sign in _CODE.finditer(text) if sign[0].strip() not in source), None)


def foreign_share(text: str, source: str) -> float:
    """Return the share of a text's words that its source does not have; 0 where there are too few to tell."""
    known, words = _known(source), list(_words(text))
    return sum(word not in known for word in words) / len(words) if len(words) >= _FEWEST_WORDS else 0.0


def foreign_sentence(text: str, source: str) -> str | None:
    """Return a sentence that tells of something else than the source does; None where all tell of that."""
    known = _known(source)
    for sentence in _SENTENCE.split(text):
        words = list(_words(sentence))
        strange = sum(word not in known for word in words)
        if len(words) >= _FEWEST_WORDS and strange > _MOST_OF_A_SENTENCE * len(words):
            return sentence
    return None


@lru_cache(maxsize=16)
def _known(source: str) -> frozenset[str]:
    return frozenset(word for run in _runs(source) for word in _pieces(run))


def _words(text: str) -> Iterator[str]:
    """Yield the stems of the words that tell something."""
    for run in _runs(text):
        if _is_unspaced(run):
            yield from _pieces(run)
        elif len(run) >= _FEWEST_LETTERS and run not in _PLAIN:
            yield run[:_STEM]


def _runs(text: str) -> Iterator[str]:
    return (run for run in _LETTERS.findall(_DRESS.sub(" ", unicodedata.normalize("NFKC", text)).lower()))


def _pieces(run: str) -> Iterator[str]:
    """Yield the stem of a word; of a run in a script without blanks every two letters."""
    if not _is_unspaced(run):
        yield run[:_STEM]
        return
    yield from (run[at : at + 2] for at in range(max(len(run) - 1, 1)))


def _is_unspaced(run: str) -> bool:
    return ord(run[0]) > 0xE00 and unicodedata.name(run[0], "").startswith(_UNSPACED)


def _scripts(text: str) -> set[str]:
    """Return the scripts of a text's letters; digits and signs have none."""
    letters = {char for char in text if ord(char) > 0x2AF and char.isalpha()}
    names = {unicodedata.name(char, "?").split(" ")[0] for char in letters if unicodedata.category(char) != "Lm"}
    return names - _STYLES


def _is_mostly_latin(text: str) -> bool:
    """Tell whether the words of a text, formulas and single letters aside, are in Latin letters."""
    counts = Counter(run[0].isascii() for run in _runs(text) if len(run) > 1 or not run.isascii())
    return counts[True] >= _FEWEST_WORDS and counts[True] > counts[False]

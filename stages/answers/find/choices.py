"""Choice letters and yes/no answers, compared as what they choose and never as letters of a formula."""

import re

from stages.answers.find.prose import MATH

_LETTERS = "A-J"
_ONE = rf"\(?\s*([{_LETTERS}])\s*[).:]?"
_ALONE = re.compile(rf"\s*(?:option|choice|answer)?\s*{_ONE}\s*", re.IGNORECASE)
_FAILS = (
    r"\s+(?:is|was|are|were|would be|must be|can be|seems)\s+(?:also |both |all |clearly |definitely )?"
    r"(?:wrong|incorrect|not|false|too|impossible|out|ruled|excluded|eliminated|invalid|the wrong)\b"
    r"|\s+(?:fails?|cannot|can't)\b"
)
_LEADING = re.compile(
    rf"\s*(?:(?:option|choice)\s+)?(?:\(([{_LETTERS}])\)(?!\s*[=<>+*/^])|([{_LETTERS}])\s*[).:](?!\s?[A-Z]\s*=)"
    rf"|([{_LETTERS}])(?=\s+[A-Z(])|([B-HJ])(?=\s+[^\W\d_]*[^\W\d_A-Z=])(?!\s+(?:and|or)\b|{_FAILS})|(A)(?=\s+(?:because|since|as|for)\b))"
)
_LEADING_SMALL = re.compile(rf"\s*\(?([{_LETTERS.lower()}])\s*[).:](?=\s)")
_SEVERAL = re.compile(
    rf"\s*\(?[{_LETTERS}]\)?(?:\s*(?:,|、|/|&|;|\.|and|or|,\s*and|,\s*or)?\s*\(?[{_LETTERS}]\)?)*\s*\.?\s*"
)
_NO_ARTICLE = r"(?!A\s+(?!and\b|or\b)[a-z]|I\s+(?!and\b|or\b)[a-z'])"
_RUN = rf"\(?{_NO_ARTICLE}[{_LETTERS}]\)?(?:(?:\s*[,、&/]\s*|,?\s+(?:and|or)\s+)\(?[{_LETTERS}]\)?)*"
_CHOICE_WORDS = (
    r"(?i:\b(?:it['’]s|that['’]s|is|be|are|was|options?|choices?|answers?|pick(?:ed)?|choose|chose|select(?:ed)?|letters?|with|for"
    r"|therefore|thus|hence|so|either|namely)\b)|[:：→]|选|是"
)
_HOLDS = r"(?=\s+(?:is|are)\s+(?:the\s+)?(?:only\s+)?(?:valid|correct|right|true|best|answer)\b)"
_STANDING = re.compile(
    rf"(?:(?:{_CHOICE_WORDS})[\s(*\"'“]*|(?=\())(?P<run>{_RUN})(?![A-Za-z0-9'_]|\s*[=<>+*/^])"
    rf"|(?<![\w\\'])(?P<holds>{_RUN.replace(_NO_ARTICLE, '')}){_HOLDS}"
)
"""Letters behind a word that chooses, or in brackets; a letter anywhere else names a point, a unit or a vitamin."""
_NOT = re.compile(
    r"(?:\bnot|\bcannot|n't|\bnever|\bnor|\bthan|\bexcept|\binstead of|\bexcludes?|\beliminates?|\brules? out)"
    r"(?: (?:be|option|choice|answer|necessarily))*[\s(:]*$",
    re.IGNORECASE,
)
_DRESS = re.compile(
    r"[⟦⟧$*{}]|\\(?:text|math)(?:bf|rm|it|sf)?(?![a-z])|\\[ ,;:!]|\\q?quad(?![a-z])|\\(?:bf|rm)(?![a-z])|~"
)
_YES = frozenset(("yes", "y", "true", "t", "correct", "right", "是", "对", "正确", "vrai", "oui"))
_NO = frozenset(("no", "n", "false", "f", "incorrect", "wrong", "否", "不是", "错", "错误", "faux", "non"))
_VERDICTS = re.compile(r"\b(?:yes|no|true|false)\b", re.IGNORECASE)
_HEADED = re.compile(r"\W*(yes|no|true|false)\s*[.,;:!]\s", re.IGNORECASE)
_ENDING = re.compile(r".*\b(?:is|are|was)\s+(?P<denied>not\s+)?(?P<said>true|false)\W*", re.IGNORECASE | re.DOTALL)


def letters(text: str, *, loose: bool = False) -> frozenset[str] | None:
    """Return the choice letters that `text` names; with `loose`, also those that a sentence chooses."""
    bare = _DRESS.sub(" ", text).strip()
    alone = _ALONE.fullmatch(bare)
    if alone:
        return frozenset(alone[1].upper())
    if _SEVERAL.fullmatch(bare):
        several = re.findall(rf"[{_LETTERS}]", bare)
        return frozenset(several) if len(several) == len(set(several)) else None
    leading = _LEADING.match(bare) or (_LEADING_SMALL.match(bare) if loose else None)
    if leading:
        return frozenset(next(group for group in leading.groups() if group).upper())
    return _chosen(text) if loose else None


def _chosen(text: str) -> frozenset[str] | None:
    """Return the letters that the last choosing words of a sentence choose; letters inside formulas choose nothing."""
    bare = _DRESS.sub(" ", MATH.sub(_lone_letters, text))
    runs = [(run.start(run.lastgroup or 0), run[run.lastgroup or 0]) for run in _STANDING.finditer(bare)]
    chosen = [run for start, run in runs if not _NOT.search(bare[:start])]
    return frozenset(re.findall(rf"\b[{_LETTERS}]\b", chosen[-1])) if chosen else None


def _lone_letters(formula: re.Match[str]) -> str:
    inside = next(part for part in formula.groups() if part)
    return f" {inside} " if letters(inside) else " "


def truth(text: str) -> bool | None:
    """Return what a yes or no says, alone, at the head of a sentence or at its end; none when the text is neither."""
    text = _DRESS.sub(" ", text)
    headed, ending = _HEADED.match(text), _ENDING.fullmatch(text)
    agreed = len(set(map(str.lower, _VERDICTS.findall(text)))) == 1
    if ending and agreed:
        return (ending["said"].lower() == "true") != bool(ending["denied"])
    if headed and agreed:
        text = headed[1]
    word = re.sub(r"[.!,\s]", "", text).casefold()
    return True if word in _YES else False if word in _NO else None

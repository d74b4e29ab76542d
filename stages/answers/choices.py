"""Choice letters and yes/no answers, compared as what they choose and never as letters of a formula."""

import re

_LETTERS = "A-J"
_ONE = rf"\(?\s*([{_LETTERS}])\s*[).:]?"
_ALONE = re.compile(rf"\s*(?:option|choice)?\s*{_ONE}\s*", re.IGNORECASE)
_LEADING = re.compile(
    rf"\s*(?:(?:option|choice)\s+)?(?:\(([{_LETTERS}])\)|([{_LETTERS}])\s*[).:]|([{_LETTERS}])(?=\s+[A-Z(])"
    r"|([B-HJ])(?=\s)|(A)(?=\s+(?:because|since|as|for)\b))"
)
_SEVERAL = re.compile(
    rf"\s*\(?[{_LETTERS}]\)?(?:\s*(?:,|、|/|&|;|\.|and|or|,\s*and|,\s*or)?\s*\(?[{_LETTERS}]\)?)*\s*\.?\s*"
)
_NO_ARTICLE = r"(?!A\s+(?!and\b|or\b)[a-z]|I\s)"
_STANDING = re.compile(
    rf"(?<![A-Za-z0-9\\'])\(?{_NO_ARTICLE}[{_LETTERS}]\)?(?:(?:\s*[,、&]\s*|,?\s+(?:and|or)\s+)\(?[{_LETTERS}]\)?)*(?![A-Za-z0-9'])"
)
_YES = frozenset(("yes", "y", "true", "t", "correct", "right", "是", "对", "正确", "vrai", "oui"))
_NO = frozenset(("no", "n", "false", "f", "incorrect", "wrong", "否", "不是", "错", "错误", "faux", "non"))
_VERDICTS = re.compile(r"\b(?:yes|no|true|false)\b", re.IGNORECASE)
_HEADED = re.compile(r"\W*(yes|no|true|false)\s*[.,;:!]\s", re.IGNORECASE)


def letters(text: str, *, loose: bool = False) -> frozenset[str] | None:
    """Return the choice letters that `text` names; with `loose`, also one that stands in a sentence."""
    bare = re.sub(r"[⟦⟧$*{}]|\\text(?:bf)?|\\mathrm", " ", text).strip()
    alone = _ALONE.fullmatch(bare)
    if alone:
        return frozenset(alone[1].upper())
    if _SEVERAL.fullmatch(bare):
        found = re.findall(rf"[{_LETTERS}]", bare)
        return frozenset(found) if len(found) == len(set(found)) else None
    leading = _LEADING.match(bare)
    if leading:
        return frozenset(next(group for group in leading.groups() if group))
    standing = [run.group() for run in _STANDING.finditer(bare)] if loose else []
    return frozenset(re.findall(rf"[{_LETTERS}]", standing[-1])) if standing else None


def truth(text: str) -> bool | None:
    """Return what a yes or no says, alone or at the head of a sentence; none when the text is neither."""
    headed = _HEADED.match(text)
    if headed and len(set(map(str.lower, _VERDICTS.findall(text)))) == 1:
        text = headed[1]
    word = re.sub(r"[⟦⟧$*{}.!,\s]|\\text", "", text).casefold()
    return True if word in _YES else False if word in _NO else None

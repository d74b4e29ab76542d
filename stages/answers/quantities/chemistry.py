r"""Chemical formulas in one spelling: `H₂SO₄`, `H_2SO_4`, `H2SO4` and `\ce{H2SO4}` are one; `Co` is not `CO`."""

import re

from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT

_ELEMENT = (
    r"(?:A[cglmrstu]|B[aeikr]?|C[adeflmorsu]?|Dy|E[rsu]|F[emr]?|G[ade]|H[efgo]?|I[nr]?|Kr?|L[airu]|M[dgno]|N[abdeiop]?"
    r"|Os?|P[abdmortu]?|R[abehnu]|S[bceimnr]?|T[abcehilm]|U|V|W|Xe|Yb?|Z[nr])"
)
_COUNT = r"(?:[1-9]\d{0,2})?"
_ATOM = rf"{_ELEMENT}{_COUNT}"
_FORMULA = re.compile(rf"(?:{_ATOM}|\((?:{_ATOM})+\){_COUNT})+(?:\^(?:\d?[-+]|[-+]\d?))?")
_LOWERED = re.compile(r"_(?:\{(\d+)\}|(\d))(?!\d)")
_CHARGE = re.compile(r"\^\{\s*([-+\d]{1,2})\s*\}$")
_APART = re.compile(r"[\s}]\d")
_DRESS = re.compile(rf"[{OPEN_TEXT}{CLOSE_TEXT}\s{{}}]+")
_LINK = re.compile(r"\s+and\s+|\s+or\s+|[,;&]")
_LONGEST = 60


def chemical_formula(text: str) -> str | None:
    """Return a tidied chemical formula of more than one letter in one spelling; none for anything else."""
    if not 1 < len(text) <= _LONGEST or "," in text:
        return None
    plain = _CHARGE.sub(r"^\1", _LOWERED.sub(r"\1\2", text.strip()))
    if _APART.search(plain):
        return None
    plain = _DRESS.sub("", plain)
    return plain if len(plain) > 1 and _FORMULA.fullmatch(plain) else None


def same_substance(gold: str, answer: str) -> bool | None:
    """Tell whether chemical formulas, or lists of them, are alike; none unless they differ in case if at all."""
    golds, answers = _LINK.split(gold), _LINK.split(answer)
    if len(golds) > 1 and len(golds) == len(answers):
        mixed = any(same_substance(part, twin) is False for part, twin in zip(golds, answers, strict=True))
        return False if mixed else None
    one, other = chemical_formula(gold), chemical_formula(answer)
    if one is None or other is None or {one.casefold(), other.casefold()} & {"no"}:
        return None
    if one == other:
        return True
    return False if one.casefold() == other.casefold() else None

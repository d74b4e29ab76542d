r"""Chemical formulas in one spelling: `H₂SO₄`, `H_2SO_4`, `H2SO4` and `\ce{H2SO4}` are one; `Co` is not `CO`."""

import re

from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT

_ELEMENTS = (
    "H He Li Be B C N O F Ne Na Mg Al Si P S Cl Ar K Ca Sc Ti V Cr Mn Fe Co Ni Cu Zn Ga Ge As Se Br Kr Rb Sr Y Zr Nb"
    " Mo Tc Ru Rh Pd Ag Cd In Sn Sb Te I Xe Cs Ba La Ce Pr Nd Pm Sm Eu Gd Tb Dy Ho Er Tm Yb Lu Hf Ta W Re Os Ir Pt Au"
    " Hg Tl Pb Bi Po At Rn Fr Ra Ac Th Pa U Np Pu Am Cm Bk Cf Es Fm Md No Lr"
).split()
_COUNT = r"(?:[1-9]\d{0,2})?"
_ATOM = rf"(?:{'|'.join(sorted(_ELEMENTS, key=len, reverse=True))}){_COUNT}"
_FORMULA = re.compile(rf"(?:{_ATOM}|\((?:{_ATOM})+\){_COUNT})+(?:\^(?:\d?[-+]|[-+]\d?))?")
_LOWERED = re.compile(r"_(?:\{(\d+)\}|(\d))(?!\d)")
_CHARGE = re.compile(r"\^\{\s*([-+\d]{1,2})\s*\}$")
_APART = re.compile(r"[\s}]\d")
_DRESS = re.compile(rf"[{OPEN_TEXT}{CLOSE_TEXT}\s{{}}]+")
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
    """Tell whether two chemical formulas are spelled alike; none unless both are some, and differ in case if at all."""
    one, other = chemical_formula(gold), chemical_formula(answer)
    if one is None or other is None or {one.casefold(), other.casefold()} & {"no"}:
        return None
    if one == other:
        return True
    return False if one.casefold() == other.casefold() else None

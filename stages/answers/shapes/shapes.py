"""The shapes an answer may have: a value, a list, tuple or set, an interval, a union, a matrix, a relation ..."""

from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True)
class Atom:
    """One value, formula or run of words."""

    text: str
    plus: bool | None = None
    """Which sign its plus-minus stands for; none when it holds none or both are meant."""


@dataclass(frozen=True)
class Items:
    """Several answers: a bare list, or one in brackets (tuple, interval, set)."""

    items: tuple["Reading", ...]
    opening: str = ""
    closing: str = ""
    link: Literal["", "and", "or"] = field(default="", compare=False)
    """The word that links a bare list, which matters between inequalities only."""


@dataclass(frozen=True)
class Union:
    """A union of intervals or sets."""

    parts: tuple["Reading", ...]


@dataclass(frozen=True)
class Matrix:
    """A matrix, or a column or row vector."""

    rows: tuple[tuple["Reading", ...], ...]


@dataclass(frozen=True)
class Ratio:
    """A proportion `a:b:c`."""

    terms: tuple["Reading", ...]
    literal: bool = False
    """Whether it may be something else (a time `3:20`, a range `5 to 10`): two such are never reduced."""


@dataclass(frozen=True)
class Relation:
    """Sides joined by `=`, `<`, `<=`, `!=`, `~` and the like."""

    sides: tuple[str, ...]
    signs: tuple[str, ...]


@dataclass(frozen=True)
class Piecewise:
    """A function told branch by branch: a value, and the condition under which it holds."""

    branches: tuple[tuple["Reading", "Reading"], ...]


Reading: TypeAlias = Atom | Items | Union | Matrix | Ratio | Relation | Piecewise

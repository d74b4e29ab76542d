"""What kind of answer a gold is, inferred once from its spelling."""

from fractions import Fraction
from typing import Literal, get_args

from data.golds import letter_and_value
from stages.answers.find.choices import letters, truth
from stages.answers.formulas.clean import tidy
from stages.answers.formulas.lexer import UnreadableError
from stages.answers.formulas.parser import parse
from stages.answers.quantities.moments import clock, date
from stages.answers.quantities.numbers import Number, read_numbers
from stages.answers.quantities.units import PERCENT, measure
from stages.answers.shapes.reading import named, read
from stages.answers.shapes.shapes import Atom, Items, Matrix, Piecewise, Ratio, Reading, Relation, Union
from stages.answers.shapes.values import is_words

Kind = Literal[
    "integer", "decimal", "fraction", "percentage", "quantity", "expression", "equation", "relation", "interval",
    "set", "tuple", "matrix", "choice", "boolean", "time", "text",
]  # fmt: skip
KINDS: tuple[str, ...] = get_args(Kind)
_OTHER_NAMES = {
    "string": "text", "bool": "boolean", "yes_no": "boolean", "number": "decimal", "percent": "percentage",
    "date": "time",
    "list": "set", "vector": "tuple", "multiple_choice": "choice", "python": "code", "program": "code",
    "int": "integer",
}  # fmt: skip


def infer_kind(gold: str) -> Kind:
    """Return the kind of a gold."""
    return "choice" if letter_and_value(gold) else kind_of(tidy(gold))


def kind_of(text: str) -> Kind:
    """Return the kind of a tidied gold: `text` for words, `expression` for what nothing else reads."""
    bare = text.strip("⟦⟧(). ")
    if len(bare) == 1 and bare.isupper() and letters(bare):
        return "choice"
    if truth(text) is not None and sum(map(str.isalpha, text)) > 1:
        return "boolean"
    if clock(text) is not None or date(text) is not None:
        return "time"
    value = measure(text)
    numbers = read_numbers(value.core)
    if numbers:
        return _number_kind(numbers[0], value.dimension, value.unit)
    try:
        return _shape_kind(read(text))
    except UnreadableError as error:
        return "text" if str(error) == "words" or is_words(text) else "expression"


def _number_kind(number: Number, dimension: str, unit: str) -> Kind:
    if dimension == PERCENT:
        return "percentage"
    if unit:
        return "quantity"
    if number.places is not None:
        return "decimal"
    return "integer" if number.value == Fraction(int(number.value)) else "fraction"


def _shape_kind(reading: Reading) -> Kind:
    if isinstance(reading, Items):
        if not reading.opening or reading.opening == "{":
            return "set"
        brackets = reading.opening + reading.closing
        infinite = any(isinstance(item, Atom) and "infty" in item.text for item in reading.items)
        return "interval" if (brackets != "()" and len(reading.items) == 2) or infinite else "tuple"
    if isinstance(reading, Relation):
        return "equation" if named(reading) or set(reading.signs) == {"="} else "relation"
    if isinstance(reading, Union):
        return "interval"
    if isinstance(reading, Matrix):
        return "matrix"
    if isinstance(reading, Piecewise):
        return "expression"
    return "tuple" if isinstance(reading, Ratio) else _atom_kind(reading)


def _atom_kind(atom: Atom) -> Kind:
    if is_words(atom.text):
        return "text"
    parse(measure(atom.text).core)
    return "expression"


def known_kind(kind: str | None) -> str | None:
    """Return `kind` by its name here; none, to be inferred, for one that says no more than that it is mathematics."""
    if kind is None:
        return None
    kind = _OTHER_NAMES.get(kind.lower(), kind.lower())
    return kind if kind in (*KINDS, "code") else None

"""The units that are known: what each measures, and how many of the base units of that it is.

Dimensions are products of base ones (`length`, `time^-1`), so that `N` is `kg m/s^2` and `kW` is 1000 `J/s`. Units of
one dimension that do not convert here (currencies, degrees Celsius and kelvins) have dimensions of their own.
"""

import re
from dataclasses import dataclass
from fractions import Fraction

from stages.answers.formulas.clean import CLOSE_TEXT, OPEN_TEXT

PERCENT = "%"
_Powers = dict[str, int]


@dataclass(frozen=True)
class Unit:
    """What a unit measures, and its size."""

    powers: tuple[tuple[str, int], ...]
    """The base dimensions with their powers, in the order of the alphabet."""
    size: Fraction

    @property
    def dimension(self) -> str:
        """What it measures, as text: `length^2`, `length time^-1`."""
        return " ".join(name if power == 1 else f"{name}^{power}" for name, power in self.powers)

    def __pow__(self, power: int) -> "Unit":
        """Return the unit raised to a whole power."""
        return Unit(tuple((name, own * power) for name, own in self.powers), self.size**power)

    def __mul__(self, other: "Unit") -> "Unit":
        """Return the product of two units."""
        powers = dict(self.powers)
        for name, power in other.powers:
            powers[name] = powers.get(name, 0) + power
        return Unit(tuple(sorted((name, power) for name, power in powers.items() if power)), self.size * other.size)


def _unit(size: int | str, **powers: int) -> Unit:
    return Unit(tuple(sorted(powers.items())), Fraction(size))


_SYMBOLS = {
    "m": _unit(1, length=1), "g": _unit("1/1000", mass=1), "s": _unit(1, time=1), "A": _unit(1, current=1),
    "K": _unit(1, kelvin=1), "mol": _unit(1, amount=1), "N": _unit(1, mass=1, length=1, time=-2),
    "J": _unit(1, mass=1, length=2, time=-2), "W": _unit(1, mass=1, length=2, time=-3),
    "Pa": _unit(1, mass=1, length=-1, time=-2), "V": _unit(1, mass=1, length=2, time=-3, current=-1),
    "C": _unit(1, current=1, time=1), "F": _unit(1, mass=-1, length=-2, time=4, current=2), "Hz": _unit(1, time=-1),
    "T": _unit(1, mass=1, time=-2, current=-1), "H": _unit(1, mass=1, length=2, time=-2, current=-2),
    "Wb": _unit(1, mass=1, length=2, time=-2, current=-1), "Ω": _unit(1, mass=1, length=2, time=-3, current=-2),
    "L": _unit("1/1000", length=3), "l": _unit("1/1000", length=3), "eV": _unit(1, electronvolt=1),
    "cal": _unit("4.184", mass=1, length=2, time=-2), "bar": _unit(100000, mass=1, length=-1, time=-2),
    "Wh": _unit(3600, mass=1, length=2, time=-2), "M": _unit(1000, amount=1, length=-3),
}  # fmt: skip
"""Symbols that take prefixes; their case counts."""
_PREFIXES = {"p": -12, "n": -9, "μ": -6, "u": -6, "m": -3, "c": -2, "d": -1, "k": 3, "M": 6, "G": 9, "T": 12}
_UNPREFIXED = frozenset(("M", "T", "F", "H", "K", "C", "Wb"))
"""Of these a prefix would be read for something else (`dT`, `mM`), but for those below."""
_ALSO = {"mT": "T", "μF": "F", "nF": "F", "pF": "F", "uF": "F", "mF": "F", "mH": "H", "mK": "K", "mC": "C", "μC": "C",
         "nC": "C", "uC": "C", "μT": "T", "mM": "M"}  # fmt: skip
_NAMES: dict[str, Unit] = {
    **{name: _unit(1, length=1) for name in ("meter", "metre")},
    **{name: _unit("127/5000", length=1) for name in ("in", "inch", "inches")},
    **{name: _unit("381/1250", length=1) for name in ("ft", "foot", "feet")},
    **{name: _unit("1143/1250", length=1) for name in ("yd", "yard")},
    **{name: _unit("201168/125", length=1) for name in ("mi", "mile")},
    **{name: _unit(1, time=1) for name in ("sec", "second")},
    **{name: _unit(60, time=1) for name in ("min", "minute")},
    **{name: _unit(3600, time=1) for name in ("h", "hr", "hour")},
    "day": _unit(86400, time=1), "week": _unit(604800, time=1), "month": _unit(1, month=1), "year": _unit(12, month=1),
    "gram": _unit("1/1000", mass=1), "ton": _unit(1, ton=1), "tonne": _unit(1000, mass=1),
    **{name: _unit("0.45359237", mass=1) for name in ("lb", "pound")},
    **{name: _unit("0.028349523125", mass=1) for name in ("oz", "ounce")},
    **{name: _unit("1/1000", length=3) for name in ("liter", "litre")},
    **{name: _unit("0.003785411784", length=3) for name in ("gal", "gallon")},
    **{name: _unit("0.000946352946", length=3) for name in ("qt", "quart")},
    **{name: _unit("0.000473176473", length=3) for name in ("pt", "pint")},
    "cup": _unit("0.0002365882365", length=3), "tablespoon": _unit(3, spoon=1), "teaspoon": _unit(1, spoon=1),
    "cc": _unit("0.000001", length=3), "hectare": _unit(10000, length=2), "acre": _unit("4046.8564224", length=2),
    **{name: _unit(1, dollar=1) for name in ("$", "dollar", "usd", "us dollar")},
    **{name: _unit("1/100", dollar=1) for name in ("cent", "¢")},
    **{name: _unit(1, euro=1) for name in ("€", "euro", "eur")},
    **{name: _unit(1, sterling=1) for name in ("£", "pound sterling", "gbp")},
    **{name: _unit(1, yen=1) for name in ("¥", "yuan", "yen", "jpy", "cny")},
    **{name: _unit(1, rupee=1) for name in ("₹", "rupee", "inr")}, "chf": _unit(1, franc=1),
    **{name: _unit(1, zloty=1) for name in ("zł", "pln", "złoty", "złotych")},
    **{name: _unit(1, ruble=1) for name in ("₽", "ruble", "rouble", "rub")},
    **{name: _unit(1, angle=1) for name in ("degree", "deg", "°")},
    **{name: _unit(1, radian=1) for name in ("radian", "rad")},
    "celsius": _unit(1, celsius=1), "fahrenheit": _unit(1, fahrenheit=1), "kelvin": _unit(1, kelvin=1),
    **{name: _unit("0.44704", length=1, time=-1) for name in ("mph", "miles per hour")},
    **{name: _unit("5/18", length=1, time=-1) for name in ("kph", "kmh", "kmph")},
    **{name: _unit(1, **{PERCENT: 1}) for name in (PERCENT, "percent", "pct", "percentage", "percentage point")},
    "newton": _SYMBOLS["N"], "joule": _SYMBOLS["J"], "watt": _SYMBOLS["W"], "pascal": _SYMBOLS["Pa"],
    "volt": _SYMBOLS["V"], "ampere": _SYMBOLS["A"], "amp": _SYMBOLS["A"], "ohm": _SYMBOLS["Ω"],
    "coulomb": _SYMBOLS["C"], "farad": _SYMBOLS["F"], "hertz": _SYMBOLS["Hz"], "tesla": _SYMBOLS["T"],
    "henry": _SYMBOLS["H"], "mole": _SYMBOLS["mol"], "calorie": _SYMBOLS["cal"], "electronvolt": _SYMBOLS["eV"],
    "electron volt": _SYMBOLS["eV"],
    "atm": _unit(101325, mass=1, length=-1, time=-2), "mmhg": _unit(1, mercury=1), "torr": _unit(1, mercury=1),
    "psi": _unit(1, psi=1), "hp": _unit(1, horsepower=1), "horsepower": _unit(1, horsepower=1),
    **{name: _unit(1, turn=1) for name in ("rev", "revolution", "turn")},
    "rpm": Unit((("time", -1), ("turn", 1)), Fraction(1, 60)),
    "byte": _unit(1, byte=1), "kb": _unit(1, kilobyte=1), "mb": _unit(1, megabyte=1), "gb": _unit(1, gigabyte=1),
}  # fmt: skip
_WORD_PREFIXES = {"kilo": 3, "mega": 6, "giga": 9, "centi": -2, "deci": -1, "milli": -3, "micro": -6, "nano": -9}
_PREFIXED_NAMES = frozenset(
    ["meter", "metre", "gram", "liter", "litre", "second", "newton", "joule", "watt", "pascal", "volt", "ampere", "amp",
     "ohm", "coulomb", "farad", "hertz", "tesla", "henry", "mole", "calorie", "electronvolt"]
)  # fmt: skip
_FACTOR = re.compile(
    r"(?P<name>\\Omega|\\mu\s*[A-Za-z]+|[A-Za-zΩμµÅ°$€£¥₹¢%][A-Za-zΩμµ.]*?)\.?"
    r"(?:\s*\^\s*\{?\s*(?P<raised>[-+]?\d)\s*\}?|(?P<glued>[23])(?!\d))?(?![A-Za-z])"
)
_BETWEEN = re.compile(r"\s*(?P<over>/|\bper\b)\s*|\s*(?:\\cdot|\\times|\*|·|-)\s*|\s+")
_SQUARED = {"square": 2, "sq": 2, "cubic": 3, "cu": 3}
_AFTERWARDS = {"squared": 2, "cubed": 3}
_LONGEST = 60


def unit_of(text: str) -> Unit | None:
    """Return the unit that `text` writes (`cm`, `km/h`, `kg m^2 s^{-2}`, `miles per hour`); none for other words."""
    text = " ".join(text.replace(OPEN_TEXT, " ").replace(CLOSE_TEXT, " ").replace("\\,", " ").split()).strip(" .")
    if not text or len(text) > _LONGEST:
        return None
    whole = _named(text)
    if whole is not None:
        return whole
    if text.count("(") == text.count(")") == 1:
        text = " ".join(text.replace("(", " ").replace(")", " ").split())
    unit, power, sign, position = Unit((), Fraction(1)), 1, 1, 0
    while position < len(text):
        between = _BETWEEN.match(text, position)
        if between and position:
            sign = -1 if between["over"] else sign
            position = between.end()
        word = re.compile(r"[a-z]+").match(text, position)
        if word and word.group() in _SQUARED:
            power, position = _SQUARED[word.group()], word.end() + 1
            continue
        factor = _FACTOR.match(text, position)
        if factor is None:
            return None
        if factor["name"] in _AFTERWARDS:
            return None
        single = _named(factor["name"])
        if single is None:
            return None
        position = factor.end()
        later = re.compile(r"\s+(squared|cubed)\b").match(text, position)
        if later:
            power, position = _AFTERWARDS[later[1]], later.end()
        raised = int(factor["raised"] or factor["glued"] or 1)
        unit, power = unit * single ** (sign * power * raised), 1
    return unit if unit.powers else None


def _named(word: str) -> Unit | None:
    """Return the unit of one symbol or name."""
    word = word.replace("\\Omega", "Ω").replace("\\mu", "μ").replace("µ", "μ").replace(" ", " ").strip()
    symbol = word.replace(" ", "") if word.startswith("μ") else word
    if symbol in _SYMBOLS:
        return _SYMBOLS[symbol]
    if symbol == "pm":
        return None  # behind noon, not a picometre
    if symbol in _ALSO:
        return _prefixed(symbol[0], _SYMBOLS[_ALSO[symbol]])
    if symbol[:1] in _PREFIXES and symbol[1:] in _SYMBOLS and symbol[1:] not in _UNPREFIXED:
        return _prefixed(symbol[0], _SYMBOLS[symbol[1:]])
    lower = word.lower()
    for name in (lower, lower.removesuffix("s"), lower.removesuffix("es")):
        if name in _NAMES:
            return _NAMES[name]
        for prefix, power in _WORD_PREFIXES.items():
            rest = name.removeprefix(prefix)
            if rest != name and rest in _PREFIXED_NAMES:
                return Unit(_NAMES[rest].powers, _NAMES[rest].size * Fraction(10) ** power)
    return None


def _prefixed(prefix: str, unit: Unit) -> Unit:
    return Unit(unit.powers, unit.size * Fraction(10) ** _PREFIXES[prefix])

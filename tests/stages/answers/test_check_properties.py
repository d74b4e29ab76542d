"""What holds for every answer: equality is reflexive and symmetric, formatting keeps it, another digit breaks it."""

import string
import time
from fractions import Fraction

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from stages.answers.check import check_answer

LIMIT_SECONDS = 2.0
MATHS = ["\\frac{", "}{", "}", "\\sqrt{", "x", "y", "2", "10", "+", "-", "^", "{", "(", ")", "\\boxed{", "$", "\\pi"]
MATHS += [
    "=",
    "<",
    ",",
    "\\le ",
    "\\text{",
    "\\begin{pmatrix}",
    "\\\\",
    "&",
    "!",
    "%",
    "[",
    "]",
    "\\cup ",
    " and ",
    "i",
]
ANSWERS = [
    "3", "-1/2", "0.75", "\\frac{3}{7}", "x^2+1", "2\\sqrt{3}", "(1,2)", "[0,1)", "\\{1,2\\}", "1,2,3", "x=4", "x>2",
    "y=2x+1", "\\pm 3", "3:4", "50\\%", "5 cm", "A", "yes", "east", "\\begin{pmatrix}1\\\\2\\end{pmatrix}", "10:30",
    "(-\\infty,2)\\cup(3,\\infty)", "\\sin x", "e^{i\\pi}", "2+3i", "\\text{blue}", "1\\frac12",
]  # fmt: skip
quick = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])
wholes = st.integers(min_value=1, max_value=10**12)
signs = st.sampled_from(["", "-"])


def correct(gold: str, answer: str) -> bool:
    return check_answer(answer, gold, bare=True).verdict == "correct"


def grouped(whole: int, mark: str) -> str:
    return f"{whole:,}".replace(",", mark)


@st.composite
def spellings(draw: st.DrawFn) -> tuple[str, str]:
    """A plain number, and the same number as somebody else would write it."""
    whole, places, sign = draw(wholes), draw(st.integers(0, 4)), draw(signs)
    part = "".join(draw(st.lists(st.sampled_from(string.digits), min_size=places, max_size=places)))
    plain = f"{whole}.{part}" if part else str(whole)
    point = f".{part}" if part else ""
    comma = f",{part}" if part else ""
    value = Fraction(plain)
    ways = [
        plain, grouped(whole, ",") + point, grouped(whole, "{,}") + point, grouped(whole, "\\,") + point,
        grouped(whole, " ") + point, grouped(whole, " ") + (comma if whole > 999 else point), f"\\text{{{plain}}}",
        f"\\frac{{{value.numerator}}}{{{value.denominator}}}", f"{value.numerator}/{value.denominator}",
        f"{plain}000" if part else f"{plain}.000", f"\\${grouped(whole, ',')}{point}", f"{plain} dollars",
        f"{plain}\\text{{ cm}}", f"{plain}e0", f"{plain} \\times 10^{{0}}", f"${plain}$", f"\\boxed{{{plain}}}",
        plain.translate(str.maketrans(string.digits, "０１２３４５６７８９")),
    ]  # fmt: skip
    if whole > 999_999 or (whole > 999 and part):
        ways.append(grouped(whole, ".") + comma)
    way = draw(st.sampled_from(ways))
    return sign + plain, sign + way if not way.startswith(("$", "\\boxed")) else way.replace(plain, sign + plain)


@quick
@given(st.text(max_size=80))
def test_any_text_equals_itself(text: str) -> None:
    assume(text.strip())

    verdict = check_answer(text, text, bare=True)

    assert verdict.verdict == "correct" or verdict.reason in ("gold", "no_answer", "too_long")


@quick
@given(st.sampled_from(ANSWERS), st.sampled_from(ANSWERS))
def test_equality_has_no_direction(one: str, other: str) -> None:
    assert correct(one, other) == correct(other, one)


@quick
@given(spellings())
def test_a_number_stays_equal_however_it_is_written(pair: tuple[str, str]) -> None:
    plain, other = pair

    assert correct(plain, other)
    assert correct(other, plain)


@quick
@given(spellings(), st.data())
def test_another_digit_makes_another_number(pair: tuple[str, str], data: st.DataObject) -> None:
    plain, other = pair
    places = [place for place, char in enumerate(plain) if char.isdigit()]
    place = data.draw(st.sampled_from(places))
    digit = data.draw(st.sampled_from([d for d in string.digits if d != plain[place]]))
    changed = plain[:place] + digit + plain[place + 1 :]

    assert not correct(changed, other)
    assert not correct(other, changed)


@quick
@given(st.one_of(st.text(max_size=200), st.lists(st.sampled_from(MATHS), max_size=40).map("".join)))
def test_no_text_crashes_or_outlasts_the_limit(text: str) -> None:
    started = time.monotonic()

    verdicts = [check_answer(text, "\\sqrt{2}+x"), check_answer(text, "17", bare=True), check_answer("17", text or "1")]

    assert all(verdict.verdict in ("correct", "incorrect", "undecided") for verdict in verdicts)
    assert time.monotonic() - started < 3 * LIMIT_SECONDS


@quick
@given(st.lists(st.sampled_from(MATHS), max_size=25).map("".join))
def test_the_same_row_gets_the_same_verdict_again(text: str) -> None:
    assert check_answer(text, "x^2+\\pi", bare=True) == check_answer(text, "x^2+\\pi", bare=True)

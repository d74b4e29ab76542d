from collections import Counter
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.cutting.units import joined, units_of

HOSTILE = [
    "10⁶ and ½ of x² + y³",
    "数学：三加四 = 7。",
    "Fine 🙂🙂 👩‍👩‍👧 done",
    "\\frac{90}{7.5} = 12\n\n\\[ 4x = 32 \\]",
    "a\u0301 e\u0301\t\tx\r\ny",
    "H₂O — 3:4 f(x)=3",
    "กี่ 3 คน ガ",
]


def left(text: str, keep: list[bool]) -> str:
    return "".join(text[begin:end] for begin, end in units_of(text).kept(keep))


def is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(sign in rest for sign in short)


@given(st.text(alphabet=st.sampled_from("ab 1⁶½数\n\t.,{}\\$+-*/=🙂é")), st.integers())
def test_what_is_left_is_a_subsequence_of_the_characters(text: str, seed: int) -> None:
    rng = Random(seed)
    keep = [rng.random() < 0.5 for _ in units_of(text).spans]

    assert is_subsequence(left(text, keep), text)


@pytest.mark.parametrize("text", HOSTILE)
def test_keeping_all_units_keeps_every_character_up_to_the_last(text: str) -> None:
    assert left(text, [True] * len(units_of(text))) == text.rstrip()


@pytest.mark.parametrize("text", HOSTILE)
def test_keeping_the_protected_keeps_every_number_operator_and_brace(text: str) -> None:
    units = units_of(text)
    kept = left(text, units.protected())
    wanted = [sign for sign in text if sign.isnumeric() or sign in "+=×÷{}\\^"]

    assert Counter(sign for sign in kept if sign.isnumeric() or sign in "+=×÷{}\\^") == Counter(wanted)


@given(
    st.lists(
        st.sampled_from(
            [
                "3",
                "47",
                "1,200",
                "2.5",
                "the",
                "box",
                "(",
                ")",
                ":",
                "+",
                ";",
                "x",
                "-",
                "**",
                ".",
                "个",
                "กี่",
                " ",
                "\n",
            ]
        ),
        max_size=30,
    ),
    st.integers(),
)
def test_no_choice_that_keeps_the_protected_makes_a_new_number(pieces: list[str], seed: int) -> None:
    text = "".join(pieces)
    units, rng = units_of(text), Random(seed)
    kept = left(text, [held or rng.random() < 0.4 for held in units.protected()])

    assert Counter(numbers(kept)) == Counter(numbers(text))


def numbers(text: str) -> list[str]:
    return [text[begin:end] for begin, end in units_of(text).spans if any(sign.isnumeric() for sign in text[begin:end])]


def test_a_sign_before_a_number_hangs_on_no_other_number() -> None:
    assert left("3 the.3", [True, False, True, True]) == "3 .3"
    assert left("3 the.", [True, False, True]) == "3."


def test_a_line_break_stays_where_text_is_left_on_both_sides() -> None:
    text = "one two\nthree four\n\nfive"

    assert left(text, [True, False, False, True, True]) == "one\nfour\n\nfive"


def held(text: str) -> list[str]:
    units = units_of(text)
    return [text[begin:end] for (begin, end), stays in zip(units.spans, units.protected(), strict=True) if stays]


def test_hyphens_bullets_and_emphasis_are_no_operators() -> None:
    assert held("- a well-known **bold** miles/hour 3 - 2") == ["3", "-", "2"]
    assert held("Tom (so it is told) had an up-to-date box, a x b") == []


OPERATORS = ("+", "-", "−", "–", "*", "**", "/", "×", "÷", "·", "=", "<", ">", "≤", "≥", "≠", "±", "^", "%", "→")
NUMBERS = ("3", "47", "1,200", "2.5", "½")
NAMES = ("a", "y", "\\alpha", "f(b)")


@st.composite
def expressions(draw: st.DrawFn, depth: int = 2) -> str:
    """Formulas over numbers and names, spaced or not, with brackets."""
    if depth == 0:
        operand: str = draw(st.sampled_from(NUMBERS + NAMES))
        return operand
    left, right = draw(expressions(depth=depth - 1)), draw(expressions(depth=depth - 1))
    blank = draw(st.sampled_from(["", " "]))
    made = f"{left}{blank}{draw(st.sampled_from(OPERATORS))}{blank}{right}"
    begin, end = draw(st.sampled_from([("", ""), ("(", ")"), ("[", "]")]))
    return f"{begin}{made}{end}"


@given(expressions(), st.sampled_from(["So {} it is.", "{}", "${}$", "that is {}, as told"]), st.integers())
def test_no_choice_that_keeps_the_protected_changes_the_operators(formula: str, sentence: str, seed: int) -> None:
    text, rng = sentence.format(formula), Random(seed)
    units = units_of(text)
    kept = left(text, [stays or rng.random() < 0.4 for stays in units.protected()])
    signs = set("".join(OPERATORS) + "()[]")

    assert [sign for sign in kept if sign in signs] == [sign for sign in text if sign in signs]


@pytest.mark.parametrize(
    ("text", "stays"),
    [
        ("Let x-y be it", "-"),
        ("so $a-b$ and \\(up-down\\)", "$-$\\(-\\)"),
        ("sales-costs = profit", "-="),
        ("a/b", "/"),
        ("3 x 4 boxes, (a) x 2", "3x4()x2"),
        ("2 * (3 + 4) = 14", "2*(3+4)=14"),
        ("2 * (a + b)", "2*(+)"),
        ("f(g(y)) = 3", "(())=3"),
        ("6 : 2", "6:2"),
        ("2**3 and 2 ** 3", "2**32**3"),
        ("let a**y and a ** y be", "****"),
        ("***so*** it **is**", ""),
    ],
)
def test_what_makes_a_formula_stays(text: str, stays: str) -> None:
    assert "".join(held(text)) == stays


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("小明有3个苹果", 7),
        ("ひらがなカタカナ", 8),
        ("사과 세 개", 4),
        ("มีกี่คน", 4),
        ("ガギ", 2),
    ],
)
def test_writing_without_blanks_is_cut_by_the_character(text: str, count: int) -> None:
    assert len(units_of(text)) == count


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", [".", "=", "-", "*", "(", "()", "(3", "$", "\\(", "\\[", " -\n", "个", "3个", ":", "x ", "=\n", "!"]
)
def test_signs_in_any_number_cost_no_more_than_their_length(piece: str) -> None:
    text = "3" + piece * 50_000 + "4"

    assert len(units_of(text).protected()) >= 50_000


def test_touching_stretches_become_one() -> None:
    assert joined([(0, 2), (2, 2), (2, 3), (5, 6)]) == [(0, 3), (5, 6)]

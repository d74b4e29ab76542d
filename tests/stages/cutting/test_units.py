from collections import Counter
from random import Random

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from stages.cutting.units import joined, pieces_of, units_of

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


def units(text: str) -> list[str]:
    return [text[begin:end] for begin, end in units_of(text).spans]


def is_subsequence(short: str, long: str) -> bool:
    rest = iter(long)
    return all(sign in rest for sign in short)


@given(st.text(alphabet=st.sampled_from("ab 1⁶½数\n\t.,{}\\$+-*/=🙂é`|")), st.integers())
def test_what_is_left_is_a_subsequence_of_the_characters(text: str, seed: int) -> None:
    rng = Random(seed)
    keep = [rng.random() < 0.5 for _ in units_of(text).spans]

    assert is_subsequence(left(text, keep), text)


@pytest.mark.parametrize("text", HOSTILE)
def test_keeping_all_units_keeps_every_character_up_to_the_last(text: str) -> None:
    assert left(text, [True] * len(units_of(text))) == text.rstrip()


@pytest.mark.parametrize(
    "formula",
    [
        "36/6 = 6",
        "Total books = Dolly's + Pandora's",
        "$x = 3$",
        "$ y + 1 $",
        "\\(\\frac{xy}{z}\\)",
        "\\[x = -\\frac{2}{3}, \\quad y = \\frac{5}{7}\\]",
        "$$\na + b\n$$",
        "\\begin{align*}\nx + y &= 10\n\\end{align*}",
        "\\begin{cases} x \\\\ \\begin{matrix} 1 \\end{matrix} \\end{cases}",
        "(x, y) = (3, 4)",
        "{1, 2, 3}",
        "2(3 + 4)",
        "f(g(y)) = 3",
        "3 apples + 4 apples = 7",
        "$40 - $5 = $35",
        "5 - .05 = 4.95",
        "$18/bag = $<<17*18=306>>306",
        "3375 gallons+ 4500",
        "5 \\times 3 = 15",
        "\\frac{1}{2}",
        "2**3",
        "3 x 4",
        "6 : 2",
        "x-y",
        "x² + y³ = ½",
        "|x - 3| = 5",
        "```python\ndef f(n):\n    return n + 1\n```",
        "~~~\n3 + 4\n~~~",
        "| a | b |",
        "one | two | three",
        "`n = 3`",
        "3:30",
        "well-known",
    ],
)
def test_what_is_one_thing_is_one_unit(formula: str) -> None:
    assert formula in units(f"Here, it\n{formula}\nthen, goes on.")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("so 36/6 = 6 and 3 * 4 = 12, too", ["so", "36/6 = 6", "and", "3 * 4 = 12", ",", "too"]),
        ("pays $40 and $5 more", ["pays", "$40", "and", "$5", "more"]),
        ("costs $5. Let $x$ be", ["costs", "$5", ".", "Let", "$x$", "be"]),
        ("- a bold step", ["-", "a", "bold", "step"]),
        ("**so** it is", ["**", "so", "**", "it", "is"]),
        ("he said - well", ["he", "said", "-", "well"]),
        ("x = 5 and y = 7", ["x = 5", "and", "y = 7"]),
        ("\\(a\\) and \\(b", ["\\(a\\)", "and", "\\(b"]),
        ("| 1 | 2 |\n| 3 | 4 |", ["| 1 | 2 |", "| 3 | 4 |"]),
        ("the ratio P(A | B) is", ["the", "ratio", "P(A | B)", "is"]),
        ("小明有3个苹果", ["小", "明", "有", "3", "个", "苹", "果"]),
        ("3个和4个", ["3个", "和", "4", "个"]),
    ],
)
def test_prose_is_cut_by_the_word_and_each_formula_stands_alone(text: str, expected: list[str]) -> None:
    assert units(text) == expected


def test_the_size_of_a_unit_is_its_words_numbers_and_signs() -> None:
    found = units_of("so 3 + 4 = 7 in all")

    assert found.sizes == (1, 5, 1, 1)
    assert found.size == len(pieces_of(found.text))


def test_what_only_boxes_an_answer_has_no_size() -> None:
    assert units_of("so \\(\\boxed{7}\\) it is").sizes == (1, 3, 1, 1)


def test_numbers_of_the_prose_are_told_from_those_of_formulas() -> None:
    text = "He has 3 apples, $40 and 20%; so \\(x = 3\\) and 3 + 4 = 7."
    found = units_of(text)
    numbers = [text[begin:end] for (begin, end), number in zip(found.spans, found.numbers, strict=True) if number]

    assert numbers == ["3", "$40", "20%"]


WORDS = ["3", "47", "1,200", "2.5", "the", "box", "(", ")", ":", "+", ";", "x", "-", "**", ".", "个", "กี่", " ", "\n"]


@given(st.lists(st.sampled_from(WORDS), max_size=30), st.integers())
@example([".", "(", "3"], 54307815)
def test_no_choice_makes_a_number_that_was_not_there(pieces: list[str], seed: int) -> None:
    text = "".join(pieces)
    rng = Random(seed)
    kept = left(text, [rng.random() < 0.5 for _ in units_of(text).spans])

    assert not Counter(numbers(kept)) - Counter(numbers(text))


def numbers(text: str) -> list[str]:
    return [
        text[begin:end] for begin, end in pieces_of(text).spans if any(sign.isnumeric() for sign in text[begin:end])
    ]


def test_a_sign_that_closes_hangs_on_the_word_that_is_left_before_it() -> None:
    assert left("3 the.", [True, False, True]) == "3."
    assert left("so (far) it", [True, False, False, True, True]) == "so) it"


def test_a_line_break_stays_where_text_is_left_on_both_sides() -> None:
    text = "one two\nthree four\n\nfive"

    assert left(text, [True, False, False, True, True]) == "one\nfour\n\nfive"


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("小明有三个苹果", 7),
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
    "piece",
    [
        *(".", "=", "-", "*", "(", "()", "(3", "$", "$ ", "$a ", "\\(", "\\[", "$$ ", " -\n", "个", "3个", ":", "x "),
        *("=\n", "!", "`", "`a", "``a", "```\n", "~~~ ", "|", "| |\n", "a|b\n", "\\begin{a}", "\\end{a}", "<a>", "<ab"),
        *("a b c d e = ", "\\frac{", "}", "{", "a, -", "(a) ", "**", "\\times ", "\\\\", "a"),
    ],
)
def test_signs_in_any_number_cost_no_more_than_their_length(piece: str) -> None:
    text = "3" + piece * (40_000 // len(piece)) + "4"

    assert units_of(text).size


def test_touching_stretches_become_one() -> None:
    assert joined([(0, 2), (2, 2), (2, 3), (5, 6)]) == [(0, 3), (5, 6)]

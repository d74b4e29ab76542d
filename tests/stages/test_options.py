import pytest

from stages.asking.options import options_of, without_options


@pytest.mark.parametrize(
    ("question", "labels", "texts"),
    [
        ("Which?\nA) one\nB) two", "AB", ["one", "two"]),
        ("Which?\n(a) one\n(b) two\n(c) three", "abc", ["one", "two", "three"]),
        ("Which? A) 3 B) 4 C) 5", "ABC", ["3", "4", "5"]),
        ("Pick: (A) red, (B) blue, (C) green. Say why.", "ABC", ["red", "blue", "green"]),
        ("哪个？\nA、一\nB、二\nC、三", "ABC", ["一", "二", "三"]),
        ("哪个？A、一 B、二 C、三", "ABC", ["一", "二", "三"]),
        ("哪个？（A）一（B）二", "AB", ["一", "二"]),
        ("选：①一 ②二 ③三", "①②③", ["一", "二", "三"]),
        ("Which is prime?\n1. 4\n2. 7\n3. 9", "123", ["4", "7", "9"]),
        ("Which?\n**A.** one\n**B.** two", "AB", ["one", "two"]),
        ("Which?\nA: one\nB: two\n\nAnswer with the letter.", "AB", ["one", "two"]),
        ("Which?\nA) one\ngoes on\nB) two", "AB", ["one\ngoes on", "two"]),
        ("Which [A] one [B] two", "AB", ["one", "two"]),
        ("Which?\n" + "\n".join(f"{chr(65 + n)}. text {n}" for n in range(14)), "ABCDEFGHIJKLMN", None),
    ],
)
def test_options_are_read_however_they_are_labelled(question: str, labels: str, texts: list[str] | None) -> None:
    options = options_of(question)

    assert options is not None
    assert "".join(option.label for option in options) == labels
    assert [question[option.begin : option.end] for option in options] == [option.text for option in options]
    assert texts is None or [option.text for option in options] == texts


@pytest.mark.parametrize(
    "question",
    [
        "What is 7?",
        "Which?\nA) one",
        "Which?\nA) one\nC) two",
        "Which?\nA) one\nB) two\nC) none of the above",
        "Which?\nA) one\nB) two\nC) both A and B",
        "哪个？\nA、一\nB、二\nC、以上都对",
        "Do these steps:\n1. Add\n2. Subtract",
        "Let A. Smith and B. Jones meet.",
        "a) What is x? b) What is y?",
        "x = (a) (b)",
    ],
)
def test_what_shows_no_options_or_options_that_cannot_move_has_none(question: str) -> None:
    assert options_of(question) is None


def test_the_rest_of_a_question_is_what_it_asks() -> None:
    assert without_options("How far is 7 km?\nA) 32\nB) 600").split() == ["How", "far", "is", "7", "km?", "A)", "B)"]
    assert "above" not in without_options("Which?\nA) one\nB) none of the above")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["A) ", "(a", "1. ", "A) x\n", "A) x B) y ", "\n", "①"])
def test_options_are_looked_for_in_a_time_that_grows_with_the_question(piece: str) -> None:
    options_of("Which? " + piece * (50_000 // len(piece)))

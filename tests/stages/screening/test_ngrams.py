import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.screening.ngrams import ngrams, words

said = st.lists(st.sampled_from("abcdefgh"), min_size=0, max_size=30)


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Find 2 + 3.", ["find", "2", "+", "3", "."]),
        ("What is $x^2$?", ["what", "is", "$", "x", "^", "2", "$", "?"]),
        ("ﬁnd  ＡＢＣ\n1,000", ["find", "abc", "1", ",", "000"]),
        ("", []),
        ("求 x 的值", ["求", "x", "的值"]),
    ],
)
def test_words_numbers_and_signs_are_words(text: str, found: list[str]) -> None:
    assert words(text) == found


@given(said, said, st.integers(1, 6))
def test_equal_hashes_are_equal_runs_of_words(one: list[str], other: list[str], length: int) -> None:
    def runs(text: list[str]) -> list[tuple[str, ...]]:
        run = min(length, len(text))
        return [tuple(text[at : at + run]) for at in range(len(text) - run + 1)] if text else []

    pairs = [*zip(runs(one), ngrams(one, length).tolist(), strict=True)]
    pairs += zip(runs(other), ngrams(other, length).tolist(), strict=True)

    assert len({run for run, _ in pairs}) == len({code for _, code in pairs}) == len(set(pairs))


def test_a_short_text_equals_no_part_of_a_longer_one() -> None:
    short, long = (set(ngrams(text.split(), 3).tolist()) for text in ("a b", "a b c d"))

    assert not short & long
    assert short == set(ngrams(["a", "b"], 3).tolist()) != set(ngrams(["a", "b"], 4).tolist())

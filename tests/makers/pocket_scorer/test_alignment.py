from hypothesis import given
from hypothesis import strategies as st

from makers.pocket_scorer.alignment import kept_tokens

WORDS = st.lists(st.sampled_from(["add", "3", "4", " is", "7", ".", "so"]), max_size=30)


@given(WORDS, st.data())
def test_every_word_of_a_subsequence_is_found(long: list[str], data: st.DataObject) -> None:
    keep = data.draw(st.lists(st.booleans(), min_size=len(long), max_size=len(long)))
    short = [word for word, kept in zip(long, keep, strict=True) if kept]

    assert sum(kept_tokens(long, short)) == len(short)


def test_words_are_found_onward_before_backward() -> None:
    assert kept_tokens(["3", "is", "3", "and", "3"], ["is", "3", "3", "3"]) == [True, True, True, False, True]


def test_blanks_and_case_make_no_difference_and_new_words_are_passed_over() -> None:
    assert kept_tokens(["So", " 3", " ", "."], ["thus", "so", "3"]) == [True, True, False, False]


def test_a_word_too_far_away_is_another() -> None:
    assert not any(kept_tokens(["x"] * 10 + ["7"], ["7"], window=5))

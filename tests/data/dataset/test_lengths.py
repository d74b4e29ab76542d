import statistics
from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from data.dataset.lengths import Lengths, lengths_of


@given(st.lists(st.integers(0, 50), min_size=1))
def test_lengths_are_those_of_the_traces(tokens: list[int]) -> None:
    found = lengths_of(Counter(tokens))

    assert found.traces == len(tokens)
    assert abs(found.mean - statistics.fmean(tokens)) < 1e-9
    assert found.median == statistics.median(tokens)
    assert sum(n <= found.p90 for n in tokens) >= 0.9 * len(tokens)
    assert sum(n < found.p90 for n in tokens) < 0.9 * len(tokens)


def test_no_traces_have_no_length() -> None:
    assert lengths_of({}) == Lengths(traces=0, mean=0.0, median=0.0, p90=0)

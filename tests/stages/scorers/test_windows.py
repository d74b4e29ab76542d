from hypothesis import given
from hypothesis import strategies as st

from stages.scorers.windows import Window, batches, windows

LENGTHS = st.lists(st.integers(0, 200), max_size=8)


@given(LENGTHS, st.integers(0, 10), st.integers(0, 10), st.integers(1, 30))
def test_every_token_is_used_once_with_its_context_in_view(
    lengths: list[int], before: int, after: int, room: int
) -> None:
    size = before + after + room
    used: dict[int, list[int]] = {at: [] for at in range(len(lengths))}
    for it in windows(lengths, size, before, after):
        used[it.text] += range(it.first, it.last)

        assert len(it) <= size
        assert it.first - it.begin >= min(before, it.first)
        assert it.end - it.last >= min(after, lengths[it.text] - it.last)

    assert used == {at: list(range(length)) for at, length in enumerate(lengths)}


@given(LENGTHS, st.integers(1, 300))
def test_batches_hold_every_window_once_within_the_budget(lengths: list[int], budget: int) -> None:
    cut = list(windows(lengths, 50, 5, 5))
    made = list(batches(cut, budget))

    assert sorted((it.text, it.begin) for batch in made for it in batch) == [(it.text, it.begin) for it in cut]
    assert all(len(batch) == 1 or len(batch) * max(map(len, batch)) <= budget for batch in made)


@given(LENGTHS, st.lists(st.integers(0, 60), min_size=8, max_size=8), st.integers(1, 300))
def test_what_stands_beside_a_window_counts_in_its_batch(lengths: list[int], beside: list[int], budget: int) -> None:
    def length(it: Window) -> int:
        return len(it) + beside[it.text]

    made = list(batches(list(windows(lengths, 50, 5, 5)), budget, length))

    assert all(len(batch) == 1 or len(batch) * max(map(length, batch)) <= budget for batch in made)

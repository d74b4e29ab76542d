from hypothesis import given
from hypothesis import strategies as st

from pipelines.files.caps import shares


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(1, 200), min_size=1), st.integers(1, 400))
def test_every_group_keeps_its_share_to_the_nearest_row_and_all_add_up(sizes: dict[str, int], most: int) -> None:
    kept, whole = shares(sizes, most), sum(sizes.values())

    assert sum(kept.values()) == min(most, whole)
    assert all(abs(kept[name] - size * min(most, whole) / whole) < 1 for name, size in sizes.items())

from collections import Counter
from itertools import chain
from typing import Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sft.rows.order import Sample, ordered

Batching = Literal["plain", "grouped", "packed"]
BATCHING: tuple[Batching, ...] = ("plain", "grouped", "packed")
LENGTHS = st.lists(st.integers(1, 50), min_size=1, max_size=60)


def order(lengths: list[int], batching: Batching, **more: Any) -> list[Sample]:
    settings = {"batch_size": 4, "max_tokens": 50, "epochs": 2, "samples": None, "seed": 1} | more
    return ordered(lengths, batching=batching, **settings)


@given(LENGTHS, st.sampled_from(BATCHING), st.integers(1, 3))
def test_each_epoch_has_every_row_once(lengths: list[int], batching: Batching, epochs: int) -> None:
    rows = Counter(chain.from_iterable(order(lengths, batching, epochs=epochs)))

    assert rows == dict.fromkeys(range(len(lengths)), epochs)


@given(LENGTHS)
def test_no_pack_is_over_the_context(lengths: list[int]) -> None:
    assert all(sum(lengths[row] for row in pack) <= 50 for pack in order(lengths, "packed"))


@given(LENGTHS)
def test_no_two_packs_of_an_epoch_would_fit_into_one_and_a_half(lengths: list[int]) -> None:
    packs = order(lengths, "packed", epochs=1)

    assert len(packs) <= 1 + 1.5 * sum(lengths) / 50 + max(lengths) / 25


@given(LENGTHS, st.sampled_from(BATCHING), st.integers(1, 40))
def test_so_many_samples_are_the_first_of_more(lengths: list[int], batching: Batching, samples: int) -> None:
    assert order(lengths, batching, samples=samples) == order(lengths, batching, samples=samples + 7)[:samples]


@pytest.mark.parametrize("batching", BATCHING)
def test_epochs_differ_and_seeds_differ(batching: Batching) -> None:
    lengths = [1 + at % 17 for at in range(100)]
    both = order(lengths, batching)
    half = len(order(lengths, batching, epochs=1))

    assert both[:half] != both[half:]
    assert both != order(lengths, batching, seed=2)
    assert both == order(lengths, batching)


def test_grouped_batches_pad_less() -> None:
    lengths = [1 + (7 * at) % 50 for at in range(200)]

    def padding(samples: list[Sample]) -> int:
        batches = [[lengths[row] for (row,) in samples[at : at + 4]] for at in range(0, len(samples), 4)]
        return sum(max(batch) * len(batch) - sum(batch) for batch in batches)

    assert padding(order(lengths, "grouped")) < padding(order(lengths, "plain")) / 4

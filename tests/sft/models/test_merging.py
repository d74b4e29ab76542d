import math

import pytest
import torch

from sft.models.merging import (
    cosine,
    drop,
    elected_mean,
    generator_for,
    mean,
    slerp,
    threshold,
    trim,
    weighted_sum,
)


def vector(*numbers: float) -> torch.Tensor:
    return torch.tensor(numbers, dtype=torch.float32)


def close(left: torch.Tensor, *right: float) -> bool:
    return torch.allclose(left, vector(*right), atol=1e-6)


def test_a_mean_takes_weights_as_shares() -> None:
    assert close(mean([vector(1, 2), vector(3, 6)], [1, 1]), 2, 4)
    assert close(mean([vector(1, 2), vector(3, 6)], [3, 1]), 1.5, 3)
    assert close(mean([vector(1, 2), vector(3, 6)], [1.5, -0.5]), 0, 0)


def test_a_weighted_sum_is_no_mean() -> None:
    assert close(weighted_sum([vector(1, -2), vector(3, 1)], [1, 0.5]), 2.5, -1.5)


@pytest.mark.parametrize(
    ("one", "other", "t", "expected"),
    [
        ((1, 0), (0, 1), 0.0, (1, 0)),
        ((1, 0), (0, 1), 1.0, (0, 1)),
        ((1, 0), (0, 1), 0.5, (math.sqrt(0.5), math.sqrt(0.5))),
        ((1, 0), (0, 1), 1 / 3, (math.cos(math.pi / 6), math.sin(math.pi / 6))),
        ((2, 0), (0, 4), 0.5, (2 * math.sqrt(0.5), 4 * math.sqrt(0.5))),
        ((1, 1), (3, 3), 0.5, (2, 2)),
        ((1, 1), (-1, -1), 0.25, (0.5, 0.5)),
        ((0, 0), (2, 4), 0.5, (1, 2)),
    ],
    ids=["first end", "second end", "middle", "third", "lengths", "parallel", "opposite", "zero"],
)
def test_slerp_goes_along_the_arc_from_end_to_end(
    one: tuple[float, ...], other: tuple[float, ...], t: float, expected: tuple[float, ...]
) -> None:
    ours, theirs = vector(*one), vector(*other)

    assert close(slerp(ours, theirs, t, cosine([(ours, theirs)])), *expected)


def test_a_cosine_is_the_same_in_slices() -> None:
    torch.manual_seed(0)
    ours, theirs = torch.randn(100), torch.randn(100)
    whole = cosine([(ours, theirs)])

    assert whole == pytest.approx(float(torch.cosine_similarity(ours, theirs, dim=0)), abs=1e-6)
    assert cosine(zip(torch.split(ours, 7), torch.split(theirs, 7), strict=True)) == pytest.approx(whole, abs=1e-12)


@pytest.mark.parametrize("keep", [1, 2, 17, 500, 999, 1000])
@pytest.mark.parametrize("scale", [1e-30, 1e-3, 1.0, 1e20])
def test_a_threshold_is_the_nth_largest_magnitude_exactly(keep: int, scale: float) -> None:
    torch.manual_seed(keep)
    numbers = torch.randn(1000) * scale

    assert threshold(lambda: torch.split(numbers, 64), keep) == float(
        numbers.abs().sort(descending=True).values[keep - 1]
    )


def test_a_threshold_among_equals_and_zeros() -> None:
    numbers = vector(0, 0, -3, 3, 3, 1, 0, 0)

    assert [threshold(lambda: [numbers], keep) for keep in (1, 2, 3, 4, 5, 8)] == [3, 3, 3, 1, 0, 0]


def test_trimming_keeps_the_largest_whatever_their_sign() -> None:
    numbers = vector(0.1, -5, 2, -0.3, 4)

    assert close(trim(numbers, threshold(lambda: [numbers], 2)), 0, -5, 0, 0, 4)


def test_a_sign_is_elected_by_mass_and_only_those_that_agree_are_averaged() -> None:
    """Worked by hand, place by place: mass against number, a tie of masses, zeros that have no part, agreement."""
    deltas = [vector(5, 1, 2, 0, 1), vector(-1, -1, 0, 0, 2), vector(-1, 0, 4, 0, 3)]

    assert close(elected_mean(deltas, [1, 1, 1]), 5, 0, 3, 0, 2)


def test_a_vote_counts_by_weight() -> None:
    deltas = [vector(1, 1), vector(-2, 3)]

    assert close(elected_mean(deltas, [3, 1]), 1, 1.5)
    assert close(elected_mean(deltas, [1, 1]), -2, 2)


@pytest.mark.parametrize("rate", [0.0, 0.3, 0.9])
def test_what_is_dropped_at_random_is_kept_in_expectation(rate: float) -> None:
    delta = vector(1, -2, 3, 0.5)
    seeds = 4000
    drawn = torch.stack([drop(delta, rate, generator_for(seed, 0, "w")) for seed in range(seeds)])
    spread = delta.abs() * math.sqrt(rate / (1 - rate) / seeds)

    assert ((drawn.mean(0) - delta).abs() <= 4 * spread + 1e-6).all()
    assert ((drawn == 0).float().mean() - rate).abs() < 0.02
    assert torch.allclose(drawn[drawn != 0].abs().max(), torch.tensor(3 / (1 - rate)))


def test_without_rescaling_what_is_left_stays_as_it_is() -> None:
    delta = torch.ones(1000)
    left = drop(delta, 0.5, generator_for(0, 0, "w"), rescale=False)

    assert set(left.tolist()) == {0.0, 1.0}


def test_what_is_dropped_depends_on_seed_model_and_tensor_alone() -> None:
    delta = torch.ones(64)
    first = drop(delta, 0.5, generator_for(1, 0, "w"))

    assert torch.equal(first, drop(delta, 0.5, generator_for(1, 0, "w")))
    others = [generator_for(2, 0, "w"), generator_for(1, 1, "w"), generator_for(1, 0, "v")]
    assert not any(torch.equal(first, drop(delta, 0.5, other)) for other in others)


def test_drops_are_the_same_in_slices() -> None:
    delta = torch.ones(256)
    generator = generator_for(3, 0, "w")
    pieces = [drop(piece, 0.5, generator) for piece in torch.split(delta, 64)]

    assert torch.equal(torch.cat(pieces), drop(delta, 0.5, generator_for(3, 0, "w")))

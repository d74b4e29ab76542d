import math

import pytest
import torch

from sft.objectives.every import Dpo, SimPo

NONE = torch.zeros(1, 2)


def test_dpo_starts_at_the_loss_of_a_coin_and_falls_as_the_chosen_gains() -> None:
    before = torch.tensor([[-10.0, -20.0]])
    start = Dpo().loss(before, NONE, before)
    better = Dpo().loss(before + torch.tensor([[1.0, -1.0]]), NONE, before)

    assert start.item() == pytest.approx(math.log(2))
    assert better.item() == pytest.approx(-math.log(1 / (1 + math.exp(-0.1 * 2))))


def test_simpo_compares_means_a_token_and_wants_a_margin() -> None:
    sums, tokens = torch.tensor([[-10.0, -30.0]]), torch.tensor([[5.0, 10.0]])
    loss = SimPo(beta=2.0, margin=1.0).loss(sums, tokens, NONE)

    assert loss.item() == pytest.approx(-math.log(1 / (1 + math.exp(-(2.0 * (-2.0 + 3.0) - 1.0)))))


def test_pairs_do_not_touch_each_other() -> None:
    one, other = torch.tensor([[-1.0, -2.0]]), torch.tensor([[-5.0, -3.0]])
    tokens = torch.tensor([[2.0, 4.0]])
    both = SimPo().loss(torch.cat([one, other]), tokens.repeat(2, 1), NONE)

    torch.testing.assert_close(both, torch.cat([SimPo().loss(found, tokens, NONE) for found in (one, other)]))

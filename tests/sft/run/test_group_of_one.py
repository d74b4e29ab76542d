"""A sharded run in one process that nobody has started others beside."""

import json
import os
from pathlib import Path
from typing import Any

import pytest
import torch
from torch import distributed

from sft.config import Adapter
from sft.run.train import train
from tests.sft.runs import Cut, cut_after, losses, weights
from tests.sft.several import SHARDS, watch_shards
from tests.sft.small import run

SETTINGS: dict[str, Any] = {
    "lora": {"adapter": Adapter(rank=4, alpha=8)},
    "full": {"adapter": Adapter(kind="full"), "gradient_checkpointing": True},
}


@pytest.mark.slow
@pytest.mark.parametrize("name", SETTINGS)
def test_it_holds_the_only_shard_goes_on_and_takes_the_steps_of_a_run_without_shards(
    name: str, dataset: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    watch_shards(tmp_path, "0", monkeypatch)
    surroundings, sharded = dict(os.environ), run(dataset, fsdp=True, **SETTINGS[name])
    with pytest.raises(Cut):
        train(sharded, tmp_path / "one", watch=cut_after(3))
    train(sharded, tmp_path / "one")
    held = json.loads((tmp_path / f"{SHARDS}-0.json").read_text("utf-8"))
    train(run(dataset, **SETTINGS[name]), tmp_path / "whole")

    ours, theirs = (weights(tmp_path / kind / "model") for kind in ("one", "whole"))
    assert all(is_shard and mine == everything for is_shard, everything, mine in held.values())
    assert [loss for _, loss in losses(tmp_path / "one")] == pytest.approx(
        [loss for _, loss in losses(tmp_path / "whole")], rel=1e-4
    )
    assert ours.keys() == theirs.keys()
    assert all(torch.allclose(ours[key], theirs[key], atol=1e-4, rtol=0) for key in ours)
    assert dict(os.environ) == surroundings and not distributed.is_initialized()

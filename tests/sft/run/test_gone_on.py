from pathlib import Path
from typing import Any

import pytest
import torch

from sft.config import Adapter
from sft.models.trained import TrainingStopped
from sft.run.train import train
from sft.schedules.progressive import Progressive
from tests.sft.runs import Cut, cut_after, logged, losses, same, weights
from tests.sft.small import run

SOME: tuple[Any, ...] = (("lora", "grouped"), ("rslora", "grouped"), ("dora", "packed"), ("full", "packed"))
OTHERS: tuple[Any, ...] = (("lora", "packed"), ("rslora", "packed"), ("dora", "grouped"), ("full", "grouped"))


@pytest.mark.slow
@pytest.mark.parametrize(("kind", "batching"), [*SOME, *(pytest.param(*it, marks=pytest.mark.long) for it in OTHERS)])
def test_a_run_cut_off_and_gone_on_with_ends_in_the_same_bits(
    dataset: Path, tmp_path: Path, kind: Any, batching: Any
) -> None:
    adapter = Adapter(kind=kind, rank=4, alpha=8, dropout=0.0 if kind == "full" else 0.2)
    config = run(dataset, adapter=adapter, batching=batching, max_tokens=300)
    whole = train(config, tmp_path / "whole")
    for step in (3, 5):
        with pytest.raises(Cut):
            train(config, tmp_path / "cut", watch=cut_after(step))

    resumed = train(config, tmp_path / "cut")

    assert same(resumed.folder, whole.folder)
    assert losses(tmp_path / "cut") == losses(tmp_path / "whole")


def test_a_wish_to_stop_keeps_the_step_and_the_same_call_goes_on_to_the_same_bits(
    dataset: Path, tmp_path: Path
) -> None:
    config, asked = run(dataset, schedule=Progressive(stages=2), max_steps=5), iter([False] * 3 + [True])
    whole = train(config, tmp_path / "whole")
    with pytest.raises(TrainingStopped):
        train(config, tmp_path / "cut", stopping=lambda: next(asked))
    (kept,) = (tmp_path / "cut" / "stage-00").glob("checkpoint-*3")
    with pytest.raises(TrainingStopped):
        train(config, tmp_path / "cut", stopping=lambda: True)

    resumed = train(config, tmp_path / "cut")

    assert kept
    assert same(resumed.folder, whole.folder)


FIGURES = ("step", "loss", "token_accuracy", "num_tokens")


def test_what_is_told_of_a_run_does_not_depend_on_a_stop_between_two_lines_of_the_log(
    dataset: Path, tmp_path: Path
) -> None:
    config, asked = run(dataset, max_steps=4, log_every=2, checkpoint_every=100), iter([False] * 3 + [True])
    whole = train(config, tmp_path / "whole")
    with pytest.raises(TrainingStopped):
        train(config, tmp_path / "cut", stopping=lambda: next(asked))
    (kept,) = (tmp_path / "cut" / "stage-00").glob("checkpoint-*")

    resumed = train(config, tmp_path / "cut")

    assert kept.name.endswith("3")
    assert resumed.record == whole.record
    one, other = ([[line.get(key) for key in FIGURES] for line in logged(tmp_path / it)] for it in ("cut", "whole"))
    assert [step for step, *_ in one] == [2, 4]
    assert one == other


def test_patience_is_counted_on_across_a_cut(dataset: Path, tmp_path: Path) -> None:
    config = run(dataset, learning_rate=0.2, max_steps=40, patience=2, checkpoint_every=1)
    whole = train(config, tmp_path / "whole")
    last = max(step for step, _ in losses(tmp_path / "whole"))
    with pytest.raises(Cut):
        train(config, tmp_path / "cut", watch=cut_after(last))

    resumed = train(config, tmp_path / "cut")

    assert resumed.record == whole.record
    assert same(resumed.folder, whole.folder)


@pytest.mark.long
def test_each_stage_goes_on_from_the_one_before_and_any_can_be_cut_off(dataset: Path, tmp_path: Path) -> None:
    config = run(dataset, schedule=Progressive(stages=3), max_steps=4)
    whole = train(config, tmp_path / "whole")
    for stage in ("rank 1", "rank 2", "rank 3"):
        with pytest.raises(Cut):
            train(config, tmp_path / "cut", watch=cut_after(3, stage))

    resumed = train(config, tmp_path / "cut")

    assert [stage["name"] for stage in whole.record["trained"]["stages"]] == [f"rank {at} of 3" for at in (1, 2, 3)]
    assert all(same(one, other) for one, other in zip(resumed.stages, whole.stages, strict=True))
    assert not same(whole.stages[0], whole.stages[1])
    assert same(whole.stages[-1], whole.folder)


@pytest.mark.long
def test_a_run_in_bf16_goes_on_to_the_same_bits(dataset: Path, tmp_path: Path) -> None:
    config = run(dataset, precision="bf16")
    whole = train(config, tmp_path / "whole")
    with pytest.raises(Cut):
        train(config, tmp_path / "cut", watch=cut_after(3))

    resumed = train(config, tmp_path / "cut")

    assert same(resumed.folder, whole.folder)
    assert all(tensor.dtype == torch.float32 for tensor in weights(whole.folder).values())

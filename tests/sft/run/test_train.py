import json
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AutoPeftModelForCausalLM, PeftModel
from tensorboard.backend.event_processing.event_accumulator import EventAccumulator  # type: ignore[import-untyped]
from transformers import AutoModelForCausalLM, AutoTokenizer

from data.errors import ArtifactError
from data.store import read_json
from sft.config import Adapter, Base
from sft.models.trained import Trained
from sft.run.train import train
from sft.schedules.iterated import Iterated
from tests.sft.runs import cut_after, losses, same, weights
from tests.sft.small import LENGTHS, POCKET, rows, run, version

PICKLES = (".bin", ".pt", ".pth", ".pkl", ".ckpt")


@pytest.fixture(scope="module")
def trained(dataset: Path, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    """One finished run, for tests that read what it has left."""
    return train(run(dataset), tmp_path_factory.mktemp("trained") / "run")


def test_plain_peft_loads_what_was_trained(trained: Trained) -> None:
    ids = torch.tensor([[1, 50, 60, 70]])
    base = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32).eval()

    with torch.no_grad():
        before = base(ids).logits
        after = PeftModel.from_pretrained(base, trained.folder).eval()(ids).logits
        auto = AutoPeftModelForCausalLM.from_pretrained(trained.folder, dtype=torch.float32).eval()(ids).logits

    assert not torch.allclose(before, after)
    assert torch.equal(after, auto)
    assert AutoTokenizer.from_pretrained(trained.folder).chat_template


def test_training_lowers_the_held_out_loss(dataset: Path, tmp_path: Path) -> None:
    train(run(dataset, max_steps=20, checkpoint_every=5), tmp_path)
    lines = [json.loads(line) for line in (tmp_path / "stage-00" / "metrics.jsonl").read_text("utf-8").splitlines()]
    losses = [line["eval_loss"] for line in lines if "eval_loss" in line]

    assert losses == sorted(losses, reverse=True)
    assert losses[-1] < 0.8 * losses[0]
    assert [line["step"] for line in lines if "loss" in line] == list(range(1, 21))


@pytest.mark.slow
def test_the_same_seed_ends_in_the_same_bits_and_another_does_not(dataset: Path, tmp_path: Path) -> None:
    one, other, else_ = (train(run(dataset, seed=seed), tmp_path / str(at)).folder for at, seed in enumerate((1, 1, 2)))

    assert same(one, other)
    assert not same(one, else_)


def test_a_finished_run_is_told_and_not_done_again(dataset: Path, trained: Trained) -> None:
    again = train(run(dataset), trained.folder.parent, watch=cut_after(0))

    assert again == trained


def test_another_run_is_refused_in_the_same_folder(dataset: Path, trained: Trained) -> None:
    with pytest.raises(ArtifactError, match=r"another run \(config differ\)"):
        train(run(dataset, learning_rate=1e-5), trained.folder.parent)


def test_where_things_lie_is_no_part_of_a_run(dataset: Path, trained: Trained, tmp_path: Path) -> None:
    moved = tmp_path / "moved"
    moved.symlink_to(dataset)

    again = train(run(moved, keep_checkpoints=5), trained.folder.parent, watch=cut_after(0))

    assert again.folder == trained.folder


def test_tensorboard_shows_the_losses_of_the_log(trained: Trained) -> None:
    (events,) = trained.folder.parent.rglob("events.out.tfevents.*")

    shown = EventAccumulator(str(events)).Reload()

    assert {it.step: it.value for it in shown.Scalars("train/loss")} == pytest.approx(
        dict(losses(trained.folder.parent))
    )
    assert [it.step for it in shown.Scalars("eval/loss")] == [2, 4, 6]


def test_who_may_read_the_card_may_read_the_weights(trained: Trained) -> None:
    assert len({path.stat().st_mode for path in trained.folder.iterdir()}) == 1


def test_nothing_on_disk_is_a_pickle(trained: Trained) -> None:
    assert [path for path in trained.folder.parent.rglob("*") if path.suffix in PICKLES] == []


@pytest.mark.slow
@pytest.mark.parametrize("start", [pytest.param(False, marks=pytest.mark.long), True])
def test_an_iteration_is_what_training_the_base_on_its_rows_alone_is(
    dataset: Path, trained: Trained, tmp_path: Path, start: bool
) -> None:
    first = str(trained.folder) if start else None
    found = train(run(dataset, schedule=Iterated(), start=first), tmp_path / "iterated")

    for length, taken in zip(LENGTHS, found.stages, strict=True):
        alone = [it for it in rows() if it["cot_tokens"] in (8 * length, 8 * max(LENGTHS))]
        data = version(tmp_path / str(length), alone)
        assert same(train(run(data, start=first), tmp_path / f"alone-{length}").folder, taken)


def test_a_run_goes_on_from_an_adapter_of_its_own_base_alone(dataset: Path, trained: Trained, tmp_path: Path) -> None:
    other = tmp_path / "base"
    model: Any = AutoModelForCausalLM.from_pretrained(POCKET, dtype=torch.float32)
    model.get_input_embeddings().weight.data[5] += 1
    model.save_pretrained(other)
    AutoTokenizer.from_pretrained(POCKET).save_pretrained(other)

    second = train(run(dataset, start=str(trained.folder)), tmp_path / "second")

    assert not same(second.folder, trained.folder)
    with pytest.raises(ArtifactError, match=r"trained on .*pocket with digest \w+; this base has"):
        train(run(dataset, start=str(trained.folder), base=Base(model=str(other))), tmp_path / "third")


@pytest.mark.slow
def test_keeping_fewer_activations_changes_the_memory_and_not_the_model(dataset: Path, tmp_path: Path) -> None:
    config = run(dataset, adapter=Adapter(rank=4))
    one = weights(train(config, tmp_path / "one").folder)
    other = weights(train(run(dataset, adapter=Adapter(rank=4), gradient_checkpointing=True), tmp_path / "two").folder)

    for name in one:
        torch.testing.assert_close(one[name], other[name], atol=1e-5, rtol=1e-4)


def test_the_card_says_what_was_trained_on_what(dataset: Path, trained: Trained) -> None:
    card = (trained.folder / "README.md").read_text("utf-8")
    record = read_json(trained.folder / "training.json")

    assert record["dataset"]["version"] == dataset.name
    for told in (record["dataset"]["digest"], record["base"]["digest"], "rank: 4"):
        assert told in card

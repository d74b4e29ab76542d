"""Training on a toy scale: what a resumed run ends in, what a step computes, what is written."""

import argparse
from pathlib import Path
from random import Random
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from makers.pocket.checkpoint import Progress, load
from makers.pocket.gradients import Gradients
from makers.pocket.lessons import lesson
from makers.pocket.model import build, export
from makers.pocket.rows import Batches
from makers.pocket.tokenizer import train_tokenizer
from makers.pocket.train import make_optimizers, train


@pytest.fixture(scope="module")
def tokenizer() -> Any:
    rng = Random(0)
    texts = [message["content"] for _ in range(150) for message in lesson(rng, len)]
    return train_tokenizer(texts, 1152)


def options(folder: Path, steps: int, until: int) -> argparse.Namespace:
    return argparse.Namespace(
        work_dir=folder,
        steps=steps,
        until=until,
        rows=2,
        row_length=640,
        matrix_rate=0.02,
        rate=3e-3,
        checkpoint_every=2,
    )


def run(tokenizer: Any, folder: Path, stops: tuple[int, ...], total: int) -> Any:
    """Train to `total` steps, anew from the checkpoint after every stop."""
    for stop in (*stops, total):
        chosen = options(folder, total, stop)
        model = build(tokenizer, 1)
        optimizers = make_optimizers(model, chosen)
        progress = load(folder, model, optimizers)
        train(model, tokenizer, optimizers, progress, chosen)
    return model


@pytest.mark.long
def test_a_resumed_run_ends_in_the_weights_of_an_unbroken_one(tokenizer: Any, tmp_path: Path) -> None:
    whole = run(tokenizer, tmp_path / "whole", (), 4)
    broken = run(tokenizer, tmp_path / "broken", (2,), 4)

    for name, tensor in whole.state_dict().items():
        assert torch.equal(tensor, broken.state_dict()[name]), name


def test_two_threads_compute_the_gradients_of_one(tokenizer: Any) -> None:
    batch = Batches(tokenizer, 0, 2, 640)[0]
    losses, grads = [], []
    for threads in (1, 2):
        model = build(tokenizer, 1)
        losses.append(Gradients(model, threads)(*batch))
        grads.append(torch.cat([p.grad.flatten() for p in model.parameters()]))

    assert losses[0] == pytest.approx(losses[1], rel=1e-3)
    assert torch.nn.functional.cosine_similarity(grads[0], grads[1], dim=0) > 0.999


def test_batches_depend_on_seed_and_step_alone(tokenizer: Any) -> None:
    first, again, other = (
        Batches(tokenizer, 0, 2, 640)[3],
        Batches(tokenizer, 0, 2, 640)[3],
        Batches(tokenizer, 0, 2, 640)[4],
    )

    assert torch.equal(first[0], again[0])
    assert not torch.equal(first[0], other[0])


def test_only_replies_are_learned(tokenizer: Any) -> None:
    ids, labels = Batches(tokenizer, 0, 2, 640)[0]
    learned = labels != -100
    text = tokenizer.decode(ids[learned])

    assert torch.equal(ids[learned], labels[learned])
    assert "Question:" not in text
    assert text.count("</think>") == text.count("<|end|>") > 0


def test_without_a_checkpoint_a_run_starts_at_step_0(tokenizer: Any, tmp_path: Path) -> None:
    assert load(tmp_path, build(tokenizer, 1), []) == Progress()


def test_the_written_model_loads_and_is_small(tokenizer: Any, tmp_path: Path) -> None:
    model = build(tokenizer, 1)

    digest = export(model, tokenizer, tmp_path)

    loaded = AutoModelForCausalLM.from_pretrained(tmp_path)
    ids = torch.tensor([AutoTokenizer.from_pretrained(tmp_path).encode("What is 1 + 1?")])
    assert len(digest) == 64
    assert (tmp_path / "model.safetensors").stat().st_size < 12_000_000
    assert torch.isfinite(loaded(ids).logits).all()

"""The real model is trained whole, in shards and from long chains to short ones; killed on the way, it goes on."""

import json
import shutil
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import torch
from peft import AutoPeftModelForCausalLM
from transformers import AutoModelForCausalLM

from data.disk import file_digest
from sft.config import Adapter, Base, FsdpConfig, Training
from sft.run.checkpoint import steps_kept
from sft.schedules.progressive import Progressive
from tests.sft.runs import same, weights
from tests.sft.several import SHARDS, launch
from tests.sft.small import labels_of, rows, run, version

pytestmark = [pytest.mark.real, pytest.mark.long, pytest.mark.timeout(1200)]

STEP_TOKENS = 256
FULL: dict[str, Any] = {"adapter": Adapter(kind="full"), "learning_rate": 5e-5}
RUNS: dict[str, dict[str, Any]] = {
    "full": FULL,
    "shards": FULL | {"workers": 2, "fsdp": True, "fsdp_config": FsdpConfig(cpu_ram_efficient_loading=True)},
    "progressive": {"adapter": Adapter(rank=8, alpha=16), "learning_rate": 1e-3, "schedule": Progressive(stages=3)},
}
STEPS, CUT_AT = 4, 3
"""Steps of a stage, and the one that a killed run does not live through; it has kept the one before."""
CUT_IN = {"full": "", "shards": "", "progressive": "rank 2 of 3"}
"""By run: the stage in which it is killed."""
KEPT = {
    "full": {"stage-00": [2]},
    "shards": {"stage-00": [2]},
    "progressive": {"stage-00": [4], "stage-01": [2]},
}
"""By run: the checkpoints that it has when it is killed."""
TOLERANCE = 1e-4
"""Of figures in parts: two processes add in another order than one."""


class Trained:
    """Runs by their names, made when they are first asked for."""

    def __init__(self, runs: Mapping[str, Training], root: Path) -> None:
        self._runs, self._root = runs, root
        self.whole, self.cut = cache(self._whole), cache(self._cut)

    def _whole(self, name: str) -> Path:
        """Return the folder of a run that went through."""
        return self._launched(name, "whole")

    def _cut(self, name: str) -> tuple[Path, dict[str, list[int]]]:
        """Return the folder of a run that was killed and resumed, and the steps that each stage had when it was."""
        with pytest.raises(RuntimeError, match="-9"):
            self._launched(name, "cut", die_at=CUT_AT, die_in=CUT_IN[name])
        stages = sorted((self._root / "cut" / name).glob("stage-*"))
        kept = {folder.name: steps_kept(folder) for folder in stages}
        return self._launched(name, "cut"), kept

    def _launched(self, name: str, under: str, **death: Any) -> Path:
        launch({name: self._runs[name]}, self._root / under, **death)
        return self._root / under / name


@pytest.fixture(scope="module")
def real_rows(real_tokenizer: Any) -> list[dict[str, Any]]:
    """Sums told at three lengths, asked plainly and measured with the model's own tokenizer."""
    return [
        row
        | {
            "prompt": [{"role": "user", "content": row["question"]}],
            "cot_tokens": len(real_tokenizer.encode(row["cot"], add_special_tokens=False)),
            "tokenizer": "SmolLM2",
        }
        for row in rows(8)
    ]


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder that is gone afterwards: a checkpoint of all weights is 1.6 GB."""
    folder = tmp_path_factory.mktemp("real")
    yield folder
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def trained(real_model: Path, real_rows: list[dict[str, Any]], root: Path) -> Trained:
    dataset = version(root / "data", real_rows)
    settings: dict[str, Any] = {"base": Base(model=str(real_model)), "max_steps": STEPS, "batch_size": 1}
    return Trained({name: run(dataset, **settings, keep_checkpoints=1, **more) for name, more in RUNS.items()}, root)


def figures(folder: Path, key: str) -> list[list[float]]:
    """Return what each stage measured, in its order."""
    stages = [path.read_text("utf-8").splitlines() for path in sorted(folder.glob("stage-*/metrics.jsonl"))]
    return [[line[key] for line in map(json.loads, lines) if key in line] for lines in stages]


def test_a_step_has_few_tokens(real_rows: list[dict[str, Any]], real_tokenizer: Any) -> None:
    labels = labels_of(real_tokenizer)

    assert 2 * max(len(labels.of(row).input_ids) for row in real_rows) <= STEP_TOKENS


@pytest.mark.parametrize("name", RUNS)
def test_killed_in_the_middle_it_goes_on_to_the_same_bits(name: str, trained: Trained) -> None:
    whole, (cut, kept) = trained.whole(name), trained.cut(name)
    files = [{path.name: file_digest(path) for path in (run / "model").iterdir()} for run in (whole, cut)]

    assert kept == KEPT[name]
    assert same(whole / "model", cut / "model")
    assert files[0] == files[1]
    for key in ("loss", "grad_norm", "eval_loss"):
        assert figures(whole, key) == figures(cut, key)


@pytest.mark.parametrize("name", RUNS)
def test_the_held_out_loss_falls_in_every_stage(name: str, trained: Trained) -> None:
    cut, _ = trained.cut(name)
    looks = figures(cut, "eval_loss")

    assert [len(losses) for losses in looks] == [STEPS // 2] * (3 if name == "progressive" else 1)
    assert all(losses[-1] < losses[0] for losses in looks), looks


@pytest.mark.parametrize("name", RUNS)
def test_plain_libraries_load_it_and_find_what_it_was_taught_likelier(
    name: str, trained: Trained, real_model: Path, real_rows: list[dict[str, Any]], real_tokenizer: Any
) -> None:
    kind: Any = AutoPeftModelForCausalLM if name == "progressive" else AutoModelForCausalLM
    turns = [*real_rows[-1]["prompt"], *real_rows[-1]["completion"]]
    ids = real_tokenizer.apply_chat_template(turns, return_tensors="pt", return_dict=True)["input_ids"]
    cut, _ = trained.cut(name)
    made = [
        library.from_pretrained(folder, dtype=torch.float32)
        for library, folder in ((AutoModelForCausalLM, real_model), (kind, cut / "model"))
    ]

    with torch.no_grad():
        base, taught = (float(model(ids, labels=ids).loss) for model in made)

    assert taught < 0.9 * base, (base, taught)


def test_two_processes_that_share_it_out_take_the_steps_of_one(trained: Trained) -> None:
    alone, shared = trained.whole("full"), trained.whole("shards")
    held = [json.loads((shared / f"{SHARDS}-{rank}.json").read_text("utf-8")) for rank in (0, 1)]
    ours, theirs = weights(alone / "model"), weights(shared / "model")

    for key in ("loss", "grad_norm", "eval_loss"):
        assert figures(shared, key)[0] == pytest.approx(figures(alone, key)[0], rel=TOLERANCE)
    assert max(float((ours[name] - theirs[name]).abs().max()) for name in ours) < TOLERANCE
    for first, second in zip(held[0].values(), held[1].values(), strict=True):
        assert first[0] and second[0]
        assert first[2] + second[2] == first[1]

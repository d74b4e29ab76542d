"""Several processes train what one trains. Through Ray Train: `tests/pipelines/tuning`."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from sft.config import Training
from sft.rows.collate import Collator
from sft.rows.labels import IGNORED
from sft.run.one_stage import shared_out
from tests.sft.several import CASES, VALVE, case
from tests.sft.small import row, tokens_of

pytestmark = pytest.mark.team


def lines(folder: Path, key: str) -> dict[int, float]:
    found = map(json.loads, (folder / "stage-00" / "metrics.jsonl").read_text("utf-8").splitlines())
    return {line["step"]: line[key] for line in found if key in line}


def weights(folder: Path) -> torch.Tensor:
    (path,) = folder.glob("model/*model.safetensors")
    return torch.cat([tensor.flatten().float() for _, tensor in sorted(load_file(path).items())])


@pytest.mark.slow
@pytest.mark.parametrize("name", [*CASES, VALVE])
def test_two_processes_take_the_steps_of_one(
    name: str, in_two: tuple[Path, Mapping[str, Training]], in_one: Callable[[str], Path]
) -> None:
    alone, together = in_one(name), in_two[0] / name

    for key in ("loss", "grad_norm", "eval_loss"):
        one, two = (lines(root, key) for root in (alone, together))
        assert two == pytest.approx(one, rel=1e-4)
    torch.testing.assert_close(weights(together), weights(alone), atol=1e-4, rtol=0)


def test_samples_go_round_all_workers_and_those_that_fill_up_do_not_count(dataset: Path) -> None:
    samples = [[number] for number in range(5)]
    alone, two = (shared_out(samples, case("one pass", dataset, workers=workers)) for workers in (1, 2))

    assert (alone["rows"], alone["counts"]) == (samples, [True] * 5)
    assert (two["rows"], two["counts"]) == ([*samples, [0]], [True] * 5 + [False])


def test_a_row_that_does_not_count_weighs_nothing(tokenizer: Any) -> None:
    collator = Collator(tokens_of([row(1)], tokenizer), tokenizer.pad_token_id, packed=False)
    batch = collator([{"rows": [0], "counts": True}, {"rows": [0], "counts": False}])

    assert batch["weights"].sum(dim=1).tolist()[1] == 0 < batch["weights"].sum()
    assert (batch["labels"][1] == IGNORED).all()

"""LoRA adapters on vLLM: the pocket model with and without one, from run file to figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.store import Artifact
from pipelines.measure.measure import MeasureOrder
from pipelines.measure.reckons import MEASURED
from tests.flows.builds import Command
from tests.pipelines.measure.measurements import ordered
from tests.warm_engines import POCKET_ENGINE

pytestmark = [pytest.mark.engine, pytest.mark.slow]

ROOT = Path(__file__).parents[3]
POCKET = ROOT / "data" / "pocket"


def save_adapter(folder: Path) -> None:
    """Save a small LoRA of random weights for the pocket model."""
    # torch and peft take seconds to import, and only this test wants them.
    import torch
    from peft import LoraConfig, get_peft_model
    from transformers import AutoModelForCausalLM

    torch.manual_seed(0)
    settings = LoraConfig(r=8, lora_alpha=32, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    base: Any = AutoModelForCausalLM.from_pretrained(str(POCKET))
    get_peft_model(base, settings).save_pretrained(str(folder))
    saved = folder / "adapter_config.json"
    saved.write_text(json.dumps(json.loads(saved.read_text("utf-8")) | {"base_model_name_or_path": None}))


def usages(order: MeasureOrder) -> list[dict[str, float]]:
    """Return what each model has cost; all of it lies in one part."""
    return [Artifact(order.run.folder / "artifacts" / cell.folder).usage(0) for cell in order.plan.cells]


def replies(order: MeasureOrder, model: str) -> list[str]:
    (cell,) = [cell for cell in order.plan.cells if cell.name == f"{model}-greedy"]
    return [
        row["reply"]
        for rows in Artifact(order.run.folder / "artifacts" / cell.folder).tables()
        for row in rows.to_pylist()
    ]


def test_an_adapter_replies_otherwise_than_its_base_and_is_never_given_its_replies(
    warm: Command, tmp_path: Path
) -> None:
    save_adapter(tmp_path / "lora")
    order = ordered(
        tmp_path / "m",
        problems={"kind": "task", "task": "addition", "count": 8, "split": "held_out"},
        engine=POCKET_ENGINE,
        models=[{"name": "base"}, {"name": "tuned", "adapter": str(tmp_path / "lora")}],
        modes=[{}],
        max_tokens=512,
        where="here",
        block=8,
    )

    ran = warm("measure", str(tmp_path / "m" / "measure.yaml"))
    figures = json.loads((order.run.folder / MEASURED).read_text())

    assert ran.code == 0, ran.err
    base, tuned = replies(order, "base"), replies(order, "tuned")
    assert len(base) == len(tuned) == 8
    assert base != tuned
    assert [usage["calls"] for usage in usages(order)] == [8, 8]
    assert [usage["replayed"] for usage in usages(order)] == [0, 0]
    assert figures["results"][0]["all"]["accuracy"] > 0.5
    assert figures["results"][1]["all"]["accuracy"] <= figures["results"][0]["all"]["accuracy"]

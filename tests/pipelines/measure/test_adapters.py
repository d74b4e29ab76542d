"""LoRA adapters on vLLM: the pocket model with and without one, from run file to figures."""

import json
from pathlib import Path
from typing import Any

import pytest

from data.store import Artifact
from pipelines.measure.measure import MeasureOrder
from tests.pipelines.measure.measurements import measured, ordered
from tests.pipelines.runs import Told

pytestmark = [
    pytest.mark.engine,
    pytest.mark.slow,
    # vLLM's own: it imports what torch is about to rename, and leaves a socket context of its start to the collector.
    pytest.mark.filterwarnings("ignore::FutureWarning", "ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Unclosed context:ResourceWarning"),
]

POCKET = Path(__file__).parents[3] / "data" / "pocket"


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


def replies(order: MeasureOrder, model: str) -> list[str]:
    (cell,) = [cell for cell in order.plan.cells if cell.model.name == model]
    return [
        row["reply"]
        for rows in Artifact(order.folder / "artifacts" / cell.step.folder).tables()
        for row in rows.to_pylist()
    ]


def test_an_adapter_replies_otherwise_than_its_base_and_is_never_given_its_replies(tmp_path: Path) -> None:
    save_adapter(tmp_path / "lora")
    engine = {"kind": "local", "model": str(POCKET), "max_model_len": 512, "max_loras": 1, "cpu_kv_cache_gib": 0.25}
    order = ordered(
        tmp_path / "m",
        problems={"kind": "task", "task": "addition", "count": 8, "split": "held_out"},
        engine=engine,
        models=[{"name": "base"}, {"name": "tuned", "adapter": str(tmp_path / "lora")}],
        modes=[{}],
        max_tokens=200,
        where="here",
        block=8,
    )
    told = Told()

    figures = measured(order, told)

    base, tuned = replies(order, "base"), replies(order, "tuned")
    assert len(base) == len(tuned) == 8
    assert base != tuned
    assert [counts.usage["calls"] for step, counts in told.parts if step != "read"] == [8, 8]
    assert [counts.usage["replayed"] for step, counts in told.parts if step != "read"] == [0, 0]
    assert figures["results"][0]["all"]["accuracy"] > 0.5
    assert figures["results"][1]["all"]["accuracy"] <= figures["results"][0]["all"]["accuracy"]

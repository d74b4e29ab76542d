"""A folded model answers through vLLM as its base does with the adapter beside it."""

from pathlib import Path

import pytest

from sft.adapters.fold import fold
from sft.config import Adapter
from sft.run.train import train
from stages.engines.local.local import Local
from stages.engines.weights import folder_digest
from tests.sft.small import rows, run, version
from tests.stages.engines.test_adapter_served import told
from tests.warm_engines import POCKET_ENGINE, WarmHere

pytestmark = [pytest.mark.engine, pytest.mark.long, pytest.mark.timeout(1200)]


def test_a_folded_model_replies_as_base_and_adapter_do(tmp_path: Path, warm_loop: WarmHere) -> None:
    data = version(tmp_path / "data", rows(lengths=(1,)))
    settings = run(data, adapter=Adapter(rank=8, alpha=16), max_steps=30, learning_rate=3e-3)
    adapter = train(settings, tmp_path / "run").folder
    named = {"adapter": str(adapter), "adapter_revision": folder_digest(adapter)}
    folded = fold(adapter, tmp_path / "folded", dtype="float32")

    beside = warm_loop.ask(Local(**POCKET_ENGINE), lambda running: told(running, **named))
    alone = warm_loop.ask(Local(**{**POCKET_ENGINE, "model": str(folded)}), told)

    assert alone == beside
    assert alone != warm_loop.ask(Local(**POCKET_ENGINE), told)

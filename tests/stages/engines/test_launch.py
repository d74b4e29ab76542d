import os
from pathlib import Path

import pytest

from data.errors import EngineError
from stages.engines.local.launch import launch
from stages.engines.local.surroundings import surroundings


async def test_a_failed_start_tells_the_model_and_the_cause_and_leaves_no_trace() -> None:
    before = dict(os.environ)
    seen: dict[str, str] = {}

    def start() -> None:
        seen.update(os.environ)
        raise ValueError("no room for the cache")

    with pytest.raises(EngineError, match=r"'m'.*ValueError: no room for the cache"):
        await launch("m", start, {"HF_HUB_OFFLINE": "1"})

    assert (seen["HF_HUB_OFFLINE"], seen["VLLM_NO_USAGE_STATS"]) == ("1", "1")
    assert dict(os.environ) == before
    assert not Path(seen["VLLM_LOGGING_CONFIG_PATH"]).exists()


async def test_the_cause_is_what_a_child_wrote_to_the_log() -> None:
    def start() -> None:
        log = Path(os.environ["VLLM_LOGGING_CONFIG_PATH"]).with_name("log")
        log.write_text("Traceback ...\nValueError: 3 GiB wanted, 2 are free\nand so on\n")
        raise RuntimeError("Engine core initialization failed. See root cause above.")

    with pytest.raises(EngineError, match="ValueError: 3 GiB wanted, 2 are free"):
        await launch("m", start, {})


def test_the_environment_is_put_back_whatever_was_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VARICOT_KEPT", "old")
    monkeypatch.delenv("VARICOT_NEW", raising=False)

    with surroundings({"VARICOT_NEW": "1"}):
        os.environ["VARICOT_KEPT"] = "new"
        os.environ["VARICOT_OTHER"] = "2"

    assert os.environ["VARICOT_KEPT"] == "old"
    assert "VARICOT_NEW" not in os.environ
    assert "VARICOT_OTHER" not in os.environ

import json
from pathlib import Path
from typing import Any

import pytest

from data.errors import ConfigError
from data.store import write_json
from sft.adapters.attach import lora
from sft.config import Adapter
from sft.models.origin import base_digest
from sft.models.trained import RECORD
from sft.run.claim import identity_of, read_source
from sft.run.start import SETTINGS, check_start
from tests.sft.small import POCKET, run

KINDS: tuple[Any, ...] = ("lora", "rslora", "dora")


def adapter(folder: Path, settings: Adapter) -> Path:
    """Write what PEFT writes beside an adapter of these settings, and the record of its base."""
    folder.mkdir(parents=True)
    config: Any = lora(settings, None)
    known = {key: sorted(value) if isinstance(value, set) else value for key, value in config.to_dict().items()}
    (folder / SETTINGS).write_text(json.dumps(known), "utf-8")
    base = {"model": str(POCKET), "revision": None, "digest": base_digest(POCKET)}
    write_json(folder / RECORD, {"base": base, "weights": {"a": "b"}})
    return folder


@pytest.mark.parametrize("kind", KINDS)
def test_an_adapter_of_the_same_settings_is_gone_on_from(tmp_path: Path, kind: Any) -> None:
    same = Adapter(kind=kind, rank=4, alpha=8, dropout=0.1)

    check_start(adapter(tmp_path / "start", same), same)


def test_whoever_trains_all_weights_goes_on_from_a_whole_model() -> None:
    check_start(POCKET, Adapter(kind="full"))


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (Adapter(rank=64, alpha=8), r"r 4 \(asked: 64\)"),
        (Adapter(rank=4, alpha=32), r"lora_alpha 8 \(asked: 32\)"),
        (Adapter(rank=4, alpha=8, dropout=0.5), r"lora_dropout 0.0 \(asked: 0.5\)"),
        (Adapter(rank=4, alpha=8, kind="rslora"), r"use_rslora False \(asked: True\)"),
        (Adapter(rank=4, alpha=8, kind="dora"), r"use_dora False \(asked: True\)"),
        (Adapter(rank=4, alpha=8, targets=("q_proj",)), r"target_modules .* \(asked: \['q_proj'\]\)"),
        (Adapter(kind="full"), "holds an adapter, and adapter.kind is full; take lora"),
    ],
)
def test_an_adapter_of_other_settings_is_refused_with_both(tmp_path: Path, asked: Adapter, told: str) -> None:
    start = adapter(tmp_path / "start", Adapter(rank=4, alpha=8, targets=("v_proj", "up_proj")))

    with pytest.raises(ConfigError, match=told):
        check_start(start, asked)


@pytest.mark.parametrize("kind", KINDS)
def test_a_whole_model_is_no_adapter_to_go_on_from(kind: Any) -> None:
    with pytest.raises(ConfigError, match=f"holds a whole model .* adapter.kind is {kind}; take full"):
        check_start(POCKET, Adapter(kind=kind))


def test_every_setting_that_differs_is_told_at_once(dataset: Path, tmp_path: Path) -> None:
    config = run(
        dataset, adapter=Adapter(kind="rslora", rank=64, alpha=1), start=str(adapter(tmp_path / "a", Adapter()))
    )

    with pytest.raises(ConfigError) as told:
        identity_of(config, POCKET, read_source(config))

    assert all(key in str(told.value) for key in ("r 16", "lora_alpha 32", "use_rslora False"))

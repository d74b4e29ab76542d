"""What a run goes on from: a whole model or an adapter, with the very settings that the run asks for."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.errors import ConfigError
from data.store import read_json
from sft.config import Adapter

SETTINGS = "adapter_config.json"
"""Beside every adapter: what PEFT makes it of again, whatever a run says."""


def check_start(start: Path, adapter: Adapter) -> None:
    """Refuse to go on from weights that were made with other settings than a run's, which would not be followed.

    Raises:
        ConfigError: an adapter where all weights are trained, a whole model where an adapter is, or other settings.
    """
    is_adapter, whole = (start / SETTINGS).is_file(), adapter.kind == "full"
    if is_adapter == whole:
        there = "an adapter" if is_adapter else "a whole model (or nothing)"
        take = "lora, rslora, dora or qlora" if is_adapter else "full, or give the model as `base`"
        raise ConfigError(f"start: {start} holds {there}, and adapter.kind is {adapter.kind}; take {take}")
    if is_adapter and (differ := _differences(read_json(start / SETTINGS), adapter)):
        told = f"start: {start} has {', '.join(differ)}"
        raise ConfigError(f"{told}; what goes on keeps the settings it has, so set `adapter` to them")


def _differences(was: Mapping[str, Any], adapter: Adapter) -> list[str]:
    asked = _asked(adapter)
    differ = [f"{key} {was.get(key)!r} (asked: {value!r})" for key, value in asked.items() if was.get(key) != value]
    targets = was.get("target_modules") or []
    if isinstance(adapter.targets, tuple) and set(targets) != set(adapter.targets):
        differ.append(f"target_modules {targets} (asked: {sorted(adapter.targets)})")
    return differ


def _asked(adapter: Adapter) -> Mapping[str, Any]:
    """Return an adapter's settings as PEFT names them."""
    return {
        "r": adapter.rank,
        "lora_alpha": adapter.alpha,
        "lora_dropout": adapter.dropout,
        "use_rslora": adapter.kind == "rslora",
        "use_dora": adapter.kind == "dora",
    }

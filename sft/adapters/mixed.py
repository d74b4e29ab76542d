"""Adapters made of adapters: each update counted so many times, and added up, without touching a base.

A LoRA adds s * B(A(x)) to what a layer says, with s from its alpha and rank. Any weighted sum of such updates is one
LoRA of the ranks together, exactly: the A's under one another, the B's beside one another, each times its weight and
its s. One adapter times alpha (CoT-Valve, Ma et al. 2025: theta + alpha * delta) and a mixture of two (the survey's
alpha * delta_none + (1 - alpha) * delta_long) are both that, and any number of them are served side by side.
"""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file

from data.disk import large_file_digest
from data.errors import ArtifactError
from data.store import read_json
from sft.adapters.written import WEIGHTS, A, B, write_adapter
from sft.models.card import made_card
from sft.models.origin import base_of
from sft.models.trained import RECORD
from sft.run.start import SETTINGS

BESIDE = (
    "bias",
    "modules_to_save",
    "trainable_token_indices",
    "lora_bias",
    "layers_to_transform",
    "target_parameters",
)
"""Settings of PEFT by which an adapter is more than a product of two matrices on every named layer."""


@dataclass(frozen=True)
class Part:
    """An adapter and how many times its update counts; a negative number turns it round."""

    adapter: Path
    times: float


def mix(parts: Sequence[Part], output: Path) -> Path:
    """Write the adapter whose update is the sum of the parts', each times its number; return its folder.

    Args:
        parts: adapters of one base, plain LoRA or rsLoRA.
        output: a folder that is not there yet; appears whole.

    Raises:
        ArtifactError: an adapter that does not scale, or adapters of two bases; everything that is wrong is named.
    """
    if absent := [fault for part in parts for fault in lacking(part.adapter)]:
        raise ArtifactError(*absent)
    loaded = [(part, adapter_settings(part.adapter)) for part in parts]
    if faults := [*(fault for part, config in loaded for fault in _faults(part, config)), *_strangers(parts)]:
        raise ArtifactError(*faults)
    read = [(part, config, adapter_weights(part.adapter)) for part, config in loaded]
    if strays := [fault for part, _, weights in read for fault in _strays(part.adapter, weights)]:
        raise ArtifactError(*strays)
    weights = _summed(read)
    targets = sorted({target for _, config in loaded for target in config["target_modules"]})
    plain = {"r": _rank(weights), "lora_alpha": _rank(weights), "use_rslora": False, "target_modules": targets}
    config = dict(loaded[0][1]) | plain
    return write_adapter(output, weights, config, _record(parts), _page(parts, config), tokenizer=parts[0].adapter)


def _summed(loaded: Sequence[tuple[Part, Mapping[str, Any], Mapping[str, torch.Tensor]]]) -> dict[str, torch.Tensor]:
    """Return A and B of every layer that a part has, of the ranks of all parts; what a part lacks is zero."""
    layers = sorted({name.removesuffix(A) for _, _, weights in loaded for name in weights if name.endswith(A)})
    found: dict[str, torch.Tensor] = {}
    for layer in layers:
        like = next(weights for _, _, weights in loaded if layer + A in weights)
        above, beside = [], []
        for part, config, weights in loaded:
            rank = int(config["r"])
            down = weights.get(layer + A, torch.zeros(rank, like[layer + A].shape[1]))
            up = weights.get(layer + B, torch.zeros(like[layer + B].shape[0], rank))
            above.append(down.float())
            beside.append(up.float() * (part.times * scaling(config)))
        found[layer + A] = torch.cat(above, 0).contiguous()
        found[layer + B] = torch.cat(beside, 1).contiguous()
    return found


def scaling(config: Mapping[str, Any]) -> float:
    """Return what a LoRA's update is multiplied by."""
    rank = float(config["r"])
    return float(config["lora_alpha"]) / (math.sqrt(rank) if config.get("use_rslora") else rank)


def lacking(folder: Path) -> list[str]:
    """Say which files of an adapter are not in a folder."""
    if not (folder / SETTINGS).is_file():
        return [f"{folder}: no {SETTINGS}, so no adapter; name the folder of one"]
    if not (folder / WEIGHTS).is_file():
        return [f"{folder}: no {WEIGHTS}; save the adapter as safetensors"]
    return []


def adapter_settings(folder: Path) -> Mapping[str, Any]:
    """Return what PEFT makes an adapter of.

    Raises:
        ArtifactError: they are no mapping.
    """
    config = read_json(folder / SETTINGS)
    if not isinstance(config, Mapping):
        raise ArtifactError(f"{folder / SETTINGS}: no mapping of settings; save the adapter anew")
    return config


def adapter_weights(folder: Path) -> Mapping[str, torch.Tensor]:
    """Return the tensors of an adapter.

    Raises:
        ArtifactError: the file is damaged.
    """
    try:
        return load_file(folder / WEIGHTS)
    except (SafetensorError, OSError) as error:
        raise ArtifactError(f"{folder / WEIGHTS}: damaged ({error}); copy or train the adapter again") from error


def _rank(weights: Mapping[str, torch.Tensor]) -> int:
    return next(tensor.shape[0] for name, tensor in weights.items() if name.endswith(A))


def _faults(part: Part, config: Mapping[str, Any]) -> list[str]:
    """Say why an adapter cannot be scaled by a number on its B."""
    where = part.adapter
    faults = [f"{where}: times {part.times}; give a number"] if not math.isfinite(part.times) else []
    if config.get("use_dora"):
        faults.append(
            f"{where}: DoRA's update is not linear in its weights, so half of it is no half; train plain LoRA"
        )
    if config.get("peft_type") != "LORA":
        faults.append(f"{where}: peft_type is {config.get('peft_type')!r}; only LoRA is a product that can be scaled")
    if isinstance(config.get("target_modules"), str):
        faults.append(f"{where}: target_modules is a pattern; name the layers")
    if config.get("rank_pattern") or config.get("alpha_pattern"):
        faults.append(f"{where}: ranks or alphas differ from layer to layer; train with one of each")
    beside = [key for key in BESIDE if config.get(key) not in (None, "none", False, [], {})]
    if beside:
        faults.append(f"{where}: trained with {', '.join(beside)}, which would not be scaled; train plain LoRA")
    return faults


def _strays(where: Path, weights: Mapping[str, torch.Tensor]) -> list[str]:
    """Say which weights are not those of a linear layer's LoRA, as embeddings' are."""
    found = sorted(name for name in weights if not name.endswith((A, B)))
    return [f"{where}: {found[0]} and {len(found) - 1} more are no LoRA of a linear layer"] if found else []


def _strangers(parts: Sequence[Part]) -> list[str]:
    """Say which adapters tell of another base than the first that tells."""
    bases = {part.adapter: found["digest"] for part in parts if (found := base_of(part.adapter)) is not None}
    if len(set(bases.values())) < 2:
        return []
    return [f"{adapter}: trained on the base with digest {digest[:12]}" for adapter, digest in bases.items()]


def _record(parts: Sequence[Part]) -> dict[str, Any]:
    """Return what the adapter says of itself: its base, and what it is a sum of, with their directions."""
    records = [_told(part.adapter) for part in parts]
    made = [
        {"times": part.times, **{key: record.get(key) for key in ("weights", "update", "dataset")}}
        for part, record in zip(parts, records, strict=True)
    ]
    bases = [record.get("base") for record in records]
    return {**({"base": bases[0]} if all(bases) else {}), "mixed": made}


def _page(parts: Sequence[Part], config: Mapping[str, Any]) -> str:
    """Return the adapter's card."""
    base = base_of(parts[0].adapter) or {"model": config.get("base_model_name_or_path") or "unknown"}
    return made_card(
        f"An adapter on {Path(str(base['model'])).name}",
        "The updates of these adapters, each counted so many times and added up; nothing was trained.",
        library="peft",
        sources=[{"what": "base", **base}, *(adapter_source(part.adapter) for part in parts)],
        settings={"times": ", ".join(f"{part.times:g}" for part in parts), "rank": config["r"]},
    )


def adapter_source(adapter: Path) -> Mapping[str, Any]:
    """Return what a card or a record says of an adapter that something was made of."""
    return {"what": "adapter", "model": str(adapter), "digest": large_file_digest(adapter / WEIGHTS)}


def _told(adapter: Path) -> Mapping[str, Any]:
    path = adapter / RECORD
    return dict(read_json(path)) if path.is_file() else {}

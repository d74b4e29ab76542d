"""The difference of two models of one family as a LoRA (MixChain-Z, Ma et al. 2025, section 3.2): nothing is trained.

Of each linear layer the difference of the weights is written as B A of a given rank: its largest singular values, exact
where the rank is the layer's. Two tensors are held at a time, however large the models. What no LoRA can carry
(embeddings, head, norms, biases) stays the base's, and the record says how much of the difference that leaves out.
"""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import torch
from peft import LoraConfig

from data.errors import ArtifactError
from sft.adapters.written import A, B, write_adapter
from sft.config import Base, Direction
from sft.models.card import made_card
from sft.models.family import aligned, strangers, unlike
from sft.models.origin import base_digest, find
from sft.models.record import update
from sft.models.weights import Weights, skeleton

ITERATIONS = 8
"""Of the randomised decomposition (Halko et al. 2011): more than enough for spectra that fall slowly."""
SPARE = 16
"""Singular vectors looked for beyond the rank."""


def difference(base: Base, other: Base, output: Path, *, rank: int, direction: Direction = "long_to_short") -> Path:
    """Write the adapter that turns `base` towards `other` (alpha 1) and return its folder.

    Args:
        rank: of every layer; the same for all, as servers ask for.
        direction: which of the two thinks longer; told in the record.
        output: a folder that is not there yet; appears whole.

    Raises:
        ArtifactError: the two are no family, alike in every linear layer, or hold numbers that are not finite;
            everything that is wrong is named.
        ConfigError: one of them is not there.
    """
    here, there = find(base), find(other)
    (ours, theirs), _ = aligned([here, there])
    layers = linear_layers(here)
    if faults := [*strangers(here, there), *_unlike(ours, theirs, layers)]:
        raise ArtifactError(*faults)
    found: dict[str, torch.Tensor] = {}
    kept = inside = outside = 0.0
    for name in sorted(ours.shapes):
        delta = theirs[name] - ours[name]
        if not delta.isfinite().all():
            raise ArtifactError(f"{here} or {there}: {name} holds numbers that are not finite; save the model anew")
        size = float(delta.square().sum())
        layer = name.removesuffix(".weight")
        if layer not in layers:
            outside += size
            continue
        down, up = factors(delta, rank)
        found[f"base_model.model.{layer}{A}"], found[f"base_model.model.{layer}{B}"] = down, up
        kept, inside = kept + float((up @ down).square().sum()), inside + size
    if not inside:
        raise ArtifactError(
            f"{here} and {there}: no linear layer differs; `other` is to be another model than the base"
        )
    whole = inside + outside
    told = {"rank": rank, "held": kept / whole, "beyond_rank": (inside - kept) / whole, "not_linear": outside / whole}
    record: dict[str, Any] = {
        "base": {"model": base.model, "revision": base.revision, "digest": base_digest(here)},
        "update": update(direction),
        "difference": {"other": {"model": other.model, "digest": base_digest(there)}, **told},
    }
    page = made_card(
        f"An adapter on {Path(base.model).name}",
        "The difference of two models as an adapter; nothing was trained.",
        library="peft",
        sources=[{"what": "base", **record["base"]}, {"what": "other", **record["difference"]["other"]}],
        settings=told,
    )
    return write_adapter(output, found, _peft(base, layers, rank), record, page)


def linear_layers(folder: Path) -> frozenset[str]:
    """Return the names of a model's linear layers but the head; no weight is loaded."""
    model = skeleton(folder)
    head = model.get_output_embeddings()
    return frozenset(name for name, it in model.named_modules() if isinstance(it, torch.nn.Linear) and it is not head)


def factors(delta: torch.Tensor, rank: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return A [rank, in] and B [out, rank] whose product is the nearest to `delta` [out, in]; the same every time."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        left, sizes, right = torch.svd_lowrank(delta, q=min(rank + SPARE, *delta.shape), niter=ITERATIONS)
    root = sizes[:rank].sqrt()
    down, up = torch.zeros(rank, delta.shape[1]), torch.zeros(delta.shape[0], rank)
    down[: len(root)] = root[:, None] * right[:, :rank].T
    up[:, : len(root)] = left[:, :rank] * root
    return down, up


def _unlike(ours: Weights, theirs: Weights, layers: frozenset[str]) -> Iterator[str]:
    yield from unlike(ours, theirs)
    for layer in sorted(layers):
        if f"{layer}.weight" not in ours.shapes:
            yield f"{ours.folder}: no weight for its linear layer {layer}; merge adapters and unpack quantised weights"


def _peft(base: Base, layers: frozenset[str], rank: int) -> Mapping[str, Any]:
    targets = sorted({layer.rsplit(".", 1)[-1] for layer in layers})
    config: Any = LoraConfig(
        task_type="CAUSAL_LM", r=rank, lora_alpha=rank, target_modules=targets, inference_mode=True
    )
    config.base_model_name_or_path, config.revision = base.model, base.revision
    told = config.to_dict()
    return {key: sorted(value) if isinstance(value, set) else value for key, value in told.items()}

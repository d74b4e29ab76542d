"""Merges models of one family into one, tensor by tensor and slice by slice: a model of any size in little memory.

Of each tensor one slice of each model is held at a time, as float32, with as many again while they are added up; the
result goes to the disk at once.
"""

import math
import shutil
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

from data.errors import ArtifactError, ConfigError
from data.store import read_json
from sft.config import Base
from sft.models.card import made_card
from sft.models.family import aligned, differences, strangers, unlike
from sft.models.merging import (
    cosine,
    drop,
    elected_mean,
    generator_for,
    mean,
    slerp,
    threshold,
    trim,
    weighted_sum,
)
from sft.models.origin import find
from sft.models.recipe import Dare, Linear, Recipe, Slerp, Ties
from sft.models.shards import Layout, write_shards
from sft.models.weights import DTYPES, Weights
from sft.models.whole import aside, check_absent, close, copy_settings, copy_tokenizer, source_record

SLICE = 1 << 24
"""Numbers of a tensor that are held of each model: 64 MiB as float32; of more than four models so many fewer."""


def merge(recipe: Recipe, output: Path, watch: Callable[[int, int], None] = lambda shard, of: None) -> Path:
    """Write the model that a recipe makes and return its folder.

    Args:
        output: a folder that is not there yet; appears whole.
        watch: called with the number of each file before it is written, and how many there are.

    Raises:
        ArtifactError: the models do not fit (all differences at once), hold numbers that are not finite, or there is
            no room on the disk.
        ConfigError: models that are not there.
    """
    check_absent(output)
    sources = [*recipe.models, *([] if recipe.base is None else [recipe.base])]
    folders = _found(sources)
    if faults := [fault for folder in folders for fault in _unread(folder)]:
        raise ArtifactError(*faults)
    weights, tied = aligned(folders)
    faults = [fault for folder in folders[1:] for fault in strangers(folders[0], folder)]
    faults += [fault for other in weights[1:] for fault in unlike(weights[0], other)]
    if faults := faults + _quantised(weights):
        raise ArtifactError(*faults)
    first = weights[0]
    named = {str(dtype).removeprefix("torch."): name for name, dtype in DTYPES.items()}
    kept = None if recipe.dtype is None else named[recipe.dtype]
    layouts = {name: Layout(kept or first.dtypes[name], shape) for name, shape in first.shapes.items()}
    with aside(output) as building:
        _check_room(building, layouts)
        work = Merge(recipe, weights)

        def pieces(name: str) -> Iterator[torch.Tensor]:
            for piece in work.pieces(name):
                if piece.abs().max() > torch.finfo(DTYPES[layouts[name].dtype]).max:
                    raise ArtifactError(f"{name} of the result is too large for {layouts[name].dtype}; set `dtype`")
                yield piece

        write_shards(building, layouts, pieces, int(recipe.shard_gigabytes * 1e9), watch)
        widest = max(layouts.values(), key=lambda layout: layout.size)
        dtype = str(DTYPES[widest.dtype]).removeprefix("torch.")
        copy_settings(folders[0], building, {"tie_word_embeddings": tied}, dtype)
        copy_tokenizer(folders[0], building)
        record = _record(recipe, folders, tied)
        close(building, record, _page(record["merged"]))
    return output


class Merge:
    """One merge under way: what each tensor of the result is, slice by slice."""

    def __init__(self, recipe: Recipe, weights: Sequence[Weights]) -> None:
        self.rule = recipe.method
        self.counts = [model.weight for model in recipe.models]
        self.models = weights[: len(recipe.models)]
        self.base = None if recipe.base is None else weights[-1]
        self.slice = 4 * SLICE // max(4, len(weights))

    def pieces(self, name: str) -> Iterator[torch.Tensor]:
        """Yield a tensor of the result as flat slices of float32.

        Raises:
            ArtifactError: a model holds numbers that are not finite.
        """
        if isinstance(self.rule, Linear):
            yield from (mean(tensors, self.counts) for tensors in self._slices(name))
        elif isinstance(self.rule, Slerp):
            cos = cosine((one, other) for one, other in self._slices(name))
            yield from (slerp(one, other, self.rule.t, cos) for one, other in self._slices(name))
        else:
            yield from self._on_base(name)

    def _on_base(self, name: str) -> Iterator[torch.Tensor]:
        """Yield the base with the models' differences from it added."""
        rule: Any = self.rule
        least = self._thresholds(name, rule.density) if isinstance(rule, Ties) else []
        random = [generator_for(rule.seed, k, name) for k in range(len(self.models))] if isinstance(rule, Dare) else []
        for *tensors, base in self._slices(name):
            deltas = [tensor - base for tensor in tensors]
            if isinstance(rule, Ties):
                deltas = [trim(delta, limit) for delta, limit in zip(deltas, least, strict=True)]
            elif isinstance(rule, Dare):
                deltas = [
                    drop(delta, rule.drop, source, rescale=rule.rescale)
                    for delta, source in zip(deltas, random, strict=True)
                ]
            elects = isinstance(rule, Ties) or (isinstance(rule, Dare) and rule.combine == "ties")
            update = elected_mean(deltas, self.counts) if elects else weighted_sum(deltas, self.counts)
            yield base + update * rule.scale

    def _thresholds(self, name: str, density: float) -> list[float]:
        """Return, for each model, the least magnitude of a difference that is kept."""
        if density == 1:
            return [0.0] * len(self.models)
        base = self.base
        assert base is not None  # the recipe sees to it
        keep = math.ceil(density * torch.Size(base.shapes[name]).numel())
        return [
            threshold(
                lambda model=model: (  # type: ignore[misc]
                    ours - theirs
                    for ours, theirs in zip(model.slices(name, self.slice), base.slices(name, self.slice), strict=True)
                ),
                keep,
            )
            for model in self.models
        ]

    def _slices(self, name: str) -> Iterator[tuple[torch.Tensor, ...]]:
        """Yield the same slice of every model, the base last."""
        sources = [*self.models, *([] if self.base is None else [self.base])]
        for tensors in zip(*(source.slices(name, self.slice) for source in sources), strict=True):
            for source, tensor in zip(sources, tensors, strict=True):
                if not tensor.isfinite().all():
                    raise ArtifactError(f"{source.folder}: {name} holds numbers that are not finite; fetch it again")
            yield tensors


def _found(sources: Sequence[Base]) -> list[Path]:
    """Return the folders of the models, or say of all that are not there."""
    folders: list[Path] = []
    faults: list[str] = []
    for source in sources:
        try:
            folders.append(find(source))
        except ConfigError as error:
            faults.extend(error.faults)
    if faults:
        raise ConfigError(*faults)
    return folders


def _unread(folder: Path) -> Iterator[str]:
    if (folder / "adapter_config.json").is_file() and not (folder / "config.json").is_file():
        yield f"{folder}: an adapter, no whole model; fold it first (`convert fold`)"
    elif "quantization_config" in read_json(folder / "config.json"):
        yield f"{folder}: its weights are quantised; take the model that it was quantised from"


def _quantised(weights: Sequence[Weights]) -> list[str]:
    """Say which models hold tensors whose numbers cannot be added."""
    faults = []
    for model in weights:
        odd = sorted(name for name, dtype in model.dtypes.items() if dtype not in DTYPES)
        if odd:
            told = f"{odd[0]} is {model.dtypes[odd[0]]} and {len(odd) - 1} more are like it"
            faults.append(f"{model.folder}: {told}; merge models in {', '.join(DTYPES)}")
    return faults


def _check_room(folder: Path, layouts: dict[str, Layout]) -> None:
    needed, free = sum(layout.size for layout in layouts.values()), shutil.disk_usage(folder).free
    if needed > free:
        raise ArtifactError(
            f"{folder.parent}: the result takes {needed / 1e9:.1f} GB, and {free / 1e9:.1f} GB are free"
        )


def _record(recipe: Recipe, folders: Sequence[Path], tied: bool) -> dict[str, Any]:
    """Return what the merged model says of itself."""
    models = [
        source_record(model, folder) | {"weight": model.weight}
        for model, folder in zip(recipe.models, folders, strict=False)
    ]
    told = TypeAdapter(Recipe).dump_python(recipe, mode="json")
    base = {} if recipe.base is None else {"base": source_record(recipe.base, folders[-1])}
    kept = {"method": told["method"], "dtype": recipe.dtype, "tied": tied, "differences": differences(folders)}
    return {"merged": {"models": models, **base, **kept}}


def _page(merged: dict[str, Any]) -> str:
    method = dict(merged["method"])
    kind = method.pop("kind")
    base = [{"what": "base", **merged["base"]}] if "base" in merged else []
    return made_card(
        f"{' and '.join(Path(str(model['model'])).name for model in merged['models'])} merged by {kind}",
        "Models of one family merged tensor by tensor; nothing was trained. Where they differ in settings, tokens or "
        "chat template, the first one's are kept: `training.json` names these differences.",
        library="transformers",
        sources=[{"what": f"model, weight {model['weight']:g}", **model} for model in merged["models"]] + base,
        settings={**method, "head": "is the embedding" if merged["tied"] else "has weights of its own"},
    )

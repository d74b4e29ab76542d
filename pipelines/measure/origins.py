"""What the measured models say they were trained on, and whether the problems are compared with that."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from data.dataset.manifest import read_manifest
from data.store import read_json
from pipelines.measure.overlap import within
from pipelines.measure.run_file import Model
from sft.models.trained import RECORD
from stages.engines.local.local import Local


def unchecked(models: Sequence[Model], training: Sequence[Path]) -> Iterator[str]:
    """Yield, for each model that was trained on a dataset which `training` does not name, which one it was."""
    known = {read_manifest(one).digest for folder in training for one in (folder, *within(folder))}
    for model in models:
        for dataset in _datasets(model):
            if dataset.get("digest") not in known:
                named = f"{dataset.get('name')}, version {dataset.get('version')}"
                yield f"{model.name} was trained on {named}, which `training` does not name: some of these may be in it"


def _datasets(model: Model) -> Iterator[Mapping[str, Any]]:
    folder = model.engine.model if model.adapter is None and isinstance(model.engine, Local) else model.adapter
    path = Path(folder or "") / RECORD
    record = read_json(path) if folder is not None and path.is_file() else {}
    for made in (record, *record.get("mixed", ())):
        if isinstance(made.get("dataset"), Mapping):
            yield made["dataset"]

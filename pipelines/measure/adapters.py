"""An adapter to be measured: whole, known by its files, and trained on the very model that it is to answer on."""

import json
from pathlib import Path

from data.errors import ArtifactError, ConfigError
from sft.models.origin import base_digest, base_of, check_base
from stages.asking.prompts import Adapter
from stages.engines.every import AnyEngine
from stages.engines.local.local import Local
from stages.engines.weights import folder_digest


def adapter_on(engine: AnyEngine, path: str) -> Adapter:
    """Return the adapter in a folder, to answer on an engine; one that does not say its base is taken as it is.

    Raises:
        ConfigError: it is not whole.
        ArtifactError: it was trained on another model than the engine runs.
    """
    folder = Path(path)
    for name in ("adapter_config.json", "adapter_model.safetensors"):
        if not (folder / name).is_file():
            raise ConfigError(f"adapter {folder}: there is no {name} in it; save the adapter with peft")
    try:
        json.loads((folder / "adapter_config.json").read_text("utf-8"))
    except ValueError as error:
        raise ConfigError(f"adapter {folder}: adapter_config.json is damaged ({error})") from error
    if isinstance(engine, Local):
        _refuse_other_base(folder, engine)
    return Adapter(path=path, revision=folder_digest(folder))


def _refuse_other_base(folder: Path, engine: Local) -> None:
    """Compare weights where they lie here; of a model on the Hub, id and commit."""
    base = Path(engine.model).expanduser()
    if base.is_dir():
        check_base(folder, base_digest(base))
        return
    was, served = base_of(folder), (engine.model, engine.revision)
    if was is not None and was["revision"] is not None and (was["model"], was["revision"]) != served:
        raise ArtifactError(
            f"adapter {folder}: trained on {was['model']}@{was['revision']}, and the engine runs "
            f"{engine.model}@{engine.revision}; give its own base"
        )

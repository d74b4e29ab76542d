"""A base: where it lies, what names it, and whether an adapter is one of its; nothing that trains is loaded."""

import hashlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.disk import large_file_digest
from data.errors import ArtifactError, ConfigError
from data.spec import digest
from data.store import read_json
from sft.config import Base
from sft.models.trained import RECORD

COMMIT = re.compile(r"[0-9a-f]{40}")
VOLATILE = ("transformers_version", "_name_or_path")
"""Fields of a config that say who wrote it, not what the model is."""


def find(base: Base) -> Path:
    """Return the folder of the base, fetched where it is on the Hub (weights as safetensors only).

    Raises:
        ConfigError: there is no such model, it is not pinned to a commit, or it has no safetensors.
    """
    folder = Path(base.model).expanduser()
    if not folder.is_dir():
        folder = _fetch(base)
    lacking = [name for name in ("config.json", "*.safetensors") if not any(folder.glob(name))]
    if lacking:
        raise ConfigError(f"base {base.model!r}: no {' and no '.join(lacking)} in it; save the model as safetensors")
    return folder


def base_digest(folder: Path) -> str:
    """Return what names a model: the SHA-256 over its configuration and the files of its weights."""
    config = {key: value for key, value in read_json(folder / "config.json").items() if key not in VOLATILE}
    whole = hashlib.sha256(digest(config).encode())
    for path in sorted(folder.glob("*.safetensors")):
        whole.update(f"{path.name} {large_file_digest(path)}\n".encode())
    return whole.hexdigest()


def base_of(adapter: Path) -> Mapping[str, Any] | None:
    """Return the base that an adapter says it was trained on: model, revision, digest; None where it does not say."""
    path = adapter / RECORD
    record = read_json(path) if path.is_file() else None
    found = record.get("base") if isinstance(record, Mapping) else None
    return found if isinstance(found, Mapping) and "digest" in found else None


def check_base(adapter: Path, base: str) -> None:
    """Refuse an adapter that says it was trained on another base than the one with this digest.

    Raises:
        ArtifactError: it does.
    """
    was = base_of(adapter)
    if was is not None and was["digest"] != base:
        raise ArtifactError(
            f"{adapter}: trained on {was['model']} with digest {was['digest'][:12]}; this base has {base[:12]}, and "
            "an adapter on another base changes it at random; give its own base"
        )


def _fetch(base: Base) -> Path:
    if not COMMIT.fullmatch(base.revision or ""):
        raise ConfigError(
            f"base {base.model!r}: there is no such folder, so it is taken for a model on the Hub, and `revision` is "
            f"{base.revision!r}; give the full commit (40 hexadecimal digits), since a branch moves under an adapter"
        )
    # Takes a second to import, and only those who fetch pay for it.
    from huggingface_hub import snapshot_download

    wanted = ["*.safetensors", "*.json", "*.jinja", "*.model", "*.txt"]
    try:
        return Path(snapshot_download(base.model, revision=base.revision, allow_patterns=wanted))
    except Exception as error:  # network, name, right and disk: half a dozen kinds of several libraries
        told = " ".join(str(error).split())[:300]
        raise ConfigError(f"base {base.model!r}: the Hub did not give it: {type(error).__name__}: {told}") from error

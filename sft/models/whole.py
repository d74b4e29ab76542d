"""The folder of a model or an adapter that is made of others, with no training: written aside and renamed when whole.

What serves a model needs more than weights, so each such folder has its configuration, its generation settings, its
tokenizer with the chat template, a record for programs (`training.json`) and a card.
"""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from data.disk import sync_tree
from data.errors import ArtifactError
from data.store import read_json, write_json
from sft.config import Base
from sft.models.card import CARD
from sft.models.origin import base_digest
from sft.models.publish import weights_of
from sft.models.trained import RECORD

GENERATION = "generation_config.json"
TEMPLATE = "chat_template.jinja"
TOKENIZER = (
    "tokenizer.json",
    "tokenizer_config.json",
    "tokenizer.model",
    "vocab.json",
    "merges.txt",
    "special_tokens_map.json",
    "added_tokens.json",
    TEMPLATE,
    "chat_template.json",
)
"""Files of a tokenizer, of any kind that transformers reads."""


@contextmanager
def aside(output: Path) -> Iterator[Path]:
    """Give a folder to write in, which becomes `output` at the end; after an error nothing of it is left.

    Raises:
        ArtifactError: `output` is there already, or cannot be written.
    """
    check_absent(output)
    building = output.with_name(f".{output.name}")
    shutil.rmtree(building, ignore_errors=True)
    try:
        building.mkdir(parents=True)
        yield building
        sync_tree(building)
        building.rename(output)
    except OSError as error:
        raise ArtifactError(f"{output}: cannot be written: {error}") from error
    finally:
        shutil.rmtree(building, ignore_errors=True)


def check_absent(output: Path) -> None:
    """Refuse to write over what is there.

    Raises:
        ArtifactError: something is.
    """
    if output.exists() or output.is_symlink():
        raise ArtifactError(f"{output}: is there already; name a folder that is not there yet")


def close(folder: Path, record: Mapping[str, Any], page: str) -> None:
    """Write what a folder with weights says of itself: the record, with the digests of the weights, and the card."""
    write_json(folder / RECORD, {**record, **weights_of(folder)})
    (folder / CARD).write_text(page, "utf-8")
    for path in folder.glob("*.safetensors"):
        shutil.copymode(folder / RECORD, path)  # safetensors lets nobody else read what it writes


def copy_tokenizer(source: Path, folder: Path, *, fallback: Path | None = None) -> None:
    """Copy a tokenizer as it is; from `fallback` where the source has none, or has one without a chat template."""
    if fallback is not None and not has_tokenizer(source):
        source, fallback = fallback, None
    for name in TOKENIZER:
        if (source / name).is_file():
            shutil.copyfile(source / name, folder / name)
    if fallback is not None and not _has_template(source) and (fallback / TEMPLATE).is_file():
        shutil.copyfile(fallback / TEMPLATE, folder / TEMPLATE)


def has_tokenizer(folder: Path) -> bool:
    """Tell whether a folder has a tokenizer of its own."""
    return (folder / "tokenizer_config.json").is_file()


def copy_settings(source: Path, folder: Path, changed: Mapping[str, Any], dtype: str) -> None:
    """Write the source's configuration with some fields changed, wherever it has them, and its generation settings.

    The text of the source is kept and not what this version of transformers would make of it, so that whatever serves
    the source serves the result.
    """
    config = dict(read_json(source / "config.json"))
    inner = config.get("text_config")
    for part in (config, inner) if isinstance(inner, dict) else (config,):
        part.update({key: value for key, value in changed.items() if part is config or key in part})
        for key in ("dtype", "torch_dtype"):
            if key in part:
                part[key] = dtype
    if "torch_dtype" not in config:
        config["dtype"] = dtype
    (folder / "config.json").write_text(json.dumps(config, indent=2, sort_keys=True) + "\n", "utf-8")
    if (source / GENERATION).is_file():
        shutil.copyfile(source / GENERATION, folder / GENERATION)


def source_record(base: Base, folder: Path) -> dict[str, Any]:
    """Return what a record says of a model that something was made of."""
    return {"model": base.model, "revision": base.revision, "digest": base_digest(folder)}


def _has_template(folder: Path) -> bool:
    if any((folder / name).is_file() for name in (TEMPLATE, "chat_template.json")):
        return True
    return bool(read_json(folder / "tokenizer_config.json").get("chat_template"))

"""Commits of the models and datasets that a preset names: the Hub's newest when it is first run, and the same after.

A preset names what a paper used, and papers name no commits; a build must read the same rows and weights each time.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, Literal

from data.errors import ConfigError
from data.store import read_json, write_json
from pipelines.papers.preset import Part, Tree

What = Literal["model", "dataset"]
Resolve = Callable[[What, str], str]
"""Returns the newest commit of a model or dataset of the Hub."""
_ID = re.compile(r"[A-Za-z0-9][\w.-]{0,95}/[A-Za-z0-9][\w.-]{0,95}")
_FILES = re.compile(r"(hf://datasets/)([\w.-]+/[\w.-]+)(/.*)")


def pinned(trees: Mapping[Part, Tree], record: Path, resolve: Resolve | None = None) -> dict[Part, Tree]:
    """Return run files with a commit behind every model and dataset of the Hub that has none.

    Args:
        record: the file in which the commits are kept; those that stand there are taken.
        resolve: asks the Hub; None for its own client.

    Raises:
        ConfigError: the Hub does not tell, with everything it did not tell.
    """
    commits: dict[str, str] = read_json(record) if record.is_file() else {}
    missing = dict.fromkeys(one for tree in trees.values() for one in _named(tree) if "/".join(one) not in commits)
    faults: list[str] = []
    for what, name in missing:
        try:
            commits[f"{what}/{name}"] = (resolve or newest)(what, name)
        except ConfigError as error:
            faults += error.faults
    if faults:
        raise ConfigError(*faults)
    if missing:
        record.parent.mkdir(parents=True, exist_ok=True)
        write_json(record, commits)
    return {part: _with_commits(tree, commits) for part, tree in trees.items()}


def newest(what: What, name: str) -> str:
    """Return the newest commit of a model or dataset, as the Hub tells it.

    Raises:
        ConfigError: it does not.
    """
    from huggingface_hub import HfApi  # takes a second to import, and most presets are run from their record

    try:
        hub = HfApi()
        info = hub.model_info(name) if what == "model" else hub.dataset_info(name)
    except Exception as error:  # the client raises kinds of its own, and those of its transport
        told = " ".join(str(error).split())[:300]
        raise ConfigError(f"{what} {name}: the Hub does not tell its commit: {type(error).__name__}: {told}") from error
    if not info.sha:
        raise ConfigError(f"{what} {name}: the Hub tells no commit of it; write a `revision`")
    return str(info.sha)


def _named(value: Any) -> Iterator[tuple[What, str]]:
    """Yield the models and datasets of the Hub that stand without a commit."""
    if isinstance(value, Mapping):
        if name := _model(value):
            yield "model", name
        for item in value.values():
            yield from _named(item)
    elif isinstance(value, list):
        for item in value:
            yield from _named(item)
    elif isinstance(value, str) and (files := _FILES.fullmatch(value)):
        yield "dataset", files[2]


def _model(block: Mapping[str, Any]) -> str | None:
    """Return the id of a block's model; None where it is a folder, a server's own name, or has a commit."""
    name = block.get("model")
    if block.get("kind") == "remote" or block.get("revision") or not isinstance(name, str):
        return None
    return name if _ID.fullmatch(name) and not Path(name).exists() else None


def _with_commits(value: Any, commits: Mapping[str, str]) -> Any:
    if isinstance(value, Mapping):
        block = {name: _with_commits(item, commits) for name, item in value.items()}
        name = _model(value)
        return block if name is None else {**block, "revision": commits[f"model/{name}"]}
    if isinstance(value, list):
        return [_with_commits(item, commits) for item in value]
    files = _FILES.fullmatch(value) if isinstance(value, str) else None
    return value if files is None else f"{files[1]}{files[2]}@{commits[f'dataset/{files[2]}']}{files[3]}"

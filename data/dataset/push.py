"""Puts a dataset version on the Hub: one commit, one tag, and nothing done twice.

`load_dataset(repo_id, config, revision=tag)` then gives the rows of that version. The token comes from an environment
variable, and is never in a message, a file or a log.
"""

import json
import mmap
import os
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import cast

from data.dataset.hub import Hub, hub_faults
from data.dataset.manifest import NAME, REJECTED, Manifest, read_manifest
from data.dataset.rejected import read_rejected
from data.dataset.verify import verify
from data.errors import ArtifactError, ConfigError

KIND = "dataset"
SHORTEST_SECRET = 12
"""A shorter token may stand in a text by chance; the Hub's have 37 characters."""

_OURS = re.compile(
    r"[a-z0-9][a-z0-9_-]*/(dataset_dict\.json|[a-z0-9_]+/(data-\d+\.arrow|(state|dataset_info)\.json))"
    r"|rejected/rejected\.parquet"
)
"""Paths that only an earlier version of a dataset has; they go when a version without them comes."""


@dataclass(frozen=True)
class Pushed:
    """Where a version is on the Hub."""

    repo_id: str
    tag: str
    commit: str
    new: bool
    """False if the very same version had been pushed before."""


def push(
    version_folder: Path,
    repo_id: str,
    *,
    private: bool = True,
    token_env: str = "HF_TOKEN",
    tag: str | None = None,
    hub: Hub | None = None,
    secret_envs: Collection[str] = (),
) -> Pushed:
    """Push a version and tag it (with its version, unless told otherwise); pushed already, it is left alone.

    Args:
        private: whether the repository is private, if it is made here.
        token_env: name of the environment variable that holds the token.
        hub: what to push to, for tests; None is the Hub.
        secret_envs: names of other environment variables whose values must not be in what is pushed: servers' keys.

    Raises:
        ConfigError: there is no token, no such repository, or no right to it.
        ArtifactError: the version is damaged, the tag is another dataset's, or the Hub cannot be reached.
    """
    manifest = read_manifest(version_folder)
    if faults := verify(version_folder):
        raise ArtifactError(*faults)
    token = _token(token_env)
    files = _files(version_folder)
    secrets = {name: os.environ.get(name, "").strip() for name in secret_envs}
    _check_leaks(version_folder, files, {**secrets, token_env: token})
    with hub_faults(repo_id, token_env):
        return _push(hub or _hub(token), repo_id, version_folder, files, manifest, tag or manifest.version, private)


def _push(
    hub: Hub, repo_id: str, folder: Path, files: list[str], manifest: Manifest, tag: str, private: bool
) -> Pushed:
    hub.create_repo(repo_id, repo_type=KIND, private=private, exist_ok=True)
    refs = hub.list_repo_refs(repo_id, repo_type=KIND)
    tagged = {ref.name: ref.target_commit for ref in refs.tags}
    if tag in tagged:
        there = _manifest_at(hub, repo_id, tagged[tag])
        if _digest(there) != manifest.digest:
            raise ArtifactError(f"{repo_id}: tag {tag} is there and holds another dataset; choose another tag")
        return Pushed(repo_id, tag, tagged[tag], new=False)
    head = next((ref.target_commit for ref in refs.branches if ref.name == "main"), None)
    commit = _commit(hub, repo_id, folder, files, manifest, head)
    hub.create_tag(repo_id, tag=tag, revision=commit, repo_type=KIND)
    return Pushed(repo_id, tag, commit, new=True)


def _commit(hub: Hub, repo_id: str, folder: Path, files: list[str], manifest: Manifest, head: str | None) -> str:
    """Commit all files at once and return the commit; a push that died before its tag has it made already."""
    # A second to import, and only those who push pay for it.
    from huggingface_hub import CommitOperationAdd, CommitOperationDelete

    there = hub.list_repo_files(repo_id, repo_type=KIND, revision=head) if head else []
    if head and NAME in there and _manifest_at(hub, repo_id, head) == (folder / NAME).read_bytes():
        return head
    added = [CommitOperationAdd(path_in_repo=path, path_or_fileobj=str(folder / path)) for path in files]
    gone = sorted(path for path in there if path not in files and _OURS.fullmatch(path))
    removed = [CommitOperationDelete(path_in_repo=path) for path in gone]
    made = hub.create_commit(
        repo_id,
        [*added, *removed],
        commit_message=f"{manifest.name} version {manifest.version} (digest {manifest.digest})",
        repo_type=KIND,
        parent_commit=head,
    )
    return made.oid


def _manifest_at(hub: Hub, repo_id: str, revision: str) -> bytes | None:
    # A second to import, and only those who push pay for it.
    from huggingface_hub.errors import EntryNotFoundError, LocalEntryNotFoundError

    with TemporaryDirectory() as scratch:
        try:
            path = hub.hf_hub_download(repo_id, NAME, repo_type=KIND, revision=revision, local_dir=scratch)
        except LocalEntryNotFoundError:
            raise  # the network is down: nothing is known of what is there
        except EntryNotFoundError:
            return None
        return Path(path).read_bytes()


def _digest(manifest: bytes | None) -> object:
    try:
        found = json.loads(manifest or b"null")
    except ValueError:
        return None
    return found.get("digest") if isinstance(found, dict) else None


def _token(token_env: str) -> str:
    token = os.environ.get(token_env, "").strip()
    if not token:
        raise ConfigError(f"no Hub token: the environment variable {token_env} is not set; put a write token there")
    return token


def _files(folder: Path) -> list[str]:
    paths = [path.relative_to(folder) for path in folder.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in paths if not path.parts[0].startswith("."))


def _check_leaks(folder: Path, files: list[str], secrets: Mapping[str, str]) -> None:
    faults = []
    for name, secret in secrets.items():
        if len(secret) < SHORTEST_SECRET:
            continue
        text = secret.encode()
        faults += [
            f"{folder / path}: holds the token of {name}; take it out of what the dataset is made from, "
            "build again, and make a new token"
            for path in files
            if _holds(folder / path, text)
        ]
        # Parquet is compressed, so its rows are looked through as they are read.
        for rows in read_rejected(folder / REJECTED):
            if any(text in batch.serialize().to_pybytes() for batch in rows.to_batches()):
                faults.append(f"{folder / REJECTED}: holds the token of {name}; mend it likewise")
    if faults:
        raise ArtifactError(*dict.fromkeys(faults))


def _holds(path: Path, text: bytes) -> bool:
    if not path.stat().st_size:
        return False
    with path.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as content:
        return content.find(text) >= 0


def _hub(token: str) -> Hub:
    # A second to import, and only those who push pay for it.
    from huggingface_hub import HfApi

    return cast(Hub, HfApi(token=token))

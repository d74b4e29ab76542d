"""What pushing needs of the Hub: a part of `huggingface_hub.HfApi`, and its faults told without secrets."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Protocol

from data.errors import ArtifactError, ConfigError


class Ref(Protocol):
    """A branch or tag."""

    name: str
    target_commit: str


class Refs(Protocol):
    """The branches and tags of a repository."""

    branches: Sequence[Ref]
    tags: Sequence[Ref]


class Commit(Protocol):
    """A commit that was made."""

    oid: str


class Hub(Protocol):
    """A Hub to push to; `HfApi` is one."""

    def create_repo(self, repo_id: str, *, repo_type: str, private: bool, exist_ok: bool) -> object:
        """Create the repository, if it is not there."""

    def list_repo_refs(self, repo_id: str, *, repo_type: str) -> Refs:
        """Return branches and tags."""

    def list_repo_files(self, repo_id: str, *, repo_type: str, revision: str) -> list[str]:
        """Return the paths of all files."""

    def hf_hub_download(
        self, repo_id: str, filename: str, *, repo_type: str, revision: str, local_dir: str | Path
    ) -> str:
        """Fetch a file into a folder; return its path."""

    def create_commit(
        self,
        repo_id: str,
        operations: Sequence[object],
        *,
        commit_message: str,
        repo_type: str,
        parent_commit: str | None,
    ) -> Commit:
        """Make one commit on `main`, refused if its head is no longer `parent_commit`."""

    def create_tag(self, repo_id: str, *, tag: str, revision: str, repo_type: str) -> None:
        """Tag a commit."""


@contextmanager
def hub_faults(repo_id: str, token_env: str) -> Iterator[None]:
    """Turn the Hub's faults into ours. None is chained: a request may hold the token, and a traceback prints it.

    Raises:
        ConfigError: the repository's name is wrong, or the token has no right to it.
        ArtifactError: someone else pushed meanwhile, or the Hub cannot be reached or failed.
    """
    # Both take a second to import, and only those who push pay for it.
    import httpx
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, OfflineModeIsEnabled

    fault: ConfigError | ArtifactError
    try:
        yield
        return
    except HFValidationError:
        fault = ConfigError(f"{repo_id!r}: no name of a Hub repository; give it as owner/name")
    except HfHubHTTPError as error:
        fault = _refused(repo_id, token_env, error.response.status_code)
    except OfflineModeIsEnabled:
        fault = ArtifactError(f"{repo_id}: HF_HUB_OFFLINE is set, so nothing can be pushed; unset it")
    except (httpx.TransportError, OSError) as error:
        why = type(error).__name__
        fault = ArtifactError(f"{repo_id}: the Hub cannot be reached ({why}); what is there is whole; push again")
    raise fault from None


def _refused(repo_id: str, token_env: str, status: int) -> ConfigError | ArtifactError:
    match status:
        case 401:
            return ConfigError(f"{repo_id}: the Hub does not know the token in {token_env} (401); make a new one")
        case 403 | 404:
            return ConfigError(
                f"{repo_id}: no such repository, or the token in {token_env} may not write there ({status}); "
                "check owner and name, and give the token write access"
            )
        case 409 | 412:
            return ArtifactError(f"{repo_id}: someone else pushed meanwhile ({status}); push again")
    return ArtifactError(f"{repo_id}: the Hub failed ({status}); what is there is whole; push again")

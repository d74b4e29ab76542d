import inspect
import logging
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from shutil import copytree
from typing import Any

import datasets
import httpx
import pytest
from huggingface_hub import CommitOperationAdd, CommitOperationDelete, HfApi
from huggingface_hub.errors import HfHubHTTPError, HFValidationError, RemoteEntryNotFoundError

from data.columns import TRAINING
from data.dataset import push as module
from data.dataset.about import About
from data.dataset.hub import Hub, Ref, Refs
from data.dataset.push import push
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.errors import ArtifactError, ConfigError, VaricotError
from data.table import from_rows

CANARY = "hf_CanaryCanaryCanaryCanaryCanary01"
Files = dict[str, bytes]


@dataclass
class Named:
    name: str
    target_commit: str


@dataclass
class Listed:
    branches: Sequence[Ref]
    tags: Sequence[Ref]


@dataclass
class Made:
    oid: str


@dataclass
class FakeHub:
    """A Hub of one repository, in memory; `breaks` names the call that fails, and how."""

    commits: dict[str, Files] = field(default_factory=lambda: {"c0": {".gitattributes": b"*.arrow lfs"}})
    main: str = "c0"
    tags: dict[str, str] = field(default_factory=dict)
    said: list[Any] = field(default_factory=list)
    breaks: dict[str, Exception] = field(default_factory=dict)

    def create_repo(self, repo_id: str, *, repo_type: str, private: bool, exist_ok: bool) -> object:
        self._call("create_repo", repo_id, repo_type, private, exist_ok)
        return repo_id

    def list_repo_refs(self, repo_id: str, *, repo_type: str) -> Refs:
        self._call("list_repo_refs", repo_id, repo_type)
        return Listed([Named("main", self.main)], [Named(name, commit) for name, commit in self.tags.items()])

    def list_repo_files(self, repo_id: str, *, repo_type: str, revision: str) -> list[str]:
        self._call("list_repo_files", repo_id, repo_type, revision)
        return list(self.commits[revision])

    def hf_hub_download(
        self, repo_id: str, filename: str, *, repo_type: str, revision: str, local_dir: str | Path
    ) -> str:
        self._call("hf_hub_download", repo_id, filename, repo_type, revision)
        if filename not in self.commits[revision]:
            raise RemoteEntryNotFoundError("no such file", response=response(404))
        path = Path(local_dir, filename)
        path.write_bytes(self.commits[revision][filename])
        return str(path)

    def create_commit(
        self,
        repo_id: str,
        operations: Sequence[object],
        *,
        commit_message: str,
        repo_type: str,
        parent_commit: str | None,
    ) -> Made:
        self._call("create_commit", repo_id, commit_message, repo_type, parent_commit)
        if parent_commit != self.main:
            raise HfHubHTTPError("a commit has happened since", response=response(412))
        files = dict(self.commits[self.main])
        for operation in operations:
            if isinstance(operation, CommitOperationAdd):
                files[operation.path_in_repo] = Path(str(operation.path_or_fileobj)).read_bytes()
            elif isinstance(operation, CommitOperationDelete):
                del files[operation.path_in_repo]
        self.main = f"c{len(self.commits)}"
        self.commits[self.main] = files
        return Made(self.main)

    def create_tag(self, repo_id: str, *, tag: str, revision: str, repo_type: str) -> None:
        self._call("create_tag", repo_id, tag, revision, repo_type)
        self.tags[tag] = revision

    def calls(self, name: str) -> int:
        return sum(said[0] == name for said in self.said)

    def _call(self, name: str, *arguments: object) -> None:
        self.said.append((name, *arguments))
        if name in self.breaks:
            raise self.breaks[name]


def response(status: int) -> httpx.Response:
    asked = httpx.Request("POST", "https://huggingface.co", headers={"authorization": f"Bearer {CANARY}"})
    return httpx.Response(status, request=asked)


def refusal(status: int) -> HfHubHTTPError:
    return HfHubHTTPError(f"refused, token {CANARY}", response=response(status))


@pytest.fixture(autouse=True)
def token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HF_TOKEN", CANARY)


@pytest.fixture(scope="module")
def written(rows_of: Callable[..., Any], about: About, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Path]:
    @cache
    def written(methods: tuple[str, ...], problems: int) -> Path:
        configs = {name: [from_rows(rows_of(name, problems), TRAINING)] for name in methods}
        return write_dataset(tmp_path_factory.mktemp("dataset"), configs, [], Splits(), about)

    return written


@pytest.fixture
def version(written: Callable[..., Path], tmp_path: Path) -> Callable[..., Path]:
    def version(methods: tuple[str, ...] = ("shortest_correct",), problems: int = 60) -> Path:
        whole = written(methods, problems)
        return Path(copytree(whole, tmp_path / whole.name, dirs_exist_ok=True))

    return version


def files_of(folder: Path) -> Files:
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_the_commit_and_its_tag_hold_just_the_version(version: Callable[..., Path]) -> None:
    folder, hub = version(), FakeHub()

    pushed = push(folder, "me/demo", private=True, hub=hub)
    assert hub.commits[hub.tags[folder.name]] == {".gitattributes": b"*.arrow lfs", **files_of(folder)}
    assert (pushed.tag, pushed.commit, pushed.new) == (folder.name, hub.main, True)
    assert hub.calls("create_commit") == 1
    assert ("create_repo", "me/demo", "dataset", True, True) in hub.said


def test_what_is_at_the_tag_loads_as_the_card_says(version: Callable[..., Path], tmp_path: Path) -> None:
    hub = FakeHub()
    pushed = push(version(), "me/demo", hub=hub)
    for path, content in hub.commits[pushed.commit].items():
        (tmp_path / "clone" / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "clone" / path).write_bytes(content)

    found = datasets.load_dataset(str(tmp_path / "clone"), "shortest_correct", cache_dir=str(tmp_path / "cache"))
    assert sum(found.num_rows.values()) == 120


def test_a_version_pushed_already_is_left_alone(version: Callable[..., Path]) -> None:
    folder, hub = version(), FakeHub()
    first = push(folder, "me/demo", hub=hub)

    again = push(folder, "me/demo", hub=hub)
    assert (again.commit, again.new) == (first.commit, False)
    assert hub.calls("create_commit") == hub.calls("create_tag") == 1


def test_a_push_that_died_before_its_tag_is_not_committed_twice(version: Callable[..., Path]) -> None:
    folder, hub = version(), FakeHub(breaks={"create_tag": httpx.ConnectError("gone")})
    with pytest.raises(ArtifactError):
        push(folder, "me/demo", hub=hub)
    hub.breaks = {}

    pushed = push(folder, "me/demo", hub=hub)
    assert hub.calls("create_commit") == 1
    assert hub.tags == {folder.name: pushed.commit}


def test_a_later_version_takes_the_earlier_ones_files_away_and_no_others(version: Callable[..., Path]) -> None:
    hub = FakeHub()
    first = push(version(("shortest_correct", "token_skip")), "me/demo", hub=hub)
    hub.commits[hub.main].update({"LICENSE": b"MIT", "notes/train/data.csv": b"a"})
    folder = version(("shortest_correct",), 1)

    second = push(folder, "me/demo", hub=hub)
    mine = {".gitattributes", "LICENSE", "notes/train/data.csv"}
    assert set(hub.commits[second.commit]) == mine | set(files_of(folder))
    assert hub.tags == {first.tag: first.commit, second.tag: second.commit}


def test_a_tag_of_another_dataset_is_never_moved(version: Callable[..., Path]) -> None:
    hub = FakeHub()
    push(version(), "me/demo", tag="v1", hub=hub)

    with pytest.raises(ArtifactError, match="tag v1 is there and holds another dataset"):
        push(version(problems=3), "me/demo", tag="v1", hub=hub)


def test_the_commit_message_is_the_same_each_time(version: Callable[..., Path]) -> None:
    messages = []
    for _ in range(2):
        hub = FakeHub()
        push(version(), "me/demo", hub=hub)
        messages += [said[2] for said in hub.said if said[0] == "create_commit"]

    assert messages[0] == messages[1]
    assert version().name in messages[0]


@pytest.mark.parametrize(
    ("call", "error", "kind", "told"),
    [
        ("create_repo", refusal(401), ConfigError, "does not know the token in HF_TOKEN"),
        ("create_repo", refusal(403), ConfigError, "may not write there"),
        ("create_commit", refusal(404), ConfigError, "no such repository"),
        ("create_commit", refusal(412), ArtifactError, "someone else pushed meanwhile"),
        ("create_tag", refusal(409), ArtifactError, "someone else pushed meanwhile"),
        ("create_commit", refusal(503), ArtifactError, r"the Hub failed \(503\)"),
        ("list_repo_refs", httpx.ConnectError(CANARY), ArtifactError, "cannot be reached"),
        ("create_commit", httpx.ReadTimeout(CANARY), ArtifactError, "cannot be reached"),
        ("create_commit", ConnectionResetError(CANARY), ArtifactError, "cannot be reached"),
        ("create_repo", HFValidationError(CANARY), ConfigError, "give it as owner/name"),
    ],
)
def test_faults_of_the_hub_are_told_without_the_token(
    call: str,
    error: Exception,
    kind: type[VaricotError],
    told: str,
    version: Callable[..., Path],
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)

    with pytest.raises(kind, match=told) as raised:
        push(version(), "me/demo", hub=FakeHub(breaks={call: error}))

    printed = "".join(traceback.format_exception(raised.value))
    assert CANARY not in printed + caplog.text + "".join(capfd.readouterr())


def test_the_token_is_nowhere_that_is_kept_or_printed(
    version: Callable[..., Path], caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    hub = FakeHub()

    pushed = push(version(), "me/demo", hub=hub)
    kept = repr(hub.said) + repr(hub.commits) + repr(pushed)
    assert CANARY not in kept + caplog.text + "".join(capfd.readouterr())


@pytest.mark.parametrize("place", ["card", "rows", "rejected"])
def test_a_version_that_holds_the_token_is_never_pushed(
    place: str, rows_of: Callable[..., Any], about: About, tmp_path: Path
) -> None:
    rows = rows_of("c3ot", 3)
    leaky = [{**row, "cot": f"key={CANARY}"} for row in rows]
    configs = {"c3ot": [from_rows(leaky if place == "rows" else rows, TRAINING)]}
    gone = [from_rows(leaky if place == "rejected" else rows, TRAINING)]
    told = About(**{**about.__dict__, "run_file": CANARY if place == "card" else ""})
    folder, hub = write_dataset(tmp_path, configs, gone, Splits(), told), FakeHub()

    with pytest.raises(ArtifactError, match="holds the token of HF_TOKEN") as raised:
        push(folder, "me/demo", hub=hub)

    assert hub.said == [] and CANARY not in str(raised.value)


def test_without_a_token_nothing_is_asked(version: Callable[..., Path], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HF_TOKEN")
    hub = FakeHub()

    with pytest.raises(ConfigError, match="the environment variable HF_TOKEN is not set"):
        push(version(), "me/demo", hub=hub)

    assert hub.said == []


def test_the_token_is_read_from_the_variable_that_is_named(
    version: Callable[..., Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    made: list[str] = []

    def hub(token: str) -> Hub:
        made.append(token)
        return FakeHub()

    monkeypatch.setenv("OTHER_TOKEN", "another token")
    monkeypatch.setattr(module, "_hub", hub)

    push(version(), "me/demo", token_env="OTHER_TOKEN")
    assert made == ["another token"]


def test_a_damaged_version_is_never_pushed(version: Callable[..., Path]) -> None:
    folder, hub = version(), FakeHub()
    (folder / "mix" / "train" / "data-00000.arrow").unlink()

    with pytest.raises(ArtifactError, match="mix/train"):
        push(folder, "me/demo", hub=hub)

    assert hub.said == []


def test_the_real_client_takes_every_call_as_it_is_made() -> None:
    for name, method in inspect.getmembers(Hub, inspect.isfunction):
        if not name.startswith("_"):
            names = [p.name for p in inspect.signature(method).parameters.values()]

            assert set(names) <= set(inspect.signature(getattr(HfApi, name)).parameters), name


def test_a_hub_that_is_not_there_is_told(version: Callable[..., Path]) -> None:
    # The real client, and a port of this machine on which nothing listens.
    hub = HfApi(endpoint="http://127.0.0.1:9", token=CANARY)

    with pytest.raises(ArtifactError, match="cannot be reached") as raised:
        push(version(), "me/demo", hub=hub)  # type: ignore[arg-type]

    assert CANARY not in "".join(traceback.format_exception(raised.value))

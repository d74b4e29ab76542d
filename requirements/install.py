"""Install everything into `.venv`: run by `make`, with Python 3.11 to 3.13 and its standard library alone.

`.venv/varicot.json` says for which Python, folder and kind of machine the environment was made, and, written last,
which lock it holds in full: while it matches, nothing is done. After an interruption the same command goes on:
packages whose files are not whole are taken out of pip's books, so that pip installs them once more.
"""

import contextlib
import csv
import fcntl
import hashlib
import importlib.util
import json
import platform
import shutil
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
STAMP = VENV / "varicot.json"
LOG = ROOT / ".cache" / "install.log"
TORCH = "torch==2.13.0+cpu"
"""What PyTorch's CPU index holds; the plain version on PyPI is built for CUDA."""
CPU_INDEX = "https://download.pytorch.org/whl/cpu"
PROBE_SECONDS = 10.0
"""A name server that does not answer must not hold up a machine that has no way to PyTorch's index."""

Stamp = dict[str, str | None]


class SetupError(Exception):
    """What stands in the way, and how to mend it."""


def main() -> int:
    """Install what is missing; return the exit status."""
    try:
        kind = "gpu" if has_gpu() else "cpu"
        wanted = wanted_stamp(kind)
        if read_stamp() == wanted:
            return 0
        refuse_unsupported()
        with only_one() as lock:
            if read_stamp() != wanted:
                install(kind, wanted, lock)
        return 0
    except SetupError as error:
        print(f"\nset-up: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("\nset-up: stopped; the same command goes on from here", file=sys.stderr)
        return 130


def install(kind: str, wanted: Stamp, lock: IO[str]) -> None:
    """Bring `.venv` to what is wanted and write its stamp last."""
    begun = wanted | {"lock": None}
    if (read_stamp() | {"lock": None}) == begun:
        mend()
    else:
        say(f"making .venv for Python {wanted['python']}, {kind} builds (a few minutes, once)")
        run([sys.executable, "-m", "venv", "--clear", str(VENV)], lock)
    write_stamp(begun)
    if kind == "cpu":
        install_cpu_torch(lock)
    say(f"installing requirements/{kind}.txt")
    pip(["--requirement", str(lock_file(kind))], lock)
    write_stamp(wanted)
    say("everything is installed in .venv")


def install_cpu_torch(lock: IO[str]) -> None:
    """Install torch from PyTorch's CPU index, or, where that is out of reach, the CPU build that pip finds."""
    if reachable(f"{CPU_INDEX}/torch/"):
        say(f"installing {TORCH} from {CPU_INDEX}")
        with contextlib.suppress(SetupError):  # a connection that breaks is the second way's case
            return pip(["--index-url", CPU_INDEX, TORCH], lock)
    say(f"installing {TORCH} from where pip finds it ({CPU_INDEX} is out of reach)")
    try:
        pip([TORCH], lock)
    except SetupError as error:
        raise SetupError(
            f"{error}\n\nA build for CUDA (gigabytes) is not taken instead. Open the way to {CPU_INDEX},\n"
            "or put the CPU wheel in a folder and name it: PIP_FIND_LINKS=/the/folder make ..."
        ) from error


def pip(arguments: list[str], lock: IO[str]) -> None:
    """Let the pip of `.venv` install wheels, and nothing that they depend on: the lock is complete."""
    command = [str(VENV / "bin" / "python"), "-m", "pip", "install", "--no-deps", "--only-binary=:all:"]
    run([*command, "--no-input", "--disable-pip-version-check", "--progress-bar=off", *arguments], lock)


def run(command: list[str], lock: IO[str]) -> None:
    """Run a command with its output in the log; it holds the lock too, should it outlive this process."""
    with LOG.open("a", encoding="utf-8", buffering=1) as log:
        log.write(f"$ {' '.join(command)}\n")
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, pass_fds=[lock.fileno()]
        ) as child:
            lines = [show(line, log) for line in child.stdout or ()]
    if child.returncode:
        errors = [line for line in lines if "ERROR" in line] or lines[-10:]
        raise SetupError("\n".join([*errors, f"The whole output is in {LOG}; the same command goes on from here."]))


def show(line: str, log: IO[str]) -> str:
    """Keep a line of output in the log, and let a person at a terminal see that there is life."""
    log.write(line)
    if sys.stdout.isatty():
        print(f"\r\033[K  {line.strip()[:90]}", end="\r", flush=True)
    elif line.startswith("Installing collected"):
        say("fetched; unpacking")
    return line.strip()


def say(text: str) -> None:
    """Tell a step."""
    print(f"{chr(13) + chr(27) + '[K' if sys.stdout.isatty() else ''}set-up: {text}", flush=True)


def mend() -> None:
    """Take packages whose files are not whole out of pip's books, and away what pip had set aside."""
    for site in VENV.glob("lib/python*/site-packages"):
        for left in list(site.glob("~*")):
            shutil.rmtree(left) if left.is_dir() else left.unlink()
        for info in [info for info in site.glob("*.dist-info") if not whole(info)]:
            shutil.rmtree(info)


def whole(info: Path) -> bool:
    """Tell whether every file of an installed package is there in its full size; pip writes RECORD last."""
    try:
        with (info / "RECORD").open(encoding="utf-8", newline="") as record:
            sizes = {path: int(size) for path, _, size in csv.reader(record) if size}
        # Python writes .pyc files anew as it likes
        return all((info.parent / path).stat().st_size == sizes[path] for path in sizes if path[-4:] != ".pyc")
    except (OSError, ValueError):
        return False


def has_gpu() -> bool:
    """Tell whether `nvidia-smi` lists a GPU."""
    try:
        listing = subprocess.run(["nvidia-smi", "-L"], capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return listing.returncode == 0 and "GPU 0" in listing.stdout


def reachable(address: str) -> bool:
    """Tell whether `address` answers in time; resolving a name has no time-out of its own, hence the thread."""
    answers: list[int] = []

    def ask() -> None:
        with contextlib.suppress(OSError), urllib.request.urlopen(address, timeout=PROBE_SECONDS) as answer:
            answers.append(answer.status)

    thread = threading.Thread(target=ask, daemon=True)
    thread.start()
    thread.join(PROBE_SECONDS)
    return answers == [200]


def refuse_unsupported() -> None:
    """Stop with the reason on a machine that the locks do not hold for."""
    machine = f"{platform.system()} {platform.machine()}"
    if machine != "Linux x86_64":
        raise SetupError(f"the locks in requirements/ hold for Linux x86_64; this is {machine}. A container will do.")
    if VENV.is_symlink():
        raise SetupError(
            f"{VENV} is a link to {VENV.resolve()}, which another checkout may be using; it would be emptied.\n"
            "Remove the link for an environment of this checkout's own, or run what is needed with the linked one."
        )
    if importlib.util.find_spec("ensurepip") is None:
        raise SetupError(
            f"{sys.executable} cannot make a virtual environment: it has no ensurepip.\n"
            "On Debian and Ubuntu: apt-get install python3-venv. Or name another Python: make PYTHON=/path/to/python3"
        )


@contextlib.contextmanager
def only_one() -> Iterator[IO[str]]:
    """Wait until no other set-up is at work in this folder, what an interrupted one left running included."""
    LOG.parent.mkdir(exist_ok=True)
    with LOG.with_suffix(".lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("another set-up is at work in this folder; waiting for it")
            fcntl.flock(lock, fcntl.LOCK_EX)
        yield lock


def lock_file(kind: str) -> Path:
    """Return the lock for a kind of machine."""
    return ROOT / "requirements" / f"{kind}.txt"


def wanted_stamp(kind: str) -> Stamp:
    """Return the stamp of a finished set-up."""
    lock = hashlib.sha256(TORCH.encode() + lock_file(kind).read_bytes()).hexdigest()
    return {"python": "{}.{}".format(*sys.version_info), "folder": str(VENV), "kind": kind, "lock": lock}


def read_stamp() -> Stamp:
    """Return the stamp of `.venv`; empty where there is none or its Python has gone."""
    if not (VENV / "bin" / "python").exists():
        return {}
    try:
        return dict(json.loads(STAMP.read_text("utf-8")))
    except (OSError, ValueError):
        return {}


def write_stamp(stamp: Stamp) -> None:
    """Write the stamp, whole or not at all."""
    new = STAMP.with_suffix(".new")
    new.write_text(json.dumps(stamp), "utf-8")
    new.replace(STAMP)


if __name__ == "__main__":
    sys.exit(main())

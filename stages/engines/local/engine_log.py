"""Where vLLM's processes write what goes wrong: a file, so that a terminal shows one sentence instead."""

import json
import re
import shutil
import tempfile
from pathlib import Path

RAISED = re.compile(r"^[\w.]*(?:Error|Exception|Interrupt): .+$", re.MULTILINE)
"""The last line of a traceback."""

WRAPPERS = ("EngineDeadError", "Engine core initialization failed")
"""What vLLM raises elsewhere because of the real cause."""

TAIL_BYTES = 1 << 20


class EngineLog:
    """A log file that the processes started with `variables` share."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="varicot-engine-"))
        self._file = self._folder / "log"
        settings = self._folder / "logging.json"
        settings.write_text(json.dumps(_to_file(self._file)), "utf-8")
        self.variables = {"VLLM_LOGGING_CONFIG_PATH": str(settings)}

    def cause(self) -> str | None:
        """Return the last error that was raised and is not merely the echo of another."""
        if not self._file.is_file():
            return None
        with self._file.open("rb") as file:
            file.seek(max(0, self._file.stat().st_size - TAIL_BYTES))
            raised = RAISED.findall(file.read().decode("utf-8", "replace"))
        return next((line for line in reversed(raised) if not any(name in line for name in WRAPPERS)), None)

    def remove(self) -> None:
        """Delete the file."""
        shutil.rmtree(self._folder, ignore_errors=True)


def _to_file(path: Path) -> dict[str, object]:
    """Return the settings of Python's `logging` that send errors to a file."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "handlers": {"file": {"class": "logging.FileHandler", "filename": str(path), "delay": True}},
        "loggers": {"vllm": {"level": "ERROR", "handlers": ["file"], "propagate": False}},
    }

"""The log of a run: one JSON object a line, the only place where times are kept."""

import json
import os
import socket
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

NAME = "log.jsonl"
"""Lies beside the dataset folder of a run."""

ENDS = frozenset({"built", "stopped", "failed"})
"""Events that end a build."""


@dataclass(frozen=True)
class EventLog:
    """Appends events; each line is written at once, so lines of two processes never mix."""

    folder: Path
    """The folder of the run."""

    def tell(self, event: str, **facts: Any) -> None:
        """Append an event with the time, this process and the facts."""
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        line = {"time": now, "event": event, "host": socket.gethostname(), "pid": os.getpid(), **facts}
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / NAME).open("a", encoding="utf-8") as log:
            log.write(json.dumps(line, ensure_ascii=False) + "\n")

    def events(self) -> Iterator[dict[str, Any]]:
        """Yield the events so far; a line that a crash has torn is left out."""
        path = self.folder / NAME
        if not path.is_file():
            return
        with path.open(encoding="utf-8", errors="replace") as log:
            for line in log:
                try:
                    event = json.loads(line)
                except json.JSONDecodeError:
                    continue
                if isinstance(event, dict):
                    yield event

    def running(self) -> str | None:
        """Say which build seems to be running now; None when none does."""
        begun: dict[tuple[str, int], dict[str, Any]] = {}
        for event in self.events():
            builder = (str(event.get("host")), int(event.get("pid", 0)))
            if event.get("event") == "started":
                begun[builder] = event
            elif event.get("event") in ENDS:
                begun.pop(builder, None)
        for (host, pid), event in begun.items():
            if host != socket.gethostname():
                return f"perhaps: process {pid} on {host} began at {event['time']} and has not said that it ended"
            if _alive(pid, event["time"]):
                return f"yes: process {pid}, since {event['time']}"
        return None


def _alive(pid: int, begun: str) -> bool:
    """Tell whether the process that wrote at this time lives (not another one that got its number since)."""
    try:
        process = psutil.Process(pid)
        return process.create_time() <= datetime.fromisoformat(begun).timestamp()
    except (psutil.Error, ValueError):
        return False

"""What earlier builds of a run have measured, from its log: tokens of a mean reply, tokens a second."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from flows.running.event_log import ENDS, EventLog

ENOUGH_CALLS = 20
"""Fewer calls say little."""


@dataclass(frozen=True)
class Measured:
    """Figures of the latest build that asked enough."""

    reply_tokens: float
    tokens_per_second: float
    when: str


def measured(log: EventLog) -> Measured | None:
    """Return what the latest build that asked enough has measured; None when there was none."""
    begun: dict[tuple[Any, Any], str] = {}
    found: Measured | None = None
    for event in log.events():
        builder = (event.get("host"), event.get("pid"))
        if event.get("event") == "started":
            begun[builder] = event["time"]
        elif event.get("event") in ENDS and builder in begun:
            found = _figures(begun.pop(builder), event) or found
    return found


def _figures(begun: str, end: dict[str, Any]) -> Measured | None:
    spent = end.get("spent", {})
    calls, tokens = spent.get("calls", 0), spent.get("tokens", 0)
    seconds = (datetime.fromisoformat(end["time"]) - datetime.fromisoformat(begun)).total_seconds()
    if calls < ENOUGH_CALLS or not tokens or seconds <= 0:
        return None
    return Measured(tokens / calls, tokens / seconds, begun)

"""Which tests are run by one process where several share them: those of a file, and those that share what is dear.

xdist has groups for this, but pytest 9.2 does not know them any more (pytest-xdist, issue 1386).
"""

from functools import cache
from pathlib import Path

from xdist.scheduler import LoadScopeScheduling  # type: ignore[import-untyped]

ROOT = Path(__file__).parent.parent
DEAR = ("engine", "cluster", "server", "team")
"""Marks of what is started once a process; the files that name one of them are run by one process, in this order."""


class Shares(LoadScopeScheduling):  # type: ignore[misc]  # as above
    """Gives a file to a process as a whole, and all that share engines, Ray or a server as one."""

    def _split_scope(self, nodeid: str) -> str:
        path = nodeid.partition("::")[0]
        place = rank(path)
        return DEAR[place] if place < len(DEAR) else path


@cache
def rank(path: str) -> int:
    """The place in `DEAR` of the first mark that the file names; the number of them where it names none."""
    text = (ROOT / path).read_text(encoding="utf-8")
    return next((place for place, mark in enumerate(DEAR) if f"mark.{mark}" in text), len(DEAR))

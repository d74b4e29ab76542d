"""Where words go: results to stdout, all else to stderr; text of models and datasets is made harmless first."""

import os
from collections.abc import Iterable, Mapping

from rich.console import Console, RenderableType

from data.dataset.plain_text import visible

BROKEN_PIPE = 141
"""Exit code when the reader of stdout went away: that of a command ended by SIGPIPE."""

PIPED_WIDTH = 100
"""Columns where the output is no terminal and COLUMNS does not say otherwise."""


class Screen(Console):
    """A console that ends quietly, or just falls silent, when nobody reads it any more."""

    def __init__(self, *, stderr: bool, environment: Mapping[str, str]) -> None:
        super().__init__(stderr=stderr, highlight=False, emoji=False, markup=False)
        if not self.is_terminal and "COLUMNS" not in environment:
            self.width = PIPED_WIDTH

    def say(self, text: str) -> None:
        """Print a line, not broken where it is long, so that a path or a command can be copied whole."""
        self.print(text, soft_wrap=True)

    def on_broken_pipe(self) -> None:
        """End when it was the result nobody reads; go on in silence when it was progress."""
        self.quiet = True
        os.dup2(os.open(os.devnull, os.O_WRONLY), self.file.fileno())
        if not self.stderr:
            raise SystemExit(BROKEN_PIPE)


OUT = Screen(stderr=False, environment=os.environ)
"""Results."""

ERR = Screen(stderr=True, environment=os.environ)
"""Progress, warnings and faults."""


def say(pieces: Iterable[RenderableType]) -> None:
    """Print results: lines, tables, panels."""
    for piece in pieces:
        OUT.print(piece, soft_wrap=isinstance(piece, str))


def harmless(text: str) -> str:
    """Return text from outside without control, escape and bidirectional characters; lines and tabs stay."""
    return visible(text, keep="\n\t")

"""What several commands share."""

from pathlib import Path
from typing import Annotated

import typer

from flows.running.foreground import Ended

RunFile = Annotated[
    Path,
    typer.Argument(metavar="RUN.yaml", help="The run file: what one dataset is made from and by.", show_default=False),
]

Version = Annotated[
    str | None, typer.Option(help="The version, or how its name begins; else the latest.", show_default=False)
]


def go_on_if(ended: Ended) -> None:
    """End here with the exit code of work that was stopped."""
    if not ended.whole:
        raise typer.Exit(ended.code)

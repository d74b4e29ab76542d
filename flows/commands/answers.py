"""The command that scores answers of any origin."""

from pathlib import Path
from typing import Annotated

import typer

from flows.check_answers import check_answers
from flows.terminal import say


def check(
    file: Annotated[
        Path,
        typer.Argument(
            help="JSON lines with `gold` and `prediction`; `kind`, `expected` ... where known.", metavar="FILE"
        ),
    ],
    output: Annotated[
        Path | None, typer.Option(metavar="OUT.jsonl", help="Write a verdict a row here.", show_default=False)
    ] = None,
    shown: Annotated[int, typer.Option("--show", min=0, help="How many rows to look at are shown.")] = 20,
) -> None:
    """Check answers against golds; where rows say what is expected, count false accepts and false rejects.

    A row may also hold `pred_form` (`answer` for a bare answer, else a whole reply), `finish_reason` and `expected`
    (true where the prediction is right). Needs neither Ray nor Prefect.
    """
    say(check_answers(file, output, shown))

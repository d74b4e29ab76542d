"""Problems and traces in files: JSON lines, JSON, Parquet, CSV."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.golds import AnswerKind, Extractor
from data.inputs.mapping import ProblemColumns, Replies, check_options
from data.spec import PLACE, Positive, spec

Format = Literal["auto", "jsonl", "json", "parquet", "csv"]
"""How a file is written; `auto` tells by its name, and by its first line for `.json`."""

OnBadRow = Literal["stop", "reject"]
"""What to do with rows that cannot be used: tell all of them and stop, or reject each with its reason."""


@spec
class FileProblems:
    """Problems in one or several files."""

    kind: Literal["file"] = "file"
    path: Annotated[str | tuple[str, ...], PLACE]
    """A file, a pattern such as `data/*.jsonl`, or several of these."""
    format: Format = "auto"
    where: str | None = None
    """Where in a JSON file the list of rows lies, such as `results`; null where the file is that list."""
    columns: ProblemColumns = ProblemColumns()
    gold: Extractor = "plain"
    """The form the gold is written in."""
    answer_kind: AnswerKind | None = None
    """How answers compare; null takes what the gold looks like."""
    limit: Positive | None = None
    """Read no more than so many rows."""
    on_bad_row: OnBadRow = "stop"

    @model_validator(mode="after")
    def _options_ask_for_choice(self) -> Self:
        check_options(self.columns, self.gold)
        return self


@spec
class FileTraces:
    """Chains of thought that were sampled already, in one or several files."""

    kind: Literal["file"] = "file"
    path: Annotated[str | tuple[str, ...], PLACE]
    """A file, a pattern such as `data/*.jsonl`, or several of these."""
    format: Format = "auto"
    where: str | None = None
    """Where in a JSON file the list of rows lies, such as `results`; null where the file is that list."""
    columns: ProblemColumns = ProblemColumns()
    replies: Annotated[tuple[Replies, ...], Field(min_length=1)]
    """Where the replies lie."""
    gold: Extractor = "plain"
    """The form the gold is written in."""
    answer_kind: AnswerKind | None = None
    """How answers compare; null takes what the gold looks like."""
    limit: Positive | None = None
    """Read no more than so many rows; a row may hold several traces."""
    on_bad_row: OnBadRow = "stop"

    @model_validator(mode="after")
    def _options_ask_for_choice(self) -> Self:
        check_options(self.columns, self.gold)
        return self

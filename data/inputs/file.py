"""Problems and traces in files: JSON lines, JSON, Parquet, CSV, on this disk or at an address."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.inputs.mapping import Mapped, Replies
from data.spec import PLACE, spec

Format = Literal["auto", "jsonl", "json", "parquet", "csv"]
"""How a file is written; `auto` tells by its name, and by its first line for `.json`."""


@spec
class MappedFile(Mapped):
    """One or several files."""

    kind: Literal["file"] = "file"
    path: Annotated[str | tuple[str, ...], PLACE]
    """A file, an address that `fsspec` opens, a pattern such as `data/*.jsonl`, or several of these."""
    format: Format = "auto"
    list_at: str | None = None
    """Where in a JSON file the list of rows lies, such as `results`; null where the file is that list."""

    @model_validator(mode="after")
    def _one_place_of_the_list(self) -> Self:
        if isinstance(self.where, str) and self.list_at is not None:
            raise ValueError("`where` with a text and `list_at` say the same; give `list_at` alone")
        return self

    @property
    def list_place(self) -> str | None:
        """Where in a JSON file the list of rows lies."""
        return self.where if isinstance(self.where, str) else self.list_at


@spec
class FileProblems(MappedFile):
    """Problems in one or several files."""


@spec
class FileTraces(MappedFile):
    """Chains of thought that were sampled already, in one or several files."""

    replies: Annotated[tuple[Replies, ...], Field(min_length=1)]
    """Where the replies lie."""

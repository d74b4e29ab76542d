"""Which columns of a source hold what: stated in the run file, never guessed.

A column may lie deeper: `messages.0.content` takes the first of a list, `completions.text` the `text` of each of
a list. A column whose own name holds dots is found by its whole name.
"""

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from data.golds import Extractor
from data.spec import spec


@spec
class ProblemColumns:
    """Where a problem's parts lie."""

    question: str = "question"
    gold: str | None = "answer"
    """What the gold is read from; null for problems without one."""
    id: str | None = None
    """The source's own id: two rows with the same one are a fault."""
    difficulty: str | None = None
    expected_tokens: str | None = None
    """A whole number that tells how long a reply will be: the longest are asked first."""
    options: str | None = None
    """The answers to choose from; they are appended to the question. Asks for `gold: choice`."""
    meta: tuple[str, ...] = ()
    """Further columns to keep, in `meta`."""

    def named(self) -> Iterator[str]:
        """Yield every column that is read."""
        yield self.question
        yield from (
            name
            for name in (self.gold, self.id, self.difficulty, self.expected_tokens, self.options)
            if name is not None
        )
        yield from self.meta


@spec
class Replies:
    """Where the replies of a row lie, and what is known of them. Several of these read several columns of replies."""

    text: str
    """A reply, or a list of replies to the same question."""
    thinking: str | None = None
    """Reasoning kept apart from the reply: it is put in front, between the reasoning marks."""
    model: str | None = None
    """The model that replied, where no column tells."""
    model_column: str | None = None
    """The column that tells the model."""
    model_revision: str | None = None
    finish_reason: str | None = None
    """The column that tells why the reply ended; `stop` and `length` are understood."""
    score: str | None = None
    """What the source claims of the reply; it is kept in `meta` as `claimed_score` and never believed."""
    control_kind: Literal["ratio_kept", "ratio_removed", "level", "budget", "steps", "alpha"] | None = None
    """What these replies were turned by: alpha, level, budget ...; null for nothing."""
    control_value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """The value of that; goes with `control_kind`."""
    strip_tokens: tuple[str, ...] = ()
    """Special tokens to take off the end of a reply, such as `<|im_end|>`; none is taken off unasked."""

    @model_validator(mode="after")
    def _a_value_has_a_kind(self) -> Self:
        if (self.control_kind is None) != (self.control_value is None):
            raise ValueError("`control_kind` and `control_value` go together; give both or neither")
        return self

    def named(self) -> Iterator[str]:
        """Yield every column that is read."""
        yield self.text
        optional = (self.thinking, self.model_column, self.finish_reason, self.score)
        yield from (name for name in optional if name is not None)


def check_options(columns: ProblemColumns, gold: Extractor) -> None:
    """Refuse options whose gold is not read as a choice: the model would be shown letters nothing compares with."""
    if columns.options is not None and gold != "choice":
        raise ValueError(f"columns.options asks for `gold: choice`; there is `gold: {gold}`")

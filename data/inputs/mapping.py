"""Which columns of a source hold what: stated in the run file, never guessed.

A column may lie deeper (`data/inputs/rows/paths.py`): `messages.0.content` takes the first of a list,
`messages[role=user].content` the last turn of the user, `completions.text` the `text` of each of a list, and
`info.answer` goes through a text column that holds JSON. A column whose own name holds dots is found by its whole name.
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from data.golds import AnswerKind, Extractor
from data.inputs.rows.paths import check_path
from data.inputs.rows.where import check_where
from data.spec import LATER, Positive, spec

OnBadRow = Literal["stop", "reject"]
"""What to do with rows that cannot be used: tell all of them and stop, or reject each with its reason."""


@spec
class ProblemColumns:
    """Where a problem's parts lie."""

    question: str = "question"
    gold: str | None = "answer"
    """What the gold is read from; null for problems without one."""
    id: str | None = None
    """The source's own id: two problems with the same one are an error."""
    difficulty: str | None = None
    expected_tokens: str | None = None
    """A whole number that tells how long a reply will be: the longest are asked first."""
    options: str | tuple[str, ...] | None = None
    """The answers to choose from, in one column or in a column each; they are appended to the question. Asks for
    `gold: choice`."""
    tolerance: str | None = None
    """How far a number may lie from the gold and be right; null in a row means none."""
    unit: str | None = None
    """The unit of the gold, where it stands in a column of its own."""
    steps: Annotated[str | None, LATER] = None
    """A solution in steps, one text or a list of them (GSM8K's `answer`); it is kept as `steps` in `meta`."""
    meta: tuple[str, ...] = ()
    """Further columns to keep, in `meta`."""

    @model_validator(mode="after")
    def _paths_can_be_followed(self) -> Self:
        for name in self.named():
            check_path(name)
        return self

    def named(self) -> Iterator[str]:
        """Yield every column that is read."""
        yield self.question
        single = (self.gold, self.id, self.difficulty, self.expected_tokens, self.tolerance, self.unit, self.steps)
        yield from (name for name in single if name is not None)
        yield from self.options_columns
        yield from self.meta

    @property
    def options_columns(self) -> tuple[str, ...]:
        """The columns that options are read from."""
        return (self.options,) if isinstance(self.options, str) else self.options or ()


@spec
class Replies:
    """Where the replies of a row lie, and what is known of them. Several of these read several columns of replies."""

    text: str
    """A reply, or a list of replies to the same question."""
    prompt: str | None = None
    """The turns that were asked, or one user turn's text; a last assistant turn is taken for the reply and left off.
    Null takes the prompt of the run."""
    system: str | None = None
    """A system turn in a column of its own, to stand in front of `prompt`."""
    thinking: str | None = None
    """Reasoning kept apart from the reply, in a column of its own."""
    opened: bool = False
    """Whether the prompt ended inside the reasoning, so that replies begin there without a mark (templates of
    DeepSeek-R1, QwQ and Qwen3-Thinking): a reply that never ends it has no answer."""
    model: str | None = None
    """The model that replied, where no column tells."""
    model_column: str | None = None
    """The column that tells the model."""
    model_revision: str | None = None
    finish_reason: str | None = None
    """The column that tells why the reply ended, in the words of any server."""
    score: str | None = None
    """What the source claims of the reply; it is kept in `meta` as `claimed_score` and never believed."""
    control_kind: Literal["ratio_kept", "ratio_removed", "level", "budget", "steps", "alpha"] | None = None
    """What these replies were turned by: alpha, level, budget ...; null for nothing."""
    control_value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    """The value of that; goes with `control_kind`."""
    strip_tokens: tuple[str, ...] = ()
    """Special tokens to take off the end of a reply, such as `<|im_end|>`; none is taken off unasked."""

    @model_validator(mode="after")
    def _parts_go_together(self) -> Self:
        if (self.control_kind is None) != (self.control_value is None):
            raise ValueError("`control_kind` and `control_value` go together; give both or neither")
        if self.system is not None and self.prompt is None:
            raise ValueError("`system` stands in front of `prompt`; name the column of the turns that were asked, too")
        for name in self.named():
            check_path(name)
        return self

    def named(self) -> Iterator[str]:
        """Yield every column that is read."""
        yield self.text
        optional = (self.prompt, self.system, self.thinking, self.model_column, self.finish_reason, self.score)
        yield from (name for name in optional if name is not None)


@spec
class Mapped:
    """How the rows of a file or dataset are read: what every source of a person's own says."""

    columns: ProblemColumns = ProblemColumns()
    gold: Extractor = "plain"
    """The form the gold is written in."""
    answer_kind: AnswerKind | None = None
    """How answers compare; null takes what the gold looks like."""
    gold_order: Literal["any", "fixed"] = "any"
    """Whether a gold that is a list of several parts is right in its own order alone; all its parts are needed."""
    sentinel_golds: tuple[str, ...] | None = None
    """Golds that say that there is none, such as `proof`: their problems are left out before anything is asked.
    Null takes the table in `data/inputs/rows/sentinels.py`, an empty list none."""
    shuffle_options: bool | None = None
    """Whether options are shown in an order drawn for each problem; null shuffles where the gold is itself one of
    several columns of options, whose order would give the answer away."""
    options_seed: int = 0
    """Another seed shuffles anew."""
    where: str | dict[str, Any] | None = None
    """Which rows are read, by column: a value, a list of values, or rules (`at_least`, `at_most`, `above`, `below`,
    `one_of`, `not`, `contains`). The others are counted as `filtered`. (A text is taken for `list_at`.)"""
    limit: Positive | None = None
    """Read no more than so many of the rows that `where` chooses; a row may hold several traces."""
    on_bad_row: OnBadRow = "stop"

    @model_validator(mode="after")
    def _fields_go_together(self) -> Self:
        if self.columns.options is not None and self.gold != "choice":
            # The model would be shown letters that nothing compares with.
            raise ValueError(f"columns.options asks for `gold: choice`; there is `gold: {self.gold}`")
        check_where(self.rows_wanted)
        for name in self.rows_wanted:
            check_path(name)
        return self

    @property
    def rows_wanted(self) -> Mapping[str, Any]:
        """What the columns of the rows to read hold."""
        return self.where if isinstance(self.where, dict) else {}

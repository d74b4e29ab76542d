"""A budget of tokens in the turn itself: a line that predicts it before the chain, or marks of what is left of it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import ceil
from typing import Annotated, ClassVar, Literal, Self

import pyarrow as pa
from pydantic import Field, model_validator

from data.columns import COMPLETION, CONTROL_KIND, CONTROL_VALUE, COT_TOKENS, QUESTION, TRAINING
from data.conditions import VALUE, Condition
from data.spec import Positive, spec
from data.table import Row, drop, from_rows, values, with_column
from stages.replies.answer_segment import parts_of
from stages.stage import Stage
from stages.targets.pieces import ANSWER, CHAIN, Piece, in_pieces
from stages.tokens import Tokenizer, TokenizerName, counting, load_tokenizer

KIND: Literal["tokens"] = "tokens"
"""`control_kind` of a row whose turn, or prompt, names a budget; `control_value` is the budget."""
HOLDS_MARK = "reply_holds_budget_mark"
_REST = re.compile(r"[A-Za-z0-9À-ӿ]*(?:[.,][0-9]+)*")
"""What is left of a word, a command or a number, which no mark divides; scripts without blanks have none."""
_BEGUN = re.compile(r"[A-Za-z0-9À-ӿ]|(?<=[0-9])[.,](?=[0-9])")


@dataclass(frozen=True)
class Chain:
    """A turn, and what is known of it."""

    head: str
    """Its open mark of thought; empty without marks."""
    reasoning: str
    tail: str
    budget: int
    ends: Sequence[int]
    """Where each token of the reasoning ends."""


@spec
class Line:
    """A line before the chain predicts the budget: the model says how long it will think, and then does."""

    kind: Literal["line"] = "line"
    text: str = "<budget>{value}</budget>\n"
    """`{value}` becomes the budget."""
    added: tuple[str, ...] = ()
    """What of it becomes tokens of their own, such as `<budget>`; none leaves it plain text."""
    weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    """How much the line weighs in the loss."""
    condition: ClassVar[Condition | None] = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        if self.text.count(VALUE) != 1:
            raise ValueError(f"`text` must hold {VALUE} exactly once")
        if absent := [token for token in self.added if token not in self.text or not token.strip()]:
            raise ValueError(f"`added` {absent} are not in `text`")
        return self

    @property
    def signs(self) -> tuple[str, ...]:
        """Return what no reply may hold already."""
        return tuple(part for part in (text.strip() for text in self.text.split(VALUE)) if part)

    @property
    def added_tokens(self) -> tuple[str, ...]:
        """Return the tokens that the base may lack."""
        return self.added

    def pieces(self, chain: Chain) -> Iterator[Piece]:
        """Yield the turn with its budget."""
        yield Piece(chain.head, CHAIN)
        yield Piece(self.text.replace(VALUE, str(chain.budget)), "budget", weight=self.weight)
        yield Piece(chain.reasoning, CHAIN)
        yield Piece(chain.tail, ANSWER)


@spec
class Marks:
    """Marks within the chain say what is left of a budget that the prompt names."""

    kind: Literal["marks"] = "marks"
    parts: Annotated[int, Field(ge=2, le=64)] = 8
    """The budget is marked in so many parts, the first mark at its begin."""
    every: Positive | None = None
    """Marks every so many tokens instead, with the tokens that are left."""
    mark: str = "<|left_{value}|>"
    """`{value}` becomes the parts, or the tokens, that are left."""
    train: bool = False
    """Whether marks are learned; they are put in while the model is asked, so the default masks them."""
    told: str = "\n\nThink for at most {value} tokens."
    """Put behind the question; empty for a budget that only the marks tell."""
    at: Literal["token", "word", "line"] = "word"
    """Where a mark may stand: at its token, or moved on to the end of the word or of the line."""

    @model_validator(mode="after")
    def _fits(self) -> Self:
        faults = [f"`{name}` must hold {VALUE} once" for name in ("mark", "told") if self._lacks(name)]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _lacks(self, name: str) -> bool:
        text: str = getattr(self, name)
        return text.count(VALUE) != 1 and not (name == "told" and not text)

    @property
    def condition(self) -> Condition | None:
        """Return what is put on the prompt."""
        return Condition(control_kind=KIND, suffix=self.told) if self.told else None

    @property
    def signs(self) -> tuple[str, ...]:
        """Return what no reply may hold already."""
        return (max((part for part in self.mark.split(VALUE)), key=len),)

    @property
    def added_tokens(self) -> tuple[str, ...]:
        """Return the tokens that the base may lack: one a part; numbers of tokens stay plain text."""
        if self.every is not None:
            return ()
        return tuple(self.mark.replace(VALUE, str(left)) for left in range(self.parts, 0, -1))

    def pieces(self, chain: Chain) -> Iterator[Piece]:
        """Yield the turn with its marks."""
        yield Piece(chain.head, CHAIN)
        begin = 0
        for token, left in self._due(chain):
            place = self._place(chain.reasoning, 0 if token == 0 else chain.ends[token - 1])
            if place >= len(chain.reasoning) or (place <= begin and begin):
                continue
            yield Piece(chain.reasoning[begin:place], CHAIN)
            yield Piece(self.mark.replace(VALUE, str(left)), "remaining", train=self.train)
            begin = place
        yield Piece(chain.reasoning[begin:], CHAIN)
        yield Piece(chain.tail, ANSWER)

    def _due(self, chain: Chain) -> Iterator[tuple[int, int]]:
        """Yield before which token a mark is due, and what is left by then."""
        step = self.every or max(1, chain.budget // self.parts)
        for number, token in enumerate(range(0, len(chain.ends), step)):
            left = self.parts - number if self.every is None else chain.budget - token
            if left > 0:
                yield token, left

    def _place(self, text: str, place: int) -> int:
        if self.at == "token" or place == 0:
            return place
        if self.at == "word":
            rest = _REST.match(text, place) if _BEGUN.match(text, place - 1) else None
            return rest.end() if rest else place
        line = text.find("\n", place)
        return len(text) if line < 0 else line + 1


AnyBudget = Annotated[Line | Marks, Field(discriminator="kind")]
"""The `form` of a run file, told apart by `kind`."""


@spec
class AssignBudget(Stage):
    """Give each trace its own length, rounded up, for a budget."""

    reads = (COT_TOKENS,)
    writes = (CONTROL_KIND, CONTROL_VALUE)

    round_up_to: Positive

    def __call__(self, rows: pa.Table) -> pa.Table:
        budgets = [float(ceil(tokens / self.round_up_to) * self.round_up_to) for tokens in values(rows, COT_TOKENS)]
        rows = with_column(rows, CONTROL_KIND, [KIND] * rows.num_rows)
        return with_column(rows, CONTROL_VALUE, budgets)


@spec
class WriteBudget(Stage):
    """Write the budget into the turns of training rows, as segments; the rest of a turn stays to the byte.

    A question or a turn that holds such a mark already leaves as `reply_holds_budget_mark`.
    """

    reads = (QUESTION, *TRAINING)
    writes = TRAINING

    form: AnyBudget
    tokenizer: TokenizerName
    """Counts where marks are due."""

    def uses(self) -> dict[str, str]:
        return counting(self.tokenizer)

    def __call__(self, rows: pa.Table) -> pa.Table:
        tokenizer = load_tokenizer(self.tokenizer)
        given = rows.to_pylist()
        told = from_rows((self._row(row, tokenizer) for row in given), list(rows.schema))
        return drop(told, [self._fault(row) for row in given])

    def _row(self, row: Row, tokenizer: Tokenizer) -> Row:
        parts = parts_of(row[COMPLETION.name][0]["content"])
        budget = int(row[CONTROL_VALUE.name])
        chain = Chain(parts.head, parts.reasoning, parts.tail, budget, tokenizer.ends(parts.reasoning))
        return in_pieces(row, self.form.pieces(chain), self.form.added_tokens)

    def _fault(self, row: Row) -> str | None:
        said = f"{row[QUESTION.name]}\n{row[COMPLETION.name][0]['content']}"
        return HOLDS_MARK if any(sign in said for sign in self.form.signs) else None

"""Two modes of one model, and what tells them apart: a system text, text behind the question, an argument, a token."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field

from data.columns import COMPLETION, PROMPT, TEMPLATE_ARGS, TRAINING
from data.json_object import JsonObject
from data.prompts.turns import last_user, with_system
from data.spec import spec
from data.table import Row, from_rows, with_column
from stages.stage import Stage
from stages.targets.pieces import ANSWER, Piece, in_pieces

Which = Literal["think", "quick"]
Turns = Sequence[Mapping[str, str]]
THINK: Which = "think"
QUICK: Which = "quick"
VALUE: Mapping[Which, float] = {THINK: 1.0, QUICK: 0.0}
"""`control_value` of a row of each mode; its `control_kind` is `mode`."""


@spec
class SystemText:
    """A system turn says it."""

    kind: Literal["system"] = "system"
    think: str = "/think"
    quick: str = "/no_think"

    def on(self, turns: Turns, args: Mapping[str, Any], which: Which) -> tuple[Turns, Mapping[str, Any]]:
        """Return turns and template arguments that ask in this mode; a system turn that is there stays in front."""
        own = next((turn["content"] for turn in turns if turn["role"] == "system"), "")
        told = "\n".join(text for text in (own, getattr(self, which)) if text)
        return with_system(turns, told), args

    def marks(self) -> tuple[str, ...]:
        """Return the texts that no question may hold."""
        return tuple(text for text in (self.think, self.quick) if text)


@spec
class Suffix:
    """Text behind the question says it, as Qwen3's soft switch does."""

    kind: Literal["suffix"] = "suffix"
    think: str = " /think"
    quick: str = " /no_think"

    def on(self, turns: Turns, args: Mapping[str, Any], which: Which) -> tuple[Turns, Mapping[str, Any]]:
        """Return turns and template arguments that ask in this mode."""
        at = last_user(turns)
        asked = {**turns[at], "content": f"{turns[at]['content']}{getattr(self, which)}"}
        return [*turns[:at], asked, *turns[at + 1 :]], args

    def marks(self) -> tuple[str, ...]:
        """Return the texts that no question may hold."""
        return tuple(text for text in (self.think.strip(), self.quick.strip()) if text)


@spec
class TemplateArgs:
    """An argument of the chat template says it."""

    kind: Literal["template_args"] = "template_args"
    think: JsonObject = JsonObject({"enable_thinking": True})
    quick: JsonObject = JsonObject({"enable_thinking": False})

    def on(self, turns: Turns, args: Mapping[str, Any], which: Which) -> tuple[Turns, Mapping[str, Any]]:
        """Return turns and template arguments that ask in this mode."""
        own: JsonObject = self.think if which == THINK else self.quick
        return turns, {**args, **own}

    def marks(self) -> tuple[str, ...]:
        """Return the texts that no question may hold."""
        return ()


@spec
class Switch:
    """The model says it itself: a quick turn begins with a token, a thinking one with its mark of thought."""

    kind: Literal["switch"] = "switch"
    token: Annotated[str, Field(min_length=1, max_length=40)] = "<short>"
    """Thinkless: `<short>`; AutoL2S: `<EASY>`."""
    weight: Annotated[float, Field(ge=0, le=100)] = 1.0
    """How much the token weighs in the loss."""

    def on(self, turns: Turns, args: Mapping[str, Any], which: Which) -> tuple[Turns, Mapping[str, Any]]:
        """Return turns and template arguments as they are: both modes are asked alike."""
        return turns, args

    def marks(self) -> tuple[str, ...]:
        """Return the texts that no question may hold."""
        return (self.token,)


AnyMode = Annotated[SystemText | Suffix | TemplateArgs | Switch, Field(discriminator="kind")]
"""The `mode` of a run file, told apart by `kind`."""


def in_mode(row: Row, mode: AnyMode, which: Which) -> dict[str, Any]:
    """Return `prompt` and `template_args` of a row in a mode."""
    args = json.loads(row.get(TEMPLATE_ARGS.name) or "{}")
    turns, told = mode.on(row[PROMPT.name], args, which)
    return {PROMPT.name: list(turns), TEMPLATE_ARGS.name: JsonObject(told).text if told else None}


@spec
class AskInMode(Stage):
    """Put the prompts of problems in a mode, to be sampled in it."""

    reads = (PROMPT, TEMPLATE_ARGS)
    writes = (PROMPT, TEMPLATE_ARGS)

    mode: AnyMode
    which: Which

    def __call__(self, rows: pa.Table) -> pa.Table:
        picked = rows.select([field.name for field in self.reads]).to_pylist()
        put = [in_mode(row, self.mode, self.which) for row in picked]
        for field in self.writes:
            rows = with_column(rows, field, [row[field.name] for row in put])
        return rows


@spec
class BeginWithSwitch(Stage):
    """Begin the quick turns of training rows with the switch's token, which the base may lack."""

    reads = TRAINING
    writes = TRAINING

    switch: Switch

    def __call__(self, rows: pa.Table) -> pa.Table:
        return from_rows((self._row(row) for row in rows.to_pylist()), list(rows.schema))

    def _row(self, row: Row) -> Row:
        if row["control_value"] != VALUE[QUICK]:
            return row
        said = row[COMPLETION.name][0]["content"]
        pieces = (Piece(self.switch.token, "switch", weight=self.switch.weight), Piece(said, ANSWER))
        return in_pieces(row, pieces, [self.switch.token])

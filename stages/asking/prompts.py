"""How a problem is put to a model: its prompt, rendered once, and what a method adds to it for one of its askings."""

import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import pyarrow as pa
from pydantic import Field

from data.columns import PROMPT, QUESTION, TEMPLATE_ARGS
from data.conditions import Condition
from data.prompts.template import Template
from data.prompts.turns import with_question, with_system, with_wishes
from data.spec import PLACE, Name, Positive, digest, spec
from data.table import Row, values, with_column
from stages.asking.exemplars import Exemplar, shown_exemplars
from stages.engines.engine import Message
from stages.stage import Stage


@spec
class Adapter:
    """A LoRA adapter that answers in place of the bare model."""

    path: Annotated[str, PLACE]
    """Its folder."""
    revision: str
    """What it is, wherever it lies: the digest of its files, or of all that they are made from."""


@spec
class RenderPrompt(Stage):
    """Put every question in the run's prompt, once; a row whose source brought its own prompt keeps that."""

    reads = (QUESTION,)
    writes = (PROMPT, TEMPLATE_ARGS)

    template: Template = Template()

    def __call__(self, rows: pa.Table) -> pa.Table:
        brought = values(rows, PROMPT) if PROMPT.name in rows.column_names else [None] * rows.num_rows
        pairs = zip(values(rows, QUESTION), brought, strict=True)
        rows = with_column(rows, PROMPT, [own or self.template.turns(question) for question, own in pairs])
        args = self.template.template_args.text if self.template.template_args else None
        return with_column(rows, TEMPLATE_ARGS, [args] * rows.num_rows)


@spec
class Prompt:
    """Asks a row's prompt: wishes, worked examples before it, who answers, and how many samples are drawn."""

    name: Name
    """Which prompt this is, in `prompt_id`."""
    samples: Positive
    wishes: tuple[str, ...] = ()
    """Added to the instruction, such as *Be concise.*"""
    system: str | None = None
    """A system turn in place of the prompt's own."""
    exemplars: tuple[Exemplar, ...] = ()
    """The pool of worked examples; empty for zero-shot."""
    shots: Annotated[int, Field(ge=0)] = 0
    """How many of them are shown."""
    condition: Condition | None = None
    """Text that says how long to think, as the asked model was trained to read it."""
    control_kind: str | None = None
    """What of the asking is turned: alpha, steps, budget ...; null for nothing."""
    control_value: float | None = None
    """The value of that; the condition names it."""
    adapter: Adapter | None = None
    """The LoRA adapter that answers; null for the model as it is."""

    def turns(self, row: Row, seed: int) -> tuple[Message, ...]:
        """Return the turns that ask this row (`prompt`, `question`, `problem_id`); a function of row and seed alone."""
        question = row["question"]
        wished = with_wishes(with_system(row["prompt"], self.system), question, self.wishes)
        asked = wished if self.condition is None else self.condition.on(wished, self.control_value)
        worked: list[Mapping[str, str]] = []
        for exemplar in shown_exemplars(self.exemplars, self.shots, seed, row["problem_id"], question):
            worked += [with_question(wished, question, exemplar.question)[-1]]
            worked += [{"role": "assistant", "content": exemplar.reply}]
        return messages([*asked[:-1], *worked, asked[-1]])


def messages(turns: Sequence[Mapping[str, str]]) -> tuple[Message, ...]:
    """Return turns of a column as the messages of a request."""
    return tuple(Message(turn["role"], turn["content"]) for turn in turns)  # type: ignore[arg-type]


def template_args(row: Row) -> dict[str, Any]:
    """Return the arguments of the model's chat template that a row is asked with."""
    return dict(json.loads(row[TEMPLATE_ARGS.name])) if row.get(TEMPLATE_ARGS.name) else {}


def sample_seed(seed: int, problem_id: str, prompt: str, sample: int) -> int:
    """Return the seed of one sample, 0 to 2^31-1: a hash, so that no order or worker count matters."""
    return int(digest([seed, problem_id, prompt, sample])[:8], 16) & 0x7FFFFFFF

"""The full solution of a problem, told by its source, as a trace that others are shortened from."""

import json
import re
from collections.abc import Mapping
from typing import Annotated, Any

import pyarrow as pa

from data.columns import (
    ASKED,
    CONTROL_KIND,
    CONTROL_VALUE,
    DETAIL,
    DROPPED,
    FINISH_REASON,
    FROM_TRACE_ID,
    METHOD,
    MODEL,
    MODEL_REVISION,
    PARAMS,
    PROBLEMS,
    PROMPT_ID,
    REPLY,
    REPLY_TOKENS,
    SAMPLE,
    SCORE,
    SEED,
    SPENT_TOKENS,
    STEPS,
    TRACE_ID,
)
from data.errors import InputError
from data.prompts.wording import IN_STEPS, marked_reply
from data.spec import LATER, digest, spec
from data.table import Row, from_rows
from data.tasks.every import task_of
from stages.rewriting.chat_tokens import chat_token, stray_mark
from stages.skipping.steps import MAX_LINE, MAX_STEPS, READER, Unit, as_text, step_lines
from stages.stage import Stage
from stages.training_rows import HOLDS_CONDITION

FULL = "full"
"""`prompt_id` of a full chain: nobody was asked for it."""
_ASKED = re.compile(r"\d{1,9}".join(re.escape(part) for part in IN_STEPS.split("{steps}")))


class NoSteps(Exception):
    """A problem has no full solution that can be used; the text is the countable reason."""


def full_steps(row: Row, unit: Unit = "line") -> tuple[str, ...]:
    """Return the full solution of a problem: `steps` in its `meta` (steps, or one text), else what its task knows.

    Raises:
        NoSteps: there is none.
    """
    told = json.loads(row["meta"]).get("steps") if row["meta"] else None
    if told is not None:
        return _read(told, unit)
    task = task_of(row["source"])
    if task is None:
        raise NoSteps("no_steps")
    try:
        return task.steps(row["question"])
    except InputError as error:
        raise NoSteps("no_steps") from error


def _read(told: Any, unit: Unit) -> tuple[str, ...]:
    parts = told if isinstance(told, list) else [told]
    if not all(isinstance(part, str) for part in parts):
        raise NoSteps("unreadable_steps")
    steps = step_lines(as_text(parts, unit), unit)
    if not steps:
        raise NoSteps("no_steps")
    if len(steps) > MAX_STEPS or max(map(len, steps)) > MAX_LINE:
        raise NoSteps("too_many_steps")
    return steps


@spec
class FullChains(Stage):
    """Give a problem its full chain, `control_value` its steps, `from_trace_id` null; one without a chain leaves."""

    reads = PROBLEMS
    writes = (
        TRACE_ID,
        FROM_TRACE_ID,
        METHOD,
        PROMPT_ID,
        CONTROL_KIND,
        CONTROL_VALUE,
        SAMPLE,
        PARAMS,
        SEED,
        ASKED,
        REPLY,
        STEPS,
        SCORE,
        REPLY_TOKENS,
        FINISH_REASON,
        SPENT_TOKENS,
        MODEL,
        MODEL_REVISION,
    )

    unit: Annotated[Unit, LATER] = "line"
    """What a step is."""

    def uses(self) -> Mapping[str, str]:
        return {"steps": READER}

    def __call__(self, rows: pa.Table) -> pa.Table:
        made = [{**row, **_full(row, self.unit)} for row in rows.to_pylist()]
        fields = {f.name: f for f in (*rows.schema, *self.writes, DROPPED, DETAIL)}
        return from_rows(made, list(fields.values()))


def _full(row: Row, unit: Unit) -> dict[str, Any]:
    """Return what the full chain adds to a problem, or why it leaves."""
    if row["gold"] is None:
        return {DROPPED.name: "no_gold"}
    if _ASKED.search(row["question"]):
        return {DROPPED.name: HOLDS_CONDITION}
    try:
        steps = full_steps(row, unit)
    except NoSteps as reason:
        return {DROPPED.name: str(reason)}
    reply = marked_reply(as_text(steps, unit), row["gold"])
    if (token := chat_token(reply) or stray_mark(reply)) is not None:
        return {DROPPED.name: "chat_token", DETAIL.name: f"the full solution holds {token!r}"}
    return {
        TRACE_ID.name: digest([row["problem_id"], FULL, reply])[:20],
        METHOD.name: FULL,
        PROMPT_ID.name: FULL,
        CONTROL_KIND.name: "steps",
        CONTROL_VALUE.name: float(len(steps)),
        SAMPLE.name: 0,
        PARAMS.name: "{}",
        REPLY.name: reply,
        FINISH_REASON.name: "stop",
        SPENT_TOKENS.name: 0,
    }

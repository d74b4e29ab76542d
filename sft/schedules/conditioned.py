"""Length under control by text on the prompt: a ratio marker (TokenSkip) or a prefix for long and short (C3oT).

Kept: the text is put on the last user turn byte for byte, by the same function in training and at inference.
Lost: nothing; but a marker that is a control token of the tokenizer is refused, for it would end the turn.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

import pyarrow as pa

from data.columns import CONTROL_KIND, CONTROL_VALUE
from data.conditions import Condition
from data.spec import spec
from data.table import Row
from sft.rows.lazy import changed
from sft.schedules.stage import Planned, Tools, TrainingStage


@spec
class Conditioned:
    """One stage; each row's prompt says how long the answer is to be."""

    kind: Literal["conditioned"] = "conditioned"
    conditions: tuple[Condition, ...]
    """One a kind of control; a kind without one is refused."""

    @property
    def reads(self) -> Sequence[pa.Field]:
        """The control of a row."""
        return (CONTROL_KIND, CONTROL_VALUE)

    def plan(self, rows: Sequence[Row], tools: Tools) -> Planned:
        """Return the one stage, or why the text cannot be put on these prompts."""
        by_kind = {condition.control_kind: condition for condition in self.conditions}
        faults = [*self._faults(tools), *_row_faults(rows, by_kind)]
        marked = [] if faults else changed(rows, lambda _, row: _marked(row, by_kind[row[CONTROL_KIND.name]]))
        return Planned([TrainingStage("conditioned", marked)], faults=faults)

    def _faults(self, tools: Tools) -> list[str]:
        kinds = Counter(condition.control_kind for condition in self.conditions)
        faults = [f"schedule: {kind!r} has {count} conditions; give one" for kind, count in kinds.items() if count > 1]
        for condition in self.conditions:
            text = condition.prefix + condition.suffix
            found = sorted(token for token in tools.special_tokens if token in text)
            faults += [f"schedule: {token!r} is a control token of this tokenizer; mark otherwise" for token in found]
        return faults


def _marked(row: Row, condition: Condition) -> Row:
    return {**row, "prompt": condition.on(row["prompt"], row[CONTROL_VALUE.name])}


def _row_faults(rows: Sequence[Row], by_kind: Mapping[str, Condition]) -> list[str]:
    faults: Counter[str] = Counter()
    for row in rows:
        condition, kind = by_kind.get(row[CONTROL_KIND.name]), row[CONTROL_KIND.name]
        users = [turn["content"] for turn in row["prompt"] if turn["role"] == "user"]
        if condition is None:
            faults[f"have control_kind {kind!r} and no condition does; there is {sorted(by_kind)}"] += 1
        elif condition.needs_value and row[CONTROL_VALUE.name] is None:
            faults[f"have control_kind {kind!r} without a value, and its text needs one"] += 1
        elif not users:
            faults["have no user turn to put the text on"] += 1
        elif condition.is_in(users[-1]):
            faults[f"hold the mark of {kind!r} in the prompt already"] += 1
    return [f"schedule: {count:,} rows {fault}" for fault, count in faults.items()]

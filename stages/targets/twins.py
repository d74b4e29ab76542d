"""Of one problem a row that thinks and a row that answers at once, as many of either as its difficulty calls for."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from typing import Annotated, Any, Literal

import pyarrow as pa
from pydantic import Field

from data.columns import (
    ANSWER,
    CONTROL_KIND,
    CONTROL_VALUE,
    COT_TOKENS,
    DROPPED,
    GOLD,
    MEASURES,
    PROBLEM_ID,
    PROMPT,
    PROMPT_ID,
    QUESTION,
    REASONING,
    REPLY,
    REPLY_TOKENS,
    SAMPLE,
    SPENT_TOKENS,
    TEMPLATE_ARGS,
    TRACE_ID,
    VERDICT,
)
from data.prompts.template import Template
from data.spec import digest, spec
from data.table import Row, from_rows, with_column
from data.thinking.turn import Turn, write_turn
from stages.check_answer import ACCEPTED
from stages.replies.variants import VARIANT, variant
from stages.stage import Stage
from stages.targets.modes import QUICK, THINK, VALUE, AnyMode, Which, in_mode
from stages.training_rows import HOLDS_CONDITION

Share = Annotated[float, Field(ge=0, le=1)]
QUICK_FROM = Literal["sampled", "answer"]
ANSWERED = "answer_of_thought@1"
"""What made a quick row of the answer behind a thought."""


@spec
class Shares:
    """The share of problems that get a row of each mode, of those that are solved quickly at least so often."""

    solved: Share
    """Share of the quick samples that are right."""
    think: Share
    quick: Share


@spec
class LabelModes(Stage):
    """Say of each trace whether it thinks or answers at once, and how often its problem was solved in either mode.

    Sampled traces are of the mode they were sampled in; others think where they reason between marks.
    """

    reads = (PROBLEM_ID, GOLD, PROMPT_ID, REASONING, VERDICT)
    writes = (CONTROL_KIND, CONTROL_VALUE, MEASURES)

    def __call__(self, rows: pa.Table) -> pa.Table:
        picked = rows.select([field.name for field in self.reads]).to_pylist()
        modes = [_mode(row) for row in picked]
        judged: dict[tuple[str, Which], list[bool]] = defaultdict(list)
        for row, mode in zip(picked, modes, strict=True):
            if row["gold"] is not None:
                judged[row["problem_id"], mode].append(row["verdict"] in ACCEPTED)
        rates = {key: sum(right) / len(right) for key, right in judged.items()}
        told = [
            [{"name": f"pass_rate_{mode}", "value": rates.get((row["problem_id"], mode))} for mode in (THINK, QUICK)]
            for row in picked
        ]
        rows = with_column(rows, CONTROL_KIND, ["mode"] * rows.num_rows)
        rows = with_column(rows, CONTROL_VALUE, [VALUE[mode] for mode in modes])
        return with_column(rows, MEASURES, told)


@spec
class Twins(Stage):
    """Return of each problem the row of either mode that it gets, and every other trace with why it leaves."""

    reads = (
        PROBLEM_ID,
        TRACE_ID,
        QUESTION,
        PROMPT,
        TEMPLATE_ARGS,
        REPLY,
        REASONING,
        ANSWER,
        SAMPLE,
        REPLY_TOKENS,
        CONTROL_VALUE,
        MEASURES,
    )
    writes = (*VARIANT, PROMPT, TEMPLATE_ARGS, SPENT_TOKENS)

    method: str
    mode: AnyMode
    template: Template | None
    """What the questions were put in; null for traces that were imported, which are asked as they say."""
    quick: QUICK_FROM
    """`answer` makes the quick row of what a thinking trace says behind its thought."""
    choose: Literal["first", "shortest", "longest"]
    """Which of a problem's right thinking traces."""
    shares: tuple[Shares, ...]
    unpaired: Literal["keep", "drop"]
    """What becomes of a row whose twin should be there and is not right."""
    seed: int = 0

    def __call__(self, rows: pa.Table) -> pa.Table:
        fields = {f.name: f for f in (*rows.schema, *self.writes, COT_TOKENS, DROPPED)}
        problems: dict[str, list[Row]] = defaultdict(list)
        for row in rows.to_pylist():
            problems[row["problem_id"]].append(row)
        return from_rows((new for found in problems.values() for new in self._twins(found)), list(fields.values()))

    def _twins(self, found: Sequence[Row]) -> Iterator[dict[str, Any]]:
        faults = {row["trace_id"]: self._fault(row) for row in found}
        fit = [row for row in found if faults[row["trace_id"]] is None]
        candidates: dict[Which, list[Row]] = {
            THINK: sorted((row for row in fit if _is(row, THINK)), key=self._rank),
            QUICK: sorted((row for row in fit if _is(row, QUICK)), key=_length),
        }
        if self.quick == "answer":
            candidates[QUICK] = [row for row in candidates[THINK] if (row["answer"] or "").strip()][:1]
        wanted, reason = self._wanted(found[0])
        used: set[str] = set()
        for which in (THINK, QUICK):
            other = QUICK if which == THINK else THINK
            alone = self.unpaired == "drop" and other in wanted and not candidates[other]
            if which in wanted and candidates[which] and not alone:
                used.add(candidates[which][0]["trace_id"])
                yield self._row(candidates[which][0], which)
            elif which in wanted and candidates[which]:
                faults[candidates[which][0]["trace_id"]] = "no_twin"
        for row in found:
            if row["trace_id"] not in used:
                mode = THINK if _is(row, THINK) else QUICK
                yield {**row, DROPPED.name: faults[row["trace_id"]] or reason or _left(mode, wanted)}

    def _row(self, row: Row, which: Which) -> dict[str, Any]:
        """Return the row of a mode: a sampled one as it is, or made of the answer behind a thought."""
        base = row if self.template is None else {**row, PROMPT.name: self.template.turns(row["question"])}
        if self.template is not None:
            args = self.template.template_args
            base = {**base, TEMPLATE_ARGS.name: args.text if args else None}
        put = in_mode(base, self.mode, which)
        if which == THINK:
            return {**row, **put}
        reasoning = "" if self.mode.kind in ("system", "suffix") else None
        if self.quick == "sampled":
            return {**row, **put, REASONING.name: reasoning}
        reply = row["answer"] if reasoning is None else write_turn(reasoning, row["answer"])
        turn = Turn(reasoning, row["answer"], None)
        made = variant(row, reply, method=self.method, by=ANSWERED, kind="mode", value=VALUE[QUICK], turn=turn)
        return {**made, **put, SPENT_TOKENS.name: 0}

    def _fault(self, row: Row) -> str | None:
        thinks = bool((row["reasoning"] or "").strip())
        if any(mark in row["question"] for mark in self.mode.marks()):
            return HOLDS_CONDITION
        if self.mode.kind == "switch" and any(mark in (row["reply"] or "") for mark in self.mode.marks()):
            return "holds_switch"
        if thinks != _is(row, THINK):
            return "thought_in_quick" if thinks else "no_thought"
        return None

    def _wanted(self, row: Row) -> tuple[set[Which], str | None]:
        """Return the modes that a problem gets a row of, and why it gets none at all."""
        rates = {told["name"]: told["value"] for told in row[MEASURES.name]}
        rate = rates[f"pass_rate_{THINK if self.quick == 'answer' else QUICK}"]
        if rate is None and len(self.shares) > 1:
            return set(), "pass_rate_unknown"
        band = next((band for band in self.shares if (rate or 0.0) >= band.solved), None)
        if band is None:
            return set(), "solved_too_seldom"
        shares: dict[Which, float] = {THINK: band.think, QUICK: band.quick}
        return {mode for mode, share in shares.items() if _drawn(self.seed, row["problem_id"], mode) < share}, None

    def _rank(self, row: Row) -> tuple[Any, ...]:
        if self.choose == "first":
            return row["sample"], row["trace_id"]
        tokens, *rest = _length(row)
        return (-tokens if self.choose == "longest" else tokens, *rest)


def _mode(row: Row) -> Which:
    if row["prompt_id"] in (THINK, QUICK):
        return THINK if row["prompt_id"] == THINK else QUICK
    return THINK if (row["reasoning"] or "").strip() else QUICK


def _is(row: Row, which: Which) -> bool:
    return bool(row["control_value"] == VALUE[which])


def _length(row: Row) -> tuple[Any, ...]:
    return row["reply_tokens"], len(row["reply"]), row["sample"], row["trace_id"]


def _left(mode: Which, wanted: set[Which]) -> str:
    return "not_chosen" if mode in wanted else "mode_left_out"


def _drawn(seed: int, problem: str, mode: Which) -> float:
    """Return a number from 0 to 1, the same for a problem and a mode whatever the order."""
    return int(digest([seed, problem, mode])[:8], 16) / 16**8

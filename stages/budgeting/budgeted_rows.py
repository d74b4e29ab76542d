"""The rows of a question that was asked within budgets: the trace as it is, and its shortest reply within one."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any, Literal

from data.columns import (
    ASKED,
    FINISH_REASON,
    MODEL,
    MODEL_REVISION,
    PARAMS,
    PROMPT_ID,
    REMARKS,
    REPLY_TOKENS,
    SAMPLE,
    SEED,
    SPENT_TOKENS,
)
from data.spec import spec
from data.table import Row
from stages.asking.left import left
from stages.budgeting.budget_search import shortest
from stages.budgeting.within_budget import PROMPT_NAME, Trial
from stages.engines.engine import Reply, Running
from stages.replies.variants import VARIANT, variant
from stages.rewriting.rewritten_rows import long_row

NO_REDUCTION = "no_reduction"
"""Said of a trace that no budget made shorter."""

SAMPLED = (PROMPT_ID, SAMPLE, PARAMS, SEED, ASKED, FINISH_REASON, MODEL, MODEL_REVISION)
BUDGETED = (*VARIANT, *SAMPLED, REMARKS, SPENT_TOKENS)
"""What these rows say of themselves."""


@spec
class BudgetRows:
    """Which rows come of a trace."""

    method: str
    rows: Literal["short", "both"] = "short"
    """`both` gives the trace itself too, to prefer between the two."""
    otherwise: Literal["drop", "vanilla"] = "drop"
    """What becomes of a trace that no budget made shorter: it leaves, or stays as it is."""

    def made(
        self, row: Row, trials: Sequence[Trial], running: Running, *, spent: int = 0, remarks: Sequence[str] = ()
    ) -> list[dict[str, Any]]:
        """Return the rows; `spent` are tokens burnt beside those of the trace and of the trials."""
        best = shortest(trials, row["cot_tokens"])
        failed = [trial.failure for trial in trials if trial.failure]
        told = [*remarks, *(f"failed_{reason}" for reason in failed)]
        cost = spent + sum(trial.answered.spent_tokens for trial in trials)
        if best is None or not isinstance(best.answered, Reply):
            return [self._without(row, trials, told, cost)]
        short = self._short(row, best, best.answered, running)
        if self.rows == "both":
            return [long_row(row), {**short, REMARKS.name: told, SPENT_TOKENS.name: cost}]
        return [{**short, REMARKS.name: told, SPENT_TOKENS.name: _spent(row) + cost}]

    def _without(self, row: Row, trials: Sequence[Trial], told: Sequence[str], cost: int) -> dict[str, Any]:
        if self.otherwise == "vanilla":
            return {**long_row(row, [*told, NO_REDUCTION]), SPENT_TOKENS.name: _spent(row) + cost}
        failure = trials[-1].failure if trials else None
        return left(row, failure or NO_REDUCTION, "; ".join(map(_seen, trials)), spent=cost)

    def _short(self, row: Row, best: Trial, reply: Reply, running: Running) -> dict[str, Any]:
        by = f"{running.model}@{running.revision}"
        value = float(best.budget)
        told = variant(row, reply.text, method=self.method, by=by, kind="budget", value=value, turn=best.turn)
        return {
            **told,
            REPLY_TOKENS.name: reply.tokens if reply.counted else None,
            FINISH_REASON.name: reply.finish_reason,
            PROMPT_ID.name: PROMPT_NAME,
            SAMPLE.name: best.request.sample,
            PARAMS.name: running.params(best.request.sampling),
            SEED.name: best.request.seed,
            ASKED.name: [asdict(message) for message in best.request.messages],
            MODEL.name: running.model,
            MODEL_REVISION.name: running.revision,
        }


def _spent(row: Row) -> int:
    return row.get(SPENT_TOKENS.name) or 0


def _seen(trial: Trial) -> str:
    came = trial.failure or f"{'correct' if trial.correct else 'not correct'}, {trial.tokens} tokens"
    return f"{trial.budget}: {came}"

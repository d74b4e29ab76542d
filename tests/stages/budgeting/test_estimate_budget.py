from contextlib import nullcontext
from dataclasses import replace
from typing import Any

import pytest

from benchmarks.load.elastic import Elastic, Knee
from stages.asking.ask import Ask
from stages.budgeting.budgeted_rows import BudgetRows
from stages.budgeting.estimate_budget import EstimateBudget
from stages.budgeting.within_budget import WithinBudget
from stages.engines.engine import KeepGoing, Reply, Request
from stages.engines.fake import Fake
from tests.stages.budgeting.test_search_budget import WHOLE, row


async def made(said: str, engine: Elastic | None = None, question: str = "What is 7?", **fields: Any) -> dict[str, Any]:
    running = engine or Elastic(Knee(10), WHOLE)
    running.estimate = said
    stage = EstimateBudget(
        engine=Fake(), within=WithinBudget(tokenizer="words"), into=BudgetRows(method="token_budget"), **fields
    )
    (found,) = await stage.talk(row(question=question), Ask(running, lambda: nullcontext()))
    return dict(found)


async def test_answers_within_the_estimate_and_counts_what_the_estimate_cost() -> None:
    engine = Elastic(Knee(10), WHOLE)
    found = await made("Budget: [[40]]", engine)

    assert len(engine.asked) == 2
    assert (found["control_kind"], found["control_value"], found["remarks"]) == ("budget", 40.0, [])
    assert found["spent_tokens"] == 1000 + 5 + 50


@pytest.mark.parametrize(
    ("said", "remark"),
    [
        ("I cannot say.", "estimate_unreadable"),
        ("[[0]]", "estimate_not_positive"),
        ("[[-12]]", "estimate_not_positive"),
        ("[[1025]]", "estimate_over_max"),
    ],
)
async def test_an_estimate_that_cannot_be_used_is_remarked_and_falls_back(said: str, remark: str) -> None:
    vanilla = await made(said)
    fixed = await made(said, fallback=30)

    assert (vanilla["reply"], vanilla["control_kind"], vanilla["remarks"]) == (row()["reply"], "none", [remark])
    assert vanilla["spent_tokens"] == 1000 + 5
    assert (fixed["control_value"], fixed["remarks"]) == (30.0, [remark])
    assert fixed["spent_tokens"] == 1000 + 5 + 40


class CutOff(Elastic):
    """Its estimates end in the middle."""

    async def generate(self, request: Request, keep_going: KeepGoing | None = None) -> Reply:
        reply = await super().generate(request, keep_going)
        return replace(reply, finish_reason="length") if reply.text == self.estimate else reply


async def test_an_estimate_that_was_cut_off_is_none() -> None:
    assert (await made("Budget: [[40]]", CutOff(Knee(10), WHOLE)))["remarks"] == ["estimate_unreadable"]


async def test_the_largest_estimate_that_can_be_used_is_a_setting() -> None:
    assert (await made("[[40]]", max_budget=40))["control_value"] == 40.0
    assert (await made("[[41]]", max_budget=40))["remarks"] == ["estimate_over_max"]


async def test_a_reply_that_is_wrong_or_no_shorter_leaves() -> None:
    wrong = await made("[[40]]", Elastic(Knee(10, floor=50), WHOLE))
    longer = await made("[[40]]", Elastic(Knee(300), WHOLE))

    assert (wrong["dropped"], longer["dropped"]) == ("no_reduction", "no_reduction")
    assert wrong["spent_tokens"] == 1000 + 5 + 50


async def test_a_question_that_names_a_budget_leaves_unasked() -> None:
    engine = Elastic(Knee(1), WHOLE)
    found = await made("[[5]]", engine, question="What is 7? Use less than 9 tokens.")

    assert (found["dropped"], engine.asked) == ("question_holds_condition", [])

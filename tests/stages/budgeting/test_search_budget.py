import asyncio
import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pytest

from benchmarks.load.elastic import Elastic, Knee
from data.journal import JournalFile
from data.prompts.template import Template
from data.prompts.wording import question_prompt
from stages.asking.ask import Ask
from stages.asking.dialogue import converse
from stages.budgeting.budget_search import AnySearch, Bisect, Grid, Halving, shortest
from stages.budgeting.budgeted_rows import BudgetRows
from stages.budgeting.search_budget import SearchBudget
from stages.budgeting.within_budget import WithinBudget
from stages.engines.engine import Reply, Request, RequestFailed, Sampling
from stages.engines.fake import Fake
from stages.tokens import load_tokenizer
from tests.stages.through import through

WHOLE = 256


def row(n: int = 7, **more: Any) -> dict[str, Any]:
    return {
        "problem_id": f"p{n}",
        "trace_id": f"t{n}",
        "method": "sampled",
        "question": f"What is {n}?",
        "prompt": Template().turns(f"What is {n}?"),
        "gold": str(n),
        "answer_kind": "integer",
        "reply": f"<think>\n{'so ' * WHOLE}\n</think>\nThe answer is \\boxed{{{n}}}.",
        "reply_tokens": WHOLE + 10,
        "cot_tokens": WHOLE,
        "spent_tokens": 1000,
        "model": "another",
        **more,
    }


def stage(search: AnySearch | None = None, within: dict[str, Any] | None = None, **into: Any) -> SearchBudget:
    asking = WithinBudget(tokenizer="words", **(within or {}))
    return SearchBudget(
        engine=Fake(), within=asking, into=BudgetRows(method="token_budget", **into), search=search or Halving()
    )


def ask_of(engine: Elastic, journal: JournalFile | None = None) -> Ask:
    return Ask(engine, lambda: nullcontext(), journal)


async def made(engine: Elastic, asked: SearchBudget | None = None, **more: Any) -> list[dict[str, Any]]:
    return [dict(one) for one in await (asked or stage()).talk(row(**more), ask_of(engine))]


@pytest.mark.parametrize("search", [Halving(), Bisect(precision=1), Grid(step=1)])
@pytest.mark.parametrize("lengths", [Knee(70), Knee(70, floor=60), Knee(20, slope=1), Knee(200, floor=200)])
async def test_budget_and_length_are_those_of_the_oracle(search: AnySearch, lengths: Knee) -> None:
    oracle = shortest(through(search.rounds(WHOLE), lengths), WHOLE)
    (found,) = await made(Elastic(lengths, WHOLE), stage(search))

    if oracle is None:
        assert found["dropped"] == "no_reduction"
    else:
        assert found["control_value"] == oracle.budget
        assert load_tokenizer("words").count([found["reply"].split("\n")[1]]) == [oracle.tokens]


async def test_the_row_says_what_it_was_made_from_and_how_it_was_asked() -> None:
    engine = Elastic(Knee(70), WHOLE)
    (found,) = await made(engine, stage(Bisect(precision=1)))
    sent = next(asked for asked in engine.asked if "than 70 tokens" in asked.messages[0].content)

    assert (found["control_kind"], found["control_value"]) == ("budget", 70.0)
    assert (found["from_trace_id"], found["from_tokens"]) == ("t7", WHOLE)
    assert (found["shortened_by"], found["model"], found["prompt_id"]) == ("elastic@1", "elastic", "budget")
    assert found["asked"] == [{"role": "user", "content": question_prompt("What is 7?", "Use less than 70 tokens.")}]
    assert (found["seed"], json.loads(found["params"])["temperature"]) == (sent.seed, 0.0)
    assert (found["reply_tokens"], found["finish_reason"]) == (80, "stop")


async def test_all_tokens_of_the_search_are_counted() -> None:
    engine = Elastic(Knee(70), WHOLE)
    (found,) = await made(engine)
    spent = [128 + 10, 88 + 10, 70 + 3 * 38 + 10]

    assert len(engine.asked) == 3
    assert found["spent_tokens"] == 1000 + sum(spent)


async def test_both_rows_tell_the_cost_of_a_pair_once() -> None:
    long, short = await made(Elastic(Knee(70), WHOLE), stage(rows="both"))

    assert (long["trace_id"], long["control_kind"], long["from_trace_id"]) == ("t7", "none", None)
    assert long["reply"] == row()["reply"]
    assert long["spent_tokens"] == 1000
    assert short["spent_tokens"] == 138 + 98 + 194


async def test_without_a_shorter_reply_the_trace_leaves_with_what_was_tried() -> None:
    (found,) = await made(Elastic(Knee(300), WHOLE))

    assert (found["dropped"], found["detail"]) == ("no_reduction", "128: correct, 816 tokens")
    assert found["spent_tokens"] == 1000 + 826


async def test_or_it_stays_as_it_is() -> None:
    (found,) = await made(Elastic(Knee(300), WHOLE), stage(otherwise="vanilla"))

    assert (found["reply"], found["control_kind"]) == (row()["reply"], "none")
    assert found["remarks"] == ["no_reduction"]
    assert found["spent_tokens"] == 1000 + 826


async def test_a_trace_without_reasoning_asks_for_nothing() -> None:
    engine = Elastic(Knee(0), WHOLE)
    (found,) = await made(engine, cot_tokens=0)

    assert (found["dropped"], engine.asked) == ("no_reduction", [])


async def test_a_wrong_or_truncated_reply_is_never_taken() -> None:
    class Cut(Elastic):
        async def generate(self, request: Request, keep_going: Any = None) -> Reply:
            reply = await super().generate(request)
            return Reply(reply.text, reply.tokens, "length", spent_tokens=reply.tokens)

    (cut,) = await made(Cut(Knee(1), WHOLE))
    (wrong,) = await made(Elastic(Knee(1, floor=500), WHOLE))

    assert cut["dropped"] == wrong["dropped"] == "no_reduction"


async def test_a_request_that_failed_is_remarked_and_the_rest_still_counts() -> None:
    fails = {64: RequestFailed("http_500", "no")}
    (found,) = await made(Elastic(Knee(1), WHOLE, fails=fails))
    (nothing,) = await made(Elastic(Knee(1), WHOLE, fails={128: RequestFailed("http_500")}))

    assert (found["control_value"], found["remarks"]) == (128.0, ["failed_http_500"])
    assert (nothing["dropped"], nothing["detail"]) == ("http_500", "128: http_500")


async def test_a_question_that_names_a_budget_leaves_unasked() -> None:
    engine = Elastic(Knee(1), WHOLE)
    (found,) = await made(engine, question="What is 7? Use less than 9 tokens.")

    assert (found["dropped"], engine.asked) == ("question_holds_condition", [])


class Stuck(Elastic):
    """Never answers one question, and notes when each reply was given."""

    stuck = "What is 1?"

    async def generate(self, request: Request, keep_going: Any = None) -> Reply:
        if request.messages[0].content.endswith(self.stuck):
            self.asked.append(request)
            await asyncio.Event().wait()
        await asyncio.sleep(0)
        return await super().generate(request)


async def test_hundreds_of_searches_go_on_while_one_waits_for_its_reply() -> None:
    import pyarrow as pa

    engine = Stuck(Knee(20), WHOLE)
    ended: list[str] = []

    async def talk(asked: Any, one: Any) -> Any:
        found = await asked.talk(one, ask_of(engine))
        ended.append(one["question"])
        return found

    searching = asyncio.create_task(converse(stage(), pa.Table.from_pylist([row(n) for n in range(1, 301)]), talk))
    while len(ended) < 299:
        await asyncio.sleep(0)

    assert "What is 1?" not in ended
    assert not searching.done()
    searching.cancel()


class Killed(BaseException):
    """Stands for the death of the process."""


class Dying(Elastic):
    """Dies at the third budget."""

    async def generate(self, request: Request, keep_going: Any = None) -> Reply:
        if len(self.asked) == 2:
            raise Killed
        return await super().generate(request)


async def test_a_search_that_was_cut_off_goes_on_from_the_journal(tmp_path: Path) -> None:
    dying, again, whole = Dying(Knee(20), WHOLE), Elastic(Knee(20), WHOLE), Elastic(Knee(20), WHOLE)
    for engine in (dying, again):
        journal = JournalFile(tmp_path)
        try:
            (found,) = await stage().talk(row(), ask_of(engine, journal))
        except BaseExceptionGroup:
            continue
        finally:
            journal.close()
    (undisturbed,) = await made(whole)

    assert [len(engine.asked) for engine in (dying, again, whole)] == [2, 2, 4]
    assert [*dying.asked, *again.asked] == whole.asked
    assert found == undisturbed


def test_budget_wording_and_search_bear_identity_and_the_sampling_says_what_the_engine_must_do() -> None:
    cut = Sampling(top_k=5, on_truncated="continue", larger_tokens=4096)
    asked = stage(within={"wording": "At most {budget} tokens.", "sampling": cut})

    assert stage().uses()["prompt.budget"] != asked.uses()["prompt.budget"]
    assert stage().uses()["model"] == Fake().model_identity()
    assert stage().needs == frozenset()
    assert asked.needs == {"top_k", "assistant_prefix"}

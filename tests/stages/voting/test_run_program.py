from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pytest

from data.prompts.template import Template
from stages.asking.ask import Ask
from stages.asking.prompts import Prompt
from stages.engines.engine import Reply, Request
from stages.engines.fake import Fake
from stages.voting.perturb import PerturbedPrompt
from stages.voting.programs import Program, criteria_in, merged, scores_in, second_question
from stages.voting.run_program import RunProgram
from tests.stages.scripted import Scripted

QUESTION = "Why?\n\nResponse A: Because.\n\nResponse B: No idea\n\nWhich response is better?"
PLAN = "1. Relevance: does it answer?\n2. Clarity: is it clear?\nThat is all."


@dataclass
class Told(Scripted):
    """Answers each request by the first of these words that its last turn holds."""

    said: dict[str, str] = field(default_factory=dict)

    async def generate(self, request: Request, keep_going: Any = None) -> Reply:
        self.asked.append(request)
        turn = request.messages[-1].content
        text = next((text for word, text in self.said.items() if word in turn), "nothing")
        return Reply(text, 5, "length" if text == "cut" else "stop", spent_tokens=5)


async def run(
    program: Program, said: dict[str, str], question: str = QUESTION, **prompt: Any
) -> tuple[list[dict[str, Any]], list[Request]]:
    engine = Told({}, said=said)
    asked: Prompt = PerturbedPrompt(name="p", samples=2, **prompt) if prompt else Prompt(name="p", samples=2)
    row: dict[str, Any] = {"problem_id": "p1", "question": question, "gold": None, "answer_kind": None}
    row |= {"prompt": Template().turns(question), "template_args": None}
    stage = RunProgram(engine=Fake(), program=program, prompts=(asked,))
    return [dict(made) for made in await stage.talk(row, Ask(engine, nullcontext))], engine.asked


async def test_rephrase_and_respond_asks_the_question_with_its_rephrasing() -> None:
    said = {"rephrase and expand": "What is the sum of 3 and 4?", "sum of 3": "It is \\boxed{7}."}
    rows, asked = await run("rephrase_and_respond", said, "3 + 4?")

    assert [row["answer"] for row in rows] == ["It is \\boxed{7}."] * 2
    assert [row["spent_tokens"] for row in rows] == [10, 10]
    assert "3 + 4?\n\nWhat is the sum of 3 and 4?" in rows[0]["asked"][0]["content"]
    assert "\\boxed{}" in rows[0]["asked"][0]["content"]
    assert len({request.seed for request in asked}) == 4


async def test_system_2_attention_answers_what_is_left_without_the_opinion() -> None:
    cleaned = (
        "Unbiased text context (includes all content except user's bias): Ann won.\n\n"
        "Question/Query (does not include user bias/preference): Who won?"
    )
    said = {"extract the part": cleaned, "Who won?": "\\boxed{Ann}"}
    rows, _ = await run("system2_attention", said, "I think Ben won. Ann won. Who won, Ben?")
    final = rows[0]["asked"][0]["content"]

    assert rows[0]["answer"] == "\\boxed{Ann}"
    assert "Ann won.\n\nWho won?" in final
    assert "I think" not in final


async def test_branch_solve_merge_adds_up_the_scores_of_every_criterion() -> None:
    said = {"Name the two": PLAN, "Relevance:": "So Scores: [[5, 2]]", "Clarity:": "Scores: [[3, 4]]"}
    rows, asked = await run("branch_solve_merge", said)

    assert rows[0]["answer"].endswith("[[A]]")
    assert rows[0]["finish_reason"] == "stop"
    assert [row["spent_tokens"] for row in rows] == [15, 15]
    assert len(asked) == 2 * 3


@pytest.mark.parametrize(
    ("program", "said", "reason"),
    [
        ("branch_solve_merge", {"Name the two": "I cannot."}, "no_criteria"),
        ("branch_solve_merge", {"Name the two": PLAN, "criterion": "Both are fine."}, "no_scores"),
        ("rephrase_and_respond", {"rephrase and expand": "cut"}, "step_truncated"),
    ],
)
async def test_a_sample_whose_step_fails_is_lost_with_a_reason_and_its_cost(
    program: Program, said: dict[str, str], reason: str
) -> None:
    rows, _ = await run(program, said)

    assert {row["dropped"] for row in rows} == {reason}
    assert all(row["spent_tokens"] >= 5 for row in rows)


async def test_a_program_is_run_on_the_other_form_of_the_question() -> None:
    said = {"Name the two": PLAN, "criterion": "Scores: [[1, 2]]"}
    _, asked = await run("branch_solve_merge", said, perturbation="responses")

    assert all("Response A: No idea" in request.messages[-1].content for request in asked)


def test_plans_scores_and_verdicts_are_read() -> None:
    assert criteria_in("Plan:\n- **Depth**: is it deep?\n* Tone: is it kind?") == (
        "Depth**: is it deep?",
        "Tone: is it kind?",
    )
    assert len(criteria_in("\n".join(f"{n}. criterion {n}" for n in range(1, 12)))) == 5
    assert scores_in("[[4, 2]] no, [[ 3 ; 5 ]]") == (3, 5)
    assert scores_in("[[9, 2]]") is None
    assert [merged([(5, 1), (1, 2)]), merged([(1, 2)]), merged([(2, 1), (1, 2)])] == ["A", "B", "C"]
    assert second_question("system2_attention", "q", "just this") == "just this"

"""What is right for the cases of prompts and models: one function a case, after the words of its `expected.md`."""

from tests.field.runner import Check, Outcome


def thinking_switched_off(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert all(body["chat_template_kwargs"] == {"enable_thinking": False} for body in outcome.requests)
    assert {row["reply"] for row in outcome.everything} == {"6*7 = 42. \\boxed{42}"}


def low_effort(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert all(body["reasoning_effort"] == "low" for body in outcome.requests)
    assert {row["cot"] for row in outcome.everything} == {"6*7 = 42."}


def own_system_turn(outcome: Outcome) -> None:
    assert outcome.code == 0
    system = {"role": "system", "content": "detailed thinking on"}
    assert all(body["messages"][0] == system for body in outcome.requests)
    assert all(row["prompt"][0] == system for row in outcome.rows)


def own_instruction(outcome: Outcome) -> None:
    assert outcome.code == 0
    text = "What is 6 times 7?\nPlease reason step by step, and put your final answer within \\boxed{}."
    turns = [{"role": "user", "content": text}]
    assert all(body["messages"] == turns for body in outcome.requests)
    assert all(row["prompt"] == turns for row in outcome.rows)


def two_models(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert {body["model"] for body in outcome.requests} == {"a", "b"}
    assert {row["model"] for row in outcome.everything} == {"a", "b"}


def a_question_that_instructs(outcome: Outcome) -> None:
    assert outcome.code == 0
    (row,) = outcome.rows
    assert row["prompt"][-1]["content"] == row["question"]
    assert str(row["prompt"]).count("boxed") == 1
    assert "Make sure to put the answer" in row["question"]


PROMPTS: dict[str, Check] = {
    "31": thinking_switched_off,
    "32": low_effort,
    "51": own_system_turn,
    "52": own_instruction,
    "54": two_models,
    "77": a_question_that_instructs,
}

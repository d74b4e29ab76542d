import pytest

from data.prompts.presets import PRESETS, PresetName
from data.prompts.template import Template
from data.prompts.turns import with_question, with_system, with_wishes
from data.prompts.wording import CONCISE, question_prompt

QUESTION = "How many legs have 3 cats?"


@pytest.mark.parametrize("wishes", [(), (CONCISE,), (CONCISE, "Use less than 50 tokens."), ("", CONCISE)])
def test_our_own_prompt_with_wishes_is_what_the_pocket_model_was_trained_on(wishes: tuple[str, ...]) -> None:
    (turn,) = with_wishes(Template().turns(QUESTION), QUESTION, wishes)

    assert turn == {"role": "user", "content": question_prompt(QUESTION, *filter(None, wishes))}


@pytest.mark.parametrize(
    ("user", "asked"),
    [
        ("{question}", "Q?\n\nBe concise."),
        ("Solve it.\n{question}", "Solve it. Be concise.\nQ?"),
        ("Solve it.\n\nQuestion: {question}", "Solve it. Be concise.\n\nQuestion: Q?"),
        ("Solve it.\n\nQuestion: {question}\nAnswer:", "Solve it. Be concise.\n\nQuestion: Q?\nAnswer:"),
        ("{question}\nPlease reason step by step.", "Q?\nPlease reason step by step. Be concise."),
        ("Question: {question}\nSolution:", "Question: Q?\nSolution: Be concise."),
        ("Question: {question}", "Question: Q?\n\nBe concise."),
        ("请一步一步解答。\n{question}", "请一步一步解答。 Be concise.\nQ?"),
    ],
)
def test_wishes_join_the_instruction_wherever_it_stands(user: str, asked: str) -> None:
    (turn,) = with_wishes(Template(user=user).turns("Q?"), "Q?", [CONCISE])

    assert turn["content"] == asked


def test_wishes_follow_a_prompt_that_does_not_hold_the_question() -> None:
    brought = [{"role": "system", "content": "S"}, {"role": "user", "content": "Another wording"}]

    assert with_wishes(brought, "Q?", [CONCISE])[1]["content"] == "Another wording\n\nBe concise."
    assert with_wishes(brought, "Q?", []) == brought


@pytest.mark.parametrize("preset", PRESETS)
@pytest.mark.parametrize("question", ["Q?", "Question: what is \\boxed{}?", "Please reason step by step", "a\n\nb\n"])
def test_every_preset_asks_any_question_and_takes_wishes_and_other_questions(preset: PresetName, question: str) -> None:
    prompt = Template(preset=preset).turns(question)
    wished = with_wishes(prompt, question, [CONCISE])

    assert prompt[-1]["role"] == "user"
    assert question in prompt[-1]["content"] and "{question}" not in prompt[-1]["content"]
    assert wished[-1]["content"].count(CONCISE) == 1 and question in wished[-1]["content"]
    assert wished[:-1] == prompt[:-1]
    assert with_question(prompt, question, "OTHER") == Template(preset=preset).turns("OTHER")


def test_a_system_turn_is_replaced_or_put_in_front() -> None:
    plain = [{"role": "user", "content": "Q?"}]
    headed = [{"role": "system", "content": "S"}, *plain]

    assert with_system(plain, "T") == with_system(headed, "T") == [{"role": "system", "content": "T"}, *plain]
    assert with_system(headed, None) == headed

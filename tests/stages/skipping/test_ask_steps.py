from contextlib import nullcontext

from data.columns import COMPLETION, CONTROL_VALUE, PROMPT, QUESTION
from data.prompts.template import Template
from data.table import from_rows, values
from stages.asking.ask import Ask
from stages.asking.prompts import Adapter
from stages.engines.engine import Reply, RequestFailed
from stages.engines.fake import Fake
from stages.skipping.ask_steps import AskSteps
from stages.skipping.name_steps import NameSteps
from tests.stages.scripted import Scripted

ROW = {
    "problem_id": "p",
    "question": "What is 7?",
    "prompt": Template().turns("What is 7?"),
    "template_args": None,
    "gold": "7",
    "answer_kind": "integer",
    "trace_id": "full",
    "cot_tokens": 30,
    "control_value": 3.0,
    "reply": "the full chain",
    "verdict": "correct",
}
ENGINE = {0: Reply("7", 1, "stop")}


def asking(adapter: Adapter | None = None) -> AskSteps:
    return AskSteps(engine=Fake(), name="iteration-0", adapter=adapter)


def unlimited() -> nullcontext[None]:
    return nullcontext()


async def test_each_problem_is_asked_in_fewer_steps_than_its_own_full_chain() -> None:
    rows = await asking().talk(ROW, Ask(Scripted(ENGINE), unlimited))

    assert [(row["prompt_id"], row["control_kind"], row["control_value"]) for row in rows] == [
        ("iteration-0-2-steps", "steps", 2.0),
        ("iteration-0-1-steps", "steps", 1.0),
    ]
    assert {(row["from_trace_id"], row["from_tokens"], row["shortened_by"]) for row in rows} == {
        ("full", 30, "scripted@1")
    }


async def test_no_step_at_all_is_not_asked_but_counted() -> None:
    engine = Scripted(ENGINE)
    two, one = [await asking().talk(ROW | {"control_value": n}, Ask(engine, unlimited)) for n in (2.0, 1.0)]

    assert [row.get("dropped") for row in two] == [None, "under_one_step"]
    assert [row.get("dropped") for row in one] == ["under_one_step", "under_one_step"]
    assert len(engine.asked) == 1


async def test_a_request_that_fails_does_not_pass_for_the_full_chain() -> None:
    engine = Scripted({0: RequestFailed("refused", "")})
    first, *_ = await asking().talk(ROW, Ask(engine, unlimited))

    assert (first["dropped"], first["reply"], first["verdict"]) == ("refused", None, None)


async def test_the_adapter_answers() -> None:
    engine = Scripted(ENGINE)
    adapter = Adapter(path="a", revision="r")
    rows = await asking(adapter).talk(ROW, Ask(engine, unlimited))

    assert {(asked.adapter, asked.adapter_revision) for asked in engine.asked} == {("a", "r")}
    assert rows[0]["shortened_by"] == "scripted@r"
    assert "adapter" in asking(adapter).needs
    assert "adapter" not in asking().needs


async def test_the_asked_prompt_is_the_trained_one_to_the_byte_and_nothing_else_of_the_row_changes() -> None:
    rows = await asking().talk(ROW, Ask(Scripted(ENGINE), unlimited))
    reply = [{"role": "assistant", "content": "7"}]
    table = from_rows(
        [
            {
                "question": ROW["question"],
                "prompt": ROW["prompt"],
                "control_value": row["control_value"],
                "completion": reply,
            }
            for row in rows
        ],
        [QUESTION, PROMPT, CONTROL_VALUE, COMPLETION],
    )
    trained = NameSteps()(table)

    assert values(trained, PROMPT) == [row["asked"] for row in rows]
    assert "Solve it in 2 steps." in values(trained, PROMPT)[0][0]["content"]
    assert trained.drop_columns([PROMPT.name]) == table.drop_columns([PROMPT.name])

import json
from typing import Any

import pyarrow as pa
import pytest

from data.columns import PROMPT, TEMPLATE_ARGS, TRAINING
from data.json_object import JsonObject
from data.table import from_rows
from stages.targets.modes import AskInMode, BeginWithSwitch, Suffix, Switch, SystemText, TemplateArgs, in_mode

USER = {"role": "user", "content": "3 + 4?"}
SYSTEM = {"role": "system", "content": "Be kind."}


@pytest.mark.parametrize(
    ("mode", "turns", "think", "quick"),
    [
        (SystemText(), [USER], [{"role": "system", "content": "/think"}, USER], ["/no_think"]),
        (SystemText(think=""), [USER], [USER], ["/no_think"]),
        (
            SystemText(quick="detailed thinking off"),
            [SYSTEM, USER],
            [{"role": "system", "content": "Be kind.\n/think"}, USER],
            ["Be kind.\ndetailed thinking off"],
        ),
        (Suffix(), [USER], [{"role": "user", "content": "3 + 4? /think"}], ["3 + 4? /no_think"]),
        (Switch(), [SYSTEM, USER], [SYSTEM, USER], ["Be kind."]),
        (TemplateArgs(), [USER], [USER], ["3 + 4?"]),
    ],
)
def test_a_mode_is_put_on_the_prompt_and_what_was_there_stays(mode: Any, turns: Any, think: Any, quick: Any) -> None:
    row = {PROMPT.name: turns, TEMPLATE_ARGS.name: None}

    assert in_mode(row, mode, "think")[PROMPT.name] == think
    assert in_mode(row, mode, "quick")[PROMPT.name][0]["content"] == quick[0]
    assert row[PROMPT.name] == turns


def test_an_argument_of_the_template_stands_beside_those_that_are_there() -> None:
    row = {PROMPT.name: [USER], TEMPLATE_ARGS.name: '{"effort": "low"}'}
    mode = TemplateArgs(think=JsonObject({"enable_thinking": True}), quick=JsonObject({"enable_thinking": False}))

    assert json.loads(in_mode(row, mode, "quick")[TEMPLATE_ARGS.name]) == {"effort": "low", "enable_thinking": False}
    assert in_mode(row, Switch(), "quick")[TEMPLATE_ARGS.name] == '{"effort": "low"}'


def test_problems_are_asked_in_the_mode() -> None:
    table = from_rows([{PROMPT.name: [USER]}], [PROMPT, TEMPLATE_ARGS])
    (row,) = AskInMode(mode=Suffix(), which="quick")(table).to_pylist()

    assert row[PROMPT.name] == [{"role": "user", "content": "3 + 4? /no_think"}]
    assert AskInMode(mode=Suffix(), which="quick")(table.slice(0, 0)).num_rows == 0


def training_row(value: float, said: str) -> dict[str, Any]:
    turn = {"role": "assistant", "content": said}
    told = {"control_kind": "mode", "control_value": value, "segments": [], "added_tokens": []}
    return {"prompt": [USER], "completion": [turn], "messages": [USER, turn], **told}


def test_only_quick_turns_begin_with_the_switch_and_their_segments_are_the_turn() -> None:
    table = from_rows([training_row(1.0, "<think>\n..\n</think>\n\n7"), training_row(0.0, "It is 7.")], TRAINING)
    think, quick = BeginWithSwitch(switch=Switch(token="<EASY>", weight=2.0))(table).to_pylist()

    assert think["completion"][0]["content"] == "<think>\n..\n</think>\n\n7" and think["added_tokens"] == []
    assert quick["completion"][0]["content"] == "<EASY>It is 7." == quick["messages"][-1]["content"]
    assert "".join(piece["text"] for piece in quick["segments"]) == "<EASY>It is 7."
    assert [(piece["kind"], piece["weight"]) for piece in quick["segments"]] == [("switch", 2.0), ("answer", 1.0)]
    assert quick["added_tokens"] == ["<EASY>"]


def test_no_rows_give_no_rows() -> None:
    table = BeginWithSwitch(switch=Switch())(pa.schema(list(TRAINING)).empty_table())

    assert table.num_rows == 0

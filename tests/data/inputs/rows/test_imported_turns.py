"""Traces that bring their own prompt, and replies whose reasoning stands apart.

Field cases of this kind: NVIDIA Llama-Nemotron (`input`, `system_prompt`; the question holds its own instruction),
OpenThoughts-114k (`system` beside `conversations`), hiyouga/LLaMA-Factory#2464 and huggingface/open-r1#349 (system
turns), hkust-nlp chats of several turns, OpenAI's content parts, DeepMath-103K (replies without the opening mark). The
turns are our own.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from data.columns import ANSWER, DROPPED, PROMPT, REASONING, REPLY
from data.errors import InputError
from data.inputs.every import read_traces
from data.inputs.file import FileTraces
from data.inputs.mapping import ProblemColumns, Replies


def read(tmp_path: Path, row: dict[str, Any], **fields: Any) -> dict[str, Any]:
    path = tmp_path / "p.jsonl"
    path.write_text(json.dumps({"q": "What is 3 plus 4?", "a": "7", "r": "\\boxed{7}", **row}) + "\n")
    on_bad_row = fields.pop("on_bad_row", "stop")
    replies = (Replies(**{"text": "r", **fields}),)
    source = FileTraces(
        path=str(path), columns=ProblemColumns(question="q", gold="a"), replies=replies, on_bad_row=on_bad_row
    )
    (rows,) = read_traces(source)
    return dict(rows.to_pylist()[0])


USER = {"role": "user", "content": "What is 3 plus 4?"}
SYSTEM = {"role": "system", "content": "Be brief."}
REPLIED = {"role": "assistant", "content": "\\boxed{7}"}


@pytest.mark.parametrize(
    ("turns", "prompt"),
    [
        ([USER, REPLIED], [USER]),
        ([SYSTEM, USER, REPLIED], [SYSTEM, USER]),
        ([USER], [USER]),
        ("What is 3 plus 4?", [USER]),
        ([USER, REPLIED, USER, REPLIED], [USER, REPLIED, USER]),
        ([{"from": "human", "value": "What is 3 plus 4?"}, {"from": "gpt", "value": "7"}], [USER]),
        ([{"from": "system", "value": "Be brief."}, {"from": "user", "value": USER["content"]}], [SYSTEM, USER]),
        ([{"role": "developer", "content": "Be brief."}, USER], [SYSTEM, USER]),
        ([{"role": "User", "content": [{"type": "text", "text": USER["content"]}]}, REPLIED], [USER]),
        (json.dumps([USER, REPLIED]), [{"role": "user", "content": json.dumps([USER, REPLIED])}]),
        (None, None),
    ],
)
def test_a_trace_brings_the_turns_it_was_asked_with(tmp_path: Path, turns: Any, prompt: Any) -> None:
    assert read(tmp_path, {"m": turns}, prompt="m")[PROMPT.name] == prompt


def test_a_system_turn_in_a_column_of_its_own_stands_in_front(tmp_path: Path) -> None:
    row = {"m": [USER, REPLIED], "s": "Be brief."}

    assert read(tmp_path, row, prompt="m", system="s")[PROMPT.name] == [SYSTEM, USER]
    assert read(tmp_path, {**row, "s": None}, prompt="m", system="s")[PROMPT.name] == [USER]
    assert read(tmp_path, {**row, "m": [SYSTEM, USER]}, prompt="m", system="s")[PROMPT.name] == [SYSTEM, USER]
    assert read(tmp_path, row)[PROMPT.name] is None


@pytest.mark.parametrize(
    ("turns", "told"),
    [
        ([], "wrong_type: a list of turns is wanted"),
        ([SYSTEM], "wrong_role: the last turn before the reply is the user's; there are system"),
        ([REPLIED], "wrong_role: the last turn before the reply is the user's; there are none"),
        ([{"role": "narrator", "content": "x"}], "wrong_role: turn 1 has the role 'narrator'"),
        ([{"role": "user"}], "wrong_type: turn 1 has no text under content or value or text"),
        (["What?"], "wrong_role: turn 1 has the role None"),
        (7, "wrong_type: a list of turns is wanted; there is int"),
    ],
)
def test_what_is_no_chat_is_told(tmp_path: Path, turns: Any, told: str) -> None:
    with pytest.raises(InputError, match="column 'm': ") as raised:
        read(tmp_path, {"m": turns}, prompt="m")

    assert told in raised.value.faults[0]


def test_a_chat_that_cannot_be_asked_is_rejected_where_that_is_wished(tmp_path: Path) -> None:
    assert read(tmp_path, {"m": [SYSTEM]}, prompt="m", on_bad_row="reject")[DROPPED.name] == "wrong_role"


@pytest.mark.parametrize(
    ("row", "fields", "parts"),
    [
        ({"t": "3+4 = 7."}, {"thinking": "t"}, ("3+4 = 7.", "\\boxed{7}")),
        ({"t": "<think>\n3+4 = 7.\n</think>"}, {"thinking": "t"}, ("3+4 = 7.", "\\boxed{7}")),
        ({"t": None}, {"thinking": "t"}, (None, None)),
        ({"r": "3+4 = 7.\n</think>\n\n\\boxed{7}"}, {"opened": True}, ("3+4 = 7.", "\\boxed{7}")),
        ({"r": "So \\boxed{7}. Wait, let me"}, {"opened": True}, ("So \\boxed{7}. Wait, let me", None)),
        ({"r": "<think>\n3+4 = 7.\n</think>\n\n\\boxed{7}"}, {"opened": True}, ("3+4 = 7.", "\\boxed{7}")),
        ({}, {}, (None, None)),
    ],
)
def test_reasoning_and_answer_are_apart_where_the_source_says_how(
    tmp_path: Path, row: dict[str, Any], fields: dict[str, Any], parts: tuple[str | None, str | None]
) -> None:
    read_row = read(tmp_path, row, **fields)

    assert (read_row[REASONING.name], read_row[ANSWER.name]) == parts


def test_a_reply_stays_as_it_came_with_its_reasoning_in_front(tmp_path: Path) -> None:
    assert read(tmp_path, {"t": "3+4 = 7."}, thinking="t")[REPLY.name] == "<think>\n3+4 = 7.\n</think>\n\n\\boxed{7}"
    assert read(tmp_path, {"r": "Hm.\n</think>\n7"}, opened=True)[REPLY.name] == "Hm.\n</think>\n7"


def test_a_system_column_without_a_prompt_is_refused() -> None:
    with pytest.raises(ValueError, match="name the column of the turns"):
        Replies(text="r", system="s")

"""Paths into rows: by name, by number, by who speaks, and through text that holds JSON.

Field cases of this kind: hiyouga/LLaMA-Factory#2464 and #7651 (a system turn in front moves every other), #5978 (system
turns between the others), huggingface/smol-course#260 (user turns that follow each other), unslothai/unsloth#334 and
ai-dynamo/aiperf#828 (both spellings in one chat), PrimeIntellect's SYNTHETIC-1 (`verification_info`), s1K
(`metadata`, as Python prints it), verl (`extra_info`), confident-ai/deepeval#2942 (a column written as JSON and read as
Python). The rows are our own.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from data.columns import DETAIL, DROPPED, GOLD, QUESTION, REPLY
from data.errors import InputError
from data.inputs.every import read_problems, read_traces
from data.inputs.file import FileProblems, FileTraces
from data.inputs.mapping import ProblemColumns, Replies
from data.inputs.record import BadRow
from data.inputs.rows.paths import MISSING, find
from data.table import values

TURNS = [
    {"role": "system", "content": "s"},
    {"role": "user", "content": "u1"},
    {"role": "assistant", "content": "a1"},
    {"role": "user", "content": "u2"},
    {"role": "assistant", "content": "a2"},
]
SHARED = [{"from": "system", "value": "s"}, {"from": "human", "value": "h"}, {"from": "gpt", "value": "g"}]

ROW = {
    "question": "q",
    "a.b": "dotted",
    "a": {"b": "deep", "c": None},
    "messages": [{"content": "first"}, {"content": "second"}],
    "lists": [[1], [2]],
    "chat": TURNS,
    "conversations": SHARED,
    "mixed": [{"from": "human", "value": "h"}, {"role": "assistant", "content": "a"}],
    "kinds": [{"kind": "x", "n": 1}, {"kind": "y", "n": 2}, {"kind": "x", "n": 3}],
    "json": '{"truth": "42", "more": {"n": [1, 2]}, "none": null}',
    "listed": '[{"role": "user", "content": "u"}]',
    "printed": "{'answer': '42', 'ok': True, 'none': None, 'quote': \"it's\", 'tab': 'a\\tb', 'n': [1, 2.5, -3e2]}",
    "escaped": "{'a': 'it\\'s \"so\"', 'b': '\\\\frac{1}{2}', 'c': '\\xe9', 'd': 'line\\nline'}",
    "twice": json.dumps({"inner": json.dumps({"deep": 7})}),
    "torn": '{"truth": ',
}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("question", "q"),
        ("a.b", "dotted"),
        ("a.c", None),
        ("messages.content", ["first", "second"]),
        ("messages.1.content", "second"),
        ("messages.-1.content", "second"),
        ("lists.1.0", 2),
        ("missing", MISSING),
        ("a.missing", MISSING),
        ("question.deeper", MISSING),
        ("messages.2.content", MISSING),
        ("messages.-3.content", MISSING),
        ("messages.missing", [MISSING, MISSING]),
        ("lists.deeper", [MISSING, MISSING]),
        ("", MISSING),
        ("chat[role=user].content", "u2"),
        ("chat[role=user][last].content", "u2"),
        ("chat[role=user][first].content", "u1"),
        ("chat[role=user][0].content", "u1"),
        ("chat[role=user][-2].content", "u1"),
        ("chat[role=user][2].content", MISSING),
        ("chat[role=human].content", "u2"),
        ("chat[first].content", "s"),
        ("chat[-1].content", "a2"),
        ("chat[role=tool].content", MISSING),
        ("chat[role=system]", {"role": "system", "content": "s"}),
        ("conversations[from=human].value", "h"),
        ("conversations[role=user].value", "h"),
        ("conversations[from=gpt].value", "g"),
        ("conversations[role=assistant].value", "g"),
        ("mixed[role=assistant].content", "a"),
        ("kinds[kind=x].n", 3),
        ("kinds[kind=x][first].n", 1),
        ("kinds[kind='y'].n", 2),
        ("question[role=user].content", MISSING),
        ("json.truth", "42"),
        ("json.more.n.1", 2),
        ("json.none", None),
        ("json.absent", MISSING),
        ("listed[role=user].content", "u"),
        ("printed.answer", "42"),
        ("printed.ok", True),
        ("printed.none", None),
        ("printed.quote", "it's"),
        ("printed.tab", "a\tb"),
        ("printed.n", [1, 2.5, -300.0]),
        ("escaped.a", 'it\'s "so"'),
        ("escaped.b", "\\frac{1}{2}"),
        ("escaped.c", "é"),
        ("escaped.d", "line\nline"),
        ("twice.inner.deep", 7),
    ],
)
def test_finds_a_column_however_deep(column: str, value: Any) -> None:
    assert find(ROW, column) == value


def test_takes_no_path_down_a_nest_of_lists() -> None:
    nest: Any = []
    for _ in range(5000):
        nest = [nest]

    assert find({"r": nest}, "r.text") == [MISSING]


@pytest.mark.parametrize(
    "text", ['{"truth": ', "{'a': __import__('os')}", "[" * 100_000, '{"a": NaN}', "{'a': 1 + 1}", "[x for x in y]"]
)
def test_a_text_that_begins_like_json_and_is_none_is_told(text: str) -> None:
    with pytest.raises(BadRow) as told:
        find({"info": text}, "info.truth")

    assert [fault.reason for fault in told.value.faults] == ["not_json"]


def write(tmp_path: Path, *rows: dict[str, Any]) -> str:
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(path)


def chats(tmp_path: Path, question: str, reply: str, **fields: Any) -> FileTraces:
    path = write(
        tmp_path,
        {"c": [{"from": "system", "value": "Be brief."}, *SHARED[1:]], "answer": "42"},
        {"c": SHARED[1:], "answer": "35"},
    )
    columns = ProblemColumns(question=question, gold="answer")
    return FileTraces(path=path, columns=columns, replies=(Replies(text=reply),), **fields)


def test_turns_named_by_who_speaks_are_found_wherever_they_stand(tmp_path: Path) -> None:
    (rows,) = read_traces(chats(tmp_path, "c[role=user].value", "c[role=assistant].value"))

    assert values(rows, QUESTION) == ["h", "h"]
    assert values(rows, REPLY) == ["g", "g"]


@pytest.mark.parametrize(
    ("question", "reply", "column", "told"),
    [
        ("c.0.value", "c[from=gpt].value", "c.0.value", "the question would be taken from a turn of system"),
        ("c[from=human].value", "c.1.value", "c.1.value", "the reply would be taken from a turn of user"),
        ("c[last].value", "c[last].value", "c[last].value", "the question would be taken from a turn of assistant"),
        ("c[from=human].value", "c.value", "c.value", "the reply would be taken from a turn of system, user"),
    ],
)
def test_a_turn_of_another_speaker_is_never_taken(
    tmp_path: Path, question: str, reply: str, column: str, told: str
) -> None:
    with pytest.raises(InputError) as raised:
        list(read_traces(chats(tmp_path, question, reply)))

    first = next(fault for fault in raised.value.faults if f"column {column!r}" in fault)
    assert f"wrong_role: {told}; name the turn by who speaks, such as `c[role=" in first


def test_rows_whose_turns_stand_elsewhere_are_rejected_and_the_others_kept(tmp_path: Path) -> None:
    (rows,) = read_traces(chats(tmp_path, "c.0.value", "c.1.value", on_bad_row="reject"))

    assert values(rows, DROPPED) == ["wrong_role", None]


def test_a_chat_without_the_turn_that_is_named_says_who_speaks(tmp_path: Path) -> None:
    path = write(tmp_path, {"messages": TURNS[:1], "answer": "1"})
    columns = ProblemColumns(question="messages[role=user].content")

    (rows,) = read_problems(FileProblems(path=path, columns=columns, on_bad_row="reject"))

    assert values(rows, DROPPED) == ["missing_question"]
    assert values(rows, DETAIL)[0].endswith("nothing lies there; in 'messages' there are: system")


def test_golds_inside_text_columns_are_read_from_every_spelling(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"q": "one?", "info": '{"ground_truth": "42"}'},
        {"q": "two?", "info": "{'ground_truth': '42'}"},
        {"q": "three?", "info": {"ground_truth": 42}},
        {"q": "four?", "info": '{"ground_truth": 42, "style": "rule"}'},
        {"q": "five?", "info": "{'ground_truth': 42, 'style': None}"},
        {"q": "six?", "info": "42"},
        {"q": "seven?", "info": '{"ground_truth": '},
    )
    columns = ProblemColumns(question="q", gold="info.ground_truth")

    (rows,) = read_problems(FileProblems(path=path, columns=columns, on_bad_row="reject"))

    assert values(rows, GOLD) == ["42"] * 5 + [None, None]
    assert values(rows, DROPPED) == [None] * 5 + ["missing_gold", "not_json"]


@pytest.mark.parametrize("path", ["messages[user].content", "messages[].content", "messages[role=].content"])
def test_a_selector_that_selects_nothing_is_refused(path: str) -> None:
    with pytest.raises(ValueError, match=r"is none of \[role=user\], \[first\], \[last\]"):
        ProblemColumns(question=path)


def test_content_parts_are_one_text(tmp_path: Path) -> None:
    parts = [{"type": "text", "text": "What is 3 "}, {"type": "text", "text": "plus 4?"}]
    chat = [{"role": "user", "content": parts}, {"role": "assistant", "content": [{"type": "text", "text": "7"}]}]
    columns = ProblemColumns(question="m[role=user].content", gold="a")
    replies = (Replies(text="m[role=assistant].content"),)

    (rows,) = read_traces(FileTraces(path=write(tmp_path, {"m": chat, "a": 7}), columns=columns, replies=replies))

    assert (values(rows, QUESTION), values(rows, REPLY)) == (["What is 3 plus 4?"], ["7"])


def test_a_turn_that_not_every_chat_has_is_null_where_it_may_be(tmp_path: Path) -> None:
    path = write(tmp_path, {"m": TURNS, "a": 1}, {"m": TURNS[1:], "a": 1})
    columns = ProblemColumns(question="m[role=user].content", gold="a", difficulty="m[role=system].content")

    (chosen,) = read_traces(
        FileTraces(
            path=path,
            columns=columns,
            replies=(Replies(text="m[role=assistant].content", thinking="m[role=assistant].reasoning_content"),),
            where={"m[role=system].content": None},
        )
    )

    assert values(chosen, DROPPED) == ["filtered", None]

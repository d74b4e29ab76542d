import json
from pathlib import Path
from typing import Any

import pytest

from data.columns import (
    ANSWER_KIND,
    CONTROL_KIND,
    CONTROL_VALUE,
    DETAIL,
    DROPPED,
    FINISH_REASON,
    GOLD,
    META,
    METHOD,
    MODEL,
    PROBLEM_ID,
    PROMPT_ID,
    QUESTION,
    REPLY,
    SAMPLE,
    SOURCE,
    TRACE_ID,
)
from data.errors import ConfigError, InputError
from data.inputs.every import AnyProblems, AnyTraces, columns, content_digest, read_problems, read_traces
from data.inputs.file import FileProblems, FileTraces
from data.inputs.mapping import ProblemColumns, Replies
from data.inputs.task import TaskProblems
from data.spec import fingerprint, parse
from data.table import values


def write(path: Path, rows: list[Any]) -> str:
    path.parent.mkdir(exist_ok=True)
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return str(path)


def problem(question: str = "q?", answer: Any = "1", **more: Any) -> dict[str, Any]:
    return {"question": question, "answer": answer, **more}


def traces_of(path: str, **fields: Any) -> FileTraces:
    return FileTraces(path=path, replies=(Replies(text="r", **fields),))


def test_a_problem_has_the_same_id_wherever_it_is_read(tmp_path: Path) -> None:
    one = write(tmp_path / "one.jsonl", [problem(), problem("r?")])
    other = write(tmp_path / "other.jsonl", [problem("s?"), problem(more=1)])

    ids = [values(next(read_problems(FileProblems(path=path))), PROBLEM_ID) for path in (one, other)]

    assert ids[0][0] == ids[1][1]
    assert len({*ids[0], *ids[1]}) == 3


def test_the_source_names_the_file_and_its_content_but_not_its_folder(tmp_path: Path) -> None:
    path = write(tmp_path / "secret" / "p.jsonl", [problem()])

    (rows,) = read_problems(FileProblems(path=path))

    (source,) = values(rows, SOURCE)
    assert source.startswith("p.jsonl@")
    assert len(source) == len("p.jsonl@") + 12


def test_the_content_digest_changes_with_the_content_and_not_with_the_folder(tmp_path: Path) -> None:
    here = FileProblems(path=write(tmp_path / "a" / "p.jsonl", [problem()]))
    there = FileProblems(path=write(tmp_path / "b" / "p.jsonl", [problem()]))
    changed = FileProblems(path=write(tmp_path / "c" / "p.jsonl", [problem(answer="2")]))

    assert content_digest(here) == content_digest(there) != content_digest(changed)
    assert fingerprint(here) == fingerprint(there)


def test_the_content_digest_of_no_file_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no such file"):
        content_digest(FileProblems(path=str(tmp_path / "none.jsonl")))


@pytest.mark.parametrize("key", ["question", "id"])
def test_the_same_question_or_id_twice_names_both_rows(tmp_path: Path, key: str) -> None:
    first, second = problem("q?", id=1), problem("r?", id=2)
    path = write(tmp_path / "p.jsonl", [first, {**second, key: first[key]}])
    source = FileProblems(path=path, columns=ProblemColumns(id="id"))

    with pytest.raises(InputError) as told:
        list(read_problems(source))

    assert f"{path}, line 2, column '{key}': duplicate_id: the same {key} as p.jsonl@" in told.value.faults[0]
    assert told.value.faults[0].endswith(", line 1")


def test_a_duplicate_in_another_file_is_rejected_under_an_id_of_its_own(tmp_path: Path) -> None:
    paths = (write(tmp_path / "a.jsonl", [problem()]), write(tmp_path / "b.jsonl", [problem()]))

    (rows,) = read_problems(FileProblems(path=paths, on_bad_row="reject"))

    assert values(rows, DROPPED) == [None, "duplicate_id"]
    assert len(set(values(rows, PROBLEM_ID))) == 2
    assert "a.jsonl@" in values(rows, DETAIL)[1]


def test_a_file_named_twice_is_read_once(tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", [problem()])

    (rows,) = read_problems(FileProblems(path=(path, str(tmp_path / "*.jsonl"))))

    assert rows.num_rows == 1


def test_difficulty_meta_and_kind_come_along(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [problem(level=3, more={"a": [1, None]}, answer="x")])
    mapping = ProblemColumns(difficulty="level", meta=("more.a",))

    (rows,) = read_problems(FileProblems(path=path, columns=mapping, answer_kind="text"))

    (row,) = rows.to_pylist()
    assert (row["difficulty"], row["meta"], row["answer_kind"]) == ("3", '{"more.a": [1, null]}', "text")


def test_problems_without_golds_have_none(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [{"question": "q?"}])

    (rows,) = read_problems(FileProblems(path=path, columns=ProblemColumns(gold=None)))

    assert values(rows, GOLD) == [None]
    assert values(rows, ANSWER_KIND) == [None]


def test_options_are_shown_and_refused_without_a_choice(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [problem(answer="b", o=["one", "two"])])
    mapping = '{"kind": "file", "path": "%s", "columns": {"options": "o"}, "gold": "%s"}'

    (rows,) = read_problems(parse(FileProblems, mapping % (path, "choice"), where="run"))

    assert values(rows, QUESTION) == ["q?\n\nOptions:\nA) one\nB) two"]
    assert values(rows, GOLD) == ["B"]
    with pytest.raises(ConfigError, match="gold: choice"):
        parse(FileProblems, mapping % (path, "plain"), where="run")


def test_a_reply_or_a_list_of_replies_become_samples(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [problem(r="a"), problem(r=["b", "c"]), problem("r?", r="d")])

    (rows,) = read_traces(traces_of(path, model="m"))

    assert values(rows, SAMPLE) == [0, 1, 2, 0]
    assert values(rows, REPLY) == ["a", "b", "c", "d"]
    assert len(set(values(rows, PROBLEM_ID))) == 2
    assert len(set(values(rows, TRACE_ID))) == 4
    assert {*values(rows, METHOD), *values(rows, PROMPT_ID)} == {"imported"}
    assert set(values(rows, MODEL)) == {"m"}


def test_replies_bear_the_control_that_was_named_for_their_column(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [problem(r="a")])

    (told,) = read_traces(traces_of(path, control_kind="alpha", control_value=0.5))
    (silent,) = read_traces(traces_of(path))

    assert (values(told, CONTROL_KIND), values(told, CONTROL_VALUE)) == (["alpha"], [0.5])
    assert (values(silent, CONTROL_KIND), values(silent, CONTROL_VALUE)) == ([None], [None])


def test_what_lies_beside_a_list_of_replies_goes_by_place(tmp_path: Path) -> None:
    beside: dict[str, Any] = {"s": [True, False], "m": ["x", "y"], "f": ["eos", "max_tokens"], "t": ["hm", None]}
    path = write(tmp_path / "p.jsonl", [problem(r=["a", "b"], **beside)])

    (rows,) = read_traces(traces_of(path, score="s", model_column="m", finish_reason="f", thinking="t"))

    assert [json.loads(meta) for meta in values(rows, META)] == [{"claimed_score": True}, {"claimed_score": False}]
    assert values(rows, MODEL) == ["x", "y"]
    assert values(rows, FINISH_REASON) == ["stop", "length"]
    assert values(rows, REPLY) == ["<think>\nhm\n</think>\n\na", "b"]


def test_special_tokens_come_off_the_end_only_when_asked(tmp_path: Path) -> None:
    reply = "<|im_end|> a <|im_end|>\n</s>\n"
    path = write(tmp_path / "p.jsonl", [problem(r=reply)])

    (kept,) = read_traces(traces_of(path))
    (cut,) = read_traces(traces_of(path, strip_tokens=("</s>", "<|im_end|>")))

    assert values(kept, REPLY) == [reply]
    assert values(cut, REPLY) == ["<|im_end|> a "]


@pytest.mark.parametrize(
    ("row", "fields", "reasons"),
    [
        ({"r": ["a", None]}, {}, [None, "missing_reply"]),
        ({"r": ["a", 5]}, {}, [None, "wrong_type"]),
        ({"r": ["a", "\ud800"]}, {}, [None, "bad_utf8"]),
        ({"r": ["a", ""]}, {}, [None, None]),
        ({"r": ["a", "b"], "f": ["stop", "bored"]}, {"finish_reason": "f"}, [None, "bored"]),
        ({"r": [], "f": []}, {}, ["missing_reply"]),
        ({"r": None}, {}, ["missing_reply"]),
        ({}, {}, ["missing_reply"]),
        ({"r": ["a", "b"], "s": [1]}, {"score": "s"}, ["wrong_length"]),
        ({"r": ["a", "b"]}, {"score": "s"}, ["missing_column"]),
    ],
)
def test_a_bad_reply_has_its_reason_and_its_siblings_stay(
    tmp_path: Path, row: dict[str, Any], fields: dict[str, Any], reasons: list[str | None]
) -> None:
    path = write(tmp_path / "p.jsonl", [problem(**row)])
    source = FileTraces(path=path, replies=(Replies(text="r", **fields),), on_bad_row="reject")

    (rows,) = read_traces(source)

    assert values(rows, DROPPED) == reasons


def test_a_bad_reply_stops_with_its_column(tmp_path: Path) -> None:
    path = write(tmp_path / "p.jsonl", [problem(r=["a", None])])

    with pytest.raises(InputError, match=r"line 1, column 'r': missing_reply"):
        list(read_traces(traces_of(path)))


@pytest.mark.parametrize("kind", ["problems", "traces"])
def test_tables_have_the_columns_that_were_told(tmp_path: Path, kind: str) -> None:
    path = write(tmp_path / "p.jsonl", [problem(r="a")])
    source = FileProblems(path=path) if kind == "problems" else traces_of(path)

    tables = read_problems(source) if isinstance(source, FileProblems) else read_traces(source)

    assert next(tables).column_names == [field.name for field in (*columns(source), DROPPED, DETAIL)]


@pytest.mark.parametrize(
    ("cls", "text", "told"),
    [
        (AnyProblems, '{"kind": "url"}', "'task', 'file', 'hub'"),
        (AnyProblems, '{"kind": "file"}', "file.path: Field required"),
        (AnyProblems, '{"kind": "file", "path": "a", "gold": "guess"}', "gold"),
        (AnyProblems, '{"kind": "hub", "id": "a/b", "split": "train"}', "revision"),
        (AnyProblems, '{"kind": "hub", "id": "a/b", "split": "train", "revision": "main"}', "revision"),
        (AnyProblems, '{"kind": "hub", "id": "../b", "split": "t", "revision": "%s"}' % ("0" * 40), "id"),
        (AnyTraces, '{"kind": "file", "path": "a"}', "replies"),
        (AnyTraces, '{"kind": "file", "path": "a", "replies": []}', "replies"),
        (AnyTraces, '{"kind": "file", "path": "a", "replies": [{"text": "r", "control_value": 1}]}', "go together"),
        (
            AnyTraces,
            '{"kind": "file", "path": "a", "replies": [{"text": "r", "control_kind": "none"}]}',
            "control_kind",
        ),
    ],
)
def test_a_wrong_run_file_is_told_by_field(cls: Any, text: str, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        parse(cls, text, where="run.yaml")


def test_a_task_is_a_source_of_problems() -> None:
    any_problems: Any = AnyProblems  # a union, which no `type[T]` holds

    source = parse(any_problems, '{"kind": "task", "task": "addition", "count": 3}', where="run.yaml")

    assert isinstance(source, TaskProblems)
    assert sum(rows.num_rows for rows in read_problems(source)) == 3

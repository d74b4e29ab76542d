"""The same question lies in one split, whatever read it, and however its row and gold are written.

Field cases of this kind: KGQA/QALD_9_plus#9 (one question under two ids), tomhosking/hrq-vae#2,
huggingface/datasets#4261, js0nwu/webui#1, TelecomsXChangeAPi/OpenTextShield#195 (spellings that differ in blanks
and case), sets with a uuid
a row (OpenR1-Math). The questions are our own.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data.columns import PROBLEM_ID, QUESTION, SAMPLE
from data.dataset.splits import Splits, split_of
from data.inputs import hub
from data.inputs.every import read_problems, read_traces
from data.inputs.file import FileProblems, FileTraces
from data.inputs.hub import HubProblems
from data.inputs.mapping import ProblemColumns, Replies
from data.inputs.task import TaskProblems

HALVES = Splits(shares={"train": 0.5, "test": 0.5})
QUESTIONS = [f"What is {n} plus {n * n}?" for n in range(60)]
SPELLINGS: dict[str, Callable[[str], str]] = {
    "blanks": lambda text: f"  {text.replace(' ', '  ')}\n",
    "case": str.upper,
    "width": lambda text: text.replace("What", "Ｗｈａｔ"),
    "line ends": lambda text: text.replace(" plus", "\r\nplus"),
    "no-break blanks": lambda text: text.replace(" ", "\u00a0"),
}


def split_by_question(rows: list[dict[str, Any]]) -> list[str]:
    return [split_of(row[QUESTION.name], HALVES) for row in rows]


def rows_of(tables: Any) -> list[dict[str, Any]]:
    return [row for table in tables for row in table.to_pylist()]


@pytest.fixture
def expected() -> list[str]:
    splits = [split_of(question, HALVES) for question in QUESTIONS]
    assert {*splits} == {"train", "test"}
    return splits


@pytest.mark.parametrize("spelling", SPELLINGS)
def test_a_spelling_moves_no_question(spelling: str, expected: list[str]) -> None:
    assert [split_of(SPELLINGS[spelling](question), HALVES) for question in QUESTIONS] == expected


@pytest.mark.parametrize("form", ["p.jsonl", "p.json", "p.csv", "p.parquet"])
def test_every_format_gives_a_question_its_split(tmp_path: Path, form: str, expected: list[str]) -> None:
    rows = [{"question": question, "answer": str(n), "id": f"row-{n}"} for n, question in enumerate(QUESTIONS)]
    path = tmp_path / form
    if form == "p.parquet":
        pq.write_table(pa.Table.from_pylist(rows), path)
    elif form == "p.csv":
        path.write_text("question,answer,id\n" + "".join(f"{r['question']},{r['answer']},{r['id']}\n" for r in rows))
    else:
        path.write_text(json.dumps(rows) if form == "p.json" else "".join(json.dumps(row) + "\n" for row in rows))

    read = rows_of(read_problems(FileProblems(path=str(path), columns=ProblemColumns(id="id"))))

    assert split_by_question(read) == expected


def test_the_hub_and_tasks_give_a_question_its_split(monkeypatch: pytest.MonkeyPatch, expected: list[str]) -> None:
    from datasets import Dataset

    rows = Dataset.from_list([{"question": question, "answer": "1"} for question in QUESTIONS])
    monkeypatch.setattr(hub, "load", lambda source: rows)
    source = HubProblems(id="somebody/sums", split="train", revision="0" * 40)

    assert split_by_question(rows_of(read_problems(source))) == expected
    tasks = rows_of(read_problems(TaskProblems(task="addition", count=20)))
    assert split_by_question(tasks) == [split_of(row[QUESTION.name].upper(), HALVES) for row in tasks]


def test_traces_of_one_question_are_one_problem_whatever_their_rows_are_called(tmp_path: Path) -> None:
    rows = [{"q": "What is 2 plus 3?", "a": 5, "uuid": f"u{n}", "r": f"reply {n}"} for n in range(4)]
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = ProblemColumns(question="q", gold="a", id="uuid")

    read = rows_of(read_traces(FileTraces(path=str(path), columns=columns, replies=(Replies(text="r"),))))

    assert len({row[PROBLEM_ID.name] for row in read}) == 1
    assert [row[SAMPLE.name] for row in read] == [0, 1, 2, 3]


def test_golds_that_are_spelled_otherwise_do_not_part_a_question(tmp_path: Path) -> None:
    rows = [{"q": question, "a": gold, "r": "so"} for question in QUESTIONS for gold in (5, "5.0", "5 ", "\\boxed{5}")]
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = ProblemColumns(question="q", gold="a")

    read = rows_of(read_traces(FileTraces(path=str(path), columns=columns, replies=(Replies(text="r"),))))

    splits = split_by_question(read)
    assert all(len(set(splits[n : n + 4])) == 1 for n in range(0, len(splits), 4))


def test_options_shown_in_another_order_do_not_part_a_question(tmp_path: Path) -> None:
    rows = [{"q": question, "o": options, "a": "4"} for question in QUESTIONS for options in (["4", "5"], ["5", "4"])]
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    columns = ProblemColumns(question="q", gold="a", options="o")

    read = rows_of(read_problems(FileProblems(path=str(path), columns=columns, gold="choice")))

    splits = split_by_question(read)
    assert splits[::2] == splits[1::2]
    assert {*splits} == {"train", "test"}

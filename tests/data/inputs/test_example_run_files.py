"""The example run files import what lies beside the checkout, all of it, with no code of their own."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
import yaml

from data.columns import DROPPED, MODEL, PROBLEM_ID
from data.inputs.every import AnyProblems, AnyTraces, read_problems, read_traces
from data.inputs.file import FileTraces
from data.inputs.mapping import ProblemColumns, Replies
from data.spec import parse
from data.table import values

ROOT = Path(__file__).parents[3]
PROBLEM_FILES = {
    "problems_gsm8k": (7473, {"integer"}),
    "problems_math500": (500, {"integer", "expression"}),
    "problems_aqua": (508, {"choice"}),
    "problems_strategyqa": (229, {"boolean"}),
}
TRACE_FILES = {
    "import_qwen_math": (800, 100),
    "import_qwen_gsm8k": (1319, 1319),
    "import_gsm8k_solutions": (5276, 1319),
    "import_r1": (150, 50),
    "import_qwq": (150, 50),
    "import_r1_traces": (10, 5),
}


def part(name: str, key: str, cls: Any) -> Any:
    """Return one part of an example run file as its spec."""
    tree = yaml.safe_load((ROOT / "examples" / f"{name}.yaml").read_text("utf-8"))
    return parse(cls, json.dumps(tree[key]), where=name)


@pytest.mark.parametrize("name", PROBLEM_FILES)
def test_an_example_reads_its_problems(shared: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(ROOT)
    count, kinds = PROBLEM_FILES[name]

    rows = pa.concat_tables(read_problems(part(name, "problems", AnyProblems)))

    assert rows.num_rows == count
    assert set(values(rows, DROPPED)) == {None}
    assert set(rows["answer_kind"].to_pylist()) == kinds
    assert len(set(values(rows, PROBLEM_ID))) == count


@pytest.mark.parametrize("name", TRACE_FILES)
def test_an_example_reads_its_traces(shared: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(ROOT)
    traces, problems = TRACE_FILES[name]

    rows = pa.concat_tables(read_traces(part(name, "traces", AnyTraces)))

    assert rows.num_rows == traces
    assert set(values(rows, DROPPED)) == {None}
    assert len(set(values(rows, PROBLEM_ID))) == problems
    assert len(set(rows["trace_id"].to_pylist())) == traces


def test_every_model_of_a_wide_file_has_all_its_solutions(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)

    rows = pa.concat_tables(read_traces(part("import_gsm8k_solutions", "traces", AnyTraces)))

    assert Counter(values(rows, MODEL)) == dict.fromkeys(
        ("6b_finetuning", "6b_verification", "175b_finetuning", "175b_verification"), 1319
    )


def test_a_chat_of_turns_gives_its_question(shared: Path) -> None:
    path = shared / "data" / "model_outputs" / "tokenskip_qwen2.5-7b_gsm8k_gamma0.5.jsonl"
    columns = ProblemColumns(question="messages.0.content", gold="answer")
    source = FileTraces(path=str(path), columns=columns, replies=(Replies(text="model_output", score="accuracy"),))

    rows = pa.concat_tables(read_traces(source))

    assert rows.num_rows == 1319
    assert rows["question"][0].as_py().startswith("Janet’s ducks lay 16 eggs per day.")

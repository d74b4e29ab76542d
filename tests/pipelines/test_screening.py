import json
import random
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasets import load_from_disk

from data.errors import ConfigError, InputError, VaricotError
from data.store import Artifact, read_json
from tests.pipelines.runs import built, ordered, report, run_file

STORY = "Anna has {n} red apples and she buys twelve more at the market before her brother eats five of them at home"
NEAR = STORY + " today. How many apples does Anna have now?"
LIKE = STORY + " tonight. How many apples does Anna have now?"
PARAPHRASE = "At home Anna's brother ate 5 apples; she had started with {n} and bought a dozen. What is left?"
TEST = "A train of the benchmark leaves the station at nine and covers sixty miles in each of the next three hours."
PLAIN = [f"What is {n} + {n}?" for n in range(1, 7)]


def lines(path: Path, questions: list[str]) -> Path:
    """Write problems as JSON lines, each with the answer that the fake engine gives."""
    golds = (str(sum(map(int, re.findall("[0-9]+", text)))) for text in questions)
    told = (json.dumps({"question": text, "answer": gold}) for text, gold in zip(questions, golds, strict=True))
    path.write_text("\n".join(told) + "\n")
    return path


def screening(folder: Path, questions: list[str], **changes: Any) -> Path:
    """A run file over these questions; `against` holds the questions of each benchmark."""
    folder.mkdir(exist_ok=True)
    against = changes.pop("against", {})
    if against:
        blocks = {}
        for name, asked in against.items():
            path = lines(folder / f"{name}.jsonl", asked)
            blocks[name] = {"kind": "file", "path": str(path), "columns": {"question": "question", "gold": None}}
        changes["decontaminate"] = {"against": blocks, **changes.pop("how", {})}
    own = lines(folder / "own.jsonl", questions)
    problems = {"kind": "file", "path": str(own), "columns": {"question": "question"}}
    return run_file(folder, **{"problems": problems, "engine": {"kind": "fake"}, **changes})


def rejected(dataset: Path) -> Counter[str]:
    return Counter(row["dropped"] for row in pq.read_table(dataset / "rejected").to_pylist())


def rows_left(path: Path) -> list[dict[str, Any]]:
    """The problems that screening has left."""
    order = ordered(path)
    folder = Path(order.run.runs) / order.run.name / "artifacts" / order.plan.problems.folder
    return [row for table in Artifact(folder).tables() for row in table.to_pylist()]


def test_problems_that_share_a_run_of_words_with_a_benchmark_leave_before_anything_is_asked(tmp_path: Path) -> None:
    told = [f"Sure: {TEST} How far?", TEST.upper(), *PLAIN]
    path = screening(tmp_path, told, against={"trains": [TEST], "other": ["Where is the cat of our dear neighbours?"]})
    dataset = built(path).folder
    left = report(path)

    assert rejected(dataset)["contaminated:trains"] == 2
    assert left["usage"]["calls"] == 4 * len(PLAIN)
    assert left["methods"]["shortest_correct"]["problems"] == len(PLAIN)
    (screened,) = [step for name, step in left["steps"].items() if name.startswith("screened")]
    assert screened["rejected"] == {"contaminated:trains": 2}
    details = {row["detail"] for row in pq.read_table(dataset / "rejected").to_pylist()}
    assert "shares with trains: a train of the benchmark leaves the station at nine and covers sixty" in details


def test_near_duplicates_leave_and_paraphrases_and_other_problems_stay(tmp_path: Path) -> None:
    questions = [NEAR.format(n=3), LIKE.format(n=3), PARAPHRASE.format(n=3), *PLAIN]
    path = screening(tmp_path, questions, deduplicate={})
    dataset = built(path).folder
    (gone,) = [row for row in pq.read_table(dataset / "rejected").to_pylist() if row["dropped"] == "near_duplicate"]
    (other,) = [row for row in rows_left(path) if row["question"].startswith("Anna")]

    assert gone["question"].startswith("Anna")
    assert gone["detail"] == f"like problem {other['problem_id']}"
    assert len(rows_left(path)) == len(questions) - 1


def test_with_the_same_gold_asked_for_other_numbers_stay(tmp_path: Path) -> None:
    one, other = NEAR.format(n=3), NEAR.format(n=4)
    found = {}
    for same in (False, True):
        folder = tmp_path / str(same)
        path = screening(folder, PLAIN, deduplicate={"same_gold": same, "bands": 60, "hashes": 3})
        told = [{"question": one, "answer": "10"}, {"question": other, "answer": "11"}]
        told += [{"question": one.replace("today", "tonight"), "answer": "10"}, {"question": PLAIN[0], "answer": "2"}]
        (folder / "own.jsonl").write_text("\n".join(json.dumps(line) for line in told))
        built(path)
        found[same] = len(rows_left(path))

    assert found == {False: 2, True: 3}


def test_what_leaves_does_not_depend_on_order_blocks_or_where_it_is_made(tmp_path: Path) -> None:
    questions = [NEAR.format(n=n) for n in range(3)] + [LIKE.format(n=n) for n in range(3)] + [TEST, *PLAIN]
    left = []
    for number, block in enumerate((4, 32)):
        random.Random(number).shuffle(questions)
        path = screening(tmp_path / str(block), questions, against={"t": [TEST]}, deduplicate={}, block=block)
        built(path)
        left.append(sorted(row["question"] for row in rows_left(path)))

    assert left[0] == left[1]
    assert len(left[0]) < len(questions) - 1


def test_a_contaminated_problem_is_no_reason_to_leave_for_another(tmp_path: Path) -> None:
    one, other = NEAR.format(n=3), LIKE.format(n=3)
    path = screening(tmp_path, [one, other, *PLAIN], against={"t": [one]}, how={"share": 1.0}, deduplicate={})
    dataset = built(path).folder

    assert {row["question"] for row in rows_left(path)} == {other, *PLAIN}
    assert rejected(dataset)["near_duplicate"] == 0
    assert [step.name for step in ordered(path).plan.steps][:4] == ["read", "benchmarks", "near_duplicates", "screened"]


def test_traces_of_a_problem_leave_with_it(tmp_path: Path) -> None:
    told = [{"question": q, "answer": "7", "r": ["\\boxed{7}", "It is \\boxed{7}"]} for q in (TEST, NEAR, LIKE)]
    path = tmp_path / "traces.jsonl"
    path.write_text("\n".join(json.dumps(line) for line in told))
    traces = {"kind": "file", "path": str(path), "columns": {"question": "question"}, "replies": [{"text": "r"}]}
    run = screening(tmp_path, PLAIN, against={"t": [TEST]}, problems=None, engine=None, traces=traces, deduplicate={})
    dataset = built(run).folder

    assert rejected(dataset) == {"contaminated:t": 2, "near_duplicate": 2, "not_chosen": 1}
    assert len([row for split in load_from_disk(str(dataset / "mix")).values() for row in split]) == 1


def test_the_words_of_benchmarks_bear_identity_and_where_they_lie_does_not(tmp_path: Path) -> None:
    def fingerprint(name: str, asked: str, **more: Any) -> str:
        run = screening(tmp_path / name, PLAIN, against={"t": [asked]}, **more)
        return ordered(run).plan.branches[0].rows.fingerprint

    assert fingerprint("a", TEST) == fingerprint("b", TEST) != fingerprint("c", NEAR)
    assert fingerprint("a", TEST) != fingerprint("a", TEST, how={"words": 8})


def test_a_run_that_screens_nothing_has_the_steps_it_had(tmp_path: Path) -> None:
    steps = ordered(screening(tmp_path, PLAIN)).plan.steps

    assert [step.name for step in steps] == ["read", "sample", "shortest_correct"]


def test_what_was_found_is_told_beside_the_index(tmp_path: Path) -> None:
    path = screening(tmp_path, PLAIN, against={"t": [TEST, "What is 2 + 3?"]})
    built(path)
    (index,) = (tmp_path / "runs" / "small" / "artifacts").glob("benchmarks-*")

    assert read_json(index / "benchmarks.json")["benchmarks"]["t"] == {"questions": 2, "rejected": {}, "ngrams": 11}


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"decontaminate": {"against": {}}}, "against"),
        ({"decontaminate": {"against": {"A B": {"kind": "task", "task": "addition", "count": 3}}}}, "A B"),
        ({"decontaminate": {"against": {"t": {"kind": "file", "path": "nowhere.jsonl"}}}}, "nowhere.jsonl"),
        ({"decontaminate": {"words": 13}}, "against"),
        ({"deduplicate": {"words": 0}}, "words"),
        ({"deduplicate": {"threshold": 0.8}}, "threshold"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_read(
    tmp_path: Path, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(VaricotError, match=said) as raised:
        ordered(screening(tmp_path, PLAIN, **changes))
    assert isinstance(raised.value, ConfigError | InputError)


def test_a_benchmark_without_a_question_is_an_error(tmp_path: Path) -> None:
    blocks = {"t": {"kind": "file", "path": str(lines(tmp_path / "t.jsonl", [""])), "on_bad_row": "reject"}}

    with pytest.raises(InputError, match="benchmark 't' has no question"):
        built(screening(tmp_path, PLAIN, decontaminate={"against": blocks}))

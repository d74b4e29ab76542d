"""Replies that loop, from sampling to the dataset."""

import json
from contextlib import nullcontext
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from data.dataset.shards import read_split
from pipelines.build import plan as planned
from stages.asking.ask import Ask
from stages.engines.engine import Reply
from stages.replies.remark_replies import RemarkReplies
from stages.replies.repetition import LOOPS
from stages.sample_cots import SampleCoTs
from tests.pipelines.runs import built, ordered, report, run_file
from tests.stages.scripted import Scripted

LOOP = "<think>\n" + "Wait, let me check that again. It is the same as before. " * 60 + "\n</think>\n\n\\boxed{7}"
SOUND = "<think>\nSeven is given, so seven it is.\n</think>\n\n\\boxed{7}"
METHODS = [{"kind": "shortest_correct"}, {"kind": "system2_to_1"}, {"kind": "prompted", "keep": "all"}]


def traces_file(folder: Path) -> Path:
    replies = (LOOP, SOUND, SOUND.replace("Seven is", "A seven was"))
    path = folder / "traces.jsonl"
    path.write_text("".join(json.dumps({"q": "What is 7?", "gold": "7", "reply": reply}) + "\n" for reply in replies))
    return path


def imported(folder: Path, **changes: Any) -> Path:
    source = {
        "kind": "file",
        "path": str(traces_file(folder)),
        "columns": {"question": "q", "gold": "gold"},
        "replies": [{"text": "reply"}],
    }
    return run_file(folder, problems=None, traces=source, engine=None, methods=METHODS, **changes)


def rows_of(dataset: Path, config: str) -> list[dict[str, Any]]:
    folders = sorted(path for path in (dataset / config).iterdir() if path.is_dir())
    return [row for folder in folders for table in read_split(folder) for row in table.to_pylist()]


def test_every_method_remarks_them_once_between_sampling_and_checking(tmp_path: Path) -> None:
    for kind in ("shortest_correct", "token_skip", "system2_to_1", "c3ot", "token_budget", "prompted"):
        plan = ordered(run_file(tmp_path, methods=[{"kind": kind}])).plan
        (sample,) = (step for step in plan.steps if step.name == "sample")
        names = [type(stage).__name__ for stage in sample.stages]

        assert names.count(RemarkReplies.__name__) == 1
        assert names.index("SampleCoTs") < names.index(RemarkReplies.__name__) < names.index("CheckAnswer")


def test_one_that_stays_bears_the_remark(tmp_path: Path) -> None:
    path = imported(tmp_path)
    rows = rows_of(built(path).folder, "prompted")

    assert sorted(LOOPS in row["remarks"] for row in rows) == [False, False, True]
    assert report(path)["methods"]["prompted"]["remarks"] == {LOOPS: 1}


def test_one_that_is_dropped_is_counted_and_counts_in_its_group(tmp_path: Path) -> None:
    path = imported(tmp_path, on_loop="drop")
    dataset = built(path).folder

    for kind, told in report(path)["methods"].items():
        assert told["rejected"][LOOPS] == 1, kind
        assert told["traces"] == 3 == told["used"] + sum(told["rejected"].values())
        assert not any(LOOPS in row["remarks"] for row in rows_of(dataset, kind))
        assert {row["group"]["n"] for row in rows_of(dataset, kind)} == {3}
    gone = pq.read_table(dataset / "rejected" / "rejected.parquet").to_pylist()
    assert {row["reply"] for row in gone if row["dropped"] == LOOPS} == {LOOP}


@pytest.mark.parametrize(("on_loop", "winner"), [("keep", 0), ("drop", 1)])
async def test_one_that_will_be_dropped_wins_no_race(tmp_path: Path, on_loop: str, winner: int) -> None:
    run = ordered(run_file(tmp_path, on_loop=on_loop, methods=[{"kind": "shortest_correct", "zero_shot": 2}])).run
    stages = [stage for step in planned.plan(run).steps for stage in step.stages]
    (stage,) = (stage for stage in stages if isinstance(stage, SampleCoTs))

    replies = {0: Reply(LOOP, 20, "stop"), 1: Reply(SOUND, 40, "stop")}
    row = {"problem_id": "p", "question": "What is 7?", "gold": "7", "answer_kind": None,
           "prompt": [{"role": "user", "content": "What is 7?"}], "template_args": None}  # fmt: skip
    made = await stage.talk(row, Ask(Scripted(replies), nullcontext))

    assert [one["finish_reason"] for one in made] == (["stop", "cancelled"] if winner == 0 else ["stop", "stop"])

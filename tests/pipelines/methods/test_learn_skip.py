import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from data.columns import DROPPED, FROM_TRACE_ID, PROBLEMS, PROMPT_ID, TRACE_ID
from data.errors import ConfigError
from data.inputs.every import read_problems
from data.inputs.file import FileProblems
from data.inputs.task import TaskProblems
from data.journal import asked_again
from data.prompts.wording import in_steps
from data.store import Artifact
from data.table import conform, from_rows, split_dropped, values
from flows.running.event_log import EventLog
from pipelines.build.plan import Plan
from pipelines.plan.step import Step
from stages.asking.prompts import RenderPrompt
from stages.check_answer import CheckAnswer
from stages.replies.split_reply import SplitReply
from stages.skipping.accept_skips import AcceptSkips
from stages.skipping.ask_steps import AskSteps
from stages.skipping.full_chains import FullChains
from stages.skipping.keep_drawn import KeepDrawn
from stages.skipping.keep_iteration import KeepIteration
from stages.skipping.steps import step_lines
from stages.skipping.warm_skips import WarmSkips
from stages.stage import Stage
from tests.flows.builds import Command, wait_for
from tests.pipelines.killing import kill, replies, started
from tests.pipelines.runs import ordered, run_file
from tests.warm_engines import POCKET_ENGINE

SLOW_ENGINE = {**POCKET_ENGINE, "concurrency": 2}
"""Two replies at a time, so that a kill comes in the midst of them."""


def tree(engine: Mapping[str, Any] = POCKET_ENGINE, **fields: Any) -> dict[str, Any]:
    method = {
        "kind": "learn_skip",
        "iterations": 2,
        "warm_start": "manual",
        "lora": {"rank": 4, "alpha": 8},
        "epochs": 1,
        "threads": 1,
        "sampling": {"max_tokens": 192, "temperature": 0.0},
    }
    problems = {"kind": "task", "task": ["addition", "algebra"], "count": 10}
    return {"problems": problems, "engine": dict(engine), "methods": [method | fields], "where": "here", "block": 5}


@pytest.mark.long
@pytest.mark.engine
@pytest.mark.slow
def test_a_kill_within_an_iteration_loses_nothing_and_every_row_is_what_it_should_be(
    warm: Command, tmp_path: Path
) -> None:
    path = run_file(tmp_path, **tree(SLOW_ENGINE))
    plan = ordered(path).plan
    artifacts = tmp_path / "runs" / "small" / "artifacts"
    process = started(path)
    first = Artifact(artifacts / _step(plan, "asked-0").folder)
    wait_for(lambda: first.manifest is not None and replies(tmp_path) > _rows(first).num_rows, process)
    kill(process)
    kept, trained = replies(tmp_path), _weights(artifacts)
    assert not Artifact(artifacts / _step(plan, "asked-1").folder).manifest

    again = warm("build", str(run_file(tmp_path, **tree())))

    asked = pa.concat_tables([_rows(Artifact(artifacts / _step(plan, f"asked-{at}").folder)) for at in (0, 1)])
    built = EventLog(tmp_path / "runs" / "small").events()
    assert again.code == 0, again.err
    assert [event["spent"]["calls"] for event in built if event["event"] == "built"] == [asked.num_rows - kept]
    assert asked_again(tmp_path / "runs" / "small" / "journal") == 0
    assert len(trained) == 2
    assert _weights(artifacts) == trained
    _rows_are_right(plan, artifacts, asked)


def _rows_are_right(plan: Plan, artifacts: Path, asked: pa.Table) -> None:
    (branch,) = plan.branches
    standard = _rows(Artifact(artifacts / branch.rows.folder))
    shorter = [row for row in standard.to_pylist() if row["from_trace_id"] is not None]
    trained = _rows(Artifact(artifacts / _step(plan, "rows-1").folder))
    sent = {row["asked"][0]["content"] for row in asked.to_pylist()}

    assert shorter
    assert {row["verdict"] for row in shorter} == {"correct"}
    assert all(len(step_lines(row["cot"])) == row["control_value"] for row in shorter)
    assert len(set(values(standard, TRACE_ID))) == standard.num_rows
    assert all(in_steps(int(row["control_value"])) not in row["prompt"][0]["content"] for row in standard.to_pylist())
    assert {row["prompt"][0]["content"] for row in trained.to_pylist() if row["from_trace_id"] is not None} <= sent
    assert len([*artifacts.glob("trained-*/dataset/*/manifest.json")]) == 2


def test_the_prompt_with_steps_is_all_that_tells_the_two_sets_apart(tmp_path: Path) -> None:
    standard, num = (_made(_branch_stages(tmp_path, prompt=prompt, accumulate=True)) for prompt in ("standard", "num"))

    assert standard.num_rows > 20
    assert standard.drop_columns(["prompt", "messages"]) == num.drop_columns(["prompt", "messages"])
    for plain, told in zip(standard.to_pylist(), num.to_pylist(), strict=True):
        wish = f" {in_steps(int(plain['control_value']))}"
        assert told["prompt"][0]["content"].replace(wish, "", 1) == plain["prompt"][0]["content"]


def test_rows_are_full_chains_beside_their_own_shorter_ones_or_these_alone(tmp_path: Path) -> None:
    new, only = (_made(_branch_stages(tmp_path, mix=mix, accumulate=True)).to_pylist() for mix in ("new", "onlyskip"))
    full = {row["trace_id"]: row["control_value"] for row in new if row["from_trace_id"] is None}
    shorter = [row for row in new if row["from_trace_id"] is not None]

    assert len(full) == 20
    assert shorter
    assert all(row["control_value"] < full[row["from_trace_id"]] for row in shorter)
    assert only == shorter
    assert len({row["trace_id"] for row in new}) == len(new)


@pytest.mark.parametrize(
    ("accumulate", "needs"),
    [
        (False, [["full", "warm"], ["full", "asked-0"], ["full", "asked-1"]]),
        (True, [["full", "warm"], ["full", "asked-0"], ["full", "asked-0", "asked-1"]]),
    ],
)
def test_every_iteration_trains_the_base_on_full_chains_and_what_was_asked_before(
    tmp_path: Path, accumulate: bool, needs: list[list[str]]
) -> None:
    plan = ordered(run_file(tmp_path, **tree(iterations=3, accumulate=accumulate))).plan
    rows = [_step(plan, f"rows-{at}") for at in range(3)]

    assert [[step.name for step in it.needs] for it in rows] == needs
    for at in range(3):
        trained = _step(plan, f"trained-{at}")
        assert trained.needs == (rows[at],)
        assert not trained.after
        assert _step(plan, f"asked-{at}").after == (trained,)


def test_the_rows_are_those_of_the_last_iteration_or_of_all(tmp_path: Path) -> None:
    full = {"trace_id": "f", "prompt_id": "full", "from_trace_id": None}
    asked = [{"trace_id": f"{n}", "prompt_id": f"iteration-{n}-3-steps", "from_trace_id": "f"} for n in range(3)]
    rows = from_rows([full, *asked], (TRACE_ID, PROMPT_ID, FROM_TRACE_ID))
    last, every = (_branch_stages(tmp_path, iterations=3, accumulate=accumulate) for accumulate in (False, True))
    (keep,) = (stage for stage in last if isinstance(stage, KeepIteration))

    assert values(keep(rows), DROPPED) == [None, "earlier_iteration", "earlier_iteration", None]
    assert not any(isinstance(stage, KeepIteration) for stage in every)


def test_any_column_holds_the_steps_and_what_a_step_is_is_one_setting(tmp_path: Path) -> None:
    answer = "He sells 48/2 = <<48/2=24>>24 clips in May. Then 48+24 = <<48+24=72>>72.\n#### 72"
    (tmp_path / "gsm8k.jsonl").write_text(json.dumps({"question": "How many?", "answer": answer}))
    source = {"kind": "file", "path": str(tmp_path / "gsm8k.jsonl"), "gold": "gsm8k"}
    columns = {"question": "question", "gold": "answer", "steps": "answer"}
    wanted = {"problems": source | {"columns": columns}, "engine": {"kind": "fake"}, "tokenizer": "words"}
    plan = ordered(run_file(tmp_path, **(tree(iterations=0, steps="sentence") | wanted))).plan
    assert isinstance(plan.read.source, FileProblems)
    (problems,) = read_problems(plan.read.source)
    (row,) = _through(_step(plan, "solutions").stages, conform(problems, PROBLEMS)).to_pylist()
    told = [stage.unit for step in plan.steps for stage in step.stages if hasattr(stage, "unit")]

    assert (row["verdict"], row["control_value"]) == ("correct", 2)
    assert row["cot"] == "He sells 48/2 = 24 clips in May.\nThen 48+24 = 72."
    assert set(told) == {"sentence"}


def test_without_iterations_the_engine_itself_is_asked_and_none_is_trained(tmp_path: Path) -> None:
    plan = ordered(run_file(tmp_path, **(tree(iterations=0) | {"engine": {"kind": "fake"}, "tokenizer": "words"}))).plan
    (asking,) = (stage for stage in _step(plan, "untrained").stages if isinstance(stage, AskSteps))

    assert asking.adapter is None
    assert [step.name for step in plan.steps if step.files is not None] == []
    assert [step.name for step in _step(plan, "chains").needs] == ["full", "untrained"]


def test_more_iterations_do_none_of_the_first_ones_again(tmp_path: Path) -> None:
    two, three = ({s.folder for s in ordered(run_file(tmp_path, **tree(iterations=n))).plan.steps} for n in (2, 3))

    assert {folder.rpartition("-")[0] for folder in two - three} == {"chains", "learn_skip"}


def test_mixes_take_all_full_chains_or_as_many_as_shorter_ones_or_none(tmp_path: Path) -> None:
    new, cont, only = (ordered(run_file(tmp_path, **tree(mix=mix))).plan for mix in ("new", "cont", "onlyskip"))
    last = [_step(plan, "rows-1") for plan in (new, cont, only)]
    accepts = [next(stage for stage in it.stages if isinstance(stage, AcceptSkips)) for it in last]

    assert [stage.keep_full for stage in accepts] == [True, True, False]
    assert [[before.name for before in it.after] for it in last] == [[], ["rows-1-drawn"], []]
    assert [any(isinstance(stage, KeepDrawn) for stage in it.stages) for it in last] == [False, True, False]
    assert len({_step(plan, "rows-0").fingerprint for plan in (new, cont, only)}) == 1


def test_what_cannot_learn_is_refused_with_every_fault(tmp_path: Path) -> None:
    wrong = tree(lora={"rank": 64, "alpha": 64})

    with pytest.raises(ConfigError, match="rank 64 is over"):
        ordered(run_file(tmp_path, **wrong))
    with pytest.raises(ConfigError, match="max_loras"):
        ordered(run_file(tmp_path, **(wrong | {"engine": {"kind": "fake"}})))


def _made(stages: Sequence[Stage]) -> pa.Table:
    """Return what stages make of full chains and of ones that were shortened by rule, each of these twice."""
    (problems,) = read_problems(TaskProblems(task=("addition", "algebra"), count=20))
    checks: Sequence[Stage] = (SplitReply(tokenizer="words"), CheckAnswer())
    full = _through((RenderPrompt(), FullChains(), *checks), conform(problems, PROBLEMS))
    asked = _through((WarmSkips(how="manual"), *checks), full)
    together = pa.concat_tables([full, asked, asked], promote_options="default")
    return _through(stages, together.sort_by("problem_id"))


def _through(stages: Sequence[Stage], rows: pa.Table) -> pa.Table:
    for stage in stages:
        rows, _ = split_dropped(stage(rows))
    return rows


def _branch_stages(folder: Path, **fields: Any) -> Sequence[Stage]:
    return ordered(run_file(folder, **tree(**fields))).plan.branches[0].rows.stages


def _step(plan: Plan, name: str) -> Step:
    (found,) = (step for step in plan.steps if step.name == name)
    return found


def _rows(artifact: Artifact) -> pa.Table:
    return pa.concat_tables(artifact.tables(), promote_options="default")


def _weights(artifacts: Path) -> dict[str, int]:
    """Return when each trained adapter was written."""
    found = artifacts.glob("trained-*/training/model/adapter_model.safetensors")
    return {path.parts[-4]: path.stat().st_mtime_ns for path in found}

"""What a step is given on Ray. Same rows there as in one process: `test_build.py`."""

from pathlib import Path

from tests.pipelines.runs import ordered, run_file


def test_a_step_has_a_worker_for_each_replica_and_one_that_only_gathers_what_there_is_room_for(
    tmp_path: Path,
) -> None:
    engine = {"kind": "local", "model": "data/pocket", "max_loras": 1, "replicas": 3}
    problems = {"kind": "task", "task": "addition", "count": 4}
    plan = ordered(run_file(tmp_path, problems=problems, engine=engine, methods=[{"kind": "learn_skip"}])).plan
    workers = {it.name: it.resources.workers for it in plan.steps}

    assert workers["chains"] is None
    assert workers["asked-0"] == 3

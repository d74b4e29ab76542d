"""What a step is given on Ray. Same rows there as in one process: `test_build.py`."""

from pathlib import Path

from pipelines.execute.on_ray import pool_for
from tests.pipelines.runs import ordered, run_file


def test_steps_that_only_gather_rows_have_an_actor_too(tmp_path: Path) -> None:
    engine = {"kind": "local", "model": "data/pocket", "max_loras": 1, "replicas": 3}
    problems = {"kind": "task", "task": "addition", "count": 4}
    plan = ordered(run_file(tmp_path, problems=problems, engine=engine, methods=[{"kind": "learn_skip"}])).plan
    actors = {it.name: pool_for(it, 32, 1).actors for it in plan.steps if it.source is None and it.making is None}

    assert actors["chains"] == 1
    assert actors["asked-0"] == 3

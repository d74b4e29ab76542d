"""What makes steps, here and on Ray: the same rows, each dialogue on its own engine, each engine started once."""

from pathlib import Path

import pytest

from data.errors import EngineError
from pipelines.execute.executor import Executor
from pipelines.execute.progress import Quiet
from pipelines.plan.step import Step, in_order
from pipelines.stop import Stop
from stages.engines.engine import Running
from stages.engines.fake import Fake
from tests.pipelines.execute.asking import Dies, FailsAtFirst, Says, Shows, made, rejects_of, rows_of, step_of
from tests.pipelines.runs import ordered, run_file

SITES = ["here", pytest.param("ray", marks=[pytest.mark.cluster, pytest.mark.slow])]


@pytest.mark.parametrize("where", SITES)
def test_two_dialogues_of_a_step_each_ask_their_own_engine(where: str, tmp_path: Path, one_ray: None) -> None:
    one, two = Fake(steps=3), Fake(steps=4)
    path = run_file(tmp_path, count=7, where=where)
    step = step_of(path, "both", Says(engine=one, column="one"), Says(engine=two, column="two"))

    rows = rows_of(made(path, step), step)

    assert len(rows) == 7
    assert {row["one"] for row in rows} == {one.model_identity()}
    assert {row["two"] for row in rows} == {two.model_identity()}


def test_an_engine_in_two_dialogues_is_started_once_and_outlives_its_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    started: list[Fake] = []
    start = Fake.start

    async def counted(self: Fake) -> Running:
        started.append(self)
        return await start(self)

    monkeypatch.setattr(Fake, "start", counted)
    one, two = Fake(steps=3), Fake(steps=4)
    path = run_file(tmp_path, where="here")
    first = step_of(path, "first", Says(engine=one, column="one"), Says(engine=one, column="two"))
    second = step_of(path, "second", Says(engine=one, column="one"))
    third = step_of(path, "third", Says(engine=two, column="one"), Says(engine=one, column="two"))
    made(path, first, second, third)

    assert started == [one, two]


@pytest.mark.cluster
@pytest.mark.slow
def test_on_ray_an_engine_outlives_its_step_and_others_are_let_go(tmp_path: Path, one_ray: None) -> None:
    one, two = Fake(steps=3), Fake(steps=4)
    path = run_file(tmp_path, where="ray")
    steps = [
        step_of(path, "first", Says(engine=one, column="one")),
        step_of(path, "second", Says(engine=one, column="one")),
        step_of(path, "third", Says(engine=two, column="one")),
    ]

    executor = made(path, *steps)

    first, second, third = ({row["two"] for row in rows_of(executor, step)} for step in steps)
    assert first == second
    assert not first & third


@pytest.mark.parametrize("where", SITES)
def test_a_worker_has_one_of_an_engine_that_two_dialogues_ask(where: str, tmp_path: Path, one_ray: None) -> None:
    one, two = Fake(steps=3), Fake(steps=4)
    path = run_file(tmp_path, where=where)
    same = step_of(path, "same", Shows(engine=one, column="one"), Shows(engine=one, column="two"))
    other = step_of(path, "other", Shows(engine=one, column="one"), Shows(engine=two, column="two"))

    executor = made(path, same, other)

    assert {row["one"] == row["two"] for row in rows_of(executor, same)} == {True}
    assert {row["one"] == row["two"] for row in rows_of(executor, other)} == {False}


@pytest.mark.parametrize("where", SITES)
def test_a_step_that_is_tried_again_on_one_site_has_its_engine_started_anew(
    where: str, tmp_path: Path, one_ray: None
) -> None:
    engine = Fake(steps=3)
    path = run_file(tmp_path, where=where)
    first = step_of(path, "first", Shows(engine=engine, column="one"))
    second = step_of(path, "second", FailsAtFirst(engine=engine, column="one", path=str(tmp_path / "failed")))
    order = ordered(path)
    every = (order.plan.read, first, second)
    with Executor.of(order.run, every, Stop(), Quiet()) as executor:
        for step in (order.plan.read, first):
            executor.make(step)
        (before,) = {row["one"] for row in rows_of(executor, first)}
        with pytest.raises(EngineError, match="it gave up"):
            executor.make(second)
        executor.make(second)

    (after,) = {row["one"] for row in rows_of(executor, second)}
    assert after != before


def test_a_plan_is_walked_once_however_its_steps_depend(tmp_path: Path) -> None:
    path = run_file(tmp_path)
    step = step_of(path, "level-0")
    for level in range(1, 60):
        step = Step(f"level-{level}", needs=(step,), after=(step,))

    assert [it.name for it in in_order([step])] == ["read", *(f"level-{level}" for level in range(60))]


@pytest.mark.cluster
@pytest.mark.slow
def test_a_part_that_kills_its_process_is_rejected_and_the_others_are_not(tmp_path: Path, one_ray: None) -> None:
    path = run_file(tmp_path, count=23, where="ray")
    step = step_of(path, "deadly", Dies(at="What is 8?"))

    executor: Executor = made(path, step)

    gone = rejects_of(executor, step)
    assert len(gone) == 5
    assert "What is 8?" in {row["question"] for row in gone}
    assert {row["dropped"] for row in gone} == {"worker_killed"}
    assert all("alone with it, the worker died" in row["detail"] for row in gone)
    assert len(rows_of(executor, step)) == 18

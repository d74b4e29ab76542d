from pathlib import Path

import pytest

from data.store import Artifact
from pipelines.execute.executor import BuildStopped
from pipelines.measure.measure import MeasureOrder
from pipelines.measure.reckons import MEASURED
from pipelines.stop import Stop
from tests.pipelines.measure.measurements import measured, ordered
from tests.pipelines.measure.test_plan import adapter
from tests.pipelines.runs import Told


def written(order: MeasureOrder) -> bytes:
    return (order.run.folder / MEASURED).read_bytes()


def test_figures_are_those_of_the_replies(tmp_path: Path) -> None:
    order = ordered(tmp_path / "m")
    told = measured(order)
    result = next(r for r in told["results"] if (r["model"], r["mode"]) == ("base", "t0.7x4"))
    cell = next(cell for cell in order.plan.cells if cell.name == "base-t0.7x4")
    rows = [row for t in Artifact(order.run.folder / "artifacts" / cell.folder).tables() for row in t.to_pylist()]
    right = [row for row in rows if row["verdict"] == "correct"]

    assert len(rows) == 12 * 4
    assert result["all"]["correct"] == len(right) > 0
    assert result["all"]["accuracy"] == pytest.approx(len(right) / 48, rel=1e-5)
    assert result["all"]["cot_tokens"]["mean"] == pytest.approx(sum(r["cot_tokens"] for r in rows) / 48, rel=1e-5)
    assert result["all"]["truncation_rate"] == pytest.approx(
        sum(row["finish_reason"] == "length" for row in rows) / 48, rel=1e-5
    )
    assert result["all"]["pass_at"]["1"] == result["all"]["accuracy"]
    assert {name: part["problems"] for name, part in result["by_difficulty"].items()} == {"0": 4, "1": 4, "2": 4}
    assert sum(part["replies"] for part in result["by_source"].values()) == 48


def test_the_others_are_compared_with_the_first_in_every_mode(tmp_path: Path) -> None:
    told = measured(ordered(tmp_path / "m"))

    assert [(found["model"], found["mode"]) for found in told["comparisons"]] == [
        ("short", "greedy"),
        ("short", "t0.7x4"),
    ]
    assert all(found["problems"] == 12 and found["cot_tokens"]["mean"] < 0 for found in told["comparisons"])
    assert [told["models"][name]["role"] for name in ("base", "short")] == ["base", "method"]


def test_a_model_differs_from_itself_in_nothing(tmp_path: Path) -> None:
    told = measured(ordered(tmp_path / "m", models=[{"name": "base"}, {"name": "twin"}]))

    for found in told["comparisons"]:
        assert (found["only_base"], found["only_model"], found["p"], found["token_ratio"]) == (0, 0, 1.0, 1.0)
        assert found["cot_tokens"] == found["accuracy"] == {"mean": 0.0, "interval": [0.0, 0.0]}


def test_measured_again_nothing_is_asked_and_the_bytes_are_the_same(tmp_path: Path) -> None:
    order = ordered(tmp_path / "m")
    measured(order)
    before = written(order)
    told = Told()

    measured(order, told)

    assert written(order) == before
    assert told.parts == []
    assert told.reused_steps == [step.name for step in order.plan.steps]


def test_stopped_and_run_again_it_asks_the_rest_and_ends_the_same(tmp_path: Path) -> None:
    whole, halted = ordered(tmp_path / "a"), ordered(tmp_path / "b", block=2)
    measured(whole)
    stop = Stop()
    first, second = Told(stop, after=9), Told()
    with pytest.raises(BuildStopped):
        measured(halted, first, stop)

    measured(halted, second)

    calls = sum(counts.usage["calls"] for told in (first, second) for _, counts in told.parts)
    assert written(halted) == written(whole)
    assert calls == 2 * 12 * (1 + 4)


@pytest.mark.cluster
@pytest.mark.slow
@pytest.mark.usefixtures("one_ray")
def test_on_ray_the_bytes_are_the_same(tmp_path: Path) -> None:
    here = ordered(tmp_path / "a")
    on_ray = ordered(tmp_path / "b", where="ray", cluster={"cpus": 2})

    measured(here)
    measured(on_ray)

    assert written(on_ray) == written(here)


def test_a_limit_ends_it_early_and_it_says_so(tmp_path: Path) -> None:
    told = measured(ordered(tmp_path / "m", count=40, modes=[{}], limits={"tokens": 600}))
    base, short = told["results"]

    assert base["ended_early"] == short["ended_early"] == "limit of 600 tokens"
    assert 0 < base["all"]["problems"] < 40
    assert (short["all"]["problems"], short["all"]["accuracy"]) == (0, None)
    assert told["comparisons"][0]["problems"] == 0


def test_an_adapter_is_asked_under_a_key_of_its_own(tmp_path: Path) -> None:
    order = ordered(tmp_path / "m", models=[{"name": "base"}, adapter(tmp_path / "a")], modes=[{}])
    told = Told()

    models = measured(order, told)["models"]

    assert sum(counts.usage["replayed"] for _, counts in told.parts) == 0
    assert models["base"]["adapter_revision"] is None
    assert len(models["tuned"]["adapter_revision"]) == 64


def test_an_adapter_trained_anew_at_the_same_place_is_asked_anew(tmp_path: Path) -> None:
    measured(ordered(tmp_path / "m", models=[adapter(tmp_path / "a")], modes=[{}]))
    told = Told()

    measured(ordered(tmp_path / "m", models=[adapter(tmp_path / "a", b"two")], modes=[{}]), told)

    assert sum(counts.usage["calls"] for _, counts in told.parts) == 12

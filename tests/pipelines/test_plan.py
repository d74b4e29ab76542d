import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar, Literal

import pytest
from datasets import load_from_disk

from data.columns import COT, REPLY
from data.errors import ConfigError
from data.spec import spec
from pipelines.build import plan as planned
from pipelines.build.plan import Plan
from pipelines.methods.method import Method, Setting
from pipelines.methods.shortest_correct import ShortestCorrect
from stages.choosing.keep_chosen import KeepChosen
from stages.engines.remote.remote import Remote
from stages.stage import Stage
from tests.pipelines.runs import built, ordered, run_file


def plan_of(folder: Path, **changes: Any) -> Plan:
    folder.mkdir(exist_ok=True)
    return ordered(run_file(folder, **changes)).plan


def test_steps_come_after_those_they_need_and_each_once(tmp_path: Path) -> None:
    steps = plan_of(tmp_path).steps

    assert [step.name for step in steps] == ["read", "sample", "shortest_correct"]
    assert [step.needs for step in steps] == [(), *((step,) for step in steps[:-1])]


@pytest.mark.parametrize(
    "changes",
    [
        {"where": "ray"},
        {"block": 3},
        {"order": "as_they_come"},
        {"limits": {"tokens": 5}},
        {"engine": {"kind": "fake", "wrong": 0.3, "truncated": 0.1, "concurrency": 2}},
        {"name": "other"},
        {"splits": {"shares": {"train": 1.0}}},
    ],
)
def test_where_and_how_fast_bear_no_identity(tmp_path: Path, changes: dict[str, object]) -> None:
    plain, changed = plan_of(tmp_path / "a"), plan_of(tmp_path / "b", **changes)

    assert [step.fingerprint for step in plain.steps] == [step.fingerprint for step in changed.steps]


@pytest.mark.parametrize(
    ("changes", "same"),
    [
        ({"seed": 1}, ["read"]),
        ({"engine": {"kind": "fake"}}, ["read"]),
        ({"count": 13}, []),
        ({"methods": [{"kind": "shortest_correct", "zero_shot": 5}]}, ["read"]),
        ({"tokenizer": "data/pocket"}, ["read"]),
    ],
)
def test_what_decides_the_rows_bears_identity(tmp_path: Path, changes: dict[str, object], same: list[str]) -> None:
    plain, changed = plan_of(tmp_path / "a"), plan_of(tmp_path / "b", **changes)
    pairs = zip(plain.steps, changed.steps, strict=True)

    assert [one.name for one, other in pairs if one.fingerprint == other.fingerprint] == same


def test_what_an_engine_cannot_do_is_told_by_name(tmp_path: Path) -> None:
    engine = {"kind": "remote", "base_url": "http://127.0.0.1:1/v1", "model": "m", "accepts": []}
    method = {
        "kind": "shortest_correct",
        "sampling": {"top_k": 40, "on_truncated": "continue", "larger_tokens": 4096},
    }

    with pytest.raises(ConfigError, match=r"takes \['assistant_prefix', 'top_k'\]"):
        plan_of(tmp_path, engine=engine, methods=[method])


def test_a_stage_that_reads_what_is_not_there_is_named_with_what_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    @spec
    class ReadsTooMuch(Method):
        kind: Literal["reads_too_much"] = "reads_too_much"
        paper: ClassVar[str] = "none, arXiv 0"

        def traces(self, setting: Setting) -> Sequence[Stage]:
            return ()

        def stages(self, setting: Setting) -> Sequence[Stage]:
            return (KeepChosen(),)

    run = ordered(run_file(tmp_path)).run
    object.__setattr__(run, "methods", (ReadsTooMuch(),))

    with pytest.raises(ConfigError) as caught:
        planned.plan(run)
    told = "\n".join(caught.value.faults)
    assert f"SplitReply) reads ['{REPLY.name}']" in told
    assert "there is ['answer_kind'" in told
    assert COT.name not in told.split("reads")[1].split(";")[0]


def test_a_method_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="more than once"):
        plan_of(tmp_path, methods=[{"kind": "shortest_correct"}, {"kind": "shortest_correct", "zero_shot": 2}])


def test_the_model_is_part_of_what_was_sampled(tmp_path: Path) -> None:
    one, two = (
        plan_of(
            tmp_path / revision,
            engine={"kind": "remote", "base_url": "http://127.0.0.1:1/v1", "model": "m", "revision": revision},
        )
        for revision in ("a", "b")
    )

    assert one.branches[0].traces.also["model"] == "m@a"
    assert one.branches[0].traces.fingerprint != two.branches[0].traces.fingerprint


def test_defaults_ask_nothing_of_a_server_but_the_plainest_chat() -> None:
    engine = Remote(base_url="http://127.0.0.1:1/v1", model="m", accepts=())
    (stage,) = ShortestCorrect().traces(Setting(engine, "words", 0))

    assert stage.needs <= engine.capabilities  # type: ignore[attr-defined]


def test_a_local_engine_is_asked_with_all_that_a_run_file_can_say(tmp_path: Path) -> None:
    sampling = {
        "temperature": 0.6,
        "top_k": 20,
        "min_p": 0.05,
        "presence_penalty": 1.5,
        "frequency_penalty": 0.1,
        "repetition_penalty": 1.2,
        "stop": ["Question:"],
        "on_truncated": "continue",
        "larger_tokens": 2048,
    }

    found = plan_of(
        tmp_path,
        engine={"kind": "local", "model": "data/pocket"},
        prompt={"template_args": {"enable_thinking": False}},
        methods=[{"kind": "shortest_correct", "sampling": sampling}],
    )

    assert found.branches[0].traces.stages


def test_the_same_method_stands_twice_under_two_names_and_each_is_a_config(tmp_path: Path) -> None:
    few = {"kind": "shortest_correct", "zero_shot": 2, "race": False}
    many = few | {"zero_shot": 5, "name": "of_five"}

    published = built(run_file(tmp_path, methods=[few, many]))

    configs = {name: load_from_disk(str(published.folder / name)) for name in ("shortest_correct", "of_five")}
    rows = {name: [row for split in config.values() for row in split] for name, config in configs.items()}
    assert all({row["method"] for row in of} == {name} for name, of in rows.items())
    assert max(row["group"]["n"] for row in rows["of_five"]) == 5


@pytest.mark.parametrize(
    ("names", "told"), [(("one", "one"), "given more than once"), (("mix", "two"), "every dataset has configs")]
)
def test_names_that_cannot_be_told_apart_are_refused(names: tuple[str, str], told: str, tmp_path: Path) -> None:
    methods = [{"kind": "shortest_correct", "name": name} for name in names]

    with pytest.raises(ConfigError, match=told):
        ordered(run_file(tmp_path, methods=methods))


def test_a_run_asks_nothing_that_another_under_the_same_root_was_told(tmp_path: Path) -> None:
    built(run_file(tmp_path, name="first"))
    path = run_file(tmp_path, name="second")
    built(path)

    usage = json.loads((tmp_path / "runs" / "second" / "report.json").read_text())["usage"]
    assert usage == {"replayed": 48}

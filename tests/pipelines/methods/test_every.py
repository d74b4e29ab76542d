"""Rules that hold for every method."""

import inspect
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from data.columns import TRAINING
from data.json_object import JsonObject
from pipelines.methods.every import METHODS
from pipelines.methods.method import Method, Setting
from stages.asking.dialogue import Dialogue
from stages.engines.local.local import Local
from tests.pipelines.runs import ordered, run_file

ROOT = Path(__file__).parents[3]
SETTING = Setting(engine=Local(model="data/pocket", max_loras=1), tokenizer="words", seed=0)


@pytest.fixture(params=METHODS, ids=lambda method: str(method.kind))
def method(request: pytest.FixtureRequest) -> type[Method]:
    found: type[Method] = request.param
    return found


def test_bears_one_name_in_file_docs_run_file_and_test(method: type[Method]) -> None:
    kind = method.kind
    places = [f"pipelines/methods/{kind}.py", f"docs/methods/{kind}.md", f"tests/pipelines/methods/test_{kind}.py"]

    assert method.__module__ == f"pipelines.methods.{kind}"
    assert [place for place in places if not (ROOT / place).is_file()] == []
    assert list((ROOT / "examples").glob(f"{kind}*.yaml"))


def test_names_its_paper_what_it_keeps_and_what_it_loses(method: type[Method]) -> None:
    told = inspect.getmodule(method).__doc__ or ""

    assert "arXiv" in method.paper
    assert method.paper.split(",")[0].split(" et al")[0] in told
    assert "Keeps:" in told
    assert "Loses:" in told


def test_is_planned_by_its_defaults_and_ends_in_training_rows(tmp_path: Path, method: type[Method]) -> None:
    problems = {"kind": "task", "task": "addition", "count": 4}
    engine = {"kind": "local", "model": "data/pocket", "max_loras": 1}
    (branch,) = ordered(
        run_file(tmp_path, problems=problems, engine=engine, methods=[{"kind": method.kind}])
    ).plan.branches
    written = {field.name for stage in branch.rows.stages for field in stage.writes}

    assert branch.traces in branch.rows.in_order()
    assert {field.name for field in TRAINING} <= written


def test_works_on_what_screening_has_left_of_the_source(tmp_path: Path, method: type[Method]) -> None:
    problems = {"kind": "task", "task": "addition", "count": 4}
    engine = {"kind": "local", "model": "data/pocket", "max_loras": 1}
    (branch,) = ordered(
        run_file(tmp_path, problems=problems, engine=engine, methods=[{"kind": method.kind}], deduplicate={})
    ).plan.branches
    steps = list(branch.rows.in_order())

    assert {step.name for step in steps if steps[0] in step.needs} == {"near_duplicates", "screened"}


def test_other_weights_and_other_settings_of_the_engine_are_other_steps(method: type[Method], tmp_path: Path) -> None:
    """The folder of a model bears no identity: what lies in it must, for every step that asks it or counts with it."""
    other = shutil.copytree(ROOT / "data/pocket", tmp_path / "pocket")
    here = replace(SETTING, tokenizer="data/pocket")
    there = replace(SETTING, engine=Local(model=str(other), max_loras=1), tokenizer=str(other))
    asked, whole = asking(method, here), method().branch(here).rows.fingerprint

    assert asked
    assert method().branch(there).rows.fingerprint == whole

    (other / "model.safetensors").write_bytes(b"other weights")
    changed = replace(there, engine=Local(model=str(other), max_loras=1))
    told = replace(here, engine=Local(model="data/pocket", max_loras=1, vllm=JsonObject({"quantization": "fp8"})))

    assert [asked & asking(method, setting) for setting in (changed, told)] == [set(), set()]


def test_another_tokenizer_is_another_step(method: type[Method]) -> None:
    words, pocket = (method().branch(replace(SETTING, tokenizer=name)).rows for name in ("words", "data/pocket"))

    assert words.fingerprint != pocket.fingerprint


def asking(method: type[Method], setting: Setting) -> set[str]:
    """Return the fingerprints of the steps that ask the engine."""
    steps = method().branch(setting).rows.in_order()
    return {step.fingerprint for step in steps if any(isinstance(stage, Dialogue) for stage in step.stages)}


def test_the_same_settings_give_the_same_steps(method: type[Method]) -> None:
    assert method().branch(SETTING).rows.fingerprint == method().branch(SETTING).rows.fingerprint

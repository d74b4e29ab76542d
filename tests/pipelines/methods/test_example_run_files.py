"""The example run files of methods that shorten finished chains plan whole: every field, stage and marker fits."""

from pathlib import Path

import pytest

from tests.pipelines.runs import ordered

ROOT = Path(__file__).parents[3]
METHODS = (
    "token_skip",
    "c3ot",
    "system2_to_1",
    "first_correct",
    "by_difficulty",
    "hybrid",
    "budget_in_target",
    "step_cutting",
)
EXAMPLES = sorted(path.stem for method in METHODS for path in (ROOT / "examples").glob(f"{method}*.yaml"))


@pytest.mark.parametrize("name", EXAMPLES)
def test_an_example_is_planned_as_its_method(
    monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest, name: str
) -> None:
    monkeypatch.chdir(ROOT)
    path = ROOT / "examples" / f"{name}.yaml"
    if "../shared" in path.read_text("utf-8"):
        request.getfixturevalue("shared")

    branches = ordered(path).plan.branches

    assert any(name.startswith(branch.method.kind) for branch in branches)
    assert all(branch.rows.stages for branch in branches)

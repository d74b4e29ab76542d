from pathlib import Path
from typing import Any

import pytest

from data.conditions import Condition
from data.errors import ConfigError
from data.prompts.template import Template
from data.store import write_json
from pipelines.measure.condition import check_condition
from pipelines.measure.run_file import Model
from tests.pipelines.measure.measurements import ordered

RATIO = Condition(control_kind="ratio_kept", suffix=" [keep {value}]", plain_at=1.0)


def model(folder: Path, **fields: Any) -> Model:
    write_json(folder / "training.json", {"controls": {"ratio_kept": [0.5, 0.9, 1.0]}})
    return Model(name="short", adapter=str(folder), condition=RATIO, **fields)


@pytest.mark.parametrize("value", [0.5, 0.9, 1.0])
def test_a_value_it_was_trained_on_may_be_asked_for(tmp_path: Path, value: float) -> None:
    check_condition(model(tmp_path, control_value=value))


def test_a_value_it_was_not_trained_on_is_refused_unless_wished(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"control_value 0.3: .* was trained on ratio_kept 0.5, 0.9, 1"):
        check_condition(model(tmp_path, control_value=0.3))

    check_condition(model(tmp_path, control_value=0.3, allow_extrapolate=True))


def test_a_condition_and_its_value_belong_together(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give `control_value`"):
        check_condition(model(tmp_path))
    with pytest.raises(ConfigError, match="no `condition`"):
        check_condition(Model(name="short", control_value=0.5))


def test_an_adapter_that_does_not_tell_may_be_asked_anything(tmp_path: Path) -> None:
    check_condition(Model(name="short", adapter=str(tmp_path), condition=RATIO, control_value=0.3))


def test_the_question_is_asked_as_rows_are_trained(tmp_path: Path) -> None:
    told = {"control_kind": "ratio_kept", "suffix": " [keep {value}]", "plain_at": 1.0}
    models = [{"name": "base"}, {"name": "half", "condition": told, "control_value": 0.5}]
    plain, half = (cell.stages[1] for cell in ordered(tmp_path, models=models, modes=[{}]).plan.cells)
    row = {"problem_id": "p", "question": "What is 3?", "prompt": Template().turns("What is 3?")}
    asked = [stage.prompts[0].turns(row, 0)[-1].content for stage in (plain, half)]  # type: ignore[attr-defined]

    assert asked[1] == asked[0] + " [keep 0.5]"
    assert RATIO.on([{"role": "user", "content": asked[0]}], 0.5)[0]["content"] == asked[1]

import copy

import pytest

from data.errors import ConfigError
from data.json_object import JsonObject
from data.spec import fingerprint, identity, parse, settings, spec


@spec
class Holder:
    passed: JsonObject = JsonObject()
    number: int = 1


def test_is_the_same_in_any_order_and_as_a_copy() -> None:
    one, other = JsonObject({"a": 1, "b": {"c": [True, None]}}), JsonObject({"b": {"c": [True, None]}, "a": 1})

    assert one == other == copy.deepcopy(one) == {"a": 1, "b": {"c": [True, None]}}
    assert len({one, other}) == 1
    assert fingerprint(Holder(passed=one)) == fingerprint(Holder(passed=other))


def test_tells_true_from_one() -> None:
    assert JsonObject({"a": True}) != JsonObject({"a": 1})


def test_what_is_copied_may_be_changed() -> None:
    held = JsonObject({"a": {"b": 1}})
    held.copied()["a"]["b"] = 2

    assert held["a"] == {"b": 1}


def test_is_read_from_a_run_file_as_it_is() -> None:
    held = parse(Holder, '{"passed": {"x": {"y": [1, 2.5, "z", null]}}}', where="run.yaml")

    assert held.passed == {"x": {"y": [1, 2.5, "z", None]}}
    assert identity(held)["passed"] == {"x": {"y": [1, 2.5, "z", None]}}


@pytest.mark.parametrize("text", ['{"passed": [1]}', '{"passed": "a"}', '{"passed": {"a": NaN}}'])
def test_refuses_what_is_no_object(text: str) -> None:
    with pytest.raises(ConfigError, match="passed"):
        parse(Holder, text, where="run.yaml")


def test_settings_are_what_is_not_at_its_default() -> None:
    assert settings(Holder()) == {}
    assert settings(Holder(passed=JsonObject({"a": 1}))) == {"passed": {"a": 1}}

from pathlib import Path
from typing import Any

import pytest

from data.errors import ConfigError
from data.prompt_bank.bank import VALUE, read_bank
from data.prompt_bank.page import PAGE, bank_page
from data.prompts.wording import BUDGET, CONCISE, IN_STEPS

ENTRY: dict[str, Any] = {"id": "brief", "wish": "Be brief.", "effect": "shorter", "source": "A 2025, arXiv 2501.00001"}
STUDY = {
    "default_cot": 1,
    "no_cot": 1,
    "be_concise_cot": 1,
    "bullet_points": 1,
    "only_numbers": 1,
    "no_spaces": 1,
    "no_proper_grammar": 1,
    "abbreviate_words": 1,
    "word_limit": 7,
    "char_limit": 4,
    "token_limit": 4,
    "step_limit": 3,
    "chinese_cot": 1,
    "chinese_limit": 4,
}
"""The 31 prompts of the token-complexity study, by how many numbers each names."""


def bank_of(folder: Path, *entries: dict[str, Any]) -> Path:
    path = folder / "bank.yaml"
    path.write_text("strategies:\n" + "".join(f"  - {entry}\n" for entry in entries))
    return path


def test_holds_every_prompt_of_the_token_complexity_study() -> None:
    of_study = [one for one in read_bank().strategies if "2503.01141" in one.source]
    found = {one.id: len(one.parameter.values) if one.parameter else 1 for one in of_study}

    assert found == STUDY
    assert sum(found.values()) == 31


def test_holds_the_other_families() -> None:
    papers = {"2205.11916", "2401.05618", "2502.18600", "2407.19825", "2412.18547", "2411.01855", "2502.20122"}
    sources = " ".join(one.source for one in read_bank().strategies)

    assert all(paper in sources for paper in papers)
    assert sum("2503.05179" in one.source for one in read_bank().strategies) == 3


def test_what_the_pocket_model_was_taught_is_worded_alike() -> None:
    bank = read_bank()

    assert bank.strategy("be_concise").wish == CONCISE
    assert bank.strategy("token_budget").wish == BUDGET.replace("{budget}", VALUE)
    assert bank.strategy("in_steps").wish == IN_STEPS.replace("{steps}", VALUE)


def test_no_two_strategies_ask_the_same() -> None:
    texts = [(one.wish, one.system) for one in read_bank().strategies]

    assert len(set(texts)) == len(texts)


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == bank_page(), "run python -m data.prompt_bank.page"
    assert all(f"| `{one.id}` |" in bank_page() for one in read_bank().strategies)


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    no_source = {"id": "one", "effect": "shorter"}
    no_value: dict[str, Any] = {**ENTRY, "id": "two", "parameter": {"counts": "words", "default": 5, "values": [5]}}
    no_parameter = {**ENTRY, "id": "three", "wish": "In {value} words."}
    odd_default = {**ENTRY, "id": "four", "wish": "{value}", "parameter": {"counts": "x", "default": 5, "values": [6]}}
    vague = {**ENTRY, "id": "Five", "source": "a blog", "tone": "warm"}

    with pytest.raises(ConfigError) as refused:
        read_bank(bank_of(tmp_path, no_source, no_value, no_parameter, odd_default, vague))

    told = "\n".join(refused.value.faults)
    assert "strategies.0.source" in told
    assert "two: {value} stands in its texts 0 times" in told
    assert "three: {value} stands in its texts 1 times, parameter: None" in told
    assert "default 5 is not among values [6]" in told
    assert all(f"strategies.4.{field}" in told for field in ("id", "source", "tone"))


def test_an_id_given_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"ids \['brief'\] are given more than once"):
        read_bank(bank_of(tmp_path, ENTRY, ENTRY))


def test_an_unknown_id_is_told_with_those_there_are(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"prompt 'terse' is not in the bank; there is \['brief'\]"):
        read_bank(bank_of(tmp_path, ENTRY)).strategy("terse")

import json
from urllib.parse import quote

import pytest

from data.json_object import JsonObject
from data.secrets import is_secret_name, redactor, variables
from stages.engines.remote.remote import Remote

KEY = "sk-proj-Ab+/=12345-67890-abcdefgh"


@pytest.mark.parametrize(
    "text",
    [
        f"Incorrect API key provided: {KEY}. See ...",
        KEY.lower(),
        KEY.upper(),
        f"https://host/?k={quote(KEY, safe='')}&x=1",
        json.dumps({"error": f"Bearer {KEY}"}),
        f"key {KEY[:20]}... is wrong",
        f"{KEY}{KEY}",
    ],
)
def test_a_key_is_taken_out_however_it_is_written(text: str) -> None:
    shown = redactor([KEY])(text)

    assert "***" in shown
    assert KEY[:12].lower() not in shown.lower()
    assert quote(KEY, safe="")[:12].lower() not in shown.lower()


def test_every_secret_is_taken_out_and_the_rest_stays() -> None:
    assert redactor(["first-secret", None, "second"])("a first-secret, a second, a third") == "a ***, a ***, a third"


def test_without_a_secret_nothing_changes() -> None:
    assert redactor([None, "", "ab"])("ab cd") == "ab cd"


@pytest.mark.parametrize(
    "name", ["api_key", "apiKey", "OPENAI_API_KEY", "hf_token", "password", "client_secret", "key"]
)
def test_knows_names_of_secrets(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["tokenizer", "max_tokens", "larger_tokens", "keyword", "keep", "monkey", "name"])
def test_other_names_are_shown(name: str) -> None:
    assert not is_secret_name(name)


def test_finds_the_variables_that_a_configuration_names() -> None:
    engine = Remote(
        base_url="https://host/v1", model="m", api_key_env="ONE", headers_env=JsonObject({"api-key": "TWO"})
    )

    assert sorted(variables({"engines": [engine]})) == ["ONE", "TWO"]

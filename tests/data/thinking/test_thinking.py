import pytest

from data.errors import ConfigError
from data.spec import parse
from data.thinking.thinking import Thinking


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"open": "<ponder>"}', "give `close` too"),
        ('{"close": "</ponder>"}', "give `open` too"),
        ('{"open": "<p> ", "close": "</p>"}', "without blanks"),
        ('{"open": "", "close": "</p>"}', "`open` is empty"),
        ('{"open": "**", "close": "**"}', "must differ"),
        ('{"opened": "yes"}', "opened"),
        ('{"marks": "<p>"}', "marks"),
    ],
)
def test_says_what_is_wrong_with_declared_marks(text: str, problem: str) -> None:
    with pytest.raises(ConfigError, match=problem):
        parse(Thinking, text, where="run.yaml")


@pytest.mark.parametrize("text", ["{}", '{"opened": true}', '{"open": "<ponder>", "close": "</ponder>"}'])
def test_takes_a_pair_or_none(text: str) -> None:
    assert parse(Thinking, text, where="run.yaml")

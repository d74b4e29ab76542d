"""The examples of docs/engines.md are run files' blocks as they stand."""

import re
from pathlib import Path
from typing import Any, get_args

import pytest

from data.spec import load, spec
from stages.engines.engine import Sampling
from stages.engines.every import AnyEngine
from stages.engines.fake import Fake
from stages.engines.remote.chat_body import Extra, Omitted

PAGE = (Path(__file__).parents[3] / "docs" / "engines.md").read_text("utf-8")
EXAMPLES = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)


@spec
class Blocks:
    """A run file with its engine, or its way of drawing."""

    engine: AnyEngine = Fake()
    sampling: Sampling = Sampling()


@pytest.mark.parametrize("number", range(len(EXAMPLES)))
def test_an_example_is_read_as_it_stands(tmp_path: Path, number: int) -> None:
    file = tmp_path / "run.yaml"
    file.write_text(EXAMPLES[number], "utf-8")

    read = load(Blocks, file)

    assert read != Blocks()


@pytest.mark.parametrize("name", [*get_args(Extra), *get_args(Omitted)])
def test_everything_a_server_may_accept_or_refuse_is_on_the_page(name: Any) -> None:
    assert f"`{name}`" in PAGE

"""The examples of docs/inputs.md are run: rows as they lie in the file, what reads them, columns of what comes out."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from data.inputs.every import AnyProblems, AnyTraces, read_problems, read_traces
from data.spec import parse

PAGE = Path(__file__).parents[3] / "docs" / "inputs.md"
EXAMPLE = re.compile(r"```json\n(.*?)```\n```yaml\n(.*?)```\n```json\n(.*?)```", re.DOTALL)
EXAMPLES = EXAMPLE.findall(PAGE.read_text("utf-8"))


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


@pytest.mark.parametrize(("rows", "source", "columns"), EXAMPLES, ids=range(len(EXAMPLES)))
def test_an_example_of_the_page_reads_what_it_says(tmp_path: Path, rows: str, source: str, columns: str) -> None:
    ((kind, tree),) = yaml.safe_load(source).items()
    path = tmp_path / tree["path"]
    path.write_text(rows, "utf-8")
    text = json.dumps({**tree, "path": str(path)})

    tables = (
        read_problems(parse(AnyProblems, text, where="docs"))  # type: ignore[arg-type]
        if kind == "problems"
        else read_traces(parse(AnyTraces, text, where="docs"))  # type: ignore[arg-type]
    )

    read = [row for table in tables for row in table.to_pylist()]
    wanted = lines(columns)
    assert [{name: row[name] for name in row if name in want} for row, want in zip(read, wanted, strict=True)] == wanted


def test_the_page_has_an_example_of_each_part() -> None:
    assert len(EXAMPLES) >= 6

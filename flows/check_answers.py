"""Score a file of answers: a verdict a row, the confusion by kind and rule, and the rows to look at."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.table import Column, Table
from rich.text import Text

from data.errors import ConfigError, InputError
from flows.terminal import harmless
from flows.wording import counted
from stages.answers.score import Confusion, confusion, score_rows

LONGEST = 160
"""Characters shown of an answer."""


def check_answers(path: Path, output: Path | None, shown: int) -> Iterator[RenderableType]:
    """Score the JSON lines of a file and yield the tables; `shown` rows to look at at most.

    Raises:
        InputError: with every line that cannot be read.
        ConfigError: the output would overwrite the input.
    """
    if output is not None and output.resolve() == path.resolve():
        raise ConfigError(f"--output {output}: that is the input; name another file")
    rows = _rows(path)
    table = confusion(_kept(score_rows(rows), output))
    yield f"{table.rows:,} rows: {counted(table.verdicts)}"
    if table.reasons:
        yield f"undecided or incorrect because: {harmless(counted(table.reasons))}"
    yield _outcomes("kind", table.by_kind)
    yield _outcomes("rule", table.by_rule)
    yield from _to_look_at(table, rows, shown)
    if output is not None:
        yield f"Verdicts: {output}"


def _rows(path: Path) -> list[dict[str, Any]]:
    if not path.is_file():
        raise InputError(f"{path}: there is no such file; name a file of JSON lines with `gold` and `prediction`")
    rows: list[dict[str, Any]] = []
    faults: list[str] = []
    for number, line in enumerate(path.read_bytes().split(b"\n"), start=1):
        if not line.strip():
            continue
        try:
            row = json.loads(line.decode("utf-8"))
        except (UnicodeDecodeError, json.JSONDecodeError, RecursionError) as error:
            faults.append(f"{path}, line {number}: not JSON in UTF-8: {error}")
            continue
        if fault := _fault(row):
            faults.append(f"{path}, line {number}: {fault}")
        rows.append(row)
    if not rows and not faults:
        faults.append(f"{path}: there are no rows")
    if faults:
        raise InputError(*faults)
    return rows


def _fault(row: object) -> str | None:
    if not isinstance(row, dict):
        return f"not an object but {type(row).__name__}"
    if "gold" not in row or not {"prediction", "prediction_parts"} & row.keys():
        return f"a row needs `gold` and `prediction`; there is {sorted(row)}"
    return None


def _kept(results: Iterable[Mapping[str, object]], output: Path | None) -> Iterator[Mapping[str, object]]:
    """Pass results on, writing each to the output; a result stands on the line of its row."""
    with ExitStack() as files:
        file = files.enter_context(output.open("w", encoding="utf-8")) if output is not None else None
        for result in results:
            if file is not None:
                file.write(json.dumps(result, ensure_ascii=True) + "\n")
            yield result


def _outcomes(what: str, by: Mapping[str, Counter[str]]) -> Table:
    names = sorted({name for counts in by.values() for name in counts})
    table = Table(Column(what, no_wrap=True), *(Column(name, justify="right") for name in names))
    for key, counts in sorted(by.items(), key=lambda item: -item[1].total()):
        table.add_row(Text(harmless(key)), *(f"{counts[name]:,}" for name in names))
    return table


def _to_look_at(table: Confusion, rows: list[dict[str, Any]], shown: int) -> Iterator[RenderableType]:
    if table.to_look_at:
        found = Table("row", "what", "gold", "prediction", title=_title(len(table.to_look_at), shown))
        for number, outcome in table.to_look_at[:shown]:
            row = rows[number]
            prediction = str(row.get("prediction", row.get("prediction_parts")))
            found.add_row(f"{number + 1:,}", outcome, _cut(str(row["gold"])), _cut(prediction))
        yield found
    if table.suspect_golds:
        suspect = Table("gold", "suspect because", title="Golds to look at")
        for gold, why in table.suspect_golds[:shown]:
            suspect.add_row(_cut(gold), why)
        yield suspect


def _title(count: int, shown: int) -> str:
    return f"Rows to look at ({min(count, shown):,} of {count:,})"


def _cut(text: str) -> Text:
    """Return the end of a long text, where an answer stands, on one line."""
    line = " ".join(harmless(text).split())
    return Text(line if len(line) <= LONGEST else f"... {line[-LONGEST:]}")

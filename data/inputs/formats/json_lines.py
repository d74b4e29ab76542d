"""Read JSON lines: one object a line, streamed, however long the file."""

import json
from collections.abc import Iterator
from typing import Any

from data.inputs.files import File, open_plain
from data.inputs.record import Fault, Origin, Record
from data.inputs.rows.embedded import no_constant
from data.inputs.rows.fields import MAX_ROW_BYTES

BOM = b"\xef\xbb\xbf"
SKIP_BYTES = 1 << 20


def json_lines(file: File, origin: Origin) -> Iterator[Record]:
    """Yield a record for each line; one that is no JSON object has its fault. Blank lines hold no row."""
    for number, line in capped_lines(file):
        if line is None:
            fault = Fault("line_too_long", None, f"the line is over {MAX_ROW_BYTES:,} bytes")
            yield Record(origin, "line", number, faults=(fault,))
        elif line.strip():
            values = _object(line)
            if isinstance(values, Fault):
                yield Record(origin, "line", number, faults=(values,))
            else:
                yield Record(origin, "line", number, values)


def capped_lines(file: File) -> Iterator[tuple[int, bytes | None]]:
    """Yield the lines of a file with their numbers; None for one that is too long, which is never held whole."""
    with open_plain(file) as reader:
        number = 0
        while line := reader.readline(MAX_ROW_BYTES + 1):
            number += 1
            if len(line) <= MAX_ROW_BYTES or line.endswith(b"\n"):
                yield number, line.removeprefix(BOM) if number == 1 else line
                continue
            while not line.endswith(b"\n") and line:
                line = reader.readline(SKIP_BYTES)
            yield number, None


def _object(line: bytes) -> dict[str, Any] | Fault:
    try:
        values = json.loads(line.decode(), parse_constant=no_constant)
    except UnicodeDecodeError as error:
        return Fault("bad_utf8", None, f"byte {error.start + 1:,} of the line is not UTF-8")
    except json.JSONDecodeError as error:
        return Fault("not_json", None, f"{error.msg} at character {error.pos + 1:,} of the line")
    except (ValueError, RecursionError) as error:
        return Fault("not_json", None, str(error)[:200])
    if not isinstance(values, dict):
        return Fault("wrong_type", None, f"an object is wanted; there is {type(values).__name__}")
    return values

import hashlib
import json
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from data.columns import TRAINING
from data.dataset.digest import Digest, row_digests
from data.errors import ArtifactError

FIELDS: list[tuple[str, pa.DataType]] = [
    ("text", pa.string()),
    ("whole", pa.int64()),
    ("part", pa.float64()),
    ("flag", pa.bool_()),
    ("turns", pa.list_(pa.struct([("role", pa.string()), ("100%", pa.float64())]))),
    ("group", pa.struct([("n", pa.int64()), ("names", pa.list_(pa.string()))])),
    ("nothing", pa.null()),
]
SCHEMA = pa.schema(FIELDS)
TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]))
FLOAT = st.none() | st.floats(allow_nan=False, allow_infinity=False)
WHOLE = st.none() | st.integers(-(2**63), 2**63 - 1)
ROW = st.fixed_dictionaries(
    {
        "text": TEXT,
        "whole": WHOLE,
        "part": FLOAT,
        "flag": st.none() | st.booleans(),
        "turns": st.none() | st.lists(st.none() | st.fixed_dictionaries({"role": TEXT, "100%": FLOAT}), max_size=3),
        "group": st.none() | st.fixed_dictionaries({"n": WHOLE, "names": st.none() | st.lists(TEXT, max_size=3)}),
        "nothing": st.none(),
    }
)


@settings(deadline=None)
@given(st.lists(ROW, max_size=5), st.integers(0, 5))
def test_a_row_digest_is_that_of_its_json(rows: list[dict[str, Any]], cut: int) -> None:
    table = pa.Table.from_pylist(rows, SCHEMA)
    chunked = pa.concat_tables([table.slice(0, cut), table.slice(cut)])

    arrays = [list(row.values()) for row in table.to_pylist()]
    plain = [json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in arrays]
    assert row_digests(chunked) == [hashlib.sha256(text.encode()).digest() for text in plain]


def test_a_type_without_json_is_refused_by_name() -> None:
    with pytest.raises(ArtifactError, match=r"column when: type date32\[day\] has no canonical JSON"):
        row_digests(pa.table({"when": pa.array([0], pa.date32())}))


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_number_without_json_is_refused(value: float) -> None:
    with pytest.raises(ArtifactError, match="column ratio"):
        row_digests(pa.table({"ratio": [value]}))


def test_text_that_is_not_utf_8_is_refused_by_column() -> None:
    bad = pa.array([b"\xff"]).view(pa.string())

    with pytest.raises(ArtifactError, match="column cot"):
        row_digests(pa.table({"cot": bad}))


def test_order_and_schema_are_part_of_the_digest() -> None:
    schema = pa.schema(list(TRAINING))
    one, other, renamed = Digest(schema), Digest(schema), Digest(schema.remove(0))
    one.update([b"a" * 32, b"b" * 32])
    other.update([b"b" * 32, b"a" * 32])
    renamed.update([b"a" * 32, b"b" * 32])

    assert len({one.hexdigest(), other.hexdigest(), renamed.hexdigest()}) == 3


def test_the_digest_of_known_rows_stays() -> None:
    # Worked out apart, with json and hashlib alone: it must never depend on the version of a library.
    table = pa.Table.from_pylist([{"text": 'a\n"é', "whole": 1, "part": 0.1, "turns": [{"role": "x"}]}], SCHEMA)
    digest = Digest(SCHEMA)
    digest.update(row_digests(table))

    assert digest.hexdigest() == "e51b492c7909890fdc4229ceb57178066cd78861bb6ef244ffd5dd5d004a71e6"

"""The run files for public datasets read rows of those layouts: the layouts are the cards', the rows our own."""

import csv
import io
import json
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml

from data.columns import DROPPED
from data.inputs.every import Traces, read_problems, read_traces
from data.spec import parse
from pipelines.build.plan import plan
from pipelines.build.run_file import Run

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples" / "datasets"
LAYOUTS = Path(__file__).parent / "layouts"

READ: dict[str, tuple[int, dict[str, int]]] = {
    "openthoughts_114k_metadata": (1, {"filtered": 1, "unreadable_gold": 1}),
    "openthoughts_114k": (2, {}),
    "openthoughts3_1_2m": (1, {"filtered": 1}),
    "mixture_of_thoughts": (1, {"filtered": 1}),
    "openr1_math_220k": (3, {"filtered": 1}),
    "openmathreasoning": (2, {"filtered": 2}),
    "s1k_1_1": (2, {"filtered": 1}),
    "limo_v2": (2, {}),
    "deepmath_103k": (3, {"filtered": 1}),
    "am_deepseek_r1_distilled": (1, {"filtered": 1}),
    "llama_nemotron_math": (1, {"filtered": 2, "unreadable_gold": 1}),
    "synthetic_1": (2, {"filtered": 2}),
    "synthetic_2": (3, {"filtered": 1}),
    "mixchain_z_gsm8k": (5, {}),
    "mixchain_z_prm12k": (5, {}),
    "numinamath_cot_amc_aime": (1, {"filtered": 1, "unreadable_gold": 1}),
    "numinamath_1_5": (1, {"filtered": 3, "sentinel_gold": 1}),
    "dapo_math_17k": (1, {"duplicate_id": 2}),
    "big_math_rl_verified": (1, {"filtered": 3}),
    "deepscaler_40k": (2, {}),
    "olympiadbench": (3, {"missing_gold": 1}),
    "gpqa_diamond": (2, {}),
    "mmlu_pro": (2, {}),
    "aime_2024": (1, {}),
    "aime_2025": (1, {}),
    "hmmt_feb_2025": (2, {}),
    "bbh_choice": (2, {}),
}
"""How many problems or traces each gives of its layout, and why rows leave."""

GOLDS = {
    "openr1_math_220k": ["25", "25", "36"],
    "synthetic_1": ["5", "30"],
    "numinamath_cot_amc_aime": ["B"],
    "olympiadbench": ["$3$, $-3$", "2,-2", "3.0 \\times 10^{8} \\text{ m/s}"],
    "mmlu_pro": ["J", "B"],
    "bbh_choice": ["A", "B"],
    "mixture_of_thoughts": [None],
    "am_deepseek_r1_distilled": ["$32$"],
}


def as_parquet(rows: list[dict[str, Any]]) -> bytes:
    sink = pa.BufferOutputStream()
    pq.write_table(pa.Table.from_pylist(rows), sink)
    return sink.getvalue().to_pybytes()


def as_csv(rows: list[dict[str, Any]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def as_lines(rows: list[dict[str, Any]]) -> bytes:
    return b"".join(json.dumps(row).encode() + b"\n" for row in rows)


def as_zstandard(rows: list[dict[str, Any]]) -> bytes:
    sink = pa.BufferOutputStream()
    with pa.CompressedOutputStream(sink, "zstd") as stream:
        stream.write(as_lines(rows))
    return sink.getvalue().to_pybytes()


WRITERS: dict[str, Callable[[list[dict[str, Any]]], bytes]] = {
    ".parquet": as_parquet,
    ".csv": as_csv,
    ".jsonl": as_lines,
    ".jsonl.zst": as_zstandard,
    ".json": lambda rows: json.dumps(rows).encode(),
}


def run_of(name: str, folder: Path) -> Run:
    """Return an example's run, with its address put aside for a file of its layout and its form."""
    tree = yaml.safe_load((EXAMPLES / f"{name}.yaml").read_text("utf-8"))
    source = tree.get("problems") or tree["traces"]
    address = source["path"] if isinstance(source["path"], str) else source["path"][0]
    suffix = max((ending for ending in WRITERS if address.endswith(ending)), key=len)
    rows = [json.loads(line) for line in (LAYOUTS / f"{name}.jsonl").read_text("utf-8").splitlines()]
    path = folder / f"{name}{suffix}"
    path.write_bytes(json.dumps({source["list_at"]: rows}).encode() if "list_at" in source else WRITERS[suffix](rows))
    source["path"] = str(path)
    tree["tokenizer"] = "words"
    return parse(Run, json.dumps(tree), where=name)


@pytest.mark.parametrize("name", READ)
def test_an_example_reads_its_layout_and_is_planned(name: str, tmp_path: Path) -> None:
    run = run_of(name, tmp_path)
    source = run.problems or run.traces
    assert source is not None

    tables = read_traces(source) if isinstance(source, Traces) else read_problems(source)
    rows = [row for table in tables for row in table.to_pylist()]

    kept = [row for row in rows if row[DROPPED.name] is None]
    reasons = Counter(row[DROPPED.name] for row in rows if row[DROPPED.name] is not None)
    assert (len(kept), dict(reasons)) == READ[name]
    if name in GOLDS:
        assert [row["gold"] for row in kept] == GOLDS[name]
    assert plan(run).steps


def test_every_example_has_a_layout_and_says_where_it_comes_from_and_under_which_licence() -> None:
    names = {path.stem for path in EXAMPLES.glob("*.yaml")}

    assert names == set(READ) == {path.stem for path in LAYOUTS.glob("*.jsonl")}
    for name in names:
        text = (EXAMPLES / f"{name}.yaml").read_text("utf-8")
        assert "# Source: https://" in text
        assert "# Licence: " in text
        assert "\nlicence: " in text

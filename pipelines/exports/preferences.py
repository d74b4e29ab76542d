"""Pairs to prefer between, written from a dataset version in TRL's form: prompt, chosen, rejected.

pairs/<version>-<config>/train.parquet ...   one file a split of the dataset that has pairs; no problem is in two
pairs/<version>-<config>/pairs.json          how many pairs and, by reason, rows in none; written last
"""

from pathlib import Path
from typing import Any

import pyarrow as pa

from data.columns import MESSAGE, TRAINING
from data.errors import InputError
from pipelines.exports.beside import config_rows, write_beside
from sft.rows.pairs import Pair, paired

TURNS = pa.list_(MESSAGE)
PAIRS = pa.schema(
    [
        ("problem_id", pa.string()),
        ("prompt", TURNS),
        ("chosen", TURNS),
        ("rejected", TURNS),
        ("chosen_trace_id", pa.string()),
        ("rejected_trace_id", pa.string()),
        ("chosen_cot_tokens", pa.int64()),
        ("rejected_cot_tokens", pa.int64()),
        ("chosen_verdict", pa.string()),
        ("rejected_verdict", pa.string()),
    ]
)
"""The columns: conversational preferences as TRL's DPO, CPO and reward trainers read them, and where they came from."""
COUNTS = "pairs.json"
READ = [field.name for field in TRAINING]


def write_pairs(version: Path, config: str, folder: Path, *, per_problem: int, shorter_by: float) -> Path:
    """Write the pairs of a dataset version under `folder` and return where they lie; what lies there is replaced.

    Raises:
        InputError: the version is damaged, or lacks the config, or has not one pair.
    """
    manifest, splits = config_rows(version, config, READ)
    found = {split: paired(rows, per_problem=per_problem, shorter_by=shorter_by) for split, rows in splits.items()}
    if not any(it.pairs for it in found.values()):
        left = {split: dict(it.left_out) for split, it in found.items()}
        raise InputError(
            f"{version}, config {config!r}: no two right answers to one prompt differ in length by "
            f"{shorter_by:.0%} ({left}); build with several rows a problem, such as `choose: extremes`"
        )
    return write_beside(
        folder / f"{manifest.version}-{config}",
        {split: pa.Table.from_pylist([_row(pair) for pair in it.pairs], PAIRS) for split, it in found.items()},
        COUNTS,
        {split: {"pairs": len(it.pairs), "left_out": dict(sorted(it.left_out.items()))} for split, it in found.items()},
    )


def _row(pair: Pair) -> dict[str, Any]:
    told = {"problem_id": pair.chosen["problem_id"], **pair.as_trl()}
    for side, row in (("chosen", pair.chosen), ("rejected", pair.rejected)):
        told |= {f"{side}_{name}": row[name] for name in ("trace_id", "cot_tokens", "verdict")}
    return told

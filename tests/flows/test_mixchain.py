import json
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from tests.flows.builds import Command

CHAINS = {
    "question": ["What is 2 + 3?", "What is 4 + 4?"],
    "answer": ["5", "8"],
    "solution_0": ["The answer is 5.", "The answer is 8."],
    "correct_0": [True, True],
    "solution_1": ["Count on from 2: 3, 4, 5. The answer is 5.", "Twice 4 is 9. The answer is 9."],
    "correct_1": [True, True],
}

COLUMNS = {"question": "question", "gold": "target"}
"""Of the published tables."""


def run_file(folder: Path, chains: Path, **traces: Any) -> str:
    replies = [
        {"text": f"solution_{k}", "score": f"correct_{k}", "control_kind": "level", "control_value": k}
        for k in range(2)
    ]
    tree = {
        "name": "published",
        "traces": {"kind": "file", "path": str(chains), "replies": replies, **traces},
        "tokenizer": "words",
        "methods": [{"kind": "cot_valve", "along": {"kind": "update", "direction": "short_to_long"}}],
    }
    path = folder / "run.yaml"
    path.write_text(json.dumps(tree))
    return str(path)


def test_a_build_is_written_side_by_side_and_says_what_is_in_it(command: Command, tmp_path: Path) -> None:
    pq.write_table(pa.table(CHAINS), tmp_path / "chains.parquet")
    path = run_file(tmp_path, tmp_path / "chains.parquet")
    command("build", path)

    ran = command("mixchain", path)

    assert ran.code == 0, ran.err
    assert "1 rows; 1 of 2 problems have every solution" in ran.out
    assert "Values of level: solution_0 = 0, solution_1 = 1; tokens of words" in " ".join(ran.out.split())


def test_a_table_with_lacking_chains_is_read_again_where_bad_rows_are_rejected(
    command: Command, tmp_path: Path
) -> None:
    pq.write_table(pa.table(CHAINS), tmp_path / "chains.parquet")
    path = run_file(tmp_path, tmp_path / "chains.parquet")
    command("build", path)
    command("mixchain", path, "--all")
    written = sorted((tmp_path / "runs" / "published" / "mixchain").glob("*/*.parquet"))
    whole = pa.concat_tables([pq.read_table(one) for one in written])
    pq.write_table(whole, tmp_path / "again.parquet")

    again = command("build", run_file(tmp_path, tmp_path / "again.parquet", on_bad_row="reject", columns=COLUMNS))

    assert again.code == 0, again.err
    assert whole["correct_1"].to_pylist().count(False) == 1
    assert "check: 3 rows; 3 correct" in again.err
    assert "rejected: 1 missing_reply" in again.err


def test_a_config_without_a_control_is_refused(command: Command, run_file: Path) -> None:
    command("build", str(run_file))

    ran = command("mixchain", str(run_file), "--config", "shortest_correct")

    assert ran.code == 1
    assert "at 2 to 32 values of one" in ran.err

"""The same work by `python -m flows build`: read, ask, journal, check, choose, publish; then the rows as JSON lines.

python -m benchmarks.load.ours BASE_URL problems.jsonl out.jsonl IN_FLIGHT [longest_first | as_they_come]
"""

import json
import subprocess
import sys
from pathlib import Path

from datasets import load_from_disk


def run_file(base_url: str, problems: Path, out: Path, in_flight: int, order: str) -> Path:
    """Write the run file beside the output."""
    tree = {
        "name": "load",
        "runs": str(out.with_suffix(".runs")),
        "where": "here",
        "order": order,
        "problems": {
            "kind": "file",
            "path": str(problems),
            "columns": {"question": "question", "gold": "answer", "id": "id", "expected_tokens": "expected_tokens"},
        },
        "engine": {"kind": "remote", "base_url": base_url, "model": "mock", "concurrency": in_flight},
        "methods": [{"kind": "shortest_correct", "zero_shot": 1, "race": False, "sampling": {"max_tokens": 8192}}],
    }
    path = out.with_suffix(".yaml")
    path.write_text(json.dumps(tree))
    return path


def main(base_url: str, problems: Path, out: Path, in_flight: int, order: str) -> None:
    """Build, then write what is in the dataset."""
    path = run_file(base_url, problems, out, in_flight, order)
    subprocess.run([sys.executable, "-m", "flows", "build", str(path)], check=True)
    (version,) = (folder for folder in (out.with_suffix(".runs") / "load" / "dataset").iterdir() if folder.is_dir())
    with out.open("w") as file:
        for split in load_from_disk(str(version / "shortest_correct")).values():
            for row in split:
                file.write(
                    json.dumps({"id": row["question"].split("]")[0].removeprefix("[row:"), "reply": row["reply"]})
                    + "\n"
                )


if __name__ == "__main__":
    told = sys.argv[5] if len(sys.argv) > 5 else "longest_first"
    main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]), told)

"""How much of real chains comes after their first correct solution, and what finding it costs.

    python -m benchmarks.first_correct

Reads the chains of R1 and of a Qwen2.5-Math model where the example run files say that they lie, beside the checkout.
Lengths are words of the reasoning. The last table finds the end of made-up chains of 32,000 words and of a tenth.
"""

import sys
import time
from pathlib import Path
from typing import Literal

import pyarrow as pa

from data.columns import COT_TOKENS, FROM_TRACE_ID
from data.errors import InputError
from data.inputs.every import read_traces
from data.spec import load
from data.table import split_dropped, values
from pipelines.build.run_file import Run
from stages.check_answer import CheckAnswer
from stages.choosing.keep import KeepSameAnswer, KeepVerified
from stages.cutting.first_correct import EndAtFirstCorrect, Ends
from stages.replies.split_reply import SplitReply

SOURCES = {"DeepSeek-R1, 10 traces": "import_r1_traces", "Qwen2.5-Math, 100 x 8 samples": "import_qwen_math"}
WAYS: tuple[tuple[Ends, Literal["cut", "keep"]], ...] = (
    ("stated", "cut"),
    ("stated", "keep"),
    ("concluded", "cut"),
    ("concluded", "keep"),
)
WORDS = 32_000
STEPS = {
    "plain steps": "Now add 4 to 3, which makes 7 in all, and go on.\n",
    "a wrong answer in every line": "So the answer is 7. Wait, that is not it.\n",
}
SPLIT, CHECK = SplitReply(tokenizer="words"), CheckAnswer()


def main() -> int:
    """Print what is saved, and what it takes."""
    print("| chains | right | `ends` | `reflection` | ended earlier | words before | words after | fewer, % |")
    print("|---|---:|---|---|---:|---:|---:|---:|")
    for title, name in SOURCES.items():
        rows = verified(Path("examples") / f"{name}.yaml")
        for ends, reflection in WAYS:
            print(line(title, rows, ends, reflection))
    print("\n| chain | seconds for 32,000 words | times those for 3,200 |\n|---|---:|---:|")
    for title, step in STEPS.items():
        long, short = (seconds(step, words) for words in (WORDS, WORDS // 10))
        print(f"| {title} | {long:.2f} | {long / short:.1f} |")
    return 0


def verified(path: Path) -> pa.Table:
    """Return the right traces of a run file's source."""
    run = load(Run, path)
    if run.traces is None:
        sys.exit(f"{path}: it has no traces")
    try:
        table = pa.concat_tables(list(read_traces(run.traces)))
    except InputError as error:
        sys.exit(f"{error}; the chains are no part of the project")
    kept, _ = split_dropped(table)
    return split_dropped(KeepVerified()(CHECK(SPLIT(kept))))[0]


def line(title: str, rows: pa.Table, ends: Ends, reflection: Literal["cut", "keep"]) -> str:
    """Return a line of the table; what is cut is checked again as a build does."""
    stage = EndAtFirstCorrect(method="first_correct", ends=ends, reflection=reflection)
    made, changed = split_dropped(KeepSameAnswer()(CHECK(SPLIT(stage(rows)))))
    if changed.num_rows:
        sys.exit(f"{title}: {changed.num_rows} answers changed")
    before, after = (sum(values(table, COT_TOKENS)) for table in (rows, made))
    earlier = sum(source is not None for source in values(made, FROM_TRACE_ID))
    cells = f"{title} | {rows.num_rows} | {ends} | {reflection} | {earlier} | {before:,} | {after:,}"
    return f"| {cells} | {100 * (1 - after / before):.1f} |"


def seconds(step: str, words: int) -> float:
    """Return the time, the least of five, to find that a chain of so many words states its right answer at its end."""
    cot = step * (words // len(step.split())) + "So the answer is 42."
    told = {"trace_id": "t", "reply": f"<think>\n{cot}\n</think>\n\n\\boxed{{42}}", "gold": "42", "answer_kind": None}
    row = pa.Table.from_pylist([{**told, "final_answer": "42", "cot_tokens": words}])
    stage, times = EndAtFirstCorrect(method="first_correct"), []
    for _ in range(5):
        began = time.perf_counter()
        stage(row)
        times.append(time.perf_counter() - began)
    return min(times)


if __name__ == "__main__":
    sys.exit(main())

"""Datasets and runs small enough to train in a test: sums told at three lengths, on the pocket model."""

from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from data.columns import TRAINING
from data.dataset.about import About
from data.dataset.splits import Splits
from data.dataset.write import write_dataset
from data.prompts.wording import question_prompt
from data.table import from_rows
from sft.config import Adapter, Base, Rows, Training
from sft.rows.labels import Labels
from sft.rows.prepare import Fit, Prepared, prepare
from sft.rows.tokens import Tokens

POCKET = Path(__file__).parents[2] / "data" / "pocket"
LENGTHS = (3, 2, 1)
ABOUT = About(name="sums", run="f" * 64, run_file="", tokenizer="pocket", checker="1", problems=10)


def row(problem: int, length: int = 1, **more: Any) -> dict[str, Any]:
    """Return a training row: a sum, its reasoning `length` lines long."""
    left, right = problem % 10, problem // 10 + 1
    question = f"What is {left} + {right}?"
    cot = "\n".join([f"{left} + {right} = {left + right}."] * length)
    reply = f"<think>\n{cot}\n</think>\nThe answer is \\boxed{{{left + right}}}."
    return {
        "problem_id": f"p{problem:03d}",
        "question": question,
        "trace_id": f"p{problem:03d}-{length}",
        "method": "lengths",
        "cot": cot,
        "cot_tokens": 8 * length,
        "tokenizer": "pocket",
        "control_kind": "steps",
        "control_value": float(length),
        "prompt": [{"role": "user", "content": question_prompt(question)}],
        "completion": [{"role": "assistant", "content": reply}],
        "segments": [],
        "added_tokens": [],
    } | more


def rows(problems: int = 12, lengths: Sequence[int] = LENGTHS) -> list[dict[str, Any]]:
    """Return each problem at each length."""
    return [row(problem, length) for problem in range(problems) for length in lengths]


def version(root: Path, found: Sequence[dict[str, Any]] | None = None, **shares: float) -> Path:
    """Write rows as a dataset version."""
    splits = Splits(shares=shares or {"train": 0.75, "validation": 0.25})
    return write_dataset(root, {"lengths": [from_rows(found or rows(), TRAINING)]}, [], splits, ABOUT)


def run(dataset: Path, *, rows: Rows | None = None, **more: Any) -> Training:
    """Return a run of a few steps."""
    settings: dict[str, Any] = {
        "base": Base(model=str(POCKET)),
        "dataset": rows or Rows(path=str(dataset), config="lengths"),
        "adapter": Adapter(rank=4, alpha=8, dropout=0.1),
        "learning_rate": 1e-3,
        "max_steps": 6,
        "batch_size": 2,
        "accumulate": 2,
        "checkpoint_every": 2,
        "log_every": 1,
        "threads": 1,
    }
    return Training(**settings | more)


def labels_of(tokenizer: Any) -> Labels:
    """Return what labels rows for a tokenizer whose model stops at its end of sequence."""
    return Labels(tokenizer, frozenset({tokenizer.eos_token}))


def tokens_of(rows: Sequence[Any], tokenizer: Any) -> Tokens:
    """Return rows as tokens; all of them fit."""
    return prepared_of(rows, tokenizer, Fit(2048, on_unfit="refuse")).tokens


def prepared_of(rows: Sequence[Any], tokenizer: Any, fit: Fit, held_out: Sequence[Any] = (), unit: int = 1) -> Prepared:
    """Return rows ready to train; the file that holds them is gone and stays mapped."""
    with TemporaryDirectory() as folder:
        return prepare(rows, held_out, labels_of(tokenizer), fit, Path(folder) / "rows", unit)

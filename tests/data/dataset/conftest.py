import hashlib
from collections.abc import Callable, Sequence
from typing import Any

import pyarrow as pa
import pytest

from data.columns import TRAINING
from data.dataset.about import About, Method, Model, Source
from data.dataset.lengths import Lengths
from data.table import from_rows

RowsMaker = Callable[..., list[dict[str, Any]]]


def _id(*parts: object) -> str:
    return hashlib.sha256(repr(parts).encode()).hexdigest()[:20]


def make_row(problem: int, sample: int, method: str) -> dict[str, Any]:
    cot = f'First {problem},\nthen "{sample}" \\ and {"on " * (sample + 1)}…'
    asked = [{"role": "user", "content": f"What is {problem}?"}]
    return {
        "problem_id": _id(problem),
        "source": "task:addition@1",
        "question": asked[0]["content"],
        "gold": str(problem),
        "answer_kind": "integer",
        "trace_id": _id(problem, sample, method),
        "method": method,
        "prompt_id": "zero_shot",
        "sample": sample,
        "seed": problem,
        "messages": asked,
        "reply": f"{cot} \\boxed{{{problem}}}",
        "cot": cot,
        "verdict": "correct",
        "cot_tokens": 10 * (sample + 1),
        "reply_tokens": 10 * (sample + 1) + 5,
        "finish_reason": "stop",
        "spent_tokens": 100,
        "model": "pocket",
        "tokenizer": "pocket@1",
        "control_kind": "none" if sample % 2 else "ratio_kept",
        "control_value": None if sample % 2 else sample / 3,
        "prompt": asked,
        "completion": [{"role": "assistant", "content": cot}],
        "segments": [] if sample % 2 else [{"text": cot, "role": "assistant", "kind": "cot", "train": True}],
        "added_tokens": None if sample % 2 else ["<gist>", "<|end|>"],
        "group": None if problem % 3 else {"n": 4, "pass_rate": 0.1 + 0.2, "mean": 25.0, "min": 10, "max": 40},
    }


@pytest.fixture(scope="session")
def rows_of() -> RowsMaker:
    def rows_of(method: str, problems: int = 60, samples: int = 2) -> list[dict[str, Any]]:
        return [make_row(problem, sample, method) for problem in range(problems) for sample in range(samples)]

    return rows_of


@pytest.fixture(scope="session")
def training() -> Callable[[Sequence[dict[str, Any]]], pa.Table]:
    return lambda rows: from_rows(rows, TRAINING)


@pytest.fixture(scope="session")
def about() -> About:
    return About(
        name="demo",
        run="f" * 64,
        run_file="name: demo\n",
        models=(Model(name="pocket", revision="abc"),),
        tokenizer="pocket@1",
        checker="1.0",
        methods={"shortest_correct": Method(title="Self-Training", paper="https://arxiv.org/abs/2502.20122")},
        sources=(Source(name="task:addition", licence="apache-2.0", rows=100),),
        problems=100,
        before={"shortest_correct": Lengths(traces=240, mean=25.0, median=24.5, p90=40)},
    )

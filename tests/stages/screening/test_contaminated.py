from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

from data.errors import InputError
from stages.screening.contaminated import SUFFIX, DropContaminated
from stages.screening.ngrams import ngrams, words

TEST = "A train of the benchmark leaves the station at nine and covers sixty miles in each of the next three hours."
SUM = "What is 2 + 3?"
LONGER = f"{TEST} But this one goes on and asks for something else that no benchmark has ever asked, at some length."


def judged(folder: Path, questions: list[str], share: float = 0.0, **benchmarks: list[str]) -> list[dict[str, str]]:
    for name, asked in benchmarks.items():
        np.save(folder / f"{name}{SUFFIX}", np.unique(np.concatenate([ngrams(words(text), 13) for text in asked])))
    stage = DropContaminated(
        folder=str(folder), revision=str(folder), benchmarks=tuple(benchmarks), words=13, share=share
    )
    return stage(pa.table({"question": pa.array(questions, pa.string())})).to_pylist()


@pytest.mark.parametrize(
    ("question", "leaves"),
    [
        (TEST, True),
        (f"Sure: {TEST.upper()} How far?", True),
        (TEST.replace("sixty miles in", "70 miles in"), False),
        (TEST.replace("in each", "in all"), True),
        (SUM, True),
        ("what  is 2 + 3?", True),
        ("What is 2 - 3?", False),
        (f"{SUM} And what is 4 + 9, if the sum is taken twice over by the class?", False),
        ("", False),
    ],
)
def test_a_shared_run_of_words_leaves_and_what_is_shorter_is_compared_whole(
    tmp_path: Path, question: str, leaves: bool
) -> None:
    (row,) = judged(tmp_path, [question], tests=[TEST, SUM])

    assert row["dropped"] == ("contaminated:tests" if leaves else None)


def test_the_first_benchmark_that_has_it_is_named_with_the_first_run_that_is_shared(tmp_path: Path) -> None:
    (row,) = judged(tmp_path, [f"Sure: {TEST}"], other=[SUM], trains=[TEST], again=[TEST])

    assert row["dropped"] == "contaminated:trains"
    assert row["detail"] == "shares with trains: a train of the benchmark leaves the station at nine and covers sixty"


def test_a_share_of_the_runs_can_be_asked_for(tmp_path: Path) -> None:
    assert judged(tmp_path, [LONGER], share=0.2, t=[TEST])[0]["dropped"] == "contaminated:t"
    assert judged(tmp_path, [LONGER], share=0.9, t=[TEST])[0]["dropped"] is None
    assert judged(tmp_path, [TEST], share=1.0, t=[TEST])[0]["dropped"] == "contaminated:t"


def test_no_rows_give_no_rows_and_a_missing_index_is_an_error(tmp_path: Path) -> None:
    assert judged(tmp_path, [], t=[TEST]) == []
    with pytest.raises(InputError, match="there is no such file"):
        DropContaminated(folder=str(tmp_path), revision="1", benchmarks=("u",), words=13)(pa.table({"question": ["x"]}))

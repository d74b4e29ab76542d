from pathlib import Path

import pytest

from data.errors import InputError
from pipelines.judging.levels import Levels, read_levels
from stages.tokens import load_tokenizer
from tests.pipelines.judging.test_judge import dataset, judging
from tests.sft.small import POCKET, row


def test_a_reply_reaches_the_level_that_its_length_belongs_to() -> None:
    of = Levels({}, {}, {"p": 200})

    reached = [of.reached("p", tokens) for tokens in (0, 8, 20, 31, 100, 120, 300)]

    assert reached == [6, 6, 5, 4, 1, 0, 0]


def test_a_long_chain_is_counted_as_the_base_counts(tmp_path: Path) -> None:
    levels = read_levels(judging(dataset(tmp_path), tmp_path))

    assert levels.long["p003"] == load_tokenizer(str(POCKET)).count([row(3, 3)["cot"]])[0]


def test_levels_without_their_long_chain_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="1 problems have levels and no long chain"):
        read_levels(judging(dataset(tmp_path, problem_id="elsewhere"), tmp_path))

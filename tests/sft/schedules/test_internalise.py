from itertools import pairwise
from typing import Any

from sft.rows.tools import tools_of
from sft.schedules.internalise import Internalise
from tests.sft.small import row, rows


def content(it: Any) -> str:
    return str(it["completion"][0]["content"])


def test_each_stage_drops_more_from_the_front_and_the_last_drops_all(tokenizer: Any) -> None:
    found = rows(2)
    plan = Internalise(tokens_each=5).plan(found, tools_of(tokenizer))

    assert [stage.name for stage in plan.stages][:2] == ["drop 0", "drop 5"]
    assert list(plan.stages[0].rows) == found
    for stage, later in pairwise(plan.stages):
        for one, other in zip(stage.rows, later.rows, strict=True):
            assert len(content(other)) <= len(content(one))
    for it, before in zip(plan.stages[-1].rows, found, strict=True):
        assert content(it) == content(before).replace(before["cot"], "")


def test_what_is_left_is_the_end_of_the_reasoning_to_the_byte(tokenizer: Any) -> None:
    it = row(1, cot="Ça fait ½ × 10⁶.\n\nThen 2 + 3 = 5.")
    it["completion"] = [{"role": "assistant", "content": f"<think>\n{it['cot']}\n</think>\n5"}]
    plan = Internalise(tokens_each=3).plan([it], tools_of(tokenizer))

    for stage in plan.stages:
        left = content(stage.rows[0]).removeprefix("<think>\n").removesuffix("\n</think>\n5")
        assert it["cot"].endswith(left)


def test_past_the_most_stages_the_rest_goes_at_once(tokenizer: Any) -> None:
    plan = Internalise(tokens_each=1, max_stages=4).plan(rows(2), tools_of(tokenizer))

    assert [stage.name for stage in plan.stages] == ["drop 0", "drop 1", "drop 2", "drop all"]


def test_rows_whose_reasoning_cannot_be_found_are_faults(tokenizer: Any) -> None:
    segments = [{"text": "x", "role": "assistant", "kind": "cot", "train": True, "weight": 1.0}]
    plan = Internalise().plan([row(1, cot="else"), row(2, segments=segments)], tools_of(tokenizer))

    assert ["do not hold" in plan.faults[0], "have segments" in plan.faults[1]] == [True, True]

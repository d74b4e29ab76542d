from typing import Any

import pytest

from data.columns import CONTROL_KIND, CONTROL_VALUE, FINAL_ANSWER, TRACES, UNIT_SCORES
from data.table import from_rows
from stages.cutting.cut_cots import CutCoTs
from stages.cutting.steps import checks, ratio_of_all, with_marks
from stages.cutting.units import Grain, read_units

CHAIN = """First we add 3 and 4.
That is 3 + 4 = 7.

Wait, let me check that again.
4 + 3 = 7, yes.

So 7 it is, and 7 - 2 = 5.

\\[
x = 5

y = 7
\\]"""
FIELDS = (*TRACES, CONTROL_KIND, CONTROL_VALUE, UNIT_SCORES)


def steps(grain: Grain) -> list[str]:
    return [CHAIN[begin:end] for begin, end in read_units(CHAIN, grain).spans]


def test_a_paragraph_or_a_line_is_a_step_and_what_has_marks_of_its_own_is_never_parted() -> None:
    paragraphs = CHAIN.split("\n\n")

    assert steps("paragraphs") == [*paragraphs[:3], "\n\n".join(paragraphs[3:])]
    assert steps("lines") == [*"\n".join(paragraphs[:3]).replace("\n\n", "\n").split("\n"), CHAIN[CHAIN.index("\\[") :]]


def test_the_sizes_of_steps_are_their_words_numbers_and_signs() -> None:
    assert read_units("one two\n\n3 + 4 = 7.", "paragraphs").sizes == (2, 6)
    assert read_units("", "lines").spans == ()


def cut(ratio: float, scores: list[float], **fields: Any) -> dict[str, Any]:
    reply = f"<think>\n{fields.pop('chain', CHAIN)}\n</think>\n\n\\boxed{{5}}"
    row = {
        "trace_id": "t",
        "reply": reply,
        "cot": CHAIN,
        "cot_tokens": 20,
        FINAL_ANSWER.name: "5",
        "control_value": ratio,
        "unit_scores": scores,
    }
    stage = CutCoTs(method="step_cutting", by="stub@1", tokenizer="words", grain="paragraphs", **fields)
    (made,) = stage(from_rows([row], FIELDS)).to_pylist()
    return dict(made)


def left(made: dict[str, Any]) -> str:
    return str(made["reply"].removeprefix("<think>\n").partition("\n</think>")[0])


def test_steps_stay_or_go_whole_in_order_of_their_scores() -> None:
    paragraphs = CHAIN.split("\n\n", 3)

    assert left(cut(0.5, [0.9, 0.1, 0.8, 0.2], counts="steps")) == f"{paragraphs[0]}\n\n{paragraphs[2]}"
    assert left(cut(0.25, [0.1, 0.1, 0.2, 0.9], counts="steps")) == paragraphs[3]


def test_a_share_of_words_passes_over_a_step_that_is_too_long() -> None:
    made = cut(0.4, [0.1, 0.2, 0.9, 0.3])

    assert made["units_kept_ratio"] == pytest.approx(0.4, abs=0.15)
    assert "So 7 it is" in left(made)


def test_only_steps_that_look_back_go_where_only_those_may() -> None:
    units = read_units(CHAIN, "paragraphs")

    assert checks(units) == [False, True, False, False]
    assert ratio_of_all([10, 30], 0.5, [True, False]) == 1 - 5 / 40
    made = cut(0.1, [0.1, 0.9, 0.1, 0.1], only_checks=True, counts="steps")
    assert "Wait" not in left(made)
    assert all(step in left(made) for step in ("First we", "So 7 it is", "y = 7"))


def test_a_chain_that_never_looks_back_is_kept_whole_with_a_remark() -> None:
    made = cut(0.1, [0.1, 0.9], only_checks=True, chain="3 + 4 = 7.\n\n7 - 2 = 5.")

    assert (made["dropped"], made["remarks"]) == (None, ["no_checks"])
    assert left(made) == "3 + 4 = 7.\n\n7 - 2 = 5."


def test_one_mark_stands_where_a_run_of_steps_was_cut() -> None:
    units = read_units("one\n\ntwo\n\nthree\n\nfour", "paragraphs")

    assert with_marks(units, [True, False, False, True], "[SKIP]") == "one\n\n[SKIP]\n\nfour"
    assert with_marks(units, [False, True, False, False], "[SKIP]") == "[SKIP]\n\ntwo\n\n[SKIP]"
    assert left(cut(0.25, [0.1, 0.1, 0.9, 0.1], counts="steps", mark="[SKIP]")).startswith("[SKIP]\n\nSo 7")


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["a\n\n", "\n", " \n", "\\[\n\n", "```\n", "wait\n\n"])
def test_thousands_of_steps_cost_no_more_than_their_length(piece: str) -> None:
    text = piece * 30_000

    assert len(checks(read_units(text, "paragraphs"))) <= 30_001

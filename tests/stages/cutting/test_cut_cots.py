from typing import Any

import pyarrow as pa
import pytest

from data.columns import CONTROL_KIND, CONTROL_VALUE, FINAL_ANSWER, TRACES, UNIT_SCORES
from data.table import from_rows
from stages.cutting.cut_cots import CutCoTs
from stages.cutting.cut_spans import without
from stages.cutting.percentile import Force
from stages.cutting.units import read_units
from stages.replies.answer_segment import parts_of

REASONING = "First we add 3 and 4.\nThat makes 7 in all."
FIELDS = (*TRACES, CONTROL_KIND, CONTROL_VALUE, UNIT_SCORES)
THOUGHT = f"<think>\n{REASONING}\n</think>\nThe answer is \\boxed{{7}}."


def cut(
    reply: str, ratio: float, scores: list[float] | None = None, answer: str = "7", **fields: Any
) -> dict[str, Any]:
    kind = fields.pop("kind", None)
    count = len(read_units(parts_of(reply, answer).reasoning, fields.get("grain", "formulas")))
    row = {
        "trace_id": "t",
        "method": "sampled",
        "reply": reply,
        "cot": REASONING,
        "cot_tokens": 20,
        FINAL_ANSWER.name: answer,
        "answer_kind": kind,
        "control_kind": "ratio_kept",
        "control_value": ratio,
        "unit_scores": scores or [float(-at) for at in range(count)],
    }
    stage = CutCoTs(method="token_skip", by="stub@1", tokenizer="words", **fields)
    (made,) = stage(from_rows([row], FIELDS)).to_pylist()
    return dict(made)


def test_the_highest_scores_stay_in_their_order() -> None:
    made = cut(THOUGHT, 0.25, [1.0 if at in (1, 7, 12) else 0.0 for at in range(13)], grain="words")

    assert made["reply"] == "<think>\nwe\nThat.\n</think>\n\nThe answer is \\boxed{7}."
    assert made["units_kept_ratio"] == 3 / 13


def test_at_ratio_one_the_reply_is_the_original_to_the_byte() -> None:
    made = cut(THOUGHT, 1.0)

    assert made["reply"] == THOUGHT
    assert made["units_kept_ratio"] == 1
    assert made["kept_spans"] == [0, len(REASONING)]
    assert made["shortened_by"] is None


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize(
    "tail",
    [
        "\n\n\\boxed{7}\n\nThe final answer is: $\\boxed{7}$",
        "\n\nThe answer is 7.",
    ],
)
def test_the_answer_is_stated_once_and_never_cut(ratio: float, tail: str) -> None:
    made = cut(f"{REASONING}{tail}", ratio)

    assert made["reply"].count("\\boxed{") == 1
    assert made["reply"].endswith("The final answer is: $\\boxed{7}$")


@pytest.mark.parametrize("ratio", [1.0, 0.5])
@pytest.mark.parametrize(
    ("said", "stays"),
    [
        ("So \\boxed{7}, that is \\boxed{7}.", "So 7, that is \\boxed{7}."),
        ("Add them.\n\nIt is 7.", "Add them.\n\nIt is 7.\n\nThe final answer is: $\\boxed{7}$"),
        ("**Solution**: 3 + 4 is \\boxed{7}, so 7.", "**Solution**: 3 + 4 is \\boxed{7}, so 7."),
    ],
)
def test_what_follows_the_marks_of_thought_stays_and_boxes_its_answer_once(ratio: float, said: str, stays: str) -> None:
    made = cut(f"<think>\n{REASONING}\n</think>\n\n{said}", ratio)

    assert made["reply"].partition("</think>\n\n")[2] == stays


@pytest.mark.parametrize(
    ("said", "answer", "kind", "stated"),
    [
        ("The answer is $40.", "$40", None, "The final answer is: $\\boxed{40}$"),
        ("The answer is B because 7 is prime.", "B because 7 is prime", "choice", "The final answer is: $\\boxed{B}$"),
        ("所以答案是40。", "40", None, "最终答案是： $\\boxed{40}$"),
    ],
)
def test_the_answer_is_stated_normalised_and_in_the_language_of_the_reply(
    said: str, answer: str, kind: str | None, stated: str
) -> None:
    told = "小明先把3个苹果和4个梨放在桌上。" if "答" in said else REASONING

    for ratio in (1.0, 0.5):
        assert cut(f"{told}\n{said}", ratio, answer=answer, kind=kind)["reply"].endswith(f"\n\n{stated}")


def test_the_statement_counts_neither_before_nor_after() -> None:
    text = "three apples and four pears are seven in all\n\nAnswer: 7"

    assert [cut(text, ratio)["kept_ratio"] for ratio in (1.0, 1 / 3)] == [1, 1 / 3]


def test_a_cut_chain_that_has_no_fewer_tokens_leaves() -> None:
    reply = "<think>\n1 22 333 4444 55555 ok\n</think>\n\n\\boxed{7}"

    assert cut(reply, 0.5)["dropped"] is None
    assert cut("<think>\n12 34 56 78\n</think>\n\n\\boxed{7}", 0.5)["dropped"] == "not_shorter"
    assert cut("<think>\n12 34 56 78\n</think>\n\n\\boxed{7}", 1.0)["dropped"] is None


BOXED_ON_THE_WAY = [
    "<think>\nWe add 3 and 4, it is \\boxed{7}.\nA check: 3 + 4 = \\boxed{7}.\n</think>\nThe answer is \\boxed{7}.",
    "So we get \\boxed{7} as 3 + 4. Indeed 3 + 4 = 7 is right.\n\nThe final answer is: $\\boxed{7}$",
    "First 3 and then 4 more, so 3 + 4 = \\boxed{7} in all.",
]


@pytest.mark.parametrize("reply", BOXED_ON_THE_WAY)
def test_a_reply_that_boxes_its_answer_on_the_way_is_whole_at_one_and_boxes_it_once_below(reply: str) -> None:
    assert cut(reply, 1.0)["reply"] == reply
    for ratio in (0.9, 0.5, 0.1):
        made = cut(reply, ratio)["reply"]

        assert made.count("\\boxed{") == made.count("\\boxed{7}") == 1
        assert made.count("{") == made.count("}") == 1
        assert "\\boxed{7}" in made.rpartition("\n")[2]


def test_what_boxes_an_answer_on_the_way_counts_for_nothing() -> None:
    text = "so one two three four five six \\boxed{seven} eight nine ten with 1 + 1"

    assert cut(text, 0.5)["units_kept_ratio"] == 8 / 15
    assert cut(text, 1.0)["units_kept_ratio"] == 1


@pytest.mark.parametrize("said", ["#### 7", "ANSWER: x = 7", "**Answer: 7**"])
def test_an_answer_that_is_stated_without_a_box_is_boxed_in_its_place(said: str) -> None:
    reply = f"{REASONING}\n{said}"

    assert cut(reply, 1.0)["reply"] == f"{REASONING}\n\nThe final answer is: $\\boxed{{7}}$"
    assert said not in cut(reply, 0.9)["reply"]
    assert cut(reply, 0.9)["reply"].endswith("\n\nThe final answer is: $\\boxed{7}$")


def test_kept_spans_tell_where_in_the_original_each_stretch_stood() -> None:
    made = cut(THOUGHT, 0.5)
    spans = list(zip(made["kept_spans"][::2], made["kept_spans"][1::2], strict=True))
    left = made["reply"].removeprefix("<think>\n").partition("\n</think>")[0]

    assert "".join(REASONING[begin:end] for begin, end in spans) == left


def test_numbers_of_the_prose_survive_and_an_unreachable_ratio_is_remarked() -> None:
    assert cut(THOUGHT, 0.1)["remarks"] == ["ratio_unreachable"]
    assert cut(THOUGHT, 0.5)["remarks"] == []
    for ratio in (0.1, 0.5, 0.9):
        reply = cut(THOUGHT, ratio)["reply"]

        assert [sign for sign in reply if sign.isdigit()] == list("3477")


def test_the_variant_says_what_it_was_made_from_by_what_and_how_far() -> None:
    made = cut(THOUGHT, 0.5)

    assert made["from_trace_id"] == "t"
    assert made["trace_id"] != "t"
    assert made["shortened_by"] == "stub@1"
    assert (made["control_kind"], made["control_value"], made["from_tokens"]) == ("ratio_kept", 0.5, 20)
    assert made["reply_tokens"] is None


def test_the_percentile_rule_leaves_nothing_of_equal_scores_and_says_so() -> None:
    made = cut(THOUGHT, 0.5, [0.5] * 13, rule="percentile", grain="words")

    assert made["dropped"] == "nothing_left"


def test_formulas_are_kept_or_cut_whole_in_order_of_their_scores() -> None:
    thought = "<think>\nWe add 3 + 4 = 7 and then \\(7 \\cdot 2 = 14\\) here\n</think>\n\n\\boxed{14}"

    assert "\nWe 3 + 4 = 7\n" in cut(thought, 0.35, [0.4, 0.1, 0.9, 0.1, 0.1, 0.2, 0.1])["reply"]
    assert "\n\\(7 \\cdot 2 = 14\\)\n" in cut(thought, 0.43, [0.0, 0.1, 0.2, 0.1, 0.1, 0.9, 0.1])["reply"]


def test_the_percentile_rule_has_the_options_of_the_reference() -> None:
    made = cut(THOUGHT, 0.5, [0.5] * 13, rule="percentile", grain="words", force=Force(force_reserve_digit=True))

    assert made["reply"].startswith("<think>\n3 4\n7\n</think>")


def test_a_reply_without_reasoning_leaves() -> None:
    stage = CutCoTs(method="token_skip", by="stub@1", tokenizer="words")
    row = {"reply": "\\boxed{7}", "control_value": 0.5, "unit_scores": [], "trace_id": "t"}
    made = stage(from_rows([row], FIELDS))

    assert made.column("dropped").to_pylist() == ["no_reasoning"]
    assert stage(pa.schema(list(FIELDS)).empty_table()).num_rows == 0


def test_holes_are_cut_out_of_stretches() -> None:
    assert without([(0, 5), (8, 12)], [(3, 9), (11, 12)]) == [(0, 3), (9, 11)]

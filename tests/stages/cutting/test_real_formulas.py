"""Every formula that is left of a real chain of thought is one of the original, at any ratio and however it scores."""

import json
from collections import Counter
from pathlib import Path
from random import Random

import pytest

from benchmarks.formula_reader import formulas, unboxed
from data.boxes import read_boxes
from stages.cutting.choose_units import exactly
from stages.cutting.cut_spans import without
from stages.cutting.units import Units, units_of
from stages.replies.answer_segment import box_wrappers, parts_of

RATIOS = (0.9, 0.7, 0.5, 0.3)


def chains(shared: Path) -> dict[str, list[str]]:
    folder = shared / "data" / "model_outputs"
    math = [json.loads(line) for line in (folder / "qwen2.5-math_100x8.jsonl").read_text("utf-8").splitlines()]
    correct = [next((code for code, right in zip(row["code"], row["score"], strict=True) if right), "") for row in math]
    plain = [json.loads(line) for line in (folder / "qwen2.5-3b_gsm8k.jsonl").read_text("utf-8").splitlines()]
    thoughts = [row["message_thinking"] for row in json.loads((folder / "r1_traces_ollama.json").read_text("utf-8"))]
    return {
        "Qwen2.5-Math": [code for code in correct if code],
        "Qwen2.5-3B": ["".join(row["code"]) for row in plain[:200]],
        "R1": [thought for thought in thoughts if thought],
    }


def left(units: Units, keep: tuple[bool, ...]) -> str:
    spans = without(units.kept(keep), box_wrappers(units.text))
    return "".join(units.text[begin:end] for begin, end in spans)


@pytest.mark.slow
@pytest.mark.parametrize("model", ["Qwen2.5-Math", "Qwen2.5-3B", "R1"])
def test_no_formula_that_is_kept_differs_from_one_of_the_original(shared: Path, model: str) -> None:
    told = chains(shared)[model]
    assert model != "Qwen2.5-Math" or len(told) == 96
    changed, read, missed = Counter[str](), 0, 0

    for at, chain in enumerate(told):
        units = units_of(parts_of(chain).reasoning)
        original = Counter(formulas(unboxed(units.text)))
        for ratio in RATIOS:
            draw = Random(f"{at} {ratio}")
            choice = exactly([draw.random() for _ in units.spans], units.sizes, ratio, units.numbers)
            kept = Counter(formulas(left(units, choice.keep)))
            changed += kept - original
            read += kept.total()
            missed += not choice.reachable

    assert read > 4 * len(told)
    assert not changed
    assert missed <= 0.01 * len(told) * len(RATIOS)


def test_the_reader_of_this_test_sees_a_formula_that_was_broken() -> None:
    whole = "We have \\(x = 3\\) and 36/6 = 6.\n| a | b |\n\\[ y\n\\]"

    assert list(formulas(whole)) == ["\\(x = 3\\)", "\\[ y\n\\]", "36/6 = 6", "| a | b |"]
    assert list(formulas("\\(= 3\\) and = 6")) == ["\\(= 3\\)"]
    assert not read_boxes(unboxed("so \\boxed{7}"))

"""Golds of several parts, with units and tolerances, and golds that say that there is none.

Field cases of this kind: open-compass/VLMEvalKit#1209 and OpenBMB/OlympiadBench (`final_answer`, `unit`, `error`,
`is_multiple_answer`), NVIDIA-NeMo/RL#3417 and THU-KEG/PairJudgeRM#2 (NuminaMath's `proof`, `notfound`),
NVIDIA-NeMo/Skills#1092, zwhe99/DeepMath#1 (proofs among the problems; Yes and No stay golds), and
Azure99/NuminaMath-1.5-Pro (empty, `proof`, `notfound`), AM-DeepSeek-R1-Distilled (`reference_answer: null`).
The values are our own.
"""

import json
from pathlib import Path
from typing import Any

import pytest

from data.columns import ANSWER_KIND, DETAIL, DROPPED, GOLD, QUESTION, TOLERANCE
from data.errors import InputError
from data.inputs.every import read_problems
from data.inputs.file import FileProblems
from data.inputs.mapping import ProblemColumns
from data.inputs.rows.sentinels import is_sentinel


def rows_of(tmp_path: Path, rows: list[dict[str, Any]], **fields: Any) -> list[dict[str, Any]]:
    path = tmp_path / "p.jsonl"
    path.write_text("".join(json.dumps({"question": f"q{n}?", **row}) + "\n" for n, row in enumerate(rows)))
    source = FileProblems(path=str(path), **fields)
    return [row for table in read_problems(source) for row in table.to_pylist()]


@pytest.mark.parametrize(
    ("answer", "fields", "gold", "kind"),
    [
        (["7"], {}, "7", "integer"),
        (["$1$", "$5$"], {}, "$1$, $5$", "set"),
        (["2,-2"], {}, "2,-2", "expression"),
        ([1, 5], {}, "1, 5", "set"),
        (["x=1", "x=4"], {"gold_order": "fixed"}, "x=1, x=4", "tuple"),
        (["(1,2)", "(3,4)"], {}, "(1,2), (3,4)", "set"),
        (["A", "C"], {"gold": "choice"}, "A, C", "choice"),
        (["\\boxed{3}", "so \\boxed{4}"], {"gold": "boxed"}, "3, 4", "set"),
        (["1", "5"], {"answer_kind": "tuple"}, "1, 5", "tuple"),
        ('["$3$"]', {}, "$3$", "expression"),
        ('["1", "5"]', {}, "1, 5", "set"),
        ("['1', '5']", {}, "1, 5", "set"),
        ("[1, 5]", {}, "[1, 5]", "expression"),
        ("[0, 1)", {}, "[0, 1)", "expression"),
    ],
)
def test_a_list_is_a_gold_of_several_parts(
    tmp_path: Path, answer: Any, fields: dict[str, Any], gold: str, kind: str
) -> None:
    (row,) = rows_of(tmp_path, [{"answer": answer}], **fields)

    assert (row[GOLD.name], row[ANSWER_KIND.name]) == (gold, kind)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [([], "missing_gold"), ([None], "missing_gold"), (["1", ""], "missing_gold"), ([["1"]], "unreadable_gold")],
)
def test_a_list_that_lacks_a_part_is_no_gold(tmp_path: Path, answer: Any, reason: str) -> None:
    (row,) = rows_of(tmp_path, [{"answer": answer}], on_bad_row="reject")

    assert row[DROPPED.name] == reason


@pytest.mark.parametrize(
    ("unit", "gold"),
    [
        ("m/s", "3.0 \\times 10^{8} \\text{ m/s}"),
        ("$\\mathrm{m}$", "3.0 \\times 10^{8} \\mathrm{m}"),
        ("%", "3.0 \\times 10^{8}\\%"),
        (None, "$3.0 \\times 10^{8}$"),
        ("", "$3.0 \\times 10^{8}$"),
    ],
)
def test_a_unit_stands_behind_its_gold(tmp_path: Path, unit: str | None, gold: str) -> None:
    columns = ProblemColumns(unit="unit")

    (row,) = rows_of(tmp_path, [{"answer": ["$3.0 \\times 10^{8}$"], "unit": unit}], columns=columns)

    assert row[GOLD.name] == gold


@pytest.mark.parametrize(
    ("error", "tolerance"), [("1e6", 1e6), (0.5, 0.5), (None, None), ("", None), ("0.1,0.1", 0.1), ([0.2], 0.2)]
)
def test_a_tolerance_is_a_number_of_its_column(tmp_path: Path, error: Any, tolerance: float | None) -> None:
    columns = ProblemColumns(tolerance="error")

    (row,) = rows_of(tmp_path, [{"answer": "3", "error": error}], columns=columns)

    assert row[TOLERANCE.name] == tolerance


@pytest.mark.parametrize(
    ("error", "reason"),
    [("about 2", "wrong_type"), (-1, "wrong_type"), ("nan", "wrong_type"), (True, "wrong_type"),
     ("0.1,0.2", "unreadable_gold")],
)  # fmt: skip
def test_what_is_no_tolerance_rejects_its_row(tmp_path: Path, error: Any, reason: str) -> None:
    columns = ProblemColumns(tolerance="error")

    (row,) = rows_of(tmp_path, [{"answer": "3", "error": error}], columns=columns, on_bad_row="reject")

    assert row[DROPPED.name] == reason


SAY_NOTHING = [
    "proof", "Proof", "PROOF.", "notfound", "not found", "[proof]", "**proof**", "\\text{Proof}", "$\\text{proof}$",
    "N/A", "n/a", "NaN", "null", "No answer", "see solution", "See the solution.", "answer not found",
    "-", "...", "???",
    "Q.E.D.", "not_found", "TODO", "none provided", "no final answer", "\\boxed{proof}", "see  proof",
]  # fmt: skip
SAY_SOMETHING = [
    "42", "none", "no solution", "unknown", "no", "Yes", "0", "\\emptyset", "x", "-1", "proof by contradiction",
    "the proof", "There are none", "B", "-x", "2/3", "missingno", "err", "i", "\\text{not possible}", "impossible",
]  # fmt: skip


@pytest.mark.parametrize("gold", SAY_NOTHING)
def test_golds_that_say_that_there_is_none(gold: str) -> None:
    assert is_sentinel(gold)


@pytest.mark.parametrize("gold", SAY_SOMETHING)
def test_golds_that_are_answers(gold: str) -> None:
    assert not is_sentinel(gold)


def test_sentinels_are_left_out_and_counted_and_are_no_error(tmp_path: Path) -> None:
    rows = rows_of(tmp_path, [{"answer": "42"}, {"answer": "proof"}, {"answer": "notfound"}])

    assert [row[DROPPED.name] for row in rows] == [None, "sentinel_gold", "sentinel_gold"]
    assert rows[1][DETAIL.name].endswith("line 2: the gold says that there is none: 'proof'")
    assert [row[QUESTION.name] for row in rows] == ["q0?", None, None]


def test_a_person_can_name_the_sentinels_or_none(tmp_path: Path) -> None:
    golds = [{"answer": "proof"}, {"answer": "to be added"}]

    none = rows_of(tmp_path, golds, sentinel_golds=())
    own = rows_of(tmp_path, golds, sentinel_golds=("To be added",))

    assert [row[DROPPED.name] for row in none] == [None, None]
    assert [row[DROPPED.name] for row in own] == [None, "sentinel_gold"]


@pytest.mark.parametrize(
    ("answer", "gold"),
    [(["proof"], "plain"), ('["notfound"]', "plain"), ("so \\boxed{\\text{proof}}", "boxed"), (["1", "N/A"], "plain")],
)
def test_a_sentinel_is_found_in_lists_and_boxes(tmp_path: Path, answer: Any, gold: str) -> None:
    (row,) = rows_of(tmp_path, [{"answer": answer}], gold=gold)

    assert row[DROPPED.name] == "sentinel_gold"


def test_a_unit_that_stands_there_already_is_not_written_twice(tmp_path: Path) -> None:
    (row,) = rows_of(tmp_path, [{"answer": "5 m", "unit": "m"}], columns=ProblemColumns(unit="unit"))

    assert row[GOLD.name] == "5 m"


def test_a_choice_is_never_a_sentinel(tmp_path: Path) -> None:
    columns = ProblemColumns(options="o")

    (row,) = rows_of(tmp_path, [{"answer": "null", "o": ["null", "one"]}], columns=columns, gold="choice")

    assert row[GOLD.name] == "A"


@pytest.mark.parametrize(
    ("answer", "gold"),
    [("(C) 15", "C"), ("\\textbf{(C)}\\ 15", "C"), ("C. 15", "C"), ("15", "C"), ("(C) 14", None), ("(c)", "C")],
)
def test_a_letter_with_its_value_is_a_choice_and_one_with_anothers_is_none(
    tmp_path: Path, answer: str, gold: str | None
) -> None:
    columns = ProblemColumns(options="o")

    (row,) = rows_of(
        tmp_path, [{"answer": answer, "o": ["13", "14", "15"]}], columns=columns, gold="choice", on_bad_row="reject"
    )

    assert (row[GOLD.name], row[DROPPED.name]) == (gold, None if gold else "unreadable_gold")


def test_an_empty_gold_is_still_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="missing_gold"):
        rows_of(tmp_path, [{"answer": " "}])

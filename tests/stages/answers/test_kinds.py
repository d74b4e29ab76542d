"""The kind of a gold, inferred from its spelling."""

import pytest

from stages.answers.find.gold import gold_answer, gold_fault
from stages.answers.kinds import infer_kind, known_kind


@pytest.mark.parametrize(
    ("gold", "kind"),
    [
        ("12", "integer"), ("1,234", "integer"), ("0.5", "decimal"), ("1/2", "fraction"), ("\\frac12", "fraction"),
        ("25\\%", "percentage"), ("5 cm", "quantity"), ("\\$36", "quantity"), ("x^2+1", "expression"),
        ("2\\sqrt{3}", "expression"), ("y=2x", "equation"), ("x+y=3", "equation"), ("x>2", "relation"),
        ("[0,1)", "interval"), ("(-\\infty,2)\\cup(3,4)", "interval"), ("\\{1,2\\}", "set"), ("1, 2", "set"),
        ("(1,2)", "tuple"), ("\\begin{pmatrix}1\\\\2\\end{pmatrix}", "matrix"), ("B", "choice"), ("yes", "boolean"),
        ("10:30", "time"), ("March 5, 2020", "time"), ("east", "text"), ("\\text{Evelyn}", "text"),
    ],
)  # fmt: skip
def test_infers_the_kind(gold: str, kind: str) -> None:
    assert infer_kind(gold) == kind


def test_a_kind_that_says_only_mathematics_is_inferred() -> None:
    assert [known_kind(kind) for kind in ("math", None, "string", "code", "Choice")] == [
        None,
        None,
        "text",
        "code",
        "choice",
    ]


def test_the_answer_of_a_worked_solution_is_its_last_box_with_those_listed() -> None:
    assert gold_answer("so \\boxed{1}, thus \\boxed{7}.") == "7"
    assert gold_answer("\\boxed{1} and \\boxed{-2}") == "1, -2"
    assert gold_answer("He pays 5.\n#### 1,200") == "1,200"


@pytest.mark.parametrize(
    ("gold", "fault"),
    [
        (None, "empty"),
        (" ", "empty"),
        ("proof", "sentinel"),
        ("Not found.", "sentinel"),
        ("\\boxed{1} \\boxed{2}", "several_boxes"),
        ("4", ""),
    ],
)
def test_suspect_golds_are_named(gold: str | None, fault: str) -> None:
    assert gold_fault(gold) == fault

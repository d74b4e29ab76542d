import pytest

from stages.rewriting.standards.arithmetic import steps_of, wrong_step

QUESTION = "Ann has 36 marbles and gives 6 to Ben. How many does she keep?"
TRACE = "Ann starts with 36 marbles. She gives 6 away, so 36 - 6 = 30. She keeps 30."


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("36/6=6", True),
        ("36/6=7", False),
        ("\\frac{36}{6} = 7", False),
        ("\\(36 \\div 6 = 7\\)", False),
        ("\\[\n5 \\times 3 = 16 \\text{ apples}\n\\]", False),
        ("$12 * 5 = $61", False),
        ("**15 + 8 = 24**", False),
        ("- 15 + 8 = 24", False),
        ("15 coins + 8 coins = 24 coins", False),
        ("In 2 days he eats 3 + 4 = 8 eggs", False),
        ("1,200+300=1,600", False),
        ("4 x 5 = 21", False),
        ("36 / 6 = 6.5", False),
        ("2^3 = 9", False),
        ("(15 + 8) * 2 = 47", False),
        ("total = 5*3 = 16", False),
        ("1 * 2 = $<<1*2=2>>3", False),
        ("3 − 8 = −5", True),
        ("1/3 = 0.33", True),
        ("2/3 = 66.6%", True),
        ("100/3 = 33", True),
        ("5/20 * 100 = 25%", True),
        ("2**3 = 8", True),
        ("16 - 3 - 4 = 9 * 2 = 18", True),
        ("20 * 10 = $2.00", True),
    ],
)
def test_a_step_is_worked_out(text: str, holds: bool) -> None:
    steps = list(steps_of(text))

    assert steps
    assert all(step.holds for step in steps) is holds


@pytest.mark.parametrize(
    "text",
    [
        "2x + 3 = 8",
        "x + 15 + 8 = 24",
        "f(3) = 9+1",
        "7 + 8 = 3 (mod 12)",
        "11 + 1 = 100 (base 2)",
        "7 + 8 = 13_{12}",
        "4 1/2 - 2 = 1",
        "15 (1/3) = 3",
        "20% of 80 + 1 = 81",
        "2 feet + 3 inches = 27 inches",
        "2 dozen * 3 = 72",
        "100 - 40% = 60",
        "9 + 9 = 18x",
        "9:30 + 0:30 = 10:00",
        "5 + 7 (plus carry 1) = 13 (write down 3, carry over 1)",
        "0.5.5 + 1 = 2",
        "8 / 0 = 3",
        "9^(9^(9^9)) = 3",
        "9" * 400 + " + 1 = 2",
    ],
)
def test_what_cannot_be_read_is_not_judged(text: str) -> None:
    assert list(steps_of(text)) == []


@pytest.mark.parametrize(
    ("text", "wrong"),
    [
        ("36 - 6 = 30", None),
        ("36 - 6 = 31", "36 - 6 = 31"),
        ("36/6=6", "36/6 = 6, which the trace does not make of them"),
        ("36 + 6 = 42, hence 30", "36 + 6 = 42, which the trace does not make of them"),
        ("36 - 4 = 32, 32 - 2 = 30", None),
    ],
)
def test_a_step_is_the_traces_or_leads_to_something_new(text: str, wrong: str | None) -> None:
    assert wrong_step(text, QUESTION, TRACE) == wrong


def test_a_trace_that_takes_the_step_itself_lets_it_stand() -> None:
    assert wrong_step("36 / 6 = 6", QUESTION, f"{TRACE} Also 36 / 6 = 6.") is None
    assert wrong_step("36 - 6 = 31", QUESTION, "36 - 6 = 31, so 30.") is None


def test_the_steps_of_people_and_models_hold(shared_solutions: list[tuple[str, str]]) -> None:
    steps = [step for _, text in shared_solutions for step in steps_of(text)]
    wrong = [str(step) for step in steps if not step.holds]

    assert len(steps) > 500
    assert len(wrong) <= 3  # of which 1056 + 10 + 132 = 1200 and its like are the model's own


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "piece", ["1 + ", "1 + 1 = ", "9", "(", "{", "\\frac{", "1,111", " ", "=", "1 a ", "\\text{", "<<", "- "]
)
def test_steps_are_read_in_a_time_that_grows_with_the_text(piece: str) -> None:
    text = piece * (50_000 // len(piece))

    assert wrong_step(text, "1", text) is None

"""What is right for the cases of files: one function a case, after the words of its `expected.md`."""

from stages.replies.answer_segment import parts_of
from tests.field.runner import Check, Outcome


def _one_row_a_problem(outcome: Outcome, *questions: str) -> None:
    assert outcome.code == 0
    assert sorted(row["question"] for row in outcome.rows) == sorted(questions)
    assert {row["verdict"] for row in outcome.rows} == {"correct"}


def thought_and_solution(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "What is 6 times 7?", "What is 5 times 7?")
    assert {row["cot"] for row in outcome.rows} == {
        "Six sevens: 6*6 = 36, and 6 more is 42. The answer is 41? No: 42.",
        "Five sevens. First try: \\boxed{30}. No, it is 35.",
    }
    assert not any("begin_of" in row["completion"][0]["content"] for row in outcome.rows)


def openr1_shards(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert len({row["question"] for row in outcome.everything}) == 2
    assert "truncated" in outcome.reasons


def s1k_golds(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "What is 6 times 7?", "Five sevens?")
    assert {row["final_answer"] for row in outcome.rows} == {"42", "35"}


def limo(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "What is 6 times 7?", "How many integers from 1 to 25 are not squares?")
    parts = [parts_of(row["cot"]) for row in outcome.rows]
    assert all(part.reasoning.startswith("Okay") and part.tail.startswith("**Final Answer**") for part in parts)


def one_row_a_solution(outcome: Outcome) -> None:
    assert outcome.code == 0
    (row,) = [row for row in outcome.rows if row["question"] == "What is 6 times 7?"]
    assert row["cot"] == "6*7 = 42."
    assert "missing_gold" in outcome.reasons


def deepmath(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "Evaluate the limit of sin(x)/x at 0.", "Does the series converge?")
    assert {row["difficulty"] for row in outcome.rows} == {"4.5", "6"}
    assert sorted(outcome.reasons) == ["incorrect", "not_chosen", "not_chosen", "not_chosen"]


def gzipped(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert outcome.rows


def am_messages(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "What is 6 times 7?")
    assert outcome.reasons == ["missing_gold"]


def json_in_a_string(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "What is 6 times 7?")
    assert outcome.rows[0]["gold"] == "42"


def verl_layout(outcome: Outcome) -> None:
    assert "Traceback" not in outcome.said  # the fake engine has no right answer, so no row
    assert {row["question"] for row in outcome.everything if row["question"]} == {"What is 6 times 7?"}
    assert "duplicate_id" in outcome.reasons


def options_in_columns(outcome: Outcome) -> None:
    assert "Traceback" not in outcome.said  # the fake engine has no right answer, so no row
    (question,) = {row["question"] for row in outcome.everything}
    assert all(option in question for option in ("42", "41", "43", "45"))
    (gold,) = {row["gold"] for row in outcome.everything}
    lines = [line for line in question.splitlines() if line.rstrip().endswith("42")]
    assert [line.lstrip("( ")[0] for line in lines] == [gold]


def index_gold(outcome: Outcome) -> None:
    assert "Traceback" not in outcome.said  # the fake engine has no right answer, so no row
    assert {row["gold"] for row in outcome.everything} == {"B"}


def rows_by_a_column(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "What is 6 times 7?")
    assert not any(row["question"] == "Prove it." and row["verdict"] for row in outcome.everything)


def turns_by_role(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "What is 6 times 7?", "5 times 7?")


def golds_in_parts(outcome: Outcome) -> None:
    _one_row_a_problem(outcome, "Solve x^2=4.", "How fast?", "Two values?")
    assert {row["tolerance"] for row in outcome.rows} == {None, 1e6}


def sentinel_golds(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert len(outcome.requests) == 2
    assert len(outcome.rows) == 1
    assert outcome.reasons.count("sentinel_gold") == 2


def no_gold(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert [row["question"] for row in outcome.rows] == ["What is 6 times 7?"]
    assert {row["verdict"] for row in outcome.rows} == {"kept_answer"}
    assert len(outcome.rejected) == 1


def gold_from_the_reply(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert [row["question"] for row in outcome.rows] == ["What is 6 times 7?"]
    assert len(outcome.rejected) == 1


FILES: dict[str, Check] = {
    "60": thought_and_solution,
    "62": openr1_shards,
    "63": s1k_golds,
    "64": limo,
    "65": one_row_a_solution,
    "66": deepmath,
    "67": gzipped,
    "69": am_messages,
    "70": json_in_a_string,
    "71": verl_layout,
    "72": options_in_columns,
    "73": index_gold,
    "75": rows_by_a_column,
    "76": turns_by_role,
    "78": golds_in_parts,
    "91": sentinel_golds,
    "94": no_gold,
    "95": gold_from_the_reply,
}

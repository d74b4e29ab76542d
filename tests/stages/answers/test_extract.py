"""Where the final answer of a reply stands."""

import pytest

from stages.answers.find.extract import final_answer


@pytest.mark.parametrize(
    ("reply", "answer", "rule"),
    [
        ("first \\boxed{42}, then \\boxed{277}", "277", "boxed"),
        ("\\boxed{\\frac{1}{2}}", "\\frac{1}{2}", "boxed"),
        ("\\boxed{\\boxed{8\\sqrt{6}}}", "\\boxed{8\\sqrt{6}}", "boxed"),
        ("\\boxed{1} and \\boxed{2}", "1, 2", "boxed"),
        ("\\boxed{1}, \\boxed{2}, or \\boxed{3}.", "1, 2, 3", "boxed"),
        ("\\boxed{10} and then \\boxed{42}", "42", "boxed"),
        ("\\boxed{9} \\boxed{42}", "42", "boxed"),
        ("\\fbox{1230}", "1230", "boxed"),
        ("The answer is 3. \\boxed{4} ... 99", "4", "boxed"),
        ("\\boxed{1} \\boxed{2", None, ""),
        ("<think>\\boxed{1}</think>\\boxed{2}", "2", "boxed"),
        ("\\boxed{99}</think>Final: \\boxed{42}", "42", "boxed"),
        ("So <answer> 449 </answer>", "449", "tag"),
        ("48 + 24 = 72\n#### 72", "72", "hashes"),
        ("He has 13 left\nA: 26", "26", "hashes"),
        ("The answer is 3. Is it 4?\nThe answer is 5.", "5", "stated"),
        ("**Final Answer**\n\n12", "12", "stated"),
        ("答案是 12。", "12", "stated"),
        ("Final Answer: The volume is 120. I hope it is correct.", "The volume is 120", "stated"),
        ('So:\n```json\n{"steps": ["\\\\boxed{3}"], "answer": "5"}\n```', "5", "object"),
        ('{"answer": null, "sum": 5}', None, ""),
        ("The sum is\n\\[ 2 + 4 = 6 \\]\nas required.", "2 + 4 = 6", "last_value"),
        ("x^2 + 1", "x^2 + 1", "bare"),
        ("First compute 6*7.\n42", "42", "last_value"),
        ("So:\nthe sum is $\\frac{1}{2}$.", "\\frac{1}{2}", "last_value"),
        ("The answer is 42 <|im_end|>\n<|im_start|>user\nThe answer is 43", "42", "stated"),
    ],
)
def test_finds_the_final_answer(reply: str, answer: str, rule: str) -> None:
    assert final_answer(reply) == (answer, rule)


@pytest.mark.parametrize("reply", ["", "   ", "<think> \\boxed{4}", "</think>", "So\nshe has 3 +", "x\nopen('f') or 0"])
def test_finds_nothing_where_nothing_is_answered(reply: str) -> None:
    answer, rule = final_answer(reply)

    assert (answer or None, rule) in ((None, ""), (None, "bare"))


@pytest.mark.parametrize(
    "text", ["\\boxed{", "<answer>", '{"a', '{"a": 1}', "\\]\n\n", "$ ", "((", "1 2 3 ", "\\[", "the answer is "]
)
def test_reads_a_long_repetition_to_its_end(text: str) -> None:
    answer, _ = final_answer(text * 50_000)

    assert answer is None or len(answer) <= len(text) * 50_000


def test_a_last_line_answers_only_what_is_asked_for() -> None:
    reply = "All turns cancel.\n\n**Yes**, he is back."

    assert final_answer(reply) == (None, "")
    assert final_answer(reply, yes_or_no=True) == ("**Yes**, he is back.", "last_value")


@pytest.mark.parametrize(("listed", "found"), [("", "(D)"), ("(A) 11\n(B) 12\n(C) 13\n", None)])
def test_a_last_line_with_a_letter_is_no_option_among_others(listed: str, found: str | None) -> None:
    answer, _ = final_answer(f"These are the energies.\n{listed}(D) 14", choice=True)

    assert answer == found

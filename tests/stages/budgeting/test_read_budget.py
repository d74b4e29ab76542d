import pytest

from stages.budgeting.read_budget import estimate_in


@pytest.mark.parametrize(
    ("reply", "estimate"),
    [
        ("Budget: [[12]]", 12),
        ("[[ 1,200 ]]", 1200),
        ("[[60 tokens]]", 60),
        ("First [[10]], no: [[25]].", 25),
        ("<think>\nmaybe [[5]]\n</think>\n[[30]]", 30),
        ("<think>\nThe form is Budget: [[60]]. Now, how many", None),
        ("[[1,2]]", 2),
        ("[[12,345]]", 12345),
        ("120", 120),
        (" 120 tokens.\n", 120),
        ("[[0]]", 0),
        ("[[-1]]", -1),
        ("About 120 tokens or 130.", 130),
        ("[[12.5]]", 13),
        ("[[ten]]", 10),
        ("[[,]]", None),
        ("[[" + "9" * 5000 + "]]", None),
        ("", None),
        ("Budget: 60", 60),
        ("**60**", 60),
        ("\\boxed{60}", 60),
        ("$\\boxed{60}$", 60),
        ("[[60.5]]", 61),
        ("about 60 tokens", 60),
        ("50-60 tokens", 60),
        ("between 50 and 60 tokens", 60),
        ("[[50–60]]", 60),
        ("Budget: 1.200", 1200),
        ("Budget: 1 200 tokens", 1200),
        ("1.2k tokens", 1200),
        ("sixty tokens", 60),
        ("Budget: [[sixty]]", 60),
        ("I estimate that around **75 tokens** are needed.", 75),
        ("The minimum number of tokens required is 45.", 45),
        ("预算：60", 60),
        ("大约需要60个token", 60),
        ("预算：６０", 60),
        ("Budget: ~60", 60),
        ("Estimate = 60", 60),
        ("Presupuesto: 60", 60),
        ("Бюджет: 60 токенов", 60),
        ("[Budget: 60]", 60),
        ("The answer is 36.", None),
        ("The answer is \\boxed{36}.", None),
        ("First 15 + 8 = 23, then 23 - 3 = 20. \\boxed{20}", None),
        ("It takes 3 steps of 20 tokens each, so 60 tokens.", 60),
        ("I cannot say.", None),
        ("Budget: [[60]] tokens for 5 steps", 60),
        ("[[≈60]]", 60),
        ("[[Budget: 60]]", 60),
        ("[[budget]]", None),
        ("Token budget: **80**", 80),
        ("60 tokens should suffice for the 3 steps.", 60),
        ("at least 40 tokens", 40),
        ("Budget: a hundred and twenty tokens", 120),
        ("one hundred", 100),
        ("```\n60\n```", 60),
        ("<60>", 60),
        ("60%", None),
        ("Budget: \\(60\\)", 60),
    ],
)
def test_a_budget_is_read_however_a_model_writes_it(reply: str, estimate: int | None) -> None:
    assert estimate_in(reply) == estimate


@pytest.mark.timeout(60)
@pytest.mark.parametrize("piece", ["[[", "9", "a hundred ", "budget ", "1,", "\\boxed{", " ", "<", "1 to ", "约"])
def test_a_budget_is_read_in_a_time_that_does_not_grow_with_the_reply(piece: str) -> None:
    assert estimate_in(piece * (150_000 // len(piece))) is None or piece == "a hundred "

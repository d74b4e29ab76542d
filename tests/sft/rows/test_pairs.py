from collections import Counter
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from sft.rows.pairs import paired
from tests.sft.small import row

ROW = st.fixed_dictionaries(
    {
        "problem_id": st.sampled_from(["a", "b", "c"]),
        "cot_tokens": st.one_of(st.none(), st.integers(1, 30)),
        "verdict": st.sampled_from(["correct", "correct", "incorrect", "undecided"]),
        "tokenizer": st.sampled_from(["t", "u"]),
        "prompt": st.sampled_from([[{"role": "user", "content": text}] for text in ("q", "r")]),
        "completion": st.just([{"role": "assistant", "content": "a"}]),
    }
)
ROWS = st.lists(ROW, max_size=40).map(lambda found: [it | {"trace_id": str(at)} for at, it in enumerate(found)])


@given(ROWS, st.integers(1, 4), st.floats(0, 0.9))
def test_a_pair_is_of_one_problem_asked_one_way_and_the_chosen_is_shorter(
    rows: list[dict[str, Any]], per_problem: int, shorter_by: float
) -> None:
    for pair in paired(rows, per_problem=per_problem, shorter_by=shorter_by).pairs:
        chosen, rejected = pair.chosen, pair.rejected

        assert [chosen[key] for key in ("problem_id", "prompt", "tokenizer")] == [
            rejected[key] for key in ("problem_id", "prompt", "tokenizer")
        ]
        assert chosen["cot_tokens"] < rejected["cot_tokens"]
        assert chosen["cot_tokens"] <= (1 - shorter_by) * rejected["cot_tokens"]
        assert (chosen["verdict"], rejected["verdict"]) == ("correct", "correct")


@given(ROWS, st.integers(1, 4))
def test_every_row_is_in_a_pair_or_counted(rows: list[dict[str, Any]], per_problem: int) -> None:
    found = paired(rows, per_problem=per_problem, shorter_by=0.0)
    used = {it["trace_id"] for pair in found.pairs for it in (pair.chosen, pair.rejected)}
    asked = Counter(
        (pair.chosen["problem_id"], str(pair.chosen["prompt"]), pair.chosen["tokenizer"]) for pair in found.pairs
    )

    assert len(used) + sum(found.left_out.values()) == len(rows)
    assert max(asked.values(), default=0) <= per_problem
    assert len({(pair.chosen["trace_id"], pair.rejected["trace_id"]) for pair in found.pairs}) == len(found.pairs)


@given(ROWS.flatmap(lambda rows: st.tuples(st.just(rows), st.permutations(rows))))
def test_the_order_rows_come_in_does_not_matter(both: Any) -> None:
    one, other = (paired(rows, per_problem=2, shorter_by=0.1) for rows in both)

    assert [pair.as_trl() for pair in one.pairs] == [pair.as_trl() for pair in other.pairs]
    assert [pair.chosen["trace_id"] for pair in one.pairs] == [pair.chosen["trace_id"] for pair in other.pairs]
    assert one.left_out == other.left_out


def test_a_pair_is_told_as_trl_wants_it() -> None:
    rows = [row(1, length, verdict="correct", tokenizer="t") for length in (1, 3)]
    (pair,) = paired(rows, per_problem=1, shorter_by=0.1).pairs

    assert pair.as_trl() == {
        "prompt": rows[0]["prompt"],
        "chosen": rows[0]["completion"],
        "rejected": rows[1]["completion"],
    }

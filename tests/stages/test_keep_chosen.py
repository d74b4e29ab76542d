import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from data.columns import DROPPED
from data.table import values
from stages.choosing.keep_chosen import KeepChosen

Trace = tuple[str, int, str]
traces = st.lists(st.tuples(st.sampled_from("abc"), st.integers(1, 5), st.text("xy", max_size=3)), max_size=20)


def table(found: list[Trace]) -> pa.Table:
    return pa.table(
        {
            "problem_id": pa.array([problem for problem, _, _ in found], pa.string()),
            "trace_id": pa.array([f"t{n}" for n in range(len(found))], pa.string()),
            "reply": pa.array([text for _, _, text in found], pa.string()),
            "reply_tokens": pa.array([tokens for _, tokens, _ in found], pa.int64()),
            "sample": pa.array(range(len(found)), pa.int64()),
        }
    )


def chosen(rows: pa.Table, **settings: object) -> dict[str, int]:
    """The sample that is kept of each problem."""
    kept = KeepChosen(**settings)(rows).to_pylist()  # type: ignore[arg-type]
    return {row["problem_id"]: row["sample"] for row in kept if row["dropped"] is None}


@given(traces)
def test_keeps_the_fewest_tokens_then_characters_then_the_first_sample(found: list[Trace]) -> None:
    oracle = {
        problem: min((tokens, len(text), n) for n, (own, tokens, text) in enumerate(found) if own == problem)[2]
        for problem in {problem for problem, _, _ in found}
    }

    assert chosen(table(found)) == oracle


@given(traces, st.randoms())
def test_the_choice_does_not_depend_on_order(found: list[Trace], random: object) -> None:
    rows = table(found)
    order = list(range(rows.num_rows))
    random.shuffle(order)  # type: ignore[attr-defined]

    for choose in ("shortest", "random"):
        assert chosen(rows, choose=choose) == chosen(rows.take(pa.array(order, pa.int64())), choose=choose)


@settings(max_examples=200)
@given(traces, traces)
def test_adding_samples_never_lengthens_the_choice(found: list[Trace], more: list[Trace]) -> None:
    few, many = table(found), table(found + more)
    tokens = values(many, pa.field("reply_tokens", pa.int64()))
    before, after = chosen(few), chosen(many)

    assert all(tokens[after[problem]] <= tokens[sample] for problem, sample in before.items())


def test_the_others_leave_as_not_chosen() -> None:
    rows = table([("a", 3, "x"), ("a", 2, "x"), ("b", 1, "x")])

    assert values(KeepChosen()(rows), DROPPED) == ["not_chosen", None, None]


def test_the_control_chooses_regardless_of_length() -> None:
    picks = [chosen(table([("a", n, "x") for n in range(1, 9)]), choose="random", seed=seed)["a"] for seed in range(40)]

    assert len(set(picks)) > 4


@given(traces)
def test_extremes_are_the_shortest_and_the_longest(found: list[Trace]) -> None:
    rows = KeepChosen(choose="extremes")(table(found)).to_pylist()

    for problem in {problem for problem, _, _ in found}:
        ranked = sorted((tokens, len(text), n) for n, (own, tokens, text) in enumerate(found) if own == problem)
        kept = {row["sample"] for row in rows if row["problem_id"] == problem and row["dropped"] is None}
        assert kept == {ranked[0][2], ranked[-1][2]}


@given(traces)
def test_the_longest_is_the_other_end_of_the_extremes(found: list[Trace]) -> None:
    rows = table(found)
    ends = KeepChosen(choose="extremes")(rows).to_pylist()

    for problem, sample in chosen(rows, choose="longest").items():
        tokens = {row["sample"]: row["reply_tokens"] for row in ends if row["problem_id"] == problem}
        assert tokens[sample] == max(tokens.values())

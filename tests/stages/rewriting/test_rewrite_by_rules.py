import pyarrow as pa

from data.columns import COT_TOKENS, PROMPT, SPENT_TOKENS
from stages.rewriting.rewrite_by_rules import RewriteByRules
from tests.stages.traces import LONG, SHORT, WORDS, marked, trace


def rewritten(*rows: dict[str, object]) -> list[dict[str, object]]:
    fields = {COT_TOKENS.name: pa.int64(), SPENT_TOKENS.name: pa.int64(), "reply_tokens": pa.int64()}
    fields[PROMPT.name] = PROMPT.type
    names = trace()
    schema = pa.schema([(name, fields.get(name, pa.string())) for name in names])
    return RewriteByRules(method="c3ot", tokenizer="words")(pa.Table.from_pylist(list(rows), schema=schema)).to_pylist()


def test_a_trace_stands_beside_its_shorter_self() -> None:
    long, short = rewritten(trace())
    left = LONG.partition("\n\n")[2].partition("\n\n")[0]
    whole, kept = WORDS.count([LONG, left])

    assert (long["reply"], long["control_kind"]) == (marked(LONG), "none")
    assert (short["reply"], short["from_trace_id"], short["shortened_by"]) == (marked(left), "t1", "rules@3")
    assert short["control_value"] == (whole - kept) / whole


def test_what_cannot_be_cut_leaves_with_its_reason() -> None:
    rows = rewritten(trace(marked(SHORT)), trace(marked(f"{LONG}<|im_end|>")))

    assert [row["dropped"] for row in rows] == ["not_shorter", "chat_tokens"]


def test_no_rows_give_no_rows() -> None:
    assert rewritten() == []

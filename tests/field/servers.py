"""What is right for the cases of servers: one function a case, after the words of its `expected.md`."""

from tests.field.runner import Check, Outcome


def _both_are_read(outcome: Outcome) -> None:
    """One row is chosen of two correct ones."""
    assert outcome.code == 0
    assert [row["verdict"] for row in outcome.everything] == ["correct", "correct"]
    assert outcome.reasons in (["not_chosen"], ["repeated"])


def _in_one_form(outcome: Outcome) -> None:
    for row in outcome.rows:
        written = row["completion"][0]["content"]
        assert written == f"<think>\n{row['reasoning']}\n</think>\n\n{row['answer']}"


def reasoning_in_a_field(outcome: Outcome) -> None:
    _both_are_read(outcome)
    _in_one_form(outcome)
    assert {row["cot"] for row in outcome.everything} == {"6*7 = 42.", "6 sevens: 42."}
    assert {row["reply_tokens"] for row in outcome.everything} == {20}


def reasoning_in_two_fields(outcome: Outcome) -> None:
    _both_are_read(outcome)
    assert {row["cot"] for row in outcome.everything} == {"6*7 = 42.", "Six sevens make 42."}


def opened_by_the_template(outcome: Outcome) -> None:
    _both_are_read(outcome)
    _in_one_form(outcome)
    assert {row["cot"] for row in outcome.everything} == {"6*7 = 42.", "Okay. Six sevens: 42, not 41."}


def all_in_the_reasoning(outcome: Outcome) -> None:
    assert outcome.rows == []
    assert outcome.reasons == ["undecided_no_answer", "undecided_no_answer"]
    assert {row["verdict"] for row in outcome.rejected} == {"undecided"}
    assert outcome.code != 0  # no rows is no success


def empty_replies(outcome: Outcome) -> None:
    assert outcome.rows == []
    assert outcome.reasons == ["undecided_no_answer", "undecided_no_answer"]
    assert outcome.code != 0
    assert "Traceback" not in outcome.said
    assert "no row" in outcome.said or "0 rows" in outcome.said


def raw_harmony(outcome: Outcome) -> None:
    _both_are_read(outcome)
    _in_one_form(outcome)
    assert {row["cot"] for row in outcome.everything} == {"6*7 = 41? No: 42.", "6*7 = 41? No, it is 42."}
    assert {row["answer"] for row in outcome.everything} == {"The answer is \\boxed{42}.", "The answer is 42."}


def content_in_chunks(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert [row["verdict"] for row in outcome.everything] == ["correct", "correct"]
    assert outcome.reasons == ["repeated"]  # streamed and whole, the two say the same
    assert {row["cot"] for row in outcome.everything} == {"6*7 = 42."}
    assert {row["answer"] for row in outcome.everything} == {"The answer is \\boxed{42}."}


def error_in_a_choice(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert [row["answer"] for row in outcome.rows] == ["The answer is \\boxed{42}."]
    assert {row["reply"] for row in outcome.everything if row["reply"]} == {"The answer is \\boxed{42}."}
    assert len(outcome.requests) >= 3


def nothing_refused_is_sent(outcome: Outcome) -> None:
    _both_are_read(outcome)
    assert not any({"temperature", "top_p", "max_tokens"} & body.keys() for body in outcome.requests)


def no_stream_options(outcome: Outcome) -> None:
    _both_are_read(outcome)
    assert not any("stream_options" in body for body in outcome.requests)


def eos_token_is_a_stop(outcome: Outcome) -> None:
    _both_are_read(outcome)
    assert {row["finish_reason"] for row in outcome.everything} == {"stop"}


def null_finish_reason(outcome: Outcome) -> None:
    assert "Traceback" not in outcome.said
    assert len(outcome.requests) <= 4
    assert len(outcome.everything) == 2


def no_usage(outcome: Outcome) -> None:
    _both_are_read(outcome)
    assert all(row["reply_tokens"] >= 4 for row in outcome.everything)


def refusal_and_tool_calls(outcome: Outcome) -> None:
    assert outcome.rows == []
    assert len(set(outcome.reasons)) == 2
    assert any("help with that" in str(row) for row in outcome.rejected)
    assert any("tool" in row["dropped"] or "tool_calls" in str(row["detail"]) for row in outcome.rejected)


def several_thoughts(outcome: Outcome) -> None:
    assert outcome.code == 0
    cots = {row["cot"] for row in outcome.everything}
    assert cots == {"6*7 = 41.\n\nWait.\n\nNo, 6*7 = 42.", "6 sevens is 42, so \\boxed{42}."}
    assert all(row["cot_tokens"] > 0 for row in outcome.everything)


def odd_streams(outcome: Outcome) -> None:
    _both_are_read(outcome)
    assert {row["answer"] for row in outcome.everything} == {"The answer is \\boxed{42}.", "So \\boxed{42}."}


def odd_content_type(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert outcome.rows
    assert all(row["dropped"] in ("not_chosen", "gave_up") for row in outcome.rejected)


def error_with_200(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert [row["answer"] for row in outcome.rows] == ["The answer is \\boxed{42}."]
    assert len(outcome.requests) >= 3


def every_request_refused(outcome: Outcome) -> None:
    assert outcome.code != 0
    assert "Unsupported parameter: 'temperature'" in " ".join(outcome.said.split())
    assert "Traceback" not in outcome.said
    assert len(outcome.requests) <= 200


def the_shorter_without_usage(outcome: Outcome) -> None:
    _both_are_read(outcome)
    assert outcome.rows[0]["reply"].strip() == "So it is \\boxed{42}."
    assert outcome.rows[0]["reply_tokens"] < outcome.rejected[0]["reply_tokens"]


def loops(outcome: Outcome) -> None:
    assert all(row["dropped"] or row["remarks"] for row in outcome.rejected if len(row["cot"]) > 5000)
    assert not any(len(row["cot"]) > 5000 and not row["remarks"] for row in outcome.rows)


def ended_for_repetition(outcome: Outcome) -> None:
    assert outcome.code == 0
    assert [row["answer"] for row in outcome.rows] == ["The answer is \\boxed{42}."]
    assert outcome.reasons == ["repetition"]
    assert len(outcome.requests) == 2
    assert "40 tokens" in outcome.said


SERVERS: dict[str, Check] = {
    "20": reasoning_in_a_field,
    "21": reasoning_in_two_fields,
    "22": opened_by_the_template,
    "23": all_in_the_reasoning,
    "24": empty_replies,
    "25": raw_harmony,
    "26": content_in_chunks,
    "28": error_in_a_choice,
    "29": nothing_refused_is_sent,
    "30": no_stream_options,
    "33": eos_token_is_a_stop,
    "35": null_finish_reason,
    "36": no_usage,
    "37": refusal_and_tool_calls,
    "39": several_thoughts,
    "41": odd_streams,
    "43": odd_content_type,
    "44": error_with_200,
    "45": odd_streams,
    "46": every_request_refused,
    "47": the_shorter_without_usage,
    "50": loops,
    "90": ended_for_repetition,
}

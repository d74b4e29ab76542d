from typing import Any

import pyarrow as pa

from data.columns import (
    ANSWER,
    ANSWER_KIND,
    COT_TOKENS,
    FINAL_ANSWER,
    GOLD,
    METHOD,
    PROBLEM_ID,
    PROMPT,
    PROMPT_ID,
    QUESTION,
    REASONING,
    REPLY,
    REPLY_TOKENS,
    SAMPLE,
    SPENT_TOKENS,
    TEMPLATE_ARGS,
    TRACE_ID,
    VERDICT,
)
from data.prompts.template import Template
from data.table import from_rows
from stages.targets.modes import Suffix, Switch
from stages.targets.twins import LabelModes, Shares, Twins

FIELDS = (
    PROBLEM_ID,
    TRACE_ID,
    METHOD,
    PROMPT_ID,
    QUESTION,
    GOLD,
    ANSWER_KIND,
    PROMPT,
    TEMPLATE_ARGS,
    REPLY,
    REASONING,
    ANSWER,
    FINAL_ANSWER,
    SAMPLE,
    REPLY_TOKENS,
    COT_TOKENS,
    SPENT_TOKENS,
    VERDICT,
)
BOTH = (Shares(solved=0.0, think=1.0, quick=1.0),)


def trace(number: int, prompt: str, reasoning: str | None, answer: str = "7", **more: Any) -> dict[str, Any]:
    told = {"problem_id": "p", "trace_id": f"t{number}", "method": "sampled", "prompt_id": prompt, "sample": number}
    said = {
        "question": "3 + 4?",
        "gold": "7",
        "reply": f"{reasoning} {answer}",
        "reasoning": reasoning,
        "answer": answer,
    }
    counted = {"reply_tokens": 10 - number, "cot_tokens": 5, "spent_tokens": 9, "verdict": "correct"}
    return {**told, **said, **counted, "prompt": [{"role": "user", "content": "3 + 4?"}], **more}


def twins(*traces: dict[str, Any], **fields: Any) -> dict[str, Any]:
    """What becomes of each trace, by id and mode: why it leaves, or None."""
    settings: dict[str, Any] = {
        "method": "hybrid",
        "mode": Suffix(),
        "template": Template(preset="varicot", user="{question}"),
        "quick": "sampled",
        "choose": "first",
        "shares": BOTH,
        "unpaired": "keep",
        **fields,
    }
    rows = Twins(**settings)(LabelModes()(from_rows(traces, FIELDS))).to_pylist()
    return {f"{row['from_trace_id'] or row['trace_id']}:{row['control_value']:.0f}": row["dropped"] for row in rows}


def test_a_sample_that_is_not_of_its_modes_shape_leaves() -> None:
    assert twins(
        trace(0, "think", None), trace(1, "quick", "hm"), trace(2, "think", "hm"), trace(3, "quick", None)
    ) == {
        "t2:1": None,
        "t3:0": None,
        "t0:1": "no_thought",
        "t1:0": "thought_in_quick",
    }


def test_one_row_of_each_mode_is_chosen_and_the_others_say_so() -> None:
    traces = [trace(0, "think", "hm"), trace(1, "think", "hm"), trace(2, "quick", None), trace(3, "quick", None)]

    assert twins(*traces) == {"t0:1": None, "t3:0": None, "t1:1": "not_chosen", "t2:0": "not_chosen"}
    assert twins(*traces, choose="shortest")["t1:1"] is None
    assert twins(*traces, choose="longest")["t0:1"] is None


def test_a_reply_with_the_switch_in_it_and_a_question_with_a_mode_in_it_leave() -> None:
    held = twins(trace(0, "quick", None, "<short> 7"), trace(1, "think", "hm"), mode=Switch())
    asked = twins(trace(0, "quick", None, question="3 + 4? /no_think"))

    assert held == {"t1:1": None, "t0:0": "holds_switch"}
    assert asked == {"t0:0": "question_holds_condition"}


def test_without_a_gold_bands_by_pass_rate_cannot_be_known() -> None:
    shares = (Shares(solved=0.5, think=0.0, quick=1.0), Shares(solved=0.0, think=1.0, quick=0.0))
    blind = trace(0, "think", "hm", gold=None, verdict="kept_answer")

    assert twins(blind, shares=shares) == {"t0:1": "pass_rate_unknown"}
    assert twins(blind) == {"t0:1": None}


def test_problems_below_every_band_leave() -> None:
    shares = (Shares(solved=0.5, think=1.0, quick=1.0),)

    assert twins(trace(0, "think", "hm"), shares=shares) == {"t0:1": "solved_too_seldom"}


def test_a_thought_without_an_answer_behind_it_has_no_quick_twin() -> None:
    assert twins(trace(0, "think", "hm", " "), quick="answer") == {"t0:1": None}
    assert twins(trace(0, "think", "hm"), quick="answer") == {"t0:1": None, "t0:0": None}


def test_no_rows_give_no_rows() -> None:
    assert twins() == {}
    assert LabelModes()(pa.schema(list(FIELDS)).empty_table()).num_rows == 0

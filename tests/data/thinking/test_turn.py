import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.thinking.marks import ANSWERS, FAMILIES, PROTOCOLS, Family
from data.thinking.thinking import Thinking
from data.thinking.turn import Turn, opens_thought, read_turn, undeclared_marks, write_turn
from tests.data.thinking.replies import KINDS, NEVER_ENDED, OPENED

ROWS = [pytest.param(*row[1:], id=row[0]) for rows in KINDS.values() for row in rows]
PAIRS = [family for family in FAMILIES if "*" not in family.open]
PLAIN = st.text(st.characters(codec="utf-8", exclude_characters="<>[]|◁▷&`"), max_size=60).filter(
    lambda text: not re.search("analysis|assistant|Here|Thinking|done thinking|to=", text)
)
PIECES = st.lists(
    st.sampled_from(
        [mark for family in PAIRS for mark in (family.open, family.close)]
        + [mark for pair in ANSWERS for mark in pair[:2]]
        + ["word ", "7", "\n", "`", "```\n", ' "', ". ", "the ", "\r\n", "\n\n  x"]
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(("reply", "reasoning", "answer"), ROWS)
def test_reads_what_public_reports_show(reply: str, reasoning: str | None, answer: str | None) -> None:
    turn = read_turn(reply)

    assert (turn.reasoning, turn.answer) == (reasoning, answer)
    assert reasoning is None or turn.marks is not None


@pytest.mark.parametrize("family", PAIRS, ids=lambda family: family.open)
def test_reads_every_family_whole_opened_and_cut_off(family: Family) -> None:
    start, stop = family.open, family.close

    assert read_turn(f"{start}\n6*7\n{stop}\n42") == Turn("6*7", "42", start)
    assert read_turn(f"{start}\n6*7, so") == Turn("6*7, so", None, start)
    assert read_turn(f"6*7\n{stop}\n42", Thinking(open=start, close=stop), opened=True) == Turn("6*7", "42", start)


@pytest.mark.parametrize(("reply", "reasoning", "answer"), [row[1:] for row in OPENED])
def test_an_opened_reply_reads_the_same(reply: str, reasoning: str, answer: str) -> None:
    turn = read_turn(reply, opened=True)

    assert (turn.reasoning, turn.answer) == (reasoning, answer)


@pytest.mark.parametrize("reply", ["Okay, 6+7 = 13, \\boxed{13}. Wait", "The answer is 13."])
def test_an_opened_reply_without_its_end_has_no_answer(reply: str) -> None:
    assert read_turn(reply, Thinking(opened=True)) == Turn(reply, None, "<think>")
    assert read_turn(reply) == Turn(None, reply, None)


def test_an_open_mark_in_an_opened_reply_is_no_second_thought() -> None:
    assert read_turn("<think>\n6*7\n</think>\n42", opened=True) == Turn("6*7", "42", "<think>")


def test_declared_marks_are_read_and_known_ones_still_are() -> None:
    own = Thinking(open="<ponder>", close="</ponder>")

    assert read_turn("<ponder>\n6*7\n</ponder>\n42", own) == Turn("6*7", "42", "<ponder>")
    assert read_turn("6*7 (see </think>?)\n</ponder>\n42", own, opened=True) == Turn("6*7 (see ?)", "42", "<ponder>")
    assert read_turn("<think>6*7</think>42", own) == Turn("6*7", "42", "<think>")


@pytest.mark.parametrize(
    ("reasoning", "answer", "text"),
    [
        ("6*7", "42", "<think>\n6*7\n</think>\n\n42"),
        ("", "42", "<think>\n\n</think>\n\n42"),
        ("6*7", "", "<think>\n6*7\n</think>\n\n"),
        (None, "42", "42"),
        ("6*7", None, "<think>\n6*7"),
        ("it said </think> there", "4", "<think>\nit said  there\n</think>\n\n4"),
        ("it said </th<think>ink> there", "4", "<think>\nit said   there\n</think>\n\n4"),
    ],
)
def test_writes_one_form(reasoning: str | None, answer: str | None, text: str) -> None:
    assert write_turn(reasoning, answer) == text


@given(PLAIN, PLAIN)
def test_what_is_written_is_read(reasoning: str, answer: str) -> None:
    turn = read_turn(write_turn(reasoning, answer))

    assert turn.reasoning is not None
    assert turn.answer is not None
    assert turn.reasoning.split() == reasoning.split()
    assert turn.answer.split() == answer.split()
    assert read_turn(write_turn(turn.reasoning, turn.answer)) == turn


@given(PIECES, st.booleans())
def test_nothing_but_marks_and_blanks_is_lost(reply: str, opened: bool) -> None:
    turn = read_turn(reply, opened=opened)

    texts = [mark for family in FAMILIES for mark in (family.open, family.close)]
    texts += [mark for pair in ANSWERS for mark in pair[:2]]
    marks = re.compile("|".join(map(re.escape, sorted(texts, key=len, reverse=True))))
    left = Counter("".join(marks.sub("", part or "") for part in (turn.reasoning, turn.answer)).split())
    assert sum(map(len, left.elements())) == len("".join(marks.sub("", reply).split()))


@given(PIECES, st.booleans())
def test_the_written_marks_never_stay_in_the_reasoning(reply: str, opened: bool) -> None:
    turn = read_turn(reply, opened=opened)

    assert not re.search("</?think>", turn.reasoning or "")
    assert opened <= (turn.reasoning is not None)


@pytest.mark.parametrize(
    "reply",
    [
        "<think>" * 100_000,
        "</think>" * 100_000,
        "<think>a</think>" * 10_000,
        "`<think>`" * 10_000,
        "x <think> y </think> " * 10_000,
        "<think>\n" * 10_000 + "</think>\n" * 10_000,
        "<|channel|>" * 10_000,
        "<|channel|>analysis<|message|>a<|end|>" * 10_000,
        "assistantfinal" * 10_000,
        " " * 300_000 + "</s>",
        "</s> " * 10_000,
        "<|im_end|>" * 10_000 + "x",
        "</a1>\n" * 10_000,
        "<think>" + "</thi" * 10_000 + "nk>" * 10_000,
        "Here is my thought process:" * 10_000,
    ],
    ids=lambda reply: reply[:24].strip()[:24],
)
def test_hostile_replies_are_read(reply: str) -> None:
    turn = read_turn(reply)

    assert len(turn.reasoning or "") + len(turn.answer or "") <= len(reply)
    undeclared_marks(reply)


def test_line_ends_of_another_system_stay_as_they_are() -> None:
    turn = read_turn("<think>\r\none\r\ntwo\r\n</think>\r\n\r\n  three\r\nfour\r\n")

    assert turn == Turn("one\r\ntwo", "  three\r\nfour", "<think>")


@pytest.mark.parametrize(
    ("prompt", "is_open"),
    [
        ("<|im_start|>assistant\n<think>\n", True),
        ("<|im_start|>assistant\n", False),
        ("<|im_start|>assistant\n<think>\n\n</think>\n\n", False),
        ("<｜Assistant｜><think>\n", True),
        ("<|start|>assistant<|channel|>analysis<|message|>", True),
        ("<|turn>model\n<|channel>thought\n", True),
        ("<|START_OF_TURN_TOKEN|><|CHATBOT_TOKEN|><|START_THINKING|>", True),
        ("<|begin_assistant|>\nHere are my reasoning steps:\n", True),
        ("What does <think> mean?<|im_end|>\n<|im_start|>assistant\n", False),
        ("Thinking...", False),
        ("<assistant><ponder>", False),
        ("", False),
    ],
)
def test_a_rendered_prompt_tells_whether_it_opens_the_thought(prompt: str, is_open: bool) -> None:
    assert opens_thought(prompt) is is_open


def test_a_rendered_prompt_may_end_in_a_declared_mark() -> None:
    assert opens_thought("<assistant><ponder>\n", Thinking(open="<ponder>", close="</ponder>"))


@pytest.mark.parametrize(
    ("reply", "mark"),
    [
        ("<ponder>6*7</ponder>42", "<ponder>"),
        ("<inner_monologue>\n6*7\n</inner_monologue>\n42", "<inner_monologue>"),
        ("[REASON]6*7[/REASON]42", "[REASON]"),
        ("<|begin_of_reasoning|>6*7<|end_of_reasoning|>42", "<|begin_of_reasoning|>"),
        ("<scratchpad>\n6*7\n</scratchpad>\n\n42", "<scratchpad>"),
        ("6*7\n</ponder>\n\n42", "</ponder>"),
        ("<think>6*7</think>42", None),
        ("<p>6*7</p>", None),
        ("<answer>42</answer>", None),
        ("<div>\n<b>6*7</b>\n</div>\n42", None),
        ("[A] is right", None),
        ("6*7 is 42", None),
        ("<ponder>6*7", None),
        ("<table>\n<tr>\n</tr>\n</table>\nSo 3.", None),
    ],
)
def test_sees_marks_that_nobody_declared(reply: str, mark: str | None) -> None:
    assert undeclared_marks(reply) == mark


def test_declared_marks_are_no_caution() -> None:
    assert undeclared_marks("<ponder>6*7</ponder>42", Thinking(open="<ponder>", close="</ponder>")) is None


def test_every_kind_of_reply_has_ten_cases() -> None:
    assert all(len(rows) >= 10 for rows in KINDS.values())
    assert all(answer is None for _, _, _, answer in NEVER_ENDED)


def test_every_row_of_the_tables_names_its_source() -> None:
    assert all(row.source for row in (*FAMILIES, *PROTOCOLS))

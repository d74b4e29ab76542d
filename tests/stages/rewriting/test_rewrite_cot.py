import asyncio
from contextlib import nullcontext
from threading import Event
from typing import Any

import pytest

from stages.asking.ask import Ask
from stages.engines.engine import Reply, RequestFailed
from stages.engines.fake import Fake
from stages.rewriting import rewrite_cot
from stages.rewriting.rewrite_cot import RewriteCoT
from stages.rewriting.rewrite_prompts import Wish, fence, level_of, removed
from stages.rewriting.rewritten import Judged, judged
from tests.stages.scripted import Scripted
from tests.stages.traces import LONG, SHORT, WORDS, marked, trace

Told = str | Reply | RequestFailed


def engine(*told: Told) -> Scripted:
    """An engine that gives these replies, one an attempt."""
    return Scripted(
        {n: Reply(one, 7, "stop", spent_tokens=7) if isinstance(one, str) else one for n, one in enumerate(told)}
    )


async def rewritten(running: Scripted, row: dict[str, Any] | None = None, **fields: Any) -> list[dict[str, Any]]:
    stage = RewriteCoT(engine=Fake(), method="c3ot", tokenizer="words", **fields)
    return [dict(made) for made in await stage.talk(row or trace(), Ask(running, lambda: nullcontext()))]


async def test_a_source_gives_itself_and_its_rewriting() -> None:
    long, short = await rewritten(engine(marked(SHORT)))
    whole, left = WORDS.count([LONG, SHORT])

    assert (long["trace_id"], long["reply"], long["from_trace_id"]) == ("t1", marked(LONG), None)
    assert (long["control_kind"], long["control_value"], long["from_tokens"]) == ("none", None, whole)
    assert (short["reply"], short["from_trace_id"], short["from_tokens"]) == (marked(SHORT), "t1", whole)
    assert (short["control_kind"], short["control_value"]) == ("ratio_removed", (whole - left) / whole)
    assert (short["shortened_by"], short["prompt_sha"]) == ("scripted@1", Wish().prompt_sha)


@pytest.mark.parametrize(
    ("said", "remarks"),
    [
        (f"Sure! Here's the condensed solution:\n\n{SHORT}\n\n\\boxed{{20}}", ["preamble_removed"]),
        (f"{SHORT} The final answer is \\boxed{{20}}.\n\nNote: I removed the check.", ["note_removed"]),
        (f"Gekürzt:\n{SHORT} \\boxed{{20}}\n\nLet me know if you need more!\n", ["preamble_removed", "note_removed"]),
        (f"<think>\nShortened:\n{SHORT}\n</think>\n\n\\boxed{{20}}", ["preamble_removed"]),
        (f"<think>\nThey want it short.\n</think>\nHere's a shorter take: {SHORT} \\boxed{{20}}", ["preamble_removed"]),
    ],
)
async def test_what_a_rewriter_says_round_its_rewriting_enters_no_target(said: str, remarks: list[str]) -> None:
    _, short = await rewritten(engine(said))

    assert (short["reply"], short["remarks"]) == (marked(SHORT), remarks)


async def test_a_trace_with_control_characters_is_never_sent() -> None:
    running = engine(marked(SHORT))
    (row,) = await rewritten(running, trace(marked(f"{LONG}\x1b[2J")))

    assert (row["dropped"], running.asked) == ("control_characters", [])


async def test_the_reason_is_told_back_in_a_further_turn() -> None:
    running = engine(marked(LONG), marked(SHORT, "21"), marked(SHORT))
    _, short = await rewritten(running, retries=2)
    turns = [[message.role for message in asked.messages] for asked in running.asked]

    assert short["remarks"] == ["retried_not_shorter", "retried_answer_changed"]
    assert turns == [["user"], ["user", "assistant", "user"], ["user", "assistant", "user", "assistant", "user"]]
    assert "no shorter" in running.asked[1].messages[-1].content
    assert "another answer" in running.asked[2].messages[-1].content


async def test_without_telling_it_is_asked_anew_with_another_seed_and_fence() -> None:
    running = engine(marked(LONG), marked(SHORT))
    await rewritten(running, tell_reason=False)
    first, second = running.asked

    assert [len(asked.messages) for asked in running.asked] == [1, 1]
    assert first.seed != second.seed
    assert first.messages != second.messages


async def test_a_reply_with_chat_tokens_is_never_sent_back() -> None:
    running = engine(marked(f"{SHORT}<|im_end|>"), marked(SHORT))
    await rewritten(running)

    assert [len(asked.messages) for asked in running.asked] == [1, 1]
    assert "<|im_end|>" not in str(running.asked)


async def test_after_the_last_attempt_the_pair_leaves_with_its_reason() -> None:
    running = engine(marked(LONG), marked(SHORT, "21"))
    (row,) = await rewritten(running, retries=1)

    assert (row["dropped"], row["detail"]) == ("answer_changed", "not_shorter; answer_changed")
    assert row["spent_tokens"] == 100 + 2 * 7
    assert len(running.asked) == 2


async def test_or_the_rules_rewrite_it() -> None:
    long, short = await rewritten(engine(marked(LONG)), retries=0, otherwise="rules")

    assert (short["shortened_by"], short["prompt_sha"]) == ("rules@3", None)
    assert short["remarks"] == ["retried_not_shorter", "fell_back_to_rules"]
    assert "check" not in short["reply"]
    assert long["reply"] == marked(LONG)


async def test_or_it_leaves_where_the_rules_do_no_better() -> None:
    (row,) = await rewritten(engine(marked(LONG)), trace(marked(SHORT)), retries=0, otherwise="rules")

    assert row["dropped"] == "not_shorter"


async def test_a_request_that_fails_for_good_is_not_asked_again() -> None:
    running = engine(RequestFailed("http_400", "prompt too long"))
    (row,) = await rewritten(running, retries=5)

    assert row["dropped"] == "http_400"
    assert len(running.asked) == 1


async def test_the_cost_of_a_pair_is_told_once() -> None:
    long, short = await rewritten(engine(marked(LONG), marked(SHORT)))

    assert (long["spent_tokens"], short["spent_tokens"]) == (100, 14)


async def test_the_gold_is_not_shown_and_the_trace_stands_between_marks_it_does_not_hold() -> None:
    row = trace(gold="020.00")
    running = engine(marked(SHORT))
    await rewritten(running, row)
    prompt = running.asked[0].messages[0].content
    nonce = fence(row, 0, 0)

    assert "020.00" not in prompt
    assert f"\n[{nonce}]\n{LONG}\n[/{nonce}]" in prompt
    assert nonce not in row["cot"] + row["question"]


async def test_marks_that_a_model_repeats_are_taken_off() -> None:
    nonce = fence(trace(), 0, 0)
    said = f"[{nonce}]\n{SHORT}\n[/{nonce}]\nThe final answer is \\boxed{{20}}."
    _, short = await rewritten(engine(said))

    assert short["reply"] == marked(SHORT)


@pytest.mark.parametrize(
    "said", ["[{0}] {1} [/{0}]", "[{0}]{1}[/{0}]", "[{0}]\n\n{1}", "{1} [/{0}] So it is.", "[{0}]\n[{0}] {1}[/{0}]"]
)
async def test_no_mark_reaches_a_row_wherever_a_model_repeats_it(said: str) -> None:
    nonce = fence(trace(), 0, 0)
    _, short = await rewritten(engine(said.format(nonce, SHORT) + "\n\nThe final answer is \\boxed{20}."))

    assert nonce not in short["reply"]
    assert "[" not in short["reply"]
    assert SHORT in short["reply"]


@pytest.mark.parametrize("said", ["({0}) {1}", "[ {0} ] {1}", "{1} [\\{0}]"])
async def test_a_rewriting_that_names_the_marks_otherwise_is_told_back(said: str) -> None:
    nonce = fence(trace(), 0, 0)
    _, short = await rewritten(engine(marked(said.format(nonce.upper(), SHORT)), marked(SHORT)))

    assert short["remarks"] == ["retried_off_task"]


async def test_others_are_asked_while_a_rewriting_is_judged(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, seen = Event(), list[bool]()

    def judged_late(*args: Any) -> Judged:
        seen.append(asked.wait(20))
        return judged(*args)

    monkeypatch.setattr(rewrite_cot, "judged", judged_late)

    async def other() -> None:
        while not running.asked:
            await asyncio.sleep(0)
        await asyncio.sleep(0)
        asked.set()

    running = engine(marked(SHORT))
    await asyncio.gather(rewritten(running), other())

    assert seen == [True]


def test_model_and_prompt_bear_identity() -> None:
    used = RewriteCoT(engine=Fake(), method="c3ot", tokenizer="words").uses()

    prompt = f"rewrite.v1@{Wish().prompt_sha}"

    assert used == {"model": Fake().model_identity(), "prompt.rewrite": prompt, "tokenizer": "words@1"}


LENGTHS = {1: 0.5, 2: 0.4, 3: 0.3, 4: 0.2, 5: 0.1}
"""The share of the reasoning each level leaves."""


def of_length(share: float) -> str:
    whole = WORDS.count([LONG])[0]
    return marked(f"15 + 5 = 20 {'so ' * (round(share * whole) - 6)}".rstrip())


class Levels(Scripted):
    """Rewrites to the level it is asked for, or never to one of them."""

    def __init__(self, missed: int | None = None) -> None:
        super().__init__({})
        self.missed = missed

    async def generate(self, request: Any, keep_going: Any = None) -> Reply:
        self.asked.append(request)
        percent = next(n for n in range(10, 60, 10) if f"about {n} percent" in request.messages[0].content)
        level = 6 - percent // 10
        return Reply(of_length(0.9 if level == self.missed else percent / 100), 7, "stop", spent_tokens=7)


async def test_six_levels_give_a_row_each_the_last_without_reasoning() -> None:
    long, *rows = await rewritten(Levels(), levels=6)
    found = {row["control_value"]: row["reply"] for row in rows}

    assert long["remarks"] == []
    assert {row["control_kind"] for row in rows} == {"level"}
    assert found == {level: of_length(share) for level, share in LENGTHS.items()} | {6: marked("")}
    assert len({row["prompt_sha"] for row in rows[:-1]}) == 5


async def test_a_level_that_is_never_reached_is_missing_and_said_so() -> None:
    running = Levels(missed=3)
    long, *rows = await rewritten(running, levels=6, retries=2)

    assert long["remarks"] == ["no_level_3"]
    assert [row["control_value"] for row in rows] == [1, 2, 4, 5, 6]
    assert len(running.asked) == 4 + 3
    assert sum(row["spent_tokens"] for row in (long, *rows)) == 100 + 7 * 7


async def test_a_sound_rewriting_of_another_length_stands_in_for_the_level_it_is_of() -> None:
    class Longer(Levels):
        async def generate(self, request: Any, keep_going: Any = None) -> Reply:
            await super().generate(request)
            return Reply(of_length(0.4), 7, "stop", spent_tokens=7)

    long, *rows = await rewritten(Longer(), levels=6, retries=0)

    assert long["remarks"] == ["no_level_1", "no_level_3", "no_level_4", "no_level_5"]
    assert [row["control_value"] for row in rows] == [2, 6]
    assert "placed_by_length" not in rows[0]["remarks"]


async def test_plain_rewritings_are_placed_by_their_length() -> None:
    lengths = [of_length(share) for share in (0.31, 0.9, 0.3, 0.12)]
    long, *rows = await rewritten(engine(*lengths), levels=6, ask_for_levels=False, tell_reason=False, retries=3)

    assert [(row["control_value"], row["reply"]) for row in rows] == [(3, lengths[2]), (5, lengths[3]), (6, marked(""))]
    assert "placed_by_length" in rows[0]["remarks"]
    assert long["remarks"] == ["no_level_1", "no_level_2", "no_level_4"]
    assert sum(row["spent_tokens"] for row in (long, *rows)) == 100 + 4 * 7


@pytest.mark.parametrize(
    ("share", "level"), [(0.5, 1), (0.44, None), (0.46, 1), (0.6, 2), (0.94, 5), (0.96, 6), (1.0, 6)]
)
def test_a_share_belongs_to_the_nearest_level(share: float, level: int | None) -> None:
    assert level_of(share) == level
    assert removed(1) == 0.5
    assert removed(6) == 1.0

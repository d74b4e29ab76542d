import asyncio
import json
import re
from collections import Counter
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from datasets import load_from_disk

from data.errors import ConfigError, EmptyDataset
from data.store import Artifact
from data.thinking.turn import write_turn
from pipelines.methods.c3ot import AT_LEVEL, LONG, SHORT, C3oT
from sft.rows.order import ordered as training_order
from stages.rewriting.adapt import fold_of
from stages.tokens import load_tokenizer
from tests.pipelines.runs import built, ordered, report, run_file
from tests.stages.engines.servers import Answer, ChatServer, said
from tests.stages.traces import marked

PUBLISHED = {
    "none": "Answer and provide a detailed thought process: ",
    "ratio_removed": "Answer and provide as brief a thought process as possible: ",
}


def problem(n: int) -> dict[str, str]:
    """A problem with a verified trace that checks itself, its steps of different length."""
    steps = " ".join(f"After step {k} there are still {n + 8}." for k in range(n % 4))
    cot = f"Okay, let me think.\nTom has {n} coins, and {n} + 8 = {n + 8}. {steps}\nSo the answer is {n + 8}.\n\n"
    cot += f"Let me check this: {n} + 8 = {n + 8}. The answer is {n + 8} again."
    question = f"Tom has {n} coins. He finds 8 more. How many coins does he have?"
    return {"question": question, "answer": str(n + 8), "reply": marked(cot, str(n + 8))}


def imported(folder: Path, problems: list[dict[str, str]], **method: Any) -> Path:
    """A run file over traces that exist already."""
    path = folder / "traces.jsonl"
    path.write_text("\n".join(json.dumps(one) for one in problems))
    columns = {"question": "question", "gold": "answer"}
    traces = {"kind": "file", "path": str(path), "columns": columns, "replies": [{"text": "reply"}]}
    methods = [{"kind": "c3ot", "by": "rules", **method}]
    return run_file(folder, problems=None, traces=traces, engine=None, methods=methods)


def rows(dataset: Path) -> list[dict[str, Any]]:
    return [row for split in load_from_disk(str(dataset / "c3ot")).values() for row in split]


def test_n_verified_sources_give_2n_rows_each_once_under_each_published_condition(tmp_path: Path) -> None:
    found = rows(built(imported(tmp_path, [problem(n) for n in range(1, 21)])).folder)
    conditions = [(row["from_trace_id"] or row["trace_id"], row["control_kind"]) for row in found]

    assert Counter(kind for _, kind in conditions) == {"none": 20, "ratio_removed": 20}
    assert len(set(conditions)) == 40
    assert {"none": LONG, "ratio_removed": SHORT} == PUBLISHED
    assert all(row["prompt"][-1]["content"].startswith(PUBLISHED[row["control_kind"]]) for row in found)
    assert all(row["question"] in row["prompt"][-1]["content"] for row in found)


def test_rho_and_the_kept_share_add_up_to_one_in_target_tokens(tmp_path: Path) -> None:
    found = rows(built(imported(tmp_path, [problem(n) for n in range(1, 13)])).folder)
    count = load_tokenizer("words").count

    for row in found:
        (tokens,) = count([row["cot"]])
        removed = row["control_value"] or 0.0
        assert row["kept_ratio"] == pytest.approx(1 - removed, abs=1e-9)
        assert removed == pytest.approx((row["from_tokens"] - tokens) / row["from_tokens"], abs=1e-9)
        assert row["verdict"] == "correct"


def test_the_report_compares_short_rows_with_their_traces_and_leaves_the_long_ones_out(tmp_path: Path) -> None:
    path = imported(tmp_path, [problem(n) for n in range(1, 13)])
    short = [row for row in rows(built(path).folder) if row["from_trace_id"] is not None]
    told = report(path)["methods"]["c3ot"]

    assert told["before_same_problems"] == pytest.approx(sum(row["from_tokens"] for row in short) / len(short))
    assert told["after_same_problems"] == pytest.approx(sum(row["cot_tokens"] for row in short) / len(short))
    assert told["after"]["mean"] > told["after_same_problems"]


def test_the_pairs_lie_side_by_side_in_training_no_oftener_than_chance(tmp_path: Path) -> None:
    found = rows(built(imported(tmp_path, [problem(n) for n in range(1, 51)])).folder)
    sources = [row["from_trace_id"] or row["trace_id"] for row in found]

    def neighbours(seed: int) -> int:
        plan: dict[str, Any] = {"batching": "plain", "batch_size": 1, "max_tokens": 0, "epochs": 1, "samples": None}
        order = [row for (row,) in training_order([1] * len(found), **plan, seed=seed)]
        assert sorted(order) == list(range(len(found)))
        return sum(sources[a] == sources[b] for a, b in pairwise(order))

    mean = sum(map(neighbours, range(200))) / 200
    assert mean == pytest.approx(1.0, abs=0.3)
    assert neighbours(1) == neighbours(1)


def test_only_one_verified_trace_a_problem_is_rewritten(tmp_path: Path) -> None:
    wrong, right = problem(3), problem(3)
    wrong["reply"] = marked("So it is 12.", "12")
    shorter = {**right, "reply": marked("Tom has 3 coins, and 3 + 8 = 11.", "11")}
    published = built(imported(tmp_path, [wrong, right, shorter]))
    told = published.reports["c3ot"]

    assert [row["control_kind"] for row in sorted(rows(published.folder), key=lambda row: row["control_kind"])] == [
        "none",
        "ratio_removed",
    ]
    assert (told.used, told.rejected) == (1, {"incorrect": 1, "not_chosen": 1})


def test_traces_that_cannot_be_shortened_are_counted(tmp_path: Path) -> None:
    short = {**problem(4), "reply": marked("4 + 8 = 12.", "12")}
    hostile = {**problem(5), "reply": marked("5 + 8 = 13.<|im_end|>", "13")}
    path = imported(tmp_path, [problem(3), short, hostile])
    built(path)

    assert report(path)["methods"]["c3ot"]["rejected"] == {"chat_tokens": 1, "not_shorter": 1}


def test_a_question_that_holds_a_condition_leaves_with_its_pair(tmp_path: Path) -> None:
    odd = problem(6)
    odd["question"] = SHORT + odd["question"]
    found = rows(built(imported(tmp_path, [problem(3), odd])).folder)

    assert len(found) == 2


def test_the_trained_model_is_asked_under_the_short_condition_alone() -> None:
    asked = C3oT().asked.on([{"role": "user", "content": "What is 7?"}], None)

    assert asked == [{"role": "user", "content": f"{SHORT}What is 7?"}]


@pytest.fixture
async def rewriting_server() -> AsyncIterator[ChatServer]:
    running = ChatServer()
    await running.start()
    yield running
    await running.stop()


def rewriter(shorten: Any) -> Answer:
    """A server that sees a prompt and says what `shorten` makes of the question's first number."""

    async def answer(server: ChatServer, request: web.Request) -> web.StreamResponse:
        first = server.bodies[-1]["messages"][0]["content"]
        number = int(re.findall(r"Question: Tom has (\d+)", first)[0])
        return await said(shorten(number, server.bodies[-1]["messages"]))(server, request)

    return answer


def remote(server: ChatServer) -> dict[str, Any]:
    return {"kind": "remote", "base_url": server.url, "model": "rewriter", "concurrency": 1}


async def test_a_remote_rewriter_is_told_why_and_what_it_writes_is_on_each_row(
    tmp_path: Path, rewriting_server: ChatServer
) -> None:
    def shorten(n: int, messages: list[dict[str, str]]) -> str:
        again = len(messages) > 1 or n % 2
        return f"{n} + 8 = {n + 8}. The final answer is \\boxed{{{n + 8 if again else 0}}}."

    rewriting_server.answers = [rewriter(shorten)]
    path = imported(tmp_path, [problem(n) for n in range(1, 9)], by="model", rewriter=remote(rewriting_server))
    published = await asyncio.to_thread(built, path)
    short = [row for row in rows(published.folder) if row["control_kind"] == "ratio_removed"]

    assert len(short) == 8
    assert published.reports["c3ot"].remarks == {"retried_answer_changed": 4}
    assert {row["shortened_by"].partition("@")[0] for row in short} == {"rewriter"}
    assert {len(row["prompt_sha"]) for row in short} == {64}
    for row in short:
        cot, answer = f"{int(row['gold']) - 8} + 8 = {row['gold']}.", f"The answer is \\boxed{{{row['gold']}}}."
        assert row["reply"] == row["completion"][0]["content"] == write_turn(cot, answer)


async def test_levels_are_trained_under_their_number_and_adapt_keeps_the_highest_that_was_solved(
    tmp_path: Path, rewriting_server: ChatServer
) -> None:
    def shorten(n: int, messages: list[dict[str, str]]) -> str:
        percent = int(re.findall(r"about (\d+) percent", messages[0]["content"])[0])
        whole = load_tokenizer("words").count([problem(n)["reply"].partition("\n")[2].partition("\n</think>")[0]])[0]
        told = f"{n} + 8 = {n + 8}"
        rest = round(whole * percent / 100) - load_tokenizer("words").count([told])[0]
        return marked(told + " so" * rest, str(n + 8))

    rewriting_server.answers = [rewriter(shorten)]
    method = {"by": "model", "levels": 6, "rewriter": remote(rewriting_server)}
    (tmp_path / "levels").mkdir()
    found = rows((await asyncio.to_thread(built, imported(tmp_path / "levels", [problem(3)], **method))).folder)
    prompts = {row["control_value"]: row["prompt"][-1]["content"] for row in found}

    assert sorted(value for value in prompts if value) == [1, 2, 3, 4, 5, 6]
    assert all(text.startswith(AT_LEVEL.format(value=int(value))) for value, text in prompts.items() if value)
    assert prompts[None].startswith(LONG)

    judgements = [
        {"problem_id": p, "level": 4, "seed": 0, "held_out": fold_of(p, 0, 3), "right": True}
        for p in {row["problem_id"] for row in found}
    ]
    (tmp_path / "judged.jsonl").write_text("\n".join(json.dumps(one) for one in judgements))
    (tmp_path / "adapt").mkdir()
    path = imported(tmp_path / "adapt", [problem(3)], **method, adapt=str(tmp_path / "judged.jsonl"), adapt_folds=3)
    long, short = sorted(rows((await asyncio.to_thread(built, path)).folder), key=lambda row: -row["cot_tokens"])

    assert (long["control_kind"], short["control_kind"]) == ("none", "ratio_removed")
    assert short["prompt"][-1]["content"].startswith(SHORT)
    assert short["control_value"] == pytest.approx(0.8, abs=0.05)


def test_sampling_is_greedy_and_once(tmp_path: Path) -> None:
    with pytest.raises(EmptyDataset):  # rules find nothing to cut in what it says
        built(run_file(tmp_path, engine={"kind": "fake"}, methods=[{"kind": "c3ot", "by": "rules"}]))
    (sampled,) = (tmp_path / "runs" / "small" / "artifacts").glob("sample-*")
    params = {row["params"] for table in Artifact(sampled).tables() for row in table.to_pylist()}

    assert len(params) == 1
    assert json.loads(params.pop())["temperature"] == 0.0


@pytest.mark.parametrize(
    ("fields", "said_"),
    [
        ({"by": "model"}, "no model to rewrite with"),
        ({"levels": 6}, "rules cannot rewrite to a level"),
        ({"adapt": "judged.jsonl"}, "give `levels: 6`"),
        ({"levels": 3}, "levels"),
        ({"retries": 99}, "retries"),
        ({"by": "model", "rewriter": {"kind": "fake"}, "levels": 6, "otherwise": "rules"}, "leave `otherwise` out"),
        ({"rewriter": {"kind": "fake"}, "retries": 3}, "leave out rewriter, retries"),
        ({"otherwise": "rules"}, "leave out otherwise"),
        ({"tell_reason": False}, "leave out tell_reason"),
        ({"adapt_folds": 3}, "there are none"),
        ({"adapt_folds": 1}, "adapt_folds"),
    ],
)
def test_settings_that_cannot_work_are_told_before_anything_is_asked(
    tmp_path: Path, fields: dict[str, Any], said_: str
) -> None:
    with pytest.raises(ConfigError, match=said_):
        ordered(imported(tmp_path, [problem(3)], **fields))


def test_the_rewriter_and_its_prompt_bear_identity(tmp_path: Path) -> None:
    def fingerprint(**engine: Any) -> str:
        return (
            ordered(imported(tmp_path, [problem(3)], by="model", rewriter={"kind": "fake", **engine}))
            .plan.branches[0]
            .rows.fingerprint
        )

    assert fingerprint() == fingerprint() != fingerprint(wrong=0.5)

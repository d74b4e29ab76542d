"""What comes of a build whose server is overloaded, unwell, hostile, or refuses everything."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from datasets import load_from_disk

from data.errors import EmptyDataset, EngineError
from data.journal import journal_totals
from tests.pipelines.runs import built, report, run_file
from tests.pipelines.web import Answer, Sent, said, web

QUICK = {"backoff_seconds": 0.001, "max_backoff_seconds": 0.002, "max_tries": 2, "give_up_requests": 1000}


def solved(question: str, _: int) -> Sent:
    """Answer *What is 7?*"""
    number = re.findall(r"\d+", question)[-1]
    return said(f"It is what it says. The answer is \\boxed{{{number}}}.")


def over(folder: Path, url: str, *, retry: dict[str, Any] | None = None, **changes: Any) -> Path:
    engine = {"kind": "remote", "base_url": url, "model": "m", "retry": {**QUICK, **(retry or {})}}
    method = {"kind": "shortest_correct", "zero_shot": 2, "race": False}
    fields: dict[str, Any] = {"count": 6, "tokenizer": "words", "methods": [method], **changes}
    fields["engine"] = {**engine, **fields.get("engine", {})}
    return run_file(folder, **fields)


@pytest.mark.parametrize(
    "overload",
    [
        Sent({"error": {"message": "Too Many Requests"}}, 429),
        Sent({"error": {"type": "overloaded_error", "message": "Overloaded"}}, 529),  # anthropics/claude-code#4146
        Sent({"error": {"message": "The engine is currently overloaded", "type": "engine_overloaded_error"}}, 429),
        Sent({"type": "error", "error": {"type": "api_error", "message": "Overloaded"}}, 500),  # claude-code#4248
        Sent({"error": {"message": "Loading model", "type": "unavailable_error", "code": 503}}, 503),  # llama.cpp
        Sent("<html>502 Bad Gateway</html>", 502, kind="text/html"),
        Sent({"error": {"message": "Worker local total request limit reached (33/32)", "code": 502}}),  # OmniRoute#8210
        Sent({"error": "model is overloaded", "error_type": "overloaded"}),  # TGI
    ],
)
def test_overload_costs_no_sample_however_often_it_is_met(tmp_path: Path, overload: Sent) -> None:
    def answer(question: str, n: int) -> Sent:
        return overload if n <= 9 else solved(question, n)

    with web(answer) as server:
        published = built(over(tmp_path, server.url))

    told = published.reports["shortest_correct"]
    assert (told.problems, told.solved, told.traces, told.rejected.get("gave_up", 0)) == (6, 6, 12, 0)


def test_what_was_given_up_is_in_the_report_and_is_asked_again_by_the_next_build(tmp_path: Path) -> None:
    def unwell(question: str, n: int) -> Sent:
        return Sent({"error": {"message": "boom"}}, 500) if "What is 3?" in question else solved(question, n)

    with web(unwell) as server:
        path = over(tmp_path, server.url)
        first = built(path)
        told = first.reports["shortest_correct"]
        card = (first.folder / "README.md").read_text()

        server.answer = solved
        server.asked.clear()
        second = built(path)
        asked = list(server.asked)
        third = built(path)

    assert (told.problems, told.solved, told.unsolved) == (6, 5, 1)
    assert told.rejected["gave_up"] == 2
    assert told.used + sum(told.rejected.values()) == told.traces == 12
    assert "5 | 83.3% |" in card and "2 requests were given up" in card
    assert len(asked) == 2 and all("What is 3?" in question for question in asked)
    assert second.reports["shortest_correct"].solved == 6
    assert third.folder == second.folder != first.folder
    assert len(server.asked) == 2


def test_what_came_late_gives_the_same_rows_as_what_came_at_once(tmp_path: Path) -> None:
    def unwell(question: str, n: int) -> Sent:
        return Sent("", 500) if "What is 3?" in question else solved(question, n)

    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    with web(unwell) as server:
        late = over(tmp_path / "a", server.url)
        built(late)
        server.answer = solved
        two = built(late)
        one = built(over(tmp_path / "b", server.url))

    assert (
        json.loads((two.folder / "manifest.json").read_text())["digest"]
        == json.loads((one.folder / "manifest.json").read_text())["digest"]
    )


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, {"error": {"message": "Unsupported parameter: 'top_p'", "code": "unsupported_parameter"}}, "'top_p'"),
        (
            422,
            {"detail": [{"loc": ["body", "stream_options"], "msg": "Extra inputs are not permitted"}]},
            "stream_options",
        ),
        (400, {"object": "error", "message": "max_tokens is too large: 32768", "code": 400}, "max_tokens is too large"),
        (405, "Method Not Allowed", "Method Not Allowed"),
        (413, {"error": "request entity too large"}, "entity too large"),
        (200, {"error": {"message": "no such adapter", "type": "BadRequestError", "code": 400}}, "no such adapter"),
    ],
)
def test_a_run_refused_throughout_stops_with_the_servers_words(
    tmp_path: Path, status: int, body: Any, words: str
) -> None:
    with web(lambda *_: Sent(body, status)) as server, pytest.raises((EngineError, ExceptionGroup)) as raised:
        built(over(tmp_path, server.url, count=60, engine={"concurrency": 8}))

    assert words in _text(raised.value)
    assert len(server.asked) <= 20 + 3 * 8


def test_refusals_of_some_prompts_stop_nothing(tmp_path: Path) -> None:
    def answer(question: str, n: int) -> Sent:
        if int(re.findall(r"\d+", question)[-1]) <= 12:
            return Sent({"error": {"message": "This model's maximum context length is 4096 tokens"}}, 400)
        return solved(question, n)

    with web(answer) as server:
        published = built(over(tmp_path, server.url, count=16, order="as_they_come", engine={"concurrency": 2}))

    told = published.reports["shortest_correct"]
    assert (told.solved, told.rejected["http_400"]) == (4, 24)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (lambda *_: said("", reasoning=None), "undecided"),
        (lambda *_: said("Six and six is \\boxed{99}."), "12 incorrect"),
        (lambda *_: said("", refusal="No."), "refusal"),
        (lambda *_: Sent({"choices": [{"message": {"content": "x"}, "finish_reason": "SAFETY"}]}), "content_filter"),
        (lambda *_: Sent("", 500), "gave_up"),
    ],
)
def test_a_dataset_without_rows_is_no_success(tmp_path: Path, answer: Answer, reason: str) -> None:
    with web(answer) as server:
        path = over(tmp_path, server.url)
        with pytest.raises(EmptyDataset, match=f"the dataset has no rows.*{reason}"):
            built(path)

    assert report(path)["methods"]["shortest_correct"]["rows"] == 0
    assert list(tmp_path.glob("runs/small/dataset/*/rejected/*.parquet"))


@pytest.mark.parametrize("race", [False, True])
@pytest.mark.parametrize(
    "longer", [None, {"completion_tokens": 1}, {"completion_tokens": 0}], ids=["none", "one", "zero"]
)
def test_the_shorter_reply_is_chosen_though_nobody_counts(tmp_path: Path, race: bool, longer: Any) -> None:
    long = "Let me think about this at great length, once and again and once more. The answer is \\boxed{%s}."

    def answer(question: str, n: int) -> Sent:
        number = re.findall(r"\d+", question)[-1]
        if n % 2:
            return said(long % number, usage=longer)
        words = ["So ", "it ", "is ", f"\\boxed{{{number}}}."]
        events: list[dict[str, Any]] = [{"choices": [{"delta": {"content": word}}]} for word in words]
        events.append({"choices": [{"delta": {}, "finish_reason": "stop"}]})
        return Sent("".join(f"data: {json.dumps(event)}\n\n" for event in events), kind="text/event-stream")

    method = {"kind": "shortest_correct", "zero_shot": 2, "race": race}
    with web(answer) as server:
        published = built(over(tmp_path, server.url, count=4, methods=[method], engine={"concurrency": 1}))

    rows = rows_of(published.folder)
    assert len(rows) == 4
    assert all(row["reply"].startswith("So it is") for row in rows)
    assert len({row["reply_tokens"] for row in rows}) == 1  # the tokenizer's count: `words` counts marks too
    assert rows[0]["reply_tokens"] > 4


def test_hidden_reasoning_is_remarked_and_a_caution(tmp_path: Path) -> None:
    def answer(question: str, n: int) -> Sent:
        number = re.findall(r"\d+", question)[-1]
        details = {"completion_tokens_details": {"reasoning_tokens": 128}}
        return said(f"\\boxed{{{number}}}", usage={"prompt_tokens": 9, "completion_tokens": 131, **details})

    with web(answer) as server:
        path = over(tmp_path, server.url, count=2)
        published = built(path)

    assert {row["reply_tokens"] for row in rows_of(published.folder)} == {131}
    assert all("hidden_reasoning" in row["remarks"] for row in rows_of(published.folder))
    assert any("kept to itself" in caution for caution in report(path)["cautions"])


def test_what_failures_burnt_is_known_to_the_budget_of_the_next_build(tmp_path: Path) -> None:
    def cut_off(question: str, n: int) -> Sent:
        if "What is 3?" not in question:
            return solved(question, n)
        event = {"choices": [{"delta": {"content": "so "}}], "usage": {"prompt_tokens": 5, "completion_tokens": 30}}
        return Sent(f"data: {json.dumps(event)}\n\n", kind="text/event-stream")

    with web(cut_off) as server:
        published = built(over(tmp_path, server.url))
    (spent,) = journal_totals(tmp_path / "runs" / "small" / "journal", "spent_tokens")

    assert spent == published.reports["shortest_correct"].generated_tokens
    assert spent >= 2 * 2 * 30


@pytest.mark.parametrize(
    "echo",
    [
        lambda key: Sent({"error": {"message": f"bad key {key}", "code": 400}}),
        lambda key: Sent({"choices": [{"message": {"content": "x"}, "finish_reason": key}]}),
        lambda key: Sent(f"data: {key}\n\n", kind="text/event-stream"),
        lambda key: Sent("no", 301, {"Location": f"https://elsewhere.example/{key}"}),
        lambda key: Sent(f"<p>{key}", kind=f"text/{key}"),
        lambda key: Sent(key, 500),
        lambda key: said(f"Your key is {key[:20]}, the answer is \\boxed{{1}}."),
        lambda key: said("", refusal=f"no, {key}"),
    ],
)
def test_a_key_that_the_server_echoes_is_nowhere_that_is_kept(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, echo: Any
) -> None:
    key = "sk-Canary-Canary-Canary-0123456789"
    monkeypatch.setenv("SOME_SERVERS_KEY", key)

    with web(lambda *_: echo(key)) as server:
        path = over(tmp_path, server.url, count=1, engine={"api_key_env": "SOME_SERVERS_KEY"})
        try:
            built(path)
        except (EngineError, EmptyDataset, ExceptionGroup) as error:
            assert key[:16].lower() not in _text(error).lower()

    assert server.keys[0] == f"Bearer {key}"
    kept = b"".join(file.read_bytes() for file in (tmp_path / "runs").rglob("*") if file.is_file())
    assert key[:16].lower().encode() not in kept.lower()


def rows_of(folder: Path) -> list[dict[str, Any]]:
    splits = load_from_disk(str(folder / "shortest_correct"))
    return [dict(row) for split in splits.values() for row in split]


def _text(error: BaseException) -> str:
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    return " ".join([str(error), *map(_text, inner)])

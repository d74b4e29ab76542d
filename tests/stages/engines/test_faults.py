from datetime import UTC, datetime

import pytest

from data.errors import EngineError
from stages.engines.engine import RequestFailed
from stages.engines.faults import MAX_DETAIL, TryFailed, retry_after, status_fault, stream_fault

NOON = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "7"}, 7.0),
        ({"retry-after": "0.25"}, 0.25),
        ({"retry-after": "-3"}, 0.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:01:30 GMT"}, 90.0),
        ({"retry-after": "Sun, 01 Mar 2026 13:01:30 +0100"}, 90.0),
        ({"retry-after": "Sun, 01 Mar 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Sun, 01 Mar 2026 12:00:10 -0000"}, 10.0),
        ({"retry-after-ms": "1500", "retry-after": "9"}, 1.5),
        ({"retry-after": "soon"}, None),
        ({"retry-after": ""}, None),
        ({"retry-after": "nan"}, None),
        ({"retry-after": "inf"}, None),
        ({"retry-after": "Sun, 99 Mar 2026 12:01:30 GMT"}, None),
    ],
)
def test_reads_how_long_a_server_asks_to_wait(headers: dict[str, str], seconds: float | None) -> None:
    assert retry_after(headers, NOON) == seconds


def test_keeps_no_more_of_a_page_of_html_than_a_line() -> None:
    fault = status_fault(500, "x" * 100_000, {}, "https://host/v1")

    assert isinstance(fault, TryFailed)
    assert len(str(fault)) < MAX_DETAIL + 20


@pytest.mark.parametrize(
    ("error", "kind", "reason"),
    [
        ({"message": "out of memory", "code": 500}, TryFailed, "error_in_stream"),
        ({"message": "slow down", "code": 429}, TryFailed, "error_in_stream"),
        ({"message": "too long", "code": 400}, RequestFailed, "http_400"),
        ({"message": "what", "code": "odd"}, TryFailed, "error_in_stream"),
        ("just text", TryFailed, "error_in_stream"),
        (["a", "list"], TryFailed, "error_in_stream"),
    ],
)
def test_sorts_errors_told_inside_a_stream(error: object, kind: type, reason: str) -> None:
    fault = stream_fault({"error": error})

    assert isinstance(fault, kind)
    assert getattr(fault, "reason", None) == reason


BODIES = {
    "llama.cpp, in a stream (ggml-org/llama.cpp#14566)": (
        {
            "error": {
                "code": 400,
                "message": "the request exceeds the available context size",
                "type": "exceed_context_size_error",
            }
        },
        RequestFailed,
        "http_400",
    ),
    "Groq (xberg-io/liter-llm#189)": (
        {
            "error": {
                "message": "validation failed",
                "type": "invalid_request_error",
                "code": "tool_use_failed",
                "status_code": 400,
            }
        },
        RequestFailed,
        "http_400",
    ),
    "OpenRouter (diegosouzapw/OmniRoute#8210)": (
        {"error": {"code": 502, "message": "Worker local total request limit reached (33/32)"}, "choices": []},
        TryFailed,
        "error_in_stream",
    ),
    "Anthropic (brightwave-inc/tidebreak#1122)": (
        {"type": "error", "error": {"type": "overloaded_error", "message": "Overloaded"}},
        TryFailed,
        "error_in_stream",
    ),
    "ardanlabs/kronk#862": (
        {"error": {"code": "server_error", "message": "the context window is full", "type": "server_error"}},
        TryFailed,
        "error_in_stream",
    ),
    "TGI": ({"error": "Input validation error", "error_type": "validation"}, TryFailed, "error_in_stream"),
    "vLLM's older form": (
        {"object": "error", "message": "bad", "type": "BadRequestError", "param": None, "code": 400},
        RequestFailed,
        "http_400",
    ),
    "FastAPI": ({"detail": "Internal Server Error"}, TryFailed, "error_in_stream"),
    "a number as text": ({"error": {"message": "no", "code": "422"}}, RequestFailed, "http_422"),
    "a key refused in the stream": ({"error": {"message": "no", "code": 401}}, EngineError, None),
}


@pytest.mark.parametrize(("body", "kind", "reason"), BODIES.values(), ids=BODIES)
def test_reads_errors_in_the_forms_of_many_servers(body: dict[str, object], kind: type, reason: str | None) -> None:
    fault = stream_fault(body)

    assert isinstance(fault, kind)
    assert getattr(fault, "reason", None) == reason


@pytest.mark.parametrize("body", [{"choices": []}, {"choices": [], "error": None}, {"type": "ping"}, {"usage": {}}])
def test_an_event_without_an_error_is_none(body: dict[str, object]) -> None:
    assert stream_fault(body) is None


@pytest.mark.parametrize(
    ("status", "detail", "overload"),
    [
        (429, "slow down", True),
        (503, "Loading model", True),
        (529, "", True),
        (502, "<html>", True),
        (500, '{"type": "api_error", "message": "Overloaded"}', True),
        (500, "The server is busy. Please try again later.", True),
        (500, "boom", False),
        (504, "gateway timeout", False),
        (408, "", False),
    ],
)
def test_knows_overload_by_status_or_words(status: int, detail: str, overload: bool) -> None:
    fault = status_fault(status, detail, {}, "https://host/v1")

    assert isinstance(fault, TryFailed)
    assert fault.overload is overload

from datetime import UTC, datetime

import pytest

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

import json
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.engines.engine import RequestFailed
from stages.engines.faults import TryFailed
from stages.engines.remote.chat_stream import MAX_LINE_BYTES, Received
from tests.stages.engines.servers import event, events

SENT = b"".join([b": hello\r\n", b"event: message\n", *events("Zwölf ", "und", " 一", usage=None)])


@given(cuts=st.lists(st.integers(0, len(SENT)), max_size=8), crlf=st.booleans())
def test_reads_the_same_wherever_the_bytes_are_cut(cuts: list[int], crlf: bool) -> None:
    sent = SENT.replace(b"\n", b"\r\n") if crlf else SENT
    edges = [0, *sorted(cuts), len(sent)]
    received = Received()

    for start, end in pairwise(edges):
        received.feed(sent[start:end])

    assert received.text(None) == "Zwölf und 一"
    assert (received.tokens, received.end(), received.done) == (3, "stop", True)


@given(st.lists(st.text(), max_size=6))
def test_the_text_is_the_pieces_joined_and_can_be_written(pieces: list[str]) -> None:
    received = Received()

    for chunk in events(*pieces):
        received.feed(chunk)

    assert received.text(None) == "".join(pieces)


def test_joins_characters_whose_halves_came_apart() -> None:
    received = Received()

    received.feed(b'data: {"choices": [{"delta": {"content": "\\ud83d"}}]}\n')
    received.feed(b'data: {"choices": [{"delta": {"content": "\\ude00 and \\ud83d"}}]}\n')

    assert received.text(None) == "😀 and \ufffd"


def test_a_reply_cut_off_inside_its_reasoning_has_no_end_mark() -> None:
    received = Received()

    received.feed(event({"reasoning": "First, "}))
    received.feed(event({"reasoning": "then"}, "length"))

    assert received.text(None) == "<think>\nFirst, then"


def test_reasoning_that_goes_on_from_a_prefix_is_not_opened_again() -> None:
    received = Received()

    received.feed(event({"reasoning": " is two.\n"}))
    received.feed(event({"content": "\n\n2"}, "stop"))

    assert received.text("<think>\nOne and one") == " is two.\n</think>\n\n2"


def test_tells_whether_text_came() -> None:
    received = Received()

    assert not received.feed(event({"role": "assistant", "content": ""}))
    assert received.feed(event({"content": "a"}))
    assert not received.feed(event(None, usage={"completion_tokens": 9, "prompt_tokens": 1}))
    assert received.tokens == 9


def test_an_unending_line_is_not_gathered_for_ever() -> None:
    received = Received()

    with pytest.raises(TryFailed, match="line of over"):
        for _ in range(MAX_LINE_BYTES // (4 << 20) + 1):
            received.feed(b"x" * (4 << 20))


@pytest.mark.parametrize(
    "data",
    [
        b"{",
        b"7",
        b"null",
        b'"text"',
        b'{"choices": 3}',
        b'{"choices": [3]}',
        b'{"usage": {"completion_tokens": "x"}}',
        b'{"choices": [{"delta": {"content": [4]}}]}',
        b'{"choices": [{"delta": {}, "finish_reason": 3}]}',
        b"[" * 100_000,
    ],
)
def test_what_is_no_completion_can_be_tried_again(data: bytes) -> None:
    with pytest.raises(TryFailed) as failure:
        Received().take(data, "delta")

    assert failure.value.reason == "malformed_json"
    assert len(str(failure.value)) < 400


def test_an_end_unknown_here_fails_the_request_under_its_own_name() -> None:
    received = Received()
    received.take(json.dumps({"choices": [{"delta": {}, "finish_reason": "recitation"}]}).encode(), "delta")

    with pytest.raises(RequestFailed) as failure:
        received.end()

    assert failure.value.reason == "recitation"

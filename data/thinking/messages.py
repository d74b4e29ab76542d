"""Replies in a protocol whose messages name their channel: Harmony and its like."""

import re

from data.thinking.marks import PROTOCOLS, Protocol

_COMPILED = [(protocol, re.compile(protocol.header), re.compile(protocol.end)) for protocol in PROTOCOLS]
_TURN = re.compile(r"\s*(?:<\|start\|>)?(?:assistant)?\s*\Z")
_SKIPPED = PROTOCOLS[1]
_BEGINS_SKIPPED = re.compile(r"\s*(?:assistant)?analysis(?=[^\sa-z,;:.!?'’-])")
_FINAL_SKIPPED = re.compile(r"(?<![`'\"“])assistantfinal")


def protocol_of(reply: str, opened: bool) -> Protocol | None:
    """Return the protocol in which a reply is written: one of its headers begins it, or one of an answer stands in it.

    A reply that `opened` inside the reasoning lacks the header that its prompt ended in.
    """
    for protocol, header, _ in _COMPILED:
        if protocol is _SKIPPED:
            if _BEGINS_SKIPPED.match(reply) or _FINAL_SKIPPED.search(reply):
                return protocol
        elif protocol.key in reply:
            first = header.search(reply)
            if first is None:
                continue
            if opened or _TURN.fullmatch(reply, 0, first.start()):
                return protocol
            if any(one["channel"] in protocol.answer for one in header.finditer(reply, first.start())):
                return protocol
    return None


def read_messages(reply: str, protocol: Protocol) -> tuple[list[str] | None, list[str] | None]:
    """Return the messages of the reasoning (null for none) and of the answer (null for none, so it never came).

    Text in front of the first header is reasoning; text that follows a message without a header is answer.
    """
    header, end = next((header, end) for one, header, end in _COMPILED if one is protocol)
    headers = list(header.finditer(reply))
    stops = [*(one.start() for one in headers), len(reply)]
    reasoning = [piece for piece in end.split(reply[: stops[0]]) if piece.strip() not in ("", "assistant")]
    thought = bool(reasoning)
    answers: list[str] = []
    loose: list[str] = []
    for one, stop in zip(headers, stops[1:], strict=True):
        body, *rest = end.split(reply[one.end() : stop])
        if one["channel"] in protocol.answer:
            answers.append(body)
        else:
            thought = True
            reasoning.append(body)
        loose += [piece for piece in rest if piece.strip()]
    return reasoning if thought else None, answers + loose or None

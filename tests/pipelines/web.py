"""An OpenAI-compatible server in a thread, for builds that run in a loop of their own."""

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Sent:
    """What a server answers."""

    body: Any
    """JSON, or a text as it is."""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    kind: str = "application/json"


Answer = Callable[[str, int], Sent]
"""Gives the answer to a question that is asked for the n-th time, from 1."""


def said(text: str, usage: Any = "told", **message: Any) -> Sent:
    """Reply with this text, its words counted as tokens."""
    told = {"prompt_tokens": 9, "completion_tokens": len(text.split())} if usage == "told" else usage
    choice = {"index": 0, "message": {"role": "assistant", "content": text, **message}, "finish_reason": "stop"}
    return Sent({"choices": [choice], **({"usage": told} if told is not None else {})})


@dataclass
class Web:
    """A running server and what it was asked."""

    answer: Answer
    url: str = ""
    asked: list[str] = field(default_factory=list)
    keys: list[str | None] = field(default_factory=list)

    def take(self, body: dict[str, Any], key: str | None) -> Sent:
        question = str(body["messages"][-1]["content"])
        self.asked.append(question)
        self.keys.append(key)
        return self.answer(question, self.asked.count(question))


@contextmanager
def web(answer: Answer) -> Iterator[Web]:
    """Run a server while the block lasts."""
    state, lock = Web(answer), threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._send(Sent({"data": [{"id": "m"}]}))

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            with lock:
                sent = state.take(body, self.headers.get("Authorization"))
            self._send(sent)

        def _send(self, sent: Sent) -> None:
            text = sent.body if isinstance(sent.body, str) else json.dumps(sent.body)
            self.send_response(sent.status)
            for name, value in {
                "Content-Type": sent.kind,
                "Content-Length": str(len(text.encode())),
                **sent.headers,
            }.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, format: str, *args: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    state.url = f"http://127.0.0.1:{server.server_port}/v1"
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        server.server_close()
        thread.join()

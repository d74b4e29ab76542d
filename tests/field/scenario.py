"""A scripted OpenAI-compatible server, in a thread of this process: it answers what a case's `server.json` says.

`answers` are given in turn; `by_question` picks its own by what the question holds; `forbid` names parameters that are
refused with 400, `require` ones without whose value `otherwise` is answered. An answer is `json`, `sse` (events, as
objects or as they stand) or `raw`.
"""

import itertools
import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

REFUSAL = "Unsupported parameter: '%s' is not supported with this model."


class Scenario:
    """What the server says, and the bodies of the requests it was sent."""

    def __init__(self, script: Mapping[str, Any]) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self._turn = itertools.count()
        self._lock = threading.Lock()

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """Note a request and return its answer."""
        with self._lock:
            turn = next(self._turn)
            self.requests.append(body)
        for path in self.script.get("forbid", []):
            if _at(body, path) is not None:
                message = self.script.get("forbid_message", REFUSAL)
                error = {"type": "invalid_request_error", "param": path, "code": "unsupported_parameter"}
                text = message % path if "%s" in message else message
                return {"status": 400, "json": {"error": {"message": text, **error}}}
        for path, value in self.script.get("require", {}).items():
            if _at(body, path) != value:
                return dict(self.script["otherwise"])
        question = body["messages"][-1]["content"]
        own = [answers for words, answers in self.script.get("by_question", {}).items() if words in question]
        answers = own[0] if own else self.script["answers"]
        return dict(answers[turn % len(answers)])


@contextmanager
def serving(path: Path) -> Iterator[tuple[int, Scenario]]:
    """Serve the script of a file; yields the port and the scenario."""
    scenario = Scenario(json.loads(path.read_text("utf-8")))

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, format: str, *args: Any) -> None:
            pass

        def do_GET(self) -> None:
            models = [{"id": name} for name in scenario.script.get("models", ["m"])]
            self._send(200, "application/json", json.dumps({"object": "list", "data": models}).encode())

        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            answer = scenario.answer(body)
            status, headers = answer.get("status", 200), answer.get("headers", {})
            if "sse" in answer:
                events = [one if isinstance(one, str) else f"data: {json.dumps(one)}\n\n" for one in answer["sse"]]
                if answer.get("done", True):
                    events.append("data: [DONE]\n\n")
                self._send(status, "text/event-stream", "".join(events).encode(), headers)
            elif "raw" in answer:
                self._send(status, answer.get("type", "application/json"), answer["raw"].encode(), headers)
            else:
                self._send(status, "application/json", json.dumps(answer["json"]).encode(), headers)

        def _send(self, status: int, kind: str, data: bytes, headers: Mapping[str, str] | None = None) -> None:
            self.send_response(status)
            for name, value in {"content-type": kind, "content-length": str(len(data)), **(headers or {})}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(data)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    thread.start()
    try:
        yield server.server_port, scenario
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def _at(body: Mapping[str, Any], path: str) -> Any:
    value: Any = body
    for name in path.split("."):
        value = value.get(name) if isinstance(value, Mapping) else None
    return value

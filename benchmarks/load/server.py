"""An OpenAI-compatible server that thinks for a set time: what a client adds can then be seen.

Row n is asked by a question that holds `[row:n]`; it is answered by some 2,000 characters and the right answer, 7 n.
Every call's begin and end go to a log: `S time row in_flight`, `E time row`.
"""

import argparse
import asyncio
import hashlib
import math
import re
import time
from pathlib import Path
from statistics import NormalDist

from aiohttp import web

ROW = re.compile(r"\[row:(\d+)\]")
FILLER = "Let us look at this once more, step by step. "


def uniform(text: str) -> float:
    """Return a number in (0, 1) that depends on the text alone."""
    return (int(hashlib.sha256(text.encode()).hexdigest()[:12], 16) + 0.5) / 16**12


def latency(row: int, mean: float, sigma: float) -> float:
    """Return the seconds a row takes: constant, or log-normal with this mean."""
    return mean * math.exp(sigma * NormalDist().inv_cdf(uniform(f"latency {row}")) - sigma**2 / 2)


def reply(row: int) -> str:
    """Return the reply to a row."""
    fill = FILLER * int(10 + 65 * uniform(f"length {row}"))
    return f"<think>\n{fill}\n</think>\n\nThe answer is \\boxed{{{row * 7}}}."


def application(log: Path, mean: float, sigma: float) -> web.Application:
    """Return the server."""
    file = log.open("a", buffering=1)
    in_flight = 0

    async def chat(request: web.Request) -> web.Response:
        nonlocal in_flight
        body = await request.json()
        found = ROW.search(body["messages"][-1]["content"])
        row = int(found[1]) if found else 0
        in_flight += 1
        file.write(f"S {time.time():.4f} {row} {in_flight}\n")
        try:
            await asyncio.sleep(latency(row, mean, sigma))
            text = reply(row)
            message = {"role": "assistant", "content": text}
            file.write(f"E {time.time():.4f} {row}\n")
            tokens = len(text) // 4
            return web.json_response(
                {
                    "id": f"c{row}",
                    "object": "chat.completion",
                    "created": 0,
                    "model": body["model"],
                    "choices": [{"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}],
                    "usage": {
                        "prompt_tokens": 60,
                        "completion_tokens": tokens,
                        "total_tokens": 60 + tokens,
                    },
                }
            )
        finally:
            in_flight -= 1

    async def models(_: web.Request) -> web.Response:
        return web.json_response({"object": "list", "data": [{"id": "mock", "object": "model", "owned_by": "us"}]})

    served = web.Application()
    served.add_routes(
        [web.post("/v1/chat/completions", chat), web.get("/v1/models", models), web.get("/health", models)]
    )
    return served


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--log", type=Path, required=True)
    parser.add_argument("--seconds", type=float, default=0.05)
    parser.add_argument("--sigma", type=float, default=0.0)
    told = parser.parse_args()
    web.run_app(
        application(told.log, told.seconds, told.sigma),
        host="127.0.0.1",
        port=told.port,
        print=None,
        access_log=None,
        backlog=4096,
    )

"""The smallest honest client: asyncio and the `openai` package, JSON lines out, gone on with by id.

python -m benchmarks.load.plain BASE_URL problems.jsonl out.jsonl IN_FLIGHT
"""

import asyncio
import json
import sys
from pathlib import Path

from openai import AsyncOpenAI


async def main(base_url: str, problems: Path, out: Path, in_flight: int) -> None:
    """Ask every problem that has no whole line in `out` yet."""
    client = AsyncOpenAI(base_url=base_url, api_key="none", max_retries=5)
    kept = out.read_text().split("\n")[:-1] if out.exists() else []
    out.write_text("".join(f"{line}\n" for line in kept))
    done = {json.loads(line)["id"] for line in kept}
    slots = asyncio.Semaphore(in_flight)
    with out.open("a") as file:

        async def one(row: dict[str, str]) -> None:
            async with slots:
                turn = {"role": "user", "content": row["question"]}
                found = await client.chat.completions.create(model="mock", messages=[turn])  # type: ignore[list-item]
                file.write(json.dumps({**row, "reply": found.choices[0].message.content}) + "\n")
                file.flush()

        rows = (json.loads(line) for line in problems.read_text().splitlines())
        await asyncio.gather(*(one(row) for row in rows if row["id"] not in done))


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4])))

import asyncio

import pytest

from stages.engines.engine import Message, Request, Sampling
from stages.engines.remote.open_files import allow_open_files
from stages.engines.remote.remote import Remote
from stages.engines.remote.retry import Retry
from tests.stages.engines.servers import ChatServer, plain, said


@pytest.mark.parametrize("concurrency", [32, 256, 1024])
async def test_reaches_its_concurrency_and_never_exceeds_it(server: ChatServer, concurrency: int) -> None:
    allow_open_files(4 * concurrency)  # both ends of every connection are in this process
    server.crowd = concurrency  # nothing is answered before so many have come
    faulty = [plain(500) if n % 10 == 3 else said("four") for n in range(2 * concurrency)]
    server.answers = [*faulty, said("four")]
    asked = [Request((Message("user", f"{n} + 1?"),), Sampling(), seed=n) for n in range(2 * concurrency + 5)]

    engine = await Remote(
        base_url=server.url, model="m", concurrency=concurrency, retry=Retry(backoff_seconds=0.001)
    ).start()
    async with asyncio.timeout(120):
        replies = await asyncio.gather(*(engine.generate(request) for request in asked))
    await engine.close()

    assert server.most_in_flight == concurrency
    assert [reply.text for reply in replies] == ["four"] * len(asked)

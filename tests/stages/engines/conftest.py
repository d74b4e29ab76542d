from collections.abc import AsyncIterator

import pytest

from tests.stages.engines.servers import ChatServer


@pytest.fixture
async def server() -> AsyncIterator[ChatServer]:
    running = ChatServer()
    await running.start()
    yield running
    await running.stop()


@pytest.fixture
async def other_server() -> AsyncIterator[ChatServer]:
    running = ChatServer()
    await running.start()
    yield running
    await running.stop()

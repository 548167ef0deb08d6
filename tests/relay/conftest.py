"""Brokers are real servers, so these tests run in real time, and on asyncio, which FastStream needs."""

from collections.abc import AsyncIterator

import pytest

from greenapi_async import Client
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport


@pytest.fixture
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(seed=1, enforce_rates=False)


@pytest.fixture
async def client(sandbox: Sandbox, instance: Instance) -> AsyncIterator[Client]:
    transport = InProcessTransport(create_app(sandbox))
    id_instance, token = instance.id_instance, instance.token
    async with Client(id_instance, token, "http://sandbox", transport=transport, rate_limiter=None) as client:
        yield client

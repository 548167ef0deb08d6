from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox, create_app


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def sandbox(clock: ManualClock) -> Sandbox:
    return Sandbox(clock, seed=1)


@pytest.fixture
def instance(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance()


@pytest.fixture
async def http(sandbox: Sandbox) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(create_app(sandbox))
    async with httpx.AsyncClient(transport=transport, base_url="http://sandbox") as client:
        yield client


@pytest.fixture
def api(http: httpx.AsyncClient, instance: Instance) -> Callable[..., Awaitable[httpx.Response]]:
    """Call a method of the instance: `await api("POST", "sendMessage", json={...})`."""

    async def call(verb: str, method: str, tail: str = "", **options: Any) -> httpx.Response:
        path = f"/waInstance{instance.id_instance}/{method}/{instance.token}{tail}"
        return await http.request(verb, path, **options)

    return call

"""Fixtures for all: every test of waiting runs on asyncio and on trio, in virtual time, so that none sleeps."""

import asyncio
import selectors
import signal
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest
import trio.testing

from greenapi_async import Client
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # as where a script started this run in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


class _JumpingSelector(selectors.DefaultSelector):
    """Where the loop would wait for a timer, the clock jumps to it."""

    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0 if timeout is not None else None)
        if not ready and timeout:
            self.now += timeout
        return ready


class _VirtualLoop(asyncio.SelectorEventLoop):
    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        return self._jumping.now


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> tuple[str, dict[str, Any]]:
    if request.param == "trio":
        return "trio", {"clock": trio.testing.MockClock(autojump_threshold=0)}
    return "asyncio", {"loop_factory": _VirtualLoop}


@pytest.fixture
def sandbox() -> Sandbox:
    return Sandbox(clock=anyio.current_time, seed=1)


@pytest.fixture
async def instance(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance()


@pytest.fixture
async def client(sandbox: Sandbox, instance: Instance) -> AsyncIterator[Client]:
    transport = InProcessTransport(create_app(sandbox))
    async with Client(instance.id_instance, instance.token, "http://sandbox", transport=transport) as client:
        yield client

"""Fixtures for all tests: everything that waits runs on asyncio and trio, in virtual time, so no test sleeps."""

import asyncio
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack
from typing import Any

import anyio
import pytest
import respx
from hypothesis import HealthCheck, settings

from greenapi_async import Client
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from greenapi_async.testing.virtual_clock_asyncio import control_loop
from greenapi_async.testing.virtual_clock_trio import control_clock, jumping_clock
from tests.http_libraries import LIBRARIES, Wire, import_library

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")  # a busy machine is no failure

if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:  # inherited from a script that started this run in the background
    signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> Iterator[tuple[str, dict[str, Any]]]:
    """The plugin's virtual clock, from 0 and from the start of the run, so that async fixtures have it too."""
    with ExitStack() as controls:
        if request.param == "trio":
            clock = jumping_clock(rate=0)
            controls.callback(control_clock(clock))
            yield "trio", {"clock": clock}
        else:

            def create_loop() -> asyncio.AbstractEventLoop:
                loop = asyncio.SelectorEventLoop()
                controls.callback(control_loop(loop, start=0)[1])
                return loop

            yield "asyncio", {"loop_factory": create_loop}


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


@pytest.fixture(scope="session")
def postgres_dsn() -> Iterator[str]:
    """A real server for all tests of this worker; each test uses a schema of its own."""
    from tests.postgres_server import PostgresServer

    with PostgresServer() as server:
        yield server.dsn


@pytest.fixture(params=LIBRARIES)
def wire(request: pytest.FixtureRequest) -> Iterator[Wire]:
    with respx.MockRouter(assert_all_called=False) as router:
        yield Wire(import_library(request.param), router)

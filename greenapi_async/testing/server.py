"""The fake server of a test: called in process, or served on a socket from a thread."""

from collections.abc import Callable
from typing import Protocol, TypeVar, cast

import anyio
import anyio.lowlevel
import httpx

from greenapi_async.http.wire import AsyncTransport
from greenapi_async.testing.sandbox_api import FakeServer, Instance, LongPoll, SandboxServer, create_app, wait_for
from greenapi_async.testing.transport import InProcessTransport
from greenapi_async.testing.virtual_clock import Clock

__all__ = ["InProcessServer", "Server", "SocketServer"]

T = TypeVar("T")

_POLL_INTERVAL = 0.01


class Server(Protocol):
    """A running fake server."""

    state: FakeServer
    clock: Clock
    url: str

    def call(self, fn: Callable[[], T]) -> T:
        """Run a function in the thread that owns the state, and return its result."""
        ...

    async def wait(self, instance: Instance, look: Callable[[], T | None], timeout: float) -> T | None:
        """Wait until a condition is met.

        Args:
            instance: The instance that the condition is about.
            look: Returns the result, or None while the condition is not met.
            timeout: Seconds to wait.

        Returns:
            The result, or None after the timeout.
        """
        ...

    def transport(self) -> AsyncTransport:
        """Create a transport for a client."""
        ...


class InProcessServer:
    """Fake server that is called in process, in the test's event loop."""

    url = "http://sandbox"

    def __init__(self, state: FakeServer, clock: Clock) -> None:
        self.state = state
        self.clock = clock
        self._app = create_app(state)

    def call(self, fn: Callable[[], T]) -> T:
        """Call the function."""
        return fn()

    async def wait(self, instance: Instance, look: Callable[[], T | None], timeout: float) -> T | None:
        """Return the first result of ``look`` that is not None; it is called after each change of the instance."""
        self.clock.install()
        await anyio.lowlevel.checkpoint()
        return cast("T | None", await wait_for(LongPoll(instance, timeout, look)))

    def transport(self) -> AsyncTransport:
        """Create a transport that calls the server directly."""
        return InProcessTransport(self._app, self.clock.install)


class SocketServer:
    """Fake server on a socket, in a thread of its own."""

    def __init__(self, server: SandboxServer, clock: Clock) -> None:
        self.state = server.sandbox
        self.clock = clock
        self.url = server.url
        self._server = server

    def call(self, fn: Callable[[], T]) -> T:
        """Run the function in the server's thread, and return its result."""
        return self._server.call(fn)

    async def wait(self, instance: Instance, look: Callable[[], T | None], timeout: float) -> T | None:  # noqa: ARG002  shared signature
        """Return the first result of ``look`` that is not None; it is called at short intervals."""
        deadline = anyio.current_time() + timeout
        while (found := look()) is None and anyio.current_time() < deadline:  # noqa: ASYNC110  it is another thread's
            await anyio.sleep(_POLL_INTERVAL)
        return found

    def transport(self) -> AsyncTransport:
        """Create a transport without keep-alive, so that a client that is never closed leaves no connection open."""
        return httpx.AsyncHTTPTransport(limits=httpx.Limits(max_keepalive_connections=0), trust_env=False)

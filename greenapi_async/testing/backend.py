"""Where the fake server is served, and how a test comes at its state: in process, or in the thread of a socket."""

from collections.abc import Callable
from typing import Protocol, TypeVar, cast

import anyio
import anyio.lowlevel

from greenapi_async.http.transport import AsyncTransport
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.sandbox.api.methods import LongPoll
from greenapi_async.sandbox.network.long_poll import wait_for
from greenapi_async.sandbox.server import SandboxServer
from greenapi_async.testing.transport import InProcessTransport, socket_transport
from greenapi_async.testing.virtual_clock import Time

__all__ = ["InProcess", "OnSocket", "Stage"]

T = TypeVar("T")

EVERY = 0.01


class Stage(Protocol):
    """A served sandbox."""

    state: Sandbox
    time: Time
    url: str

    def do(self, fn: Callable[[], T]) -> T:
        """Run a function where the state may be touched."""
        ...

    async def wait(self, instance: Instance, look: Callable[[], T | None], seconds: float) -> T | None:
        """Look until something is found; None when the time is over."""
        ...

    def transport(self) -> AsyncTransport:
        """Give a client's way to it."""
        ...


class InProcess:
    """Served by calling it."""

    url = "http://sandbox"

    def __init__(self, state: Sandbox, time: Time) -> None:
        self.state = state
        self.time = time
        self._app = create_app(state)

    def do(self, fn: Callable[[], T]) -> T:
        """Call it."""
        return fn()

    async def wait(self, instance: Instance, look: Callable[[], T | None], seconds: float) -> T | None:
        """Look whenever something changes."""
        self.time.begin()
        await anyio.lowlevel.checkpoint()
        return cast("T | None", await wait_for(LongPoll(instance, seconds, look)))

    def transport(self) -> AsyncTransport:
        """Give a way that has no connections."""
        return InProcessTransport(self._app, self.time.begin)


class OnSocket:
    """Served from a thread of its own."""

    def __init__(self, server: SandboxServer, time: Time) -> None:
        self.state = server.sandbox
        self.time = time
        self.url = server.url
        self._server = server

    def do(self, fn: Callable[[], T]) -> T:
        """Call it in the server's thread."""
        return self._server.call(fn)

    async def wait(self, instance: Instance, look: Callable[[], T | None], seconds: float) -> T | None:  # noqa: ARG002
        """Look again and again."""
        deadline = anyio.current_time() + seconds
        while (found := look()) is None and anyio.current_time() < deadline:  # noqa: ASYNC110  it is another thread's
            await anyio.sleep(EVERY)
        return found

    def transport(self) -> AsyncTransport:
        """Give a way over the network."""
        return socket_transport()

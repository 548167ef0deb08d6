"""The sandbox on a real socket, served by uvicorn from its own thread."""

import asyncio
import ipaddress
import socket
import threading
from collections.abc import Callable
from concurrent.futures import Future, wait
from importlib.util import find_spec
from types import TracebackType
from typing import Any, Self, TypeVar, cast

from greenapi_async.sandbox.app import SandboxApp, create_app
from greenapi_async.sandbox.control.origin_checks import LOOPBACK
from greenapi_async.sandbox.network.disconnect import TRANSPORT
from greenapi_async.sandbox.state import Sandbox

try:
    import uvicorn
    from uvicorn.protocols.http.h11_impl import H11Protocol
except ModuleNotFoundError as error:
    raise ModuleNotFoundError(
        f"the sandbox server needs {error.name}; run: pip install 'greenapi-async[sandbox]'", name=error.name
    ) from error

__all__ = ["SandboxServer"]

T = TypeVar("T")


class TransportProtocol(H11Protocol):
    """An HTTP protocol that passes the transport of a connection to the app, which can then close it."""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Wrap the app for the lifetime of this connection."""
        super().connection_made(cast("asyncio.Transport", transport))
        app = self.app

        async def with_transport(scope: Any, receive: Any, send: Any) -> None:
            scope.setdefault("extensions", {})[TRANSPORT] = transport
            await app(scope, receive, send)

        self.app = with_transport


class _Server(uvicorn.Server):
    def __init__(self, app: SandboxApp) -> None:
        super().__init__(
            uvicorn.Config(
                cast("Any", app),
                loop="asyncio",
                http=TransportProtocol,
                ws="wsproto" if find_spec("wsproto") else "none",
                lifespan="on",
                proxy_headers=False,
                access_log=False,
                date_header=False,  # the app adds it, by the clock of the sandbox
                log_config=None,
                log_level="warning",
            )
        )
        self.app = app
        self.loop: asyncio.AbstractEventLoop | None = None
        self.settled = threading.Event()
        """Set when the server has started or has failed to start."""

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        self.loop = asyncio.get_running_loop()
        self.settled.set()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        self.app.close()
        await super().shutdown(sockets)


class SandboxServer:
    """A context manager that serves a sandbox from its own thread.

    The sandbox is not thread-safe: from other threads, use HTTP or `call`.

    Attributes:
        sandbox: The state of the fake server.
        host: The address that it listens on.
        port: The port that it listens on; 0 until it has started if any free port was requested.
    """

    def __init__(self, sandbox: Sandbox, host: str = "127.0.0.1", port: int = 0, *, allow_remote: bool = False) -> None:
        _check_host(host, allow_remote=allow_remote)
        self.sandbox = sandbox
        self.host = host
        self.port = port
        hosts = LOOPBACK | {host} if _is_loopback(host) else None
        self._server = _Server(create_app(sandbox, hosts=hosts))
        self._thread = threading.Thread(target=self._run, name="greenapi-sandbox", daemon=True)
        self._socket: socket.socket | None = None

    @property
    def is_open(self) -> bool:
        """True if other machines can connect."""
        return not _is_loopback(self.host)

    @property
    def url(self) -> str:
        """The address to pass to a client as `api_url`."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    def __enter__(self) -> Self:
        self._socket = _listen(self.host, self.port)
        self.port = self._socket.getsockname()[1]
        self.sandbox.files.base_url = self.url
        self._thread.start()
        self._server.settled.wait()
        if self._server.loop is None:
            raise RuntimeError("the sandbox server did not start")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._server.should_exit = True
        self._thread.join()

    def call(self, fn: Callable[[], T]) -> T:
        """Run a function in the server's thread, where the state can be accessed safely, and return its result.

        Raises:
            RuntimeError: The server is not running.
        """
        loop = self._server.loop
        if loop is None or not self._thread.is_alive():
            raise RuntimeError("the sandbox server is not running")
        if threading.current_thread() is self._thread:
            return fn()
        future: Future[T] = Future()

        def run() -> None:
            try:
                future.set_result(fn())
            except BaseException as error:  # noqa: BLE001 - raised again in the calling thread
                future.set_exception(error)

        loop.call_soon_threadsafe(run)
        while not wait([future], timeout=1).done:
            if not self._thread.is_alive():
                raise RuntimeError("the sandbox server stopped")
        return future.result()

    def wait(self, timeout: float | None = None) -> bool:
        """Block until the server stops or Ctrl-C raises KeyboardInterrupt.

        Args:
            timeout: Seconds to block at most; None blocks without a limit.

        Returns:
            False if the server still runs.
        """
        self._thread.join(timeout)
        return not self._thread.is_alive()

    def _run(self) -> None:
        try:
            self._server.run(sockets=[self._socket] if self._socket else None)
        finally:
            self._server.settled.set()


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, port), family=family, backlog=2048)
    # asyncio does this only for sockets that it creates itself
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _check_host(host: str, *, allow_remote: bool) -> None:
    if not (allow_remote or _is_loopback(host)):
        raise ValueError(
            f"{host} is reachable from other machines, and the sandbox has no access control; "
            "allow it with --allow-remote (allow_remote=True)"
        )

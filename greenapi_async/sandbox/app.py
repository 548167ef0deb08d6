"""The sandbox as one ASGI app: the API with its files and its websocket, and the page and the control API beside it."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

import anyio
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.control.origin_checks import refusal
from greenapi_async.sandbox.control.static_page import Pages, is_page
from greenapi_async.sandbox.control.routes import control_app
from greenapi_async.sandbox.payloads.responses import as_json
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.network.api_app import Api
from greenapi_async.sandbox.network.file_downloads import serve_file
from greenapi_async.sandbox.network.disconnect import drop
from greenapi_async.sandbox.network.http_exchange import send_answer
from greenapi_async.sandbox.network.open_connections import Live
from greenapi_async.sandbox.network.webhook_client import Post
from greenapi_async.sandbox.network.webhook_delivery import push
from greenapi_async.sandbox.network.qr_websocket import QrSocket
from greenapi_async.sandbox.simulation.faults import Fault


class SandboxApp:
    """An ASGI app over a sandbox; runs on asyncio and on trio. It pushes where a server gives it a lifespan."""

    def __init__(self, sandbox: Sandbox, hosts: Collection[str] | None) -> None:
        self.sandbox = sandbox
        self._lifespan = Starlette(lifespan=self._pushing)
        self._live = Live()
        self._api = Api(sandbox, self._live)
        self._qr_socket = QrSocket(sandbox, self._live)
        self._control = control_app(sandbox, self._live)
        self._pages = Pages()
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "websocket":
            await self._qr_socket(scope, receive, send)
        elif scope["path"].startswith("/sandbox/") or is_page(scope["path"]):
            await self._serve_people(scope, receive, send)
        elif scope["path"].startswith("/files/"):
            await self._serve_file(scope, receive, send)
        else:
            self._link_to(scope)
            await self._api(scope, receive, send)

    def close(self) -> None:
        """End every call under way, dropping its connection."""
        self._live.close()

    @asynccontextmanager
    async def _pushing(self, _app: object) -> AsyncGenerator[None]:
        async with Post() as post, anyio.create_task_group() as tasks:
            tasks.start_soon(push, self.sandbox, post)
            yield
            tasks.cancel_scope.cancel()

    async def _serve_people(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the page and the control API, which are not the fake server's."""
        if wrong := refusal(Headers(scope=scope), scope["path"], self._hosts):
            await send_answer(as_json({"message": wrong}, 403), Fault(), scope, receive, send)
        elif is_page(scope["path"]):
            await self._pages(scope, receive, send)
        else:
            self._link_to(scope)
            await self._control(scope, receive, send)

    def _link_to(self, scope: Scope) -> None:
        """Let the links to files name the host that was asked for last."""
        if host := Headers(scope=scope).get("host"):
            self.sandbox.files.base_url = f"{scope['scheme']}://{host}"

    async def _serve_file(self, scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.CancelScope() as serving, self._live.holding(serving):
            await serve_file(self.sandbox, scope, receive, send)
        if serving.cancelled_caught:
            await drop(scope, receive)


def create_app(sandbox: Sandbox, *, hosts: Collection[str] | None = None) -> SandboxApp:
    """Make the ASGI app that serves a sandbox; `hosts` are the only names that its page and control API answer to."""
    return SandboxApp(sandbox, hosts)

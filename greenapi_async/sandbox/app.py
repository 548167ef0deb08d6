"""The sandbox as one ASGI app: the API with its files and websocket, the control API and the page."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager

import anyio
from starlette.applications import Starlette
from starlette.datastructures import Headers
from starlette.types import Receive, Scope, Send

from greenapi_async.sandbox.control.origin_checks import rejection_reason
from greenapi_async.sandbox.control.routes import control_app
from greenapi_async.sandbox.control.static_page import StaticPage, is_page
from greenapi_async.sandbox.network.api_app import ApiApp
from greenapi_async.sandbox.network.calls_websocket import CallsWebSocket
from greenapi_async.sandbox.network.disconnect import disconnect
from greenapi_async.sandbox.network.file_downloads import serve_file
from greenapi_async.sandbox.network.http_exchange import send_response, with_date
from greenapi_async.sandbox.network.open_connections import OpenConnections
from greenapi_async.sandbox.network.qr_websocket import QrWebSocket
from greenapi_async.sandbox.network.webhook_client import WebhookClient
from greenapi_async.sandbox.network.webhook_delivery import deliver_webhooks
from greenapi_async.sandbox.payloads.responses import json_response
from greenapi_async.sandbox.simulation.faults import Fault
from greenapi_async.sandbox.state import Sandbox

__all__ = ["SandboxApp", "create_app"]


class SandboxApp:
    """The ASGI app of a sandbox, on asyncio or trio; it delivers webhooks if its server runs the ASGI lifespan."""

    def __init__(self, sandbox: Sandbox, hosts: Collection[str] | None) -> None:
        self.sandbox = sandbox
        self._lifespan = Starlette(lifespan=self._delivering_webhooks)
        self._connections = OpenConnections()
        self._api = ApiApp(sandbox, self._connections)
        self._qr_socket = QrWebSocket(sandbox, self._connections)
        self._calls_socket = CallsWebSocket(sandbox, self._connections)
        self._control = control_app(sandbox, self._connections)
        self._page = StaticPage()
        self._hosts = hosts

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "lifespan":
            await self._lifespan(scope, receive, send)
        elif scope["type"] == "websocket":
            is_calls = scope["path"].split("/")[2:3] == ["callsRtc"]
            await (self._calls_socket if is_calls else self._qr_socket)(scope, receive, send)
        else:
            await self._serve_http(scope, receive, with_date(send, self.sandbox.clock))

    async def _serve_http(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["path"].startswith("/sandbox/") or is_page(scope["path"]):
            await self._serve_control(scope, receive, send)
        elif scope["path"].startswith("/files/"):
            await self._serve_file(scope, receive, send)
        else:
            self._remember_host(scope)
            await self._api(scope, receive, send)

    def close(self) -> None:
        """Cancel every open call and drop its connection."""
        self._connections.close()

    @asynccontextmanager
    async def _delivering_webhooks(self, _app: object) -> AsyncGenerator[None]:
        async with WebhookClient() as client, anyio.create_task_group() as tasks:
            tasks.start_soon(deliver_webhooks, self.sandbox, client)
            yield
            tasks.cancel_scope.cancel()

    async def _serve_control(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve the page or the control API."""
        if reason := rejection_reason(Headers(scope=scope), scope["path"], self._hosts):
            await send_response(json_response({"message": reason}, 403), Fault(), scope, receive, send)
        elif is_page(scope["path"]):
            await self._page(scope, receive, send)
        else:
            self._remember_host(scope)
            await self._control(scope, receive, send)

    def _remember_host(self, scope: Scope) -> None:
        """Use the host of the latest request in links to files."""
        if host := Headers(scope=scope).get("host"):
            self.sandbox.files.base_url = f"{scope['scheme']}://{host}"

    async def _serve_file(self, scope: Scope, receive: Receive, send: Send) -> None:
        with anyio.CancelScope() as serving, self._connections.registered(serving):
            await serve_file(self.sandbox, scope, receive, send)
        if serving.cancelled_caught:
            await disconnect(scope, receive)


def create_app(sandbox: Sandbox, *, hosts: Collection[str] | None = None) -> SandboxApp:
    """Create the ASGI app of a sandbox.

    Args:
        sandbox: The state of the fake server.
        hosts: The host names under which the page and the control API are available; None allows any.
    """
    return SandboxApp(sandbox, hosts)

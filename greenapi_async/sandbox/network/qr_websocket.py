"""The websocket that streams QR codes: a new image every two seconds until it is scanned or times out."""

import json
from contextlib import suppress
from typing import Any, Final

import anyio
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from greenapi_async.sandbox.network.open_connections import OpenConnections
from greenapi_async.sandbox.network.websocket_handshake import open_websocket
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.limits import RATES
from greenapi_async.sandbox.simulation.sign_in import TIMEOUT
from greenapi_async.sandbox.state import Sandbox

__all__ = ["QrWebSocket"]

NAME: Final = "scanqrcode"
CALLS: Final = "callsScanqrcode"
STARTING: Final = {"type": "error", "message": "instance in starting process try later"}


class QrWebSocket:
    """An ASGI app for `/waInstance{id}/scanqrcode/{token}`, and for `callsScanqrcode`."""

    def __init__(self, sandbox: Sandbox, connections: OpenConnections) -> None:
        self._sandbox = sandbox
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until it ends or its client disconnects."""
        name, rate = (CALLS, None) if scope["path"].split("/")[2:3] == [CALLS] else (NAME, RATES["scanQrCode"])
        async with open_websocket(self._sandbox, name, rate, WebSocket(scope, receive, send)) as (socket, instance):
            if instance is not None:
                await self._serve(socket, instance)

    async def _serve(self, socket: WebSocket, instance: Instance) -> None:
        async with anyio.create_task_group() as tasks:
            with self._connections.registered(tasks.cancel_scope):
                tasks.start_soon(_cancel_on_disconnect, socket, tasks.cancel_scope)
                with suppress(WebSocketDisconnect):  # the client may leave at any time
                    await self._stream(socket, instance)
                tasks.cancel_scope.cancel()
        if socket.client_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):  # the client left in the meantime
                await socket.close()

    async def _stream(self, socket: WebSocket, instance: Instance) -> None:
        deadline = anyio.current_time() + self._sandbox.qr_timeout
        was_shown = False
        while anyio.current_time() < deadline:
            instance.timeline.settle()
            event = _event(instance, was_shown=was_shown)
            await socket.send_text(json.dumps(event))
            if event["type"] != "qrCode":
                return
            was_shown = True
            await self._wait(instance, min(deadline, anyio.current_time() + self._sandbox.qr_interval))
        await socket.send_text(json.dumps(TIMEOUT))

    async def _wait(self, instance: Instance, until: float) -> None:
        """Wait until the next image is due or the state changes."""
        while anyio.current_time() < until and instance.state == "notAuthorized":
            changed = anyio.Event()
            with instance.changes.listening(changed.set), anyio.CancelScope(deadline=until):
                await changed.wait()


def _event(instance: Instance, *, was_shown: bool) -> dict[str, Any]:
    if instance.state in {"starting", None}:
        return STARTING
    if was_shown and instance.state == "authorized":
        # The fields of accountData are not documented.
        return {"type": "accountData", "message": {"wid": instance.wid, "phone": instance.phone}}
    return instance.sign_in.qr()


async def _cancel_on_disconnect(socket: WebSocket, connection: anyio.CancelScope) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    connection.cancel()

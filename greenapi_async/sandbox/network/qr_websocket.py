"""A QR code over a websocket: a new picture every two seconds, until it is scanned or the time is over."""

import json
from contextlib import suppress
from typing import Any

import anyio
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from greenapi_async.sandbox.api.instance_calls import admitted, locate
from greenapi_async.sandbox.payloads.responses import Answer, error
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.state import Sandbox
from greenapi_async.sandbox.network.open_connections import Live
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.limits import RATES
from greenapi_async.sandbox.simulation.sign_in import TIMEOUT

NAME = "scanqrcode"
STARTING = {"type": "error", "message": "instance in starting process try later"}


class QrSocket:
    """An ASGI app for `/waInstance{id}/scanqrcode/{token}`."""

    def __init__(self, sandbox: Sandbox, live: Live) -> None:
        self._sandbox = sandbox
        self._live = live

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, until its end or its client's."""
        socket = WebSocket(scope, receive, send)
        try:
            instance = self._admit(scope["path"])
        except Rejected as no:
            answer = error(no.status, no.message, path=scope["path"], at=self._sandbox.clock())
            await _deny(socket, answer)
            return
        await socket.accept()
        logged = instance.calls.begin(NAME, "GET", self._sandbox.clock())
        logged.status = 101
        try:
            await self._serve(socket, instance)
        finally:
            instance.calls.end(logged, self._sandbox.clock())

    async def _serve(self, socket: WebSocket, instance: Instance) -> None:
        async with anyio.create_task_group() as tasks:
            with self._live.holding(tasks.cancel_scope):
                tasks.start_soon(_end_when_gone, socket, tasks.cancel_scope)
                with suppress(WebSocketDisconnect):
                    await self._show(socket, instance)
                tasks.cancel_scope.cancel()
        if socket.client_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):
                await socket.close()

    def _admit(self, path: str) -> Instance:
        place = locate(self._sandbox, "GET", path)
        if place is None or path.split("/")[2:3] != [NAME] or place.tail is not None:
            raise Rejected(404, "Not Found")
        instance = admitted(place)
        instance.settle()
        too_fast = not instance.pace.admit(NAME, RATES["scanQrCode"], self._sandbox.clock())
        if self._sandbox.enforce_rates and too_fast:
            raise Rejected(429, "Too Many Requests")
        return instance

    async def _show(self, socket: WebSocket, instance: Instance) -> None:
        deadline = anyio.current_time() + self._sandbox.qr_timeout
        shown = False
        while anyio.current_time() < deadline:
            instance.settle()
            told = _told(instance, shown=shown)
            await socket.send_text(json.dumps(told))
            if told["type"] != "qrCode":
                return
            shown = True
            await self._wait(instance, min(deadline, anyio.current_time() + self._sandbox.qr_interval))
        await socket.send_text(json.dumps(TIMEOUT))

    async def _wait(self, instance: Instance, until: float) -> None:
        """Wait for the next picture, or for another state."""
        while anyio.current_time() < until and instance.state == "notAuthorized":
            changed = anyio.Event()
            with instance.changes.listening(changed.set), anyio.CancelScope(deadline=until):
                await changed.wait()


def _told(instance: Instance, *, shown: bool) -> dict[str, Any]:
    if instance.state in {"starting", None}:
        return STARTING
    if shown and instance.state == "authorized":
        # No document tells what stands in it.
        return {"type": "accountData", "message": {"wid": instance.wid, "phone": instance.phone}}
    return instance.qr()


async def _end_when_gone(socket: WebSocket, connection: anyio.CancelScope) -> None:
    while (await socket.receive())["type"] != "websocket.disconnect":
        pass
    connection.cancel()


async def _deny(socket: WebSocket, answer: Answer) -> None:
    if "websocket.http.response" not in socket.scope.get("extensions", {}):
        await socket.close()
        return
    headers = [(name.encode(), value.encode()) for name, value in answer.headers.items()]
    await socket.send({"type": "websocket.http.response.start", "status": answer.status, "headers": headers})
    await socket.send({"type": "websocket.http.response.body", "body": answer.body})

"""The websocket of voice calls: state, offers and candidates.

Frames are handled strictly in order. The audio of a call belongs to the websocket over which it was offered: it ends
with `stop`, with a second offer, with the websocket, or with the call.
"""

import json
import math
from collections.abc import Mapping
from contextlib import suppress
from typing import TYPE_CHECKING, Any, Final

import anyio
from starlette.types import Receive, Scope, Send
from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from greenapi_async.sandbox.network.open_connections import OpenConnections
from greenapi_async.sandbox.network.websocket_handshake import open_websocket
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.voice_calls import NO_CALL, SocketCommand
from greenapi_async.sandbox.state import Sandbox

if TYPE_CHECKING:
    from anyio.streams.memory import MemoryObjectReceiveStream

    from greenapi_async.sandbox.network.voice_peer import VoicePeer

__all__ = ["CallsWebSocket"]

NAME: Final = "callsRtc"


class CallsWebSocket:
    """An ASGI app for `/waInstance{id}/callsRtc/{token}`."""

    def __init__(self, sandbox: Sandbox, connections: OpenConnections) -> None:
        self._sandbox = sandbox
        self._connections = connections

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection until one side closes it."""
        async with open_websocket(self._sandbox, NAME, None, WebSocket(scope, receive, send)) as (socket, instance):
            if instance is not None:
                await _Connection(socket, instance).serve(self._connections)


class _Connection:
    def __init__(self, socket: WebSocket, instance: Instance) -> None:
        self._socket = socket
        self._instance = instance
        self._close = (1000, "")
        self._peer: VoicePeer | None = None

    async def serve(self, connections: OpenConnections) -> None:
        """Serve the connection."""
        commands, incoming = anyio.create_memory_object_stream[SocketCommand](math.inf)
        try:
            with commands, incoming, self._instance.voice_calls.socket(commands.send_nowait):
                async with anyio.create_task_group() as tasks:
                    with connections.registered(tasks.cancel_scope):
                        tasks.start_soon(self._send, incoming, tasks.cancel_scope)
                        with suppress(WebSocketDisconnect):  # the client may leave at any time
                            while True:
                                await self._handle(await self._socket.receive_text())
                        tasks.cancel_scope.cancel()
        finally:
            with anyio.CancelScope(shield=True):
                await self._stop()
                await self._close_socket()

    async def _close_socket(self) -> None:
        connected = self._socket.client_state is WebSocketState.CONNECTED
        if connected and self._socket.application_state is WebSocketState.CONNECTED:
            with suppress(WebSocketDisconnect):  # the client left in the meantime
                await self._socket.close(*self._close)

    async def _send(self, commands: "MemoryObjectReceiveStream[SocketCommand]", connection: anyio.CancelScope) -> None:
        async for command in commands:
            if command.close_code is not None:
                self._close = command.close_code, command.close_reason
                connection.cancel()
                return
            if self._instance.voice_calls.current is None:
                await self._stop()
            await self._say(command.frame or {})

    async def _say(self, frame: Mapping[str, Any]) -> None:
        with suppress(WebSocketDisconnect):  # the client left in the meantime
            await self._socket.send_text(json.dumps(frame))

    async def _handle(self, text: str) -> None:
        try:
            frame = json.loads(text)
            kind = frame["type"]
        except (ValueError, TypeError, KeyError):
            return
        if kind == "stop":
            await self._stop()
        elif kind == "offer":
            await self._answer(str(frame["offer"]["sdp"]))
        elif kind == "ice-candidate" and self._peer is not None:
            await self._peer.add(frame.get("candidate") or {})

    async def _answer(self, sdp: str) -> None:
        await self._stop()
        call = self._instance.voice_calls.current
        if call is None:
            await self._say({"type": "error", "message": NO_CALL})
            return
        try:
            from greenapi_async.sandbox.network.voice_peer import VoicePeer  # noqa: PLC0415  needs the extra voip
        except ModuleNotFoundError as error:
            message = f"the sandbox has no audio: it needs {error.name}; run: pip install 'greenapi-async[voip]'"
            await self._say({"type": "error", "message": message})
            return
        self._peer = peer = VoicePeer(call.line)
        try:
            answer = await peer.answer(sdp)
        except ValueError as error:
            await self._say({"type": "error", "message": f"invalid offer: {error}"})
            return
        await self._say({"type": "answer", "answer": {"type": "answer", "sdp": answer}})
        for candidate in peer.candidates():
            await self._say({"type": "ice-candidate", "candidate": candidate})
        await self._say({"type": "ice-candidate", "candidate": {"candidate": "", "sdpMid": "0", "sdpMLineIndex": 0}})

    async def _stop(self) -> None:
        peer, self._peer = self._peer, None
        if peer is not None:
            await peer.close()

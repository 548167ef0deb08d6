"""A server of calls that does what no sandbox does: wrong frames, late frames, refusals."""

import json
from typing import TYPE_CHECKING, Any, cast

import anyio

from greenapi_async import Client
from greenapi_async.testing.transport import InProcessTransport

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from greenapi_async.sandbox.app import SandboxApp

__all__ = ["ID_CALL", "ScriptedServer"]

ID_CALL = "89EBA9"
TOKEN = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345"


class ScriptedServer:
    """An ASGI app: answers HTTP from a table, and passes frames to and from the test.

    Attributes:
        answers: The JSON of each method; None is an empty 204.
        received: The frames of the client.
        methods: The methods that were called.
    """

    def __init__(self) -> None:
        self.answers: dict[str, Any] = {"callsDial": {"callId": ID_CALL}, "callsGetIceServers": []}
        self.received: list[dict[str, Any]] = []
        self.methods: list[str] = []
        self.news = anyio.Event()
        self.on_frame: Callable[[dict[str, Any]], Awaitable[None]] | None = None
        self._send: Any = None

    def client(self) -> Client:
        """Create a client of this server."""
        transport = InProcessTransport(cast("SandboxApp", self))
        return Client(1101000001, TOKEN, "http://server", transport=transport)

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Serve a request or a websocket."""
        method = scope["path"].split("/")[2]
        if scope["type"] == "http":
            self.methods.append(method)
            self._notify()
            answer = self.answers.get(method)
            body = b"" if answer is None else json.dumps(answer).encode()
            await send({"type": "http.response.start", "status": 200 if body else 204, "headers": []})
            await send({"type": "http.response.body", "body": body})
            return
        await receive()
        await send({"type": "websocket.accept"})
        self._send = send
        await self.state("idle")
        while (message := await receive())["type"] == "websocket.receive":
            frame = json.loads(message["text"])
            self.received.append(frame)
            self._notify()
            if self.on_frame is not None:
                await self.on_frame(frame)

    async def say(self, frame: Any) -> None:
        """Send a frame: JSON, or a text as it is."""
        await self._send({"type": "websocket.send", "text": frame if isinstance(frame, str) else json.dumps(frame)})

    async def state(self, state: str, **fields: Any) -> None:
        """Send a state, with the call unless it is idle."""
        info = {} if state == "idle" else {"info": {"id": ID_CALL, "wid": "79001234567@c.us"}}
        await self.say({"type": "state", "state": {"state": state, **info, **fields}})

    async def close(self, code: int, reason: str = "") -> None:
        """Close the websocket."""
        await self._send({"type": "websocket.close", "code": code, "reason": reason})

    async def wait_for(self, what: str) -> None:
        """Wait until the client has called a method or sent a frame of a type."""
        while what not in {*self.methods, *(frame["type"] for frame in self.received)}:
            await self.news.wait()

    def _notify(self) -> None:
        self.news.set()
        self.news = anyio.Event()

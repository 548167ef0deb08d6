"""The websocket client over a stream: what it sends, how it closes, how a dead server is found."""

import math
from typing import Any

import anyio
import pytest
from wsproto.connection import Connection, ConnectionType
from wsproto.events import CloseConnection, Event, Ping, Pong, TextMessage

from greenapi_async import TransportError
from greenapi_async.http.websocket import WebSocket

pytestmark = pytest.mark.anyio


class Server:
    """The server's side of a stream."""

    def __init__(self) -> None:
        self.extensions = {"network_stream": self}
        self.received: list[Event] = []
        self.discarded = 0
        self.answers_pings = True
        self.wait_to_write = 0.0
        self._frames = Connection(ConnectionType.SERVER)
        self._send, self._receive = anyio.create_memory_object_stream[bytes](math.inf)

    async def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return await self._receive.receive()

    async def write(self, buffer: bytes, timeout: float | None = None) -> None:
        await anyio.sleep(self.wait_to_write)
        self._frames.receive_data(buffer)
        for event in self._frames.events():
            self.received.append(event)
            if isinstance(event, Ping) and self.answers_pings:
                self.say(event.response())

    def say(self, event: Event | bytes) -> None:
        self._send.send_nowait(event if isinstance(event, bytes) else self._frames.send(event))

    async def aclose(self) -> None:
        self._send.close()
        self._receive.close()

    async def discard(self) -> None:
        self.discarded += 1


@pytest.fixture
async def server() -> Any:
    server = Server()
    yield server
    await server.aclose()


@pytest.fixture
async def socket(server: Server) -> WebSocket:
    return WebSocket(server, server.discard, lambda text: text.replace("secret", "***"))


async def test_texts_are_sent_and_received_whole(server: Server, socket: WebSocket) -> None:
    await socket.send("Привет", 1)
    assert server.received == [TextMessage(data="Привет")]
    server.say(TextMessage(data="one ", message_finished=False))
    server.say(TextMessage(data="two"))
    server.say(TextMessage(data="a secret"))
    assert [await socket.receive(1), await socket.receive(1)] == ["one two", "a ***"]


@pytest.mark.parametrize(
    ("close", "code", "reason"),
    [
        (CloseConnection(code=4001, reason="a secret plan"), 4001, "a *** plan"),
        (CloseConnection(code=1000), 1000, ""),
        (b"", 1006, ""),
        (b"\xff\xff\xff", 1002, None),
    ],
)
async def test_the_close_code_is_that_of_the_server(
    server: Server, socket: WebSocket, close: Any, code: int, reason: str | None
) -> None:
    server.say(close)
    assert await socket.receive(1) is None
    assert socket.close_code == code
    assert reason is None or socket.close_reason == reason
    assert await socket.receive(1) is None
    if isinstance(close, CloseConnection):
        assert [type(event) for event in server.received] == [CloseConnection]
        with pytest.raises(TransportError, match="the websocket is closed"):
            await socket.send("late", 1)


async def test_closing_tells_the_server_and_the_owner_once(server: Server, socket: WebSocket) -> None:
    closed: list[bool] = []
    socket.on_closed = lambda: closed.append(True)
    await socket.aclose()
    assert [type(event) for event in server.received] == [CloseConnection]
    assert (server.discarded, closed) == (1, [True])


async def test_a_silent_server_is_pinged_and_then_lost(server: Server, socket: WebSocket) -> None:
    start = anyio.current_time()
    with anyio.move_on_after(100):
        await socket.receive(20, ping=True)
    assert anyio.current_time() - start == 100
    assert len(server.received) >= 4
    server.answers_pings = False
    start = anyio.current_time()
    with pytest.raises(TransportError, match="no data from the websocket within 20 s"):
        await socket.receive(20, ping=True)
    assert anyio.current_time() - start == pytest.approx(40)


async def test_without_pings_silence_is_an_error_at_once(server: Server, socket: WebSocket) -> None:
    with pytest.raises(TransportError, match="within 5 s"):
        await socket.receive(5)
    assert server.received == []


async def test_writers_do_not_mix_their_frames(server: Server, socket: WebSocket) -> None:
    server.wait_to_write = 1
    async with anyio.create_task_group() as tasks:
        for number in range(3):
            tasks.start_soon(socket.send, str(number), 10)
        server.say(Ping(payload=b"x"))
        server.say(TextMessage(data="after"))
        assert await socket.receive(10) == "after"
    assert sorted(type(event).__name__ for event in server.received) == ["Pong", *["TextMessage"] * 3]
    assert Pong(payload=b"x") in server.received

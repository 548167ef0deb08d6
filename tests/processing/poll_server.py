"""API server for many instances that knows which process polls which: each process has a port of its own."""

import asyncio
import json
import select
from collections import Counter
from collections.abc import Iterable
from types import TracebackType
from typing import Self

import attrs

__all__ = ["PollServer"]

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
HOLD = 10.0
"""Seconds for which an empty queue's poll is held."""


@attrs.define(eq=False)
class Queue:
    """The queue of one instance."""

    polls: "set[Connection]" = attrs.field(factory=lambda: set[Connection]())  # noqa: PLW0108  it is defined below
    receipts: list[int] = attrs.field(factory=list[int])


class PollServer:
    """Serves receiveNotification and deleteNotification.

    Attributes:
        ports: Port of each process.
        overlaps: Polls that began while another process polled the same instance.
    """

    def __init__(self, instances: Iterable[int], processes: int) -> None:
        self.queues = {number: Queue() for number in instances}
        self.ports: list[int] = []
        self.overlaps: list[str] = []
        self._processes = processes
        self._servers: list[asyncio.Server] = []

    async def __aenter__(self) -> Self:
        loop = asyncio.get_running_loop()
        for process in range(self._processes):
            server = await loop.create_server(
                lambda process=process: Connection(self, process),  # type: ignore[misc]  # a default binds the variable
                "127.0.0.1",
                0,
                backlog=4096,
            )
            self._servers.append(server)
            self.ports.append(server.sockets[0].getsockname()[1])
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        for server in self._servers:
            server.close()

    @property
    def polled(self) -> int:
        """Number of instances that are polled at the moment."""
        return sum(bool(queue.polls) for queue in self.queues.values())

    @property
    def loads(self) -> Counter[int]:
        """Number of instances that each process polls at the moment."""
        return Counter(poll.process for queue in self.queues.values() for poll in queue.polls)

    @property
    def waiting(self) -> int:
        """Number of notifications that were not deleted."""
        return sum(len(queue.receipts) for queue in self.queues.values())

    def deliver(self, receipt: int) -> None:
        """Put a notification into each queue."""
        for number, queue in self.queues.items():
            queue.receipts.append(receipt)
            for poll in list(queue.polls):
                poll.answer(number)


class Connection(asyncio.Protocol):
    """A connection of one process."""

    def __init__(self, server: PollServer, process: int) -> None:
        self.process = process
        self._server = server
        self._polled: int | None = None
        self._timer: asyncio.TimerHandle | None = None

    @property
    def is_closed(self) -> bool:
        """True if the process has closed the connection, even if that was not read yet: this server may be slow."""
        poll = select.poll()
        poll.register(self._transport.get_extra_info("socket").fileno(), select.POLLRDHUP)
        return bool(poll.poll(0))

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        self._end_poll()

    def data_received(self, data: bytes) -> None:
        parts = data.split(b" ", 2)[1].decode().partition("?")[0].strip("/").split("/")
        number, method = int(parts[0].removeprefix("waInstance")), parts[1]
        queue = self._server.queues[number]
        if method == "deleteNotification":
            if queue.receipts and queue.receipts[0] == int(parts[-1]):
                queue.receipts.pop(0)
            self._respond(b'{"result":true}')
            return
        assert method == "receiveNotification", method
        others = {poll.process for poll in queue.polls if not poll.is_closed} - {self.process}
        if others:
            now = asyncio.get_running_loop().time()
            self._server.overlaps.append(f"{now:.3f}: instance {number} by {self.process} and {others}")
        queue.polls.add(self)
        self._polled = number
        if queue.receipts:
            self.answer(number)
        else:
            self._timer = asyncio.get_running_loop().call_later(HOLD, self.answer, number)

    def answer(self, number: int) -> None:
        """Answer the poll with the head of the queue, or null."""
        queue = self._server.queues[number]
        self._end_poll()
        body = b"null"
        if queue.receipts:
            receipt = queue.receipts[0]
            notification = {
                "typeWebhook": "incomingMessageReceived",
                "instanceData": {"idInstance": number, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
                "timestamp": 1588091580,
                "idMessage": f"{number}-{receipt}",
                "senderData": {"chatId": "79001234567@c.us", "sender": "79001234567@c.us"},
                "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hello"}},
            }
            body = json.dumps({"receiptId": receipt, "body": notification}).encode()
        self._respond(body)

    def _end_poll(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if self._polled is not None:
            self._server.queues[self._polled].polls.discard(self)
        self._timer = self._polled = None

    def _respond(self, body: bytes) -> None:
        self._transport.write(_HEAD % len(body) + body)

"""Server for ``scale``: many instances on one port, held long polls, and the time from a delivery to its reply.

It writes its port, and when its standard input is closed, the latencies in microseconds: from the moment when a
notification is written to the connection of its poll to the arrival of the reply. A reply quotes the id of its message.
Usage: ``scale_server.py INSTANCES INTERVAL``: one notification per instance every INTERVAL seconds.
"""

import asyncio
import json
import random
import sys
import time
from collections import deque

import attrs

_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
FIRST_INSTANCE = 1101000001
CHATS = 5

latencies: list[int] = []
sent_at: dict[str, float] = {}


@attrs.define(eq=False)
class Instance:
    """The queue of one instance, and the connection on which it is polled."""

    number: int
    queue: "deque[int]" = attrs.field(factory=deque[int])
    next_receipt: int = 1
    poll: "Connection | None" = None
    held: int = 0
    """Counts polls, so that an answered one is not ended again."""

    def arrive(self) -> None:
        self.queue.append(self.next_receipt)
        self.next_receipt += 1
        if self.poll is not None:
            self.answer(self.poll)

    def answer(self, connection: "Connection") -> None:
        self.poll = None
        receipt = self.queue[0]
        id_message = f"{self.number}-{receipt}"
        chat = f"7900{receipt % CHATS}{self.number % 1000000:06}@c.us"
        body = {
            "typeWebhook": "incomingMessageReceived",
            "instanceData": {"idInstance": self.number, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
            "timestamp": 1588091580,
            "idMessage": id_message,
            "senderData": {"chatId": chat, "sender": chat, "chatName": "Ivan", "senderName": "Ivan"},
            "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": id_message}},
        }
        connection.respond(json.dumps({"receiptId": receipt, "body": body}).encode())
        sent_at.setdefault(id_message, time.monotonic())

    def end_poll(self, held: int) -> None:
        if self.poll is not None and self.held == held:
            connection, self.poll = self.poll, None
            connection.respond(b"null")


instances: dict[int, Instance] = {}


class Connection(asyncio.Protocol):
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def respond(self, body: bytes) -> None:
        self.transport.write(_HEAD % len(body) + body)

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, separator, body = self.buffer.partition(b"\r\n\r\n")
        if not separator:
            return
        length = 0
        for line in head.split(b"\r\n")[1:]:
            name, _, value = line.partition(b":")
            if name.lower() == b"content-length":
                length = int(value)
        if len(body) < length:
            return
        self.buffer = b""
        _, target, _ = head.split(b" ", 2)
        parts = target.decode().partition("?")[0].strip("/").split("/")
        instance = instances[int(parts[0].removeprefix("waInstance"))]
        self.serve(instance, parts[1], parts[-1], body)

    def serve(self, instance: Instance, method: str, last: str, body: bytes) -> None:
        if method == "receiveNotification":
            instance.held += 1
            if instance.queue:
                instance.answer(self)
            else:
                instance.poll = self
                asyncio.get_running_loop().call_later(20, instance.end_poll, instance.held)
        elif method == "deleteNotification":
            if instance.queue and instance.queue[0] == int(last):
                instance.queue.popleft()
            self.respond(b'{"result":true}')
        else:
            id_message = json.loads(body)["message"]
            if (at := sent_at.pop(id_message, None)) is not None:
                latencies.append(int((time.monotonic() - at) * 1e6))
            self.respond(b'{"idMessage":"3EB0C767D097B7C7C030"}')


async def write(instance: Instance, interval: float) -> None:
    await asyncio.sleep(3 + len(instances) / 100 + interval * random.random())  # when all have started to poll
    while True:
        instance.arrive()
        await asyncio.sleep(interval)


async def main(count: int, interval: float) -> None:
    for number in range(FIRST_INSTANCE, FIRST_INSTANCE + count):
        instances[number] = Instance(number)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(Connection, "127.0.0.1", 0, backlog=4096)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    writers = [asyncio.create_task(write(instance, interval)) for instance in instances.values()]
    await loop.run_in_executor(None, sys.stdin.read)
    for writer in writers:
        writer.cancel()
    sys.stdout.write(json.dumps(latencies))


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), float(sys.argv[2])))

"""Minimal HTTP server with an endless notification queue, so that benchmarks measure the client."""

import asyncio
import json
import sys

_BODY = {
    "typeWebhook": "incomingMessageReceived",
    "instanceData": {"idInstance": 1101000001, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
    "timestamp": 1588091580,
    "idMessage": "",
    "senderData": {
        "chatId": "79001234568@c.us",
        "sender": "79001234568@c.us",
        "chatName": "Ivan",
        "senderName": "Ivan",
        "senderContactName": "Ivan Vasilyevich",
    },
    "messageData": {
        "typeMessage": "textMessage",
        "textMessageData": {"textMessage": "I use Green-API to send this message to you!"},
    },
}
_HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n\r\n"


class Queue(asyncio.Protocol):
    """Serve the head of the queue until it is deleted, on any number of connections."""

    head = 1

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        self.buffer = b""

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        if not self.buffer.endswith(b"\r\n\r\n"):
            return
        verb, target, _ = self.buffer.split(b" ", 2)
        self.buffer = b""
        if verb == b"DELETE":
            Queue.head = int(target.rsplit(b"/", 1)[1]) + 1
            response = b'{"result":true}'
        else:
            body = {**_BODY, "idMessage": f"F7AEC1B7086ECDC7{Queue.head:016X}"}
            response = json.dumps({"receiptId": Queue.head, "body": body}).encode()
        self.transport.write(_HEAD % len(response) + response)


async def main() -> None:
    server = await asyncio.get_running_loop().create_server(Queue, "127.0.0.1", 0)
    sys.stdout.write(f"{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())

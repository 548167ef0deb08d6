"""Throughput and latency of webhook notifications through one uvicorn worker into ``SQLiteInbox``.

The worker is a separate process with the receiver in a FastAPI app; it also handles the notifications, with a handler
that does nothing. This process sends on 16 persistent connections, one request at a time on each. GREEN-API pushes up
to 50 per second.
Usage: ``python tests/benchmarks/receiver_throughput.py [requests]``.
"""

import asyncio
import json
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

INSTANCE = 1101000001
TOKEN = "dscnsdiuafkascndjhsalbcvatsvcbasn23rfrfregvfdg54tds"
CONNECTIONS = 16
CHATS = 50
WARM_UP = 500
_HEAD = (
    "POST /webhook/ HTTP/1.1\r\nHost: receiver\r\nAuthorization: Bearer {}\r\n"
    "Content-Type: application/json; charset=utf-8\r\nContent-Length: {}\r\n\r\n"
)


def serve(inbox_path: str) -> None:
    """Serve on a free port until killed; the port is printed to stdout."""
    import uvicorn
    from fastapi import FastAPI

    from greenapi_async import Client, Notification, SQLiteInbox
    from greenapi_async._internal.concurrency import Background
    from greenapi_async.webhooks import WebhookReceiver

    client = Client(INSTANCE, "token")
    inbox = SQLiteInbox(inbox_path)
    receiver = WebhookReceiver(clients=client, inbox=inbox, tokens=[TOKEN], addresses=["127.0.0.1"])

    async def handle(notification: Notification) -> None:
        assert notification.text

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncGenerator[None]:
        async with Background(client.process(handle, inbox=inbox, polling=False).run):
            yield

    app = FastAPI(lifespan=lifespan)
    app.mount("/webhook", receiver.asgi())
    with socket.create_server(("127.0.0.1", 0)) as listening:
        sys.stdout.write(f"{listening.getsockname()[1]}\n")
        sys.stdout.flush()
        uvicorn.Server(uvicorn.Config(app, access_log=False, log_config=None)).run(sockets=[listening])


def requests(count: int, prefix: str) -> Iterator[bytes]:
    """Generate webhook requests, all different."""
    for number in range(count):
        chat = f"{79001230000 + number % CHATS}@c.us"
        body = {
            "typeWebhook": "incomingMessageReceived",
            "instanceData": {"idInstance": INSTANCE, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
            "timestamp": 1588091580,
            "idMessage": f"{prefix}{number:016X}",
            "senderData": {"chatId": chat, "sender": chat, "chatName": "Ivan", "senderName": "Ivan"},
            "messageData": {
                "typeMessage": "textMessage",
                "textMessageData": {"textMessage": "I use Green-API to send this message to you!"},
            },
        }
        content = json.dumps(body)
        yield f"{_HEAD.format(TOKEN, len(content))}{content}".encode()


async def send(port: int, pending: Iterator[bytes], latencies: list[float]) -> None:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for request in pending:
        start = time.perf_counter()
        writer.write(request)
        response = await reader.readuntil(b"\r\n\r\n")
        latencies.append(time.perf_counter() - start)
        assert response.startswith(b"HTTP/1.1 200"), response
    writer.close()
    await writer.wait_closed()


async def measure(port: int, count: int, prefix: str) -> tuple[float, list[float]]:
    """Return the notifications per second and the sorted latencies."""
    pending = iter(list(requests(count, prefix)))
    latencies: list[float] = []
    start = time.perf_counter()
    await asyncio.gather(*(send(port, pending, latencies) for _ in range(CONNECTIONS)))
    return count / (time.perf_counter() - start), sorted(latencies)


async def run(port: int, count: int) -> tuple[float, list[float]]:
    await measure(port, WARM_UP, "warm")
    return await measure(port, count, "hot")


def main(count: int = 5000) -> None:
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, __file__, "serve", str(Path(folder) / "inbox.db")]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            try:
                assert server.stdout is not None
                rate, latencies = asyncio.run(run(int(server.stdout.readline()), count))
            finally:
                server.kill()
    median, p99 = latencies[count // 2], latencies[count * 99 // 100]
    sys.stdout.write(
        f"{count} notifications on {CONNECTIONS} connections: {rate:.0f} per second, latency "
        f"{median * 1000:.1f} ms (median), {p99 * 1000:.1f} ms (p99), {latencies[-1] * 1000:.1f} ms (maximum)\n"
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["serve"]:
        serve(sys.argv[2])
    else:
        main(*(int(argument) for argument in sys.argv[1:]))

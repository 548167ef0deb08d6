"""Webhook requests as the server sends them, and a minimal ASGI server."""

import json
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterable, MutableMapping, Sequence
from contextlib import aclosing
from typing import Any

from greenapi_async.webhooks import WebhookReceiver, WebhookResponse

INSTANCE = 1101000001
SERVER = "46.101.109.139"
TOKEN = "dscnsdiuafkascndjhsalbcvatsvcbasn23rfrfregvfdg54tds"
HEADERS = ((b"authorization", b"Bearer " + TOKEN.encode()), (b"content-type", b"application/json; charset=utf-8"))

Pairs = Sequence[tuple[bytes, bytes]]


def notification(text: str = "Hello", *, number: int = 0, instance: object = INSTANCE) -> dict[str, Any]:
    return {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": instance, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1588091580,
        "idMessage": f"F7AEC1B7086ECDC7{number:016X}",
        "senderData": {"chatId": "79001234568@c.us", "sender": "79001234568@c.us", "senderName": "Ivan"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
    }


def body(text: str = "Hello", *, number: int = 0, instance: object = INSTANCE) -> bytes:
    return json.dumps(notification(text, number=number, instance=instance)).encode()


async def push(
    receiver: WebhookReceiver, content: bytes, headers: Pairs = HEADERS, peer: str | None = SERVER
) -> WebhookResponse:
    return await receiver.handle("POST", headers, content, peer)


async def chunks(parts: Iterable[bytes]) -> AsyncGenerator[bytes]:
    for part in parts:
        yield part


Event = MutableMapping[str, Any]
App = Callable[
    [MutableMapping[str, Any], Callable[[], Awaitable[Event]], Callable[[Event], Awaitable[None]]], Awaitable[None]
]


async def serve(
    app: App,
    parts: AsyncGenerator[bytes],
    *,
    method: str = "POST",
    headers: Pairs = HEADERS,
    peer: str | None = SERVER,
) -> list[Event]:
    """Serve one request with an ASGI app and return the events it sent."""
    sent: list[Event] = []

    async def receive() -> Event:
        try:
            return {"type": "http.request", "body": await anext(parts), "more_body": True}
        except StopAsyncIteration:
            return {"type": "http.request", "body": b"", "more_body": False}
        except ConnectionResetError:
            return {"type": "http.disconnect"}

    async def send(event: Event) -> None:
        sent.append(event)

    client = (peer, 50000) if peer else None
    scope = {"type": "http", "method": method, "path": "/", "headers": headers, "client": client}
    async with aclosing(parts):
        await app(scope, receive, send)
    return sent

"""Clients and what reached the server, for the tests of ``once=``."""

from collections.abc import Awaitable, Callable, Coroutine, Sequence
from typing import Any, TypeAlias

import anyio
import attrs
import httpx

from greenapi_async import Client, SentMessage
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.sandbox.simulation.messages import Message
from greenapi_async.testing.transport import InProcessTransport

__all__ = [
    "ANNA",
    "KEY",
    "KINDS",
    "ORDER",
    "Change",
    "LocalClock",
    "WrappedTransport",
    "all_messages",
    "open_client",
    "sent_texts",
]

ANNA = "79001234567@c.us"
ORDER = "Your order 17 is on its way"
KEY = "order-17"

PICTURE = "https://shop.example/order.png"


async def _send_text(client: Client, once: str) -> SentMessage:
    return await client.send_message(ANNA, ORDER, once=once)


async def _send_poll(client: Client, once: str) -> SentMessage:
    return await client.send_poll(ANNA, "Is it all right?", ["yes", "no"], once=once)


async def _send_file(client: Client, once: str) -> SentMessage:
    return await client.send_file_by_url(ANNA, PICTURE, "order.png", caption="Your order", once=once)


KINDS: dict[str, Callable[[Client, str], Coroutine[Any, Any, SentMessage]]] = {
    "sendMessage": _send_text,
    "sendPoll": _send_poll,
    "sendFileByUrl": _send_file,
}
"""Sends with a key, by method."""

Change: TypeAlias = Callable[[httpx.Request, httpx.Response], Awaitable[None]]


@attrs.define
class LocalClock:
    """A machine's clock that is ``wrong`` seconds ahead of the server's."""

    wrong: float = 0

    def __call__(self) -> float:
        return anyio.current_time() + self.wrong


class WrappedTransport(httpx.AsyncBaseTransport):
    """Changes the responses of another transport."""

    def __init__(self, inner: httpx.AsyncBaseTransport, change: Change) -> None:
        self._inner = inner
        self._change = change

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        response = await self._inner.handle_async_request(request)
        await self._change(request, response)
        return response


def open_client(
    sandbox: Sandbox,
    instance: Instance,
    outbox: Outbox,
    change: Change | None = None,
    **options: Any,
) -> Client:
    transport: httpx.AsyncBaseTransport = InProcessTransport(create_app(sandbox))
    if change is not None:
        transport = WrappedTransport(transport, change)
    return Client(instance.id_instance, instance.token, "http://sandbox", transport=transport, outbox=outbox, **options)


def all_messages(instance: Instance) -> Sequence[Message]:
    """Return the messages of all chats and those that are queued, each once.

    The queue moves on as time passes, also while nobody calls the server. Time must not advance between looking at the
    chats and at the queue, or a message that is in both seems to be sent twice. If the server has a thread, call this
    in it.
    """
    instance.timeline.settle()
    in_chats = [message for chat in instance.chats.values() for message in chat.messages]
    return in_chats + [queued.message for queued in instance.outbox]


def sent_texts(instance: Instance, chat_id: str = ANNA) -> Sequence[str | None]:
    """Return the texts that reached the chat or are queued for it."""
    return [message.text for message in all_messages(instance) if message.chat_id == chat_id]

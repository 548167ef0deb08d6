"""Clients and what reached the server, for the tests of ``once=``."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, TypeAlias

import anyio
import attrs
import httpx

from greenapi_async import Client
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport

__all__ = ["ANNA", "KEY", "ORDER", "Change", "LocalClock", "WrappedTransport", "open_client", "sent_texts"]

ANNA = "79001234567@c.us"
ORDER = "Your order 17 is on its way"
KEY = "order-17"

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


def sent_texts(instance: Instance, chat_id: str = ANNA) -> Sequence[str | None]:
    """Return the texts that reached the chat or are queued for it."""
    instance.timeline.settle()
    there = [message.text for message in instance.chats[chat_id].messages] if chat_id in instance.chats else []
    return there + [str(each.body["message"]) for each in instance.outbox if each.body["chatId"] == chat_id]

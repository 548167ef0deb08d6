"""What tests of ``client.process`` share: runs that stop when all is handled, and what is left."""

from collections.abc import Awaitable, Callable

import anyio

from greenapi_async import Client, MemoryInbox, Notification, Processing
from greenapi_async.sandbox import Instance
from greenapi_async.types import Entry

ANNA = "79001234567@c.us"
BORIS = "79001234568@c.us"


class Stopping:
    """Counts what was handled, and stops the run when it is all."""

    def __init__(self, count: int) -> None:
        self.left = count
        self.processing: Processing | None = None
        self.seen: list[str] = []

    def note(self, notification: Notification) -> None:
        self.seen.append(notification.text or "")
        self.left -= 1
        if self.left == 0 and self.processing is not None:
            self.processing.stop()


async def run(
    client: Client,
    count: int,
    handler: Callable[[Notification], Awaitable[object]],
    inbox: MemoryInbox,
    **options: object,
) -> list[str]:
    """Run a handler until so many runs of it have returned."""
    stopping = Stopping(count)

    async def counted(notification: Notification) -> None:
        await handler(notification)
        stopping.note(notification)

    stopping.processing = client.process(counted, inbox=inbox, **options)  # type: ignore[arg-type]  # options of any name
    await stopping.processing
    return stopping.seen


async def left(inbox: MemoryInbox, instance: Instance) -> list[Entry]:
    return list(await inbox.waiting({instance.id_instance}, 0, 100))


async def nothing(_: Notification) -> None:
    await anyio.lowlevel.checkpoint()

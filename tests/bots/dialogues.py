"""A bot that talks to people in the sandbox, in virtual time."""

from collections.abc import Awaitable, Callable

import anyio

from greenapi_async import Client, IncomingMessageReceived, MemoryInbox, Notification, Processing, ProcessOptions
from greenapi_async.inbox import Inbox
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.sandbox import Instance

ANNA = "79001234567@c.us"
BORIS = "79001234568@c.us"
GROUP = "79001234567-1581234048@g.us"

Handler = Callable[[IncomingMessageReceived], Awaitable[object]]


class Bot:
    """A handler of incoming messages, and people who write to it."""

    def __init__(
        self, client: Client, instance: Instance, handler: Handler, inbox: Inbox | None = None, **options: object
    ) -> None:
        self.instance = instance
        self.inbox: Inbox = inbox or MemoryInbox(clock=anyio.current_time)
        self.handler = handler
        chosen: ProcessOptions = options  # type: ignore[assignment]  # options of any name
        self.processing: Processing = client.process(self._handle, inbox=self.inbox, **chosen)

    async def _handle(self, notification: Notification) -> None:
        if isinstance(notification, IncomingMessageReceived):
            await self.handler(notification)

    async def runs(self, *scenes: Callable[[], Awaitable[object]]) -> None:
        """Run the bot while the scenes take place, one after the other."""
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(self.processing.run)
            for scene in scenes:
                await scene()
            self.processing.stop()

    def says(self, chat_id: str, text: str, *, sender: str | None = None) -> Callable[[], Awaitable[None]]:
        async def scene() -> None:
            self.instance.contact_writes(chat_id, text, sender=sender)
            await anyio.sleep(10)

        return scene

    def replies(self, chat_id: str = ANNA) -> list[str]:
        """Return the texts that the bot sent to a chat."""
        return [message.content.text for message in self.instance.chat(chat_id) if message.type == "outgoing"]


async def left(bot: Bot) -> int:
    """Return how many entries of the bot's inbox are not done."""
    return len(await bot.inbox.waiting({bot.instance.id_instance}, 0, 100))


async def store_received(client: Client, inbox: Inbox) -> None:
    """Store what the server has, as a process does that is stopped before it handles it."""
    async with inbox:
        while (received := await client.receive_notification(receive_timeout=5)) is not None:
            await inbox.put(received_entry(client.id_instance, received))
            await client.delete_notification(received.receipt_id)

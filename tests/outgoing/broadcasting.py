"""What tests of broadcasts share: a bot that runs meanwhile, and what people got."""

import functools
from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import anyio

from greenapi_async import Client, MemoryInbox, Notification
from greenapi_async.inbox import Inbox
from greenapi_async.sandbox import Instance

FIRST = 79001230000


def people(count: int) -> list[int]:
    return [FIRST + number for number in range(count)]


def chat(number: int) -> str:
    return f"{FIRST + number}@c.us"


def memory() -> MemoryInbox:
    return MemoryInbox(clock=anyio.current_time)


def received(instance: Instance) -> Counter[str]:
    """Count the messages of the API that have arrived, by chat."""
    instance.timeline.settle()
    return Counter(message.chat_id for each in instance.chats.values() for message in each.messages if message.by_api)


@asynccontextmanager
async def running(client: Client, inbox: Inbox) -> AsyncGenerator[None]:
    """Run a bot that answers nothing during the block."""

    async def ignore(_: Notification) -> None: ...

    processing = client.process(ignore, inbox=inbox)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(functools.partial(processing.run, signals=False))
        await anyio.sleep(0.1)
        yield
        processing.stop()

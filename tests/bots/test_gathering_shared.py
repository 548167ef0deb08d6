"""A list whose handler another process goes on with, with an inbox in PostgreSQL."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from greenapi_async import Client, IncomingMessageReceived, PostgresInbox
from greenapi_async.bots import Router, filters
from greenapi_async.inbox import Entry
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.bots.dialogues import ANNA

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

BORIS = "79001234568@c.us"


def entry(instance: Instance, text: str, chat_id: str = ANNA) -> Entry:
    body = {
        "typeWebhook": "incomingMessageReceived",
        "idMessage": secrets.token_hex(8),
        "timestamp": int(time.time()),
        "senderData": {"chatId": chat_id, "sender": chat_id},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
    }
    return Entry(id_instance=instance.id_instance, body=json.dumps(body))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  as people look at their phones
        await asyncio.sleep(0.02)


async def test_another_process_gets_the_same_list(postgres_dsn: str) -> None:
    schema = f"test_{secrets.token_hex(4)}"
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    lists: list[list[str | None]] = []
    heard: list[str] = []
    router = Router()

    @router.message(filters.chat(BORIS))
    async def other(notification: IncomingMessageReceived) -> None:
        heard.append(notification.text or "")

    @router.message(gather=5)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        lists.append([message.text for message in messages])
        async with messages[0].conversation(timeout=60) as talk:
            heard.append(await talk.ask("Sure?"))

    def sent() -> list[str]:
        return [message.content.text for message in instance.chat(ANNA) if message.type == "outgoing"]

    @asynccontextmanager
    async def running() -> AsyncGenerator[None]:
        transport = InProcessTransport(create_app(sandbox))
        inbox = PostgresInbox(postgres_dsn, schema=schema, lease=3)
        async with Client(instance.id_instance, instance.token, "http://sandbox", transport=transport) as client:
            processing = client.process(router.handler(), inbox=inbox, polling=False, drain=0)
            task = asyncio.create_task(processing.run(signals=False))
            yield
            processing.stop()
            await task

    async with PostgresInbox(postgres_dsn, schema=schema) as store, asyncio.timeout(100):
        async with running():
            await store.put(entry(instance, "before", BORIS))  # so that the ids of the others are not those of later
            await until(lambda: heard == ["before"])
            for text in ("one", "two", "three"):
                await store.put(entry(instance, text))
            await until(lambda: sent() == ["Sure?"])
        async with running():
            await until(lambda: len(lists) == 2)
            await store.put(entry(instance, "yes"))
            await until(lambda: heard == ["before", "yes"])
            await store.put(entry(instance, "after", BORIS))
            await until(lambda: heard[-1] == "after")
            while await store.records.page("conversations"):  # noqa: ASYNC110
                await asyncio.sleep(0.02)
        assert await store.records.page("conversations") == []
    assert lists == [["one", "two", "three"]] * 2
    assert sent() == ["Sure?"]

"""A pause of the bot that another process goes on with, with an inbox in PostgreSQL."""

import asyncio
import json
import secrets
import time
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import pytest

from greenapi_async import Client, IncomingMessageReceived, PostgresInbox, Processing
from greenapi_async.bots import Router, filters, takeover
from greenapi_async.inbox import Entry
from greenapi_async.sandbox import Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.bots.dialogues import ANNA

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]


def entry(instance: Instance, text: str, kind: str = "incomingMessageReceived") -> Entry:
    body = {
        "typeWebhook": kind,
        "idMessage": secrets.token_hex(8),
        "timestamp": int(time.time()),
        "senderData": {"chatId": ANNA, "sender": ANNA},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": text}},
    }
    return Entry(id_instance=instance.id_instance, body=json.dumps(body))


async def until(condition: Callable[[], bool]) -> None:
    while not condition():  # noqa: ASYNC110  as people look at their phones
        await asyncio.sleep(0.02)


@pytest.mark.parametrize("end", ["stops", "loses its lease"])
async def test_another_process_keeps_the_pause(postgres_dsn: str, end: str) -> None:
    schema = f"test_{secrets.token_hex(4)}"
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    heard: list[str] = []
    router = Router(takeover=takeover(minutes=30))

    @router.message(filters.text("hi"))
    async def survey(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=60) as talk:
            heard.append(await talk.ask("Name?"))
            heard.append(await talk.ask("Size?"))
        await notification.reply("Thanks")

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        heard.append(f"not asked: {notification.text}")

    def sent() -> list[str]:
        return [message.content.text for message in instance.chat(ANNA) if message.type == "outgoing"]

    @asynccontextmanager
    async def running() -> AsyncGenerator[Processing]:
        transport = InProcessTransport(create_app(sandbox))
        inbox = PostgresInbox(postgres_dsn, schema=schema, lease=3)
        async with Client(instance.id_instance, instance.token, "http://sandbox", transport=transport) as client:
            processing = client.process(router.handler(), inbox=inbox, polling=False, drain=0)
            task = asyncio.create_task(processing.run(signals=False))
            yield processing
            processing.stop()
            await task

    async with PostgresInbox(postgres_dsn, schema=schema) as store, asyncio.timeout(60), running() as first:
        await store.put(entry(instance, "hi"))
        await until(lambda: sent() == ["Name?"])
        await store.put(entry(instance, "I am here", "outgoingMessageReceived"))
        while not await store.records.page("takeovers"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        if end == "stops":
            first.stop()
        else:
            await store.connection.rows(
                "UPDATE processes SET lease_until = clock_timestamp() - interval '1 second'", ()
            )
        async with running():
            await store.put(entry(instance, "for the owner"))
            await asyncio.sleep(1)
            assert (heard, sent()) == ([], ["Name?"])
            await store.put(entry(instance, "/bot", "outgoingMessageReceived"))
            await asyncio.sleep(1.1)  # timestamps are whole seconds
            await store.put(entry(instance, "Anna"))
            await until(lambda: sent() == ["Name?", "Size?"])
            await store.put(entry(instance, "L"))
            await until(lambda: "Thanks" in sent())
    assert heard == ["Anna", "L"]
    assert sent() == ["Name?", "Size?", "Thanks"]

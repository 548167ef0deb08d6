"""A question to somebody else, who answers while the bot is down, with an inbox in PostgreSQL."""

import asyncio
import secrets

import pytest

from greenapi_async import Client, IncomingMessageReceived, Notification, PostgresInbox
from greenapi_async.sandbox import Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.bots.dialogues import ANNA
from tests.bots.stored_messages import entry

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

MANAGER = "79001234569@c.us"


async def test_the_manager_answers_while_the_bot_is_down(postgres_dsn: str) -> None:
    schema = f"test_{secrets.token_hex(4)}"
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    heard: list[str | None] = []
    others: list[str | None] = []
    finished = asyncio.Event()
    lookup = asyncio.Event()
    lookup.set()

    async def asked(question: str) -> None:
        while all(message.content.text != question for message in instance.chat(MANAGER)):  # noqa: ASYNC110  as people
            await asyncio.sleep(0.02)

    async with Client(
        instance.id_instance, instance.token, "http://sandbox", transport=InProcessTransport(create_app(sandbox))
    ) as client:

        async def handler(notification: Notification) -> None:
            assert isinstance(notification, IncomingMessageReceived)
            if notification.chat_id != ANNA:
                others.append(notification.text)
                return
            await lookup.wait()
            async with client.conversation(MANAGER, timeout=60) as talk:
                heard.extend([await talk.ask("Soup?"), await talk.ask("Which day?")])
            finished.set()

        async with PostgresInbox(postgres_dsn, schema=schema) as store, asyncio.timeout(60):
            first = client.process(handler, inbox=PostgresInbox(postgres_dsn, schema=schema), polling=False, drain=0)
            task = asyncio.create_task(first.run(signals=False))
            await store.put(entry(instance, ANNA, "order"))
            await asked("Soup?")
            first.stop()
            await task
            lookup.clear()
            await store.put(entry(instance, MANAGER, "yes"))
            second = client.process(handler, inbox=PostgresInbox(postgres_dsn, schema=schema), polling=False, drain=0)
            task = asyncio.create_task(second.run(signals=False))
            while second.counters.running == 0:  # noqa: ASYNC110  the handler is at its lookup
                await asyncio.sleep(0.02)
            await store.put(entry(instance, MANAGER, "Friday"))
            lookup.set()
            await finished.wait()
            second.stop()
            await task
    assert (heard, others) == (["yes", "Friday"], [])

"""A conversation that another process continues, with an inbox in PostgreSQL."""

# Another process is made to see that a lease is over.
# pyright: reportPrivateUsage=false

import asyncio
import secrets

import pytest

from greenapi_async import Client, IncomingMessageReceived, Notification, PostgresInbox, Processing
from greenapi_async.sandbox import Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.bots.dialogues import ANNA
from tests.bots.stored_messages import entry

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]


@pytest.mark.parametrize("end", ["stops", "loses its lease"])
async def test_another_process_continues_a_conversation(postgres_dsn: str, end: str) -> None:
    schema = f"test_{secrets.token_hex(4)}"
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    instance.settings["delaySendMessagesMilliseconds"] = 1
    heard: list[tuple[str, ...]] = []
    finished = asyncio.Event()

    async def handler(notification: Notification) -> None:
        assert isinstance(notification, IncomingMessageReceived)
        async with notification.conversation(timeout=60) as talk:
            heard.append((await talk.ask("Name?"), await talk.ask("Size?"), await talk.ask("Colour?")))
        finished.set()

    def sent() -> list[str]:
        return [message.content.text for message in instance.chat(ANNA) if message.type == "outgoing"]

    async def asked(question: str) -> None:
        while question not in sent():  # noqa: ASYNC110  as people look at their phones
            await asyncio.sleep(0.02)

    async def run(inbox: PostgresInbox, started: asyncio.Future[Processing]) -> None:
        transport = InProcessTransport(create_app(sandbox))
        async with Client(instance.id_instance, instance.token, "http://sandbox", transport=transport) as client:
            processing = client.process(handler, inbox=inbox, polling=False, drain=0)
            started.set_result(processing)
            await processing.run(signals=False)

    async with PostgresInbox(postgres_dsn, schema=schema) as store, asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        first: asyncio.Future[Processing] = asyncio.Future()
        first_task = tasks.create_task(run(PostgresInbox(postgres_dsn, schema=schema, lease=20), first))
        await store.put(entry(instance, ANNA, "hi"))
        await asked("Name?")
        await store.put(entry(instance, ANNA, "Anna"))
        await asked("Size?")
        if end == "stops":
            (await first).stop()
            await first_task
        else:
            await store.connection.rows(
                "UPDATE processes SET lease_until = clock_timestamp() - interval '1 second'", ()
            )
        await store.put(entry(instance, ANNA, "L"))
        second: asyncio.Future[Processing] = asyncio.Future()
        tasks.create_task(run(PostgresInbox(postgres_dsn, schema=schema, lease=20), second))
        await asked("Colour?")
        await store.put(entry(instance, ANNA, "red"))
        await finished.wait()
        while await store.records.page("conversations"):  # noqa: ASYNC110
            await asyncio.sleep(0.02)
        (await second).stop()
        (await first).stop()
    assert heard == [("Anna", "L", "red")]
    assert sent() == ["Name?", "Size?", "Colour?"]
    async with PostgresInbox(postgres_dsn, schema=schema) as store:
        assert await store.records.page("conversations") == []

"""Runs of ``process`` that share an inbox in PostgreSQL."""

# The work of background tasks is done by hand, so that nothing waits.
# pyright: reportPrivateUsage=false

import asyncio
import json
import secrets
import subprocess
import sys
from collections import defaultdict
from pathlib import Path

import pytest

from greenapi_async import Client, InvalidArgumentError, Notification, PostgresInbox
from greenapi_async.inbox import Entry
from greenapi_async.sandbox import Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.processing.shared_worker import FATAL, INSTANCE, SERVER

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

WORKER = Path(__file__).with_name("shared_worker.py")


def make_entry(chat: str, text: object) -> Entry:
    body = {
        "typeWebhook": "incomingMessageReceived",
        "idMessage": f"{chat} {text}",
        "timestamp": 1588091580,
        "senderData": {"chatId": chat, "sender": chat},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": str(text)}},
    }
    key = f"{chat} {text}".encode()
    return Entry(id_instance=INSTANCE, body=json.dumps(body), unless=(key,), keys=(key,))


def client() -> Client:
    return Client(INSTANCE, "token", SERVER, SERVER)


@pytest.fixture
def schema() -> str:
    return f"test_{secrets.token_hex(4)}"


async def test_two_runs_share_the_chats_and_keep_their_order(postgres_dsn: str, schema: str) -> None:
    chats, count = 20, 10
    handled: dict[str | None, list[int]] = defaultdict(list)
    active: set[str | None] = set()
    by_run = [0, 0]
    has_begun = [asyncio.Event(), asyncio.Event()]
    everything = asyncio.Event()

    async def run(number: int) -> None:
        async def handle(notification: Notification) -> None:
            assert notification.chat_id not in active
            active.add(notification.chat_id)
            has_begun[number].set()
            await has_begun[1 - number].wait()  # neither can do everything before the other has joined
            active.discard(notification.chat_id)
            handled[notification.chat_id].append(int(notification.text or ""))
            by_run[number] += 1
            if sum(by_run) == chats * count:
                everything.set()

        async with client() as one:
            inbox = PostgresInbox(postgres_dsn, schema=schema)
            processing = one.process(handle, inbox=inbox, polling=False, concurrency=5)
            task = asyncio.create_task(processing.run(signals=False))
            await everything.wait()
            processing.stop()
            await task

    async with PostgresInbox(postgres_dsn, schema=schema) as store, asyncio.timeout(60), asyncio.TaskGroup() as tasks:
        for number in range(2):
            tasks.create_task(run(number))
        for text in range(count):
            await asyncio.gather(*(store.put(make_entry(f"{chat}@c.us", text)) for chat in range(chats)))
    assert handled == {f"{chat}@c.us": list(range(count)) for chat in range(chats)}
    assert all(by_run), by_run


async def test_a_handler_that_lost_its_chat_is_cancelled_and_no_attempt_is_counted(
    postgres_dsn: str, schema: str
) -> None:
    started, cancelled = asyncio.Event(), asyncio.Event()

    async def hang(_: Notification) -> None:
        started.set()
        try:
            await asyncio.sleep(60)
        except asyncio.CancelledError:
            cancelled.set()
            raise

    inbox = PostgresInbox(postgres_dsn, schema=schema, lease=3)
    async with PostgresInbox(postgres_dsn, schema=schema) as other, client() as one, asyncio.timeout(60):
        processing = one.process(hang, inbox=inbox, polling=False, attempts=1, drain=0)
        task = asyncio.create_task(processing.run(signals=False))
        for text in "ab":
            await other.put(make_entry("1@c.us", text))
        await started.wait()
        await other.connection.rows("UPDATE processes SET lease_until = clock_timestamp() - interval '1 second'", ())
        await other._holdings.compare()
        await cancelled.wait()
        processing.stop()
        await task
        taken = await other.waiting((INSTANCE,), 0, 10)
        assert [entry.attempts for entry in taken] == [0, 0]
        assert processing.counters.retried == processing.counters.quarantined == 0
        assert not await other.quarantined()


async def test_a_notification_that_kills_its_process_ends_in_quarantine(postgres_dsn: str, schema: str) -> None:
    async with PostgresInbox(postgres_dsn, schema=schema) as inbox:
        await inbox.put(make_entry("1@c.us", FATAL))
        await inbox.put(make_entry("1@c.us", "after"))
        deaths = 0
        async with asyncio.timeout(120):
            while not await inbox.quarantined():
                worker = await asyncio.create_subprocess_exec(
                    sys.executable, str(WORKER), postgres_dsn, "1", "4", "0", schema, "2", stdout=subprocess.PIPE
                )
                assert worker.stdout is not None
                while line := await worker.stdout.readline():
                    if line.startswith(b"E"):
                        worker.terminate()
                deaths += await worker.wait() == 77
        assert deaths == 3, "once unmarked, and once for each of two attempts"
        [entry] = await inbox.quarantined()
        assert FATAL in entry.body
        assert not await inbox.count_others(())
        await inbox.drop(entry.id)


async def test_a_person_with_two_ids_has_one_lane_even_if_only_the_database_knows(
    postgres_dsn: str, schema: str
) -> None:
    handled: list[str | None] = []
    active = 0
    everything = asyncio.Event()

    async def handle(notification: Notification) -> None:
        nonlocal active
        active += 1
        assert active == 1
        await asyncio.sleep(0.02)
        active -= 1
        handled.append(notification.text)
        if len(handled) == 6:
            everything.set()

    inbox = PostgresInbox(postgres_dsn, schema=schema)
    async with PostgresInbox(postgres_dsn, schema=schema) as store, client() as one, asyncio.timeout(60):
        processing = one.process(handle, inbox=inbox, polling=False, attempts=1)
        task = asyncio.create_task(processing.run(signals=False))
        await inbox.wait_for_change(0)
        await store.connection.rows(
            "INSERT INTO identities (instance, id, main) VALUES (%s, '7@lid', '79001234567@c.us')", (INSTANCE,)
        )
        for number in range(6):
            await store.put(make_entry(("7@lid", "79001234567@c.us")[number % 2], number))
        await everything.wait()
        processing.stop()
        await task
        assert not await store.quarantined()
    assert handled == list("012345")


async def test_the_loop_over_notifications_can_use_it(postgres_dsn: str, schema: str) -> None:
    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()
    for number in range(5):
        instance.contact_writes("79001234567@c.us", str(number))
    transport = InProcessTransport(create_app(sandbox))
    seen: list[str | None] = []
    async with (
        PostgresInbox(postgres_dsn, schema=schema) as inbox,
        Client(instance.id_instance, instance.token, "http://sandbox", transport=transport) as one,
        asyncio.timeout(60),
    ):
        async with one.notifications(inbox=inbox) as notifications:
            async for notification in notifications:
                seen.append(notification.text)
                if len(seen) == 5:
                    notifications.stop()
        assert not await inbox.count_others(())
    assert seen == list("01234")
    assert not instance.notifications.bodies()


async def test_custom_lanes_cannot_be_shared(postgres_dsn: str) -> None:
    async def handle(_: Notification) -> None: ...

    async with client() as one:
        with pytest.raises(InvalidArgumentError, match="key cannot be used with PostgresInbox"):
            one.process(handle, inbox=PostgresInbox(postgres_dsn), key=lambda notification: notification.id_instance)

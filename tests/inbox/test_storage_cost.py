"""What ``SQLiteInbox`` writes for a notification; ids are not reused although it does not record each of them."""

from collections.abc import Callable
from pathlib import Path
from sqlite3 import Connection

import anyio
import anyio.to_thread
import pytest

from greenapi_async import InvalidArgumentError
from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.deduplication import received_entry
from tests.inbox.test_cancellation import Gate

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]

MANY = 1100
"""More than the ids that are recorded at once."""
NOTIFICATIONS = 150
PAGE = 4096


def received(number: int) -> Entry:
    body = {
        "typeWebhook": "incomingMessageReceived",
        "idMessage": f"3EB0{number * 7919 % 10_007:016X}",
        "timestamp": 1_588_091_580 + number,
        "senderData": {"chatId": "79001234568@c.us", "sender": "79001234568@c.us"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": f"hello {number}"}},
    }
    return received_entry(1101, ReceivedNotification(receipt_id=number, body=body))


async def put_and_finish(inbox: SQLiteInbox, entry: Entry) -> int:
    """Store an entry and remove it; return its id."""
    assert await inbox.put(entry)
    [stored] = await inbox.waiting((1101,), 0, 10)
    await inbox.done(stored.id)
    return stored.id


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_storing_a_notification_and_removing_the_previous_one_writes_three_pages(path: Path) -> None:
    async with SQLiteInbox(path) as inbox:
        log = path.with_name(f"{path.name}-wal")
        for number in range(NOTIFICATIONS):
            assert await inbox.put(received(number))
        before, last = log.stat().st_size, 0
        for number in range(NOTIFICATIONS, 2 * NOTIFICATIONS):
            removal = inbox.defer_done(last)
            assert await inbox.put(received(number))
            await removal.finish()
            last = (await inbox.waiting((1101,), last, 10))[-1].id
        assert (log.stat().st_size - before) / NOTIFICATIONS <= 3 * PAGE


@pytest.mark.parametrize("count", [1, MANY])
async def test_ids_are_not_reused_after_a_restart(path: Path, make_entry: Make, count: int) -> None:
    async with SQLiteInbox(path) as inbox:
        for number in range(count - 1):
            assert await inbox.put(make_entry(f"first {number}"))
        newest = 0
        for entry in await inbox.waiting((1101,), 0, count):
            await inbox.done(entry.id)
        newest = await put_and_finish(inbox, make_entry("last"))
    for name in "abc":
        async with SQLiteInbox(path) as inbox:
            next_id = await put_and_finish(inbox, make_entry(name))
        assert next_id > newest
        newest = next_id


async def test_ids_are_not_reused_after_a_transaction_was_rolled_back(path: Path, make_entry: Make) -> None:
    """The record of the issued ids was rolled back with it."""
    gate = Gate()
    async with SQLiteInbox(path) as inbox:

        async def drop_unknown() -> None:
            with pytest.raises(InvalidArgumentError):
                await inbox.drop(7)

        await inbox.waiting((1101,), 0, 10)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(inbox.connection.run, inbox.connection.bare, gate)
            await anyio.to_thread.run_sync(gate.reached.wait, 30)
            tasks.start_soon(inbox.put, make_entry("a"))
            tasks.start_soon(drop_unknown)
            await anyio.wait_all_tasks_blocked()
            gate.opened.set()
        [entry] = await inbox.waiting((1101,), 0, 10)
        await inbox.done(entry.id)
    async with SQLiteInbox(path) as inbox:
        assert await put_and_finish(inbox, make_entry("b")) > entry.id


async def test_a_damaged_record_of_ids_continues_after_the_entries(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        for name in "ab":
            await inbox.put(make_entry(name))

        def damage(connection: Connection) -> None:
            connection.execute("UPDATE inbox_state SET value = -5 WHERE name = 'issued_ids'")

        await inbox.connection.run(inbox.connection.bare, damage)
    async with SQLiteInbox(path) as inbox:
        assert await inbox.put(make_entry("c"))
        assert [entry.id for entry in await inbox.waiting((1101,), 0, 10)] == [1, 2, 3]

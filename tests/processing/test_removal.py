"""A handled entry leaves an SQLite file with what is stored next, but nothing that waits for it waits longer."""

from pathlib import Path

import anyio
import pytest

from greenapi_async import Client, InboxUnavailableError, Notification, SQLiteInbox
from greenapi_async.inbox import connection
from greenapi_async.inbox.connection import DeferredOperation
from greenapi_async.sandbox import Instance
from tests.processing.handling import ANNA, BORIS, Stopping, nothing

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize("people", [[ANNA, ANNA], [ANNA, BORIS]], ids=["one chat", "one slot"])
async def test_the_next_handler_starts_at_once(
    client: Client, instance: Instance, tmp_path: Path, people: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The first entry is removed without a delay, because the second waits behind it."""
    monkeypatch.setattr(connection, "DEFERRAL", 1000)
    inbox, times = SQLiteInbox(tmp_path / "inbox.db"), list[float]()
    all_stored = anyio.Event()

    async def handle(notification: Notification) -> None:
        times.append(anyio.current_time())
        if notification.text == "first":
            await all_stored.wait()
            await anyio.sleep(1)
            times.append(anyio.current_time())
        else:
            processing.stop()

    processing = client.process(handle, inbox=inbox, concurrency=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        for person, text in zip(people, ("first", "second"), strict=True):
            instance.contact_writes(person, text)
        await anyio.sleep(1)
        assert processing.counters.waiting == 2
        all_stored.set()
    _, ended, next_started = times
    assert next_started - ended < 5


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_the_removal_shares_the_transaction_of_what_arrives_next(
    client: Client, instance: Instance, tmp_path: Path
) -> None:
    statements: list[str] = []

    async def handle(notification: Notification) -> None:
        if notification.text == "first":
            instance.contact_writes(BORIS, "second")
        else:
            processing.stop()

    async with SQLiteInbox(tmp_path / "inbox.db") as inbox:
        processing = client.process(handle, inbox=inbox)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(processing.run)
            await anyio.sleep(1)
            await inbox.connection.run(
                inbox.connection.bare, lambda opened: opened.set_trace_callback(statements.append)
            )
            instance.contact_writes(ANNA, "first")
    transactions = "\n".join(statements).split("COMMIT")
    assert [each for each in transactions if "DELETE FROM entries" in each and "INSERT INTO entries" in each]


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_removal_that_fails_is_repeated(
    client: Client, instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: DeferredOperation[None]) -> None:
        raise InboxUnavailableError("the disk is full")

    monkeypatch.setattr(DeferredOperation, "wait", fail)
    inbox, stopping = SQLiteInbox(tmp_path / "inbox.db"), Stopping(2)

    async def handle(notification: Notification) -> None:
        await nothing(notification)
        stopping.note(notification)

    stopping.processing = client.process(handle, inbox=inbox)
    instance.contact_writes(ANNA, "first")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stopping.processing.run)
        await anyio.sleep(1)
        instance.contact_writes(ANNA, "second")
    async with inbox:
        assert stopping.seen == ["first", "second"]
        assert await inbox.waiting({instance.id_instance}, 0, 10) == []

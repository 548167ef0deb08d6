"""Views of an inbox that another object, in this process or another one, uses."""

import secrets
from contextlib import aclosing
from pathlib import Path

import anyio
import pytest

from greenapi_async import InboxError, InvalidArgumentError, PostgresInbox, SQLiteInbox
from greenapi_async.inbox import Entry
from greenapi_async.types import InboxView, PostgresInboxView, SQLiteInboxView, open_inbox_view

NEW = Entry(id_instance=1101, body='{"typeWebhook": "stateInstanceChanged", "stateInstance": "blocked"}')


async def check_view(inbox: SQLiteInbox | PostgresInbox, view: InboxView) -> None:
    """Check a view of an inbox with three entries, one of them quarantined."""
    for _ in range(3):
        await inbox.put(NEW)
    first, second, _ = await inbox.waiting({1101}, 0, 10)
    await inbox.quarantine(first.id, 5, "Traceback")
    await inbox.failed(second.id, 1, second.stored, "Traceback")
    counts = await view.counts()
    assert (counts.waiting, counts.failed, counts.quarantined) == (2, 1, 1)
    assert counts.oldest is not None
    rows = await view.entries()
    assert [row.quarantined for row in rows] == [True, False, False]
    assert [row.entry.id for row in rows] == sorted(row.entry.id for row in rows)
    assert await view.entries(quarantined=True) == rows[:1]
    assert await view.entries(quarantined=False, after=rows[1].entry.id) == rows[2:]
    assert await view.find(rows[0].entry.id) == rows[0]
    assert rows[0].entry.failure == "Traceback"
    with pytest.raises(InvalidArgumentError, match="no entry has the id 99"):
        await view.find(99)
    await view.release(rows[0].entry.id)
    assert (await view.counts()).quarantined == 0
    with pytest.raises(InvalidArgumentError, match="not in quarantine"):
        await view.drop(rows[0].entry.id)


@pytest.mark.anyio
async def test_a_view_of_an_sqlite_file_that_is_in_use(path: Path) -> None:
    view = open_inbox_view(path)
    assert isinstance(view, SQLiteInboxView)
    with pytest.raises(InboxError, match="does not exist"):
        await view.counts()
    async with SQLiteInbox(path) as inbox:
        await check_view(inbox, view)
        assert len(await inbox.waiting({1101}, 0, 10)) == 3  # the released one, too: the reader is told
        async with aclosing(view.follow()) as arrivals, anyio.create_task_group() as tasks:

            async def put() -> None:
                while True:
                    await anyio.sleep(0.1)
                    await inbox.put(NEW)

            tasks.start_soon(put)
            assert (await anext(arrivals)).body == NEW.body
            tasks.cancel_scope.cancel()


@pytest.mark.slow
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
@pytest.mark.anyio
async def test_a_view_of_a_database_that_is_in_use(postgres_dsn: str) -> None:
    schema = f"test_{secrets.token_hex(4)}"
    view = PostgresInboxView(postgres_dsn, schema=schema)
    async with PostgresInbox(postgres_dsn, schema=schema) as inbox:
        await check_view(inbox, view)
        with pytest.raises(InvalidArgumentError, match="when it is due"):
            await view.retry(1)
        async with aclosing(view.follow()) as arrivals, anyio.create_task_group() as tasks:

            async def put() -> None:
                await anyio.sleep(1)
                await inbox.put(NEW)

            tasks.start_soon(put)
            assert (await anext(arrivals)).body == NEW.body


def test_an_entry_is_printed_with_what_it_is_about_and_its_failure() -> None:
    body = (
        '{"typeWebhook": "incomingMessageReceived", "idMessage": "3EB0", "senderData": {"chatId": "79001234567@c.us"}}'
    )
    entry = Entry(id=17, id_instance=1101, body=body, attempts=5, failure="Traceback\nValueError: no such order\n")
    first, *rest = str(entry).splitlines()
    assert first.startswith("entry 17 of instance 1101, incomingMessageReceived, chat 79001234567@c.us, message 3EB0, ")
    assert first.endswith("5 failed attempts")
    assert rest == ["Traceback", "ValueError: no such order"]
    assert "Traceback" not in repr(entry)
    for unreadable in "[]", "nonsense", '{"senderData": 1}':
        assert str(Entry(id=1, id_instance=2, body=unreadable)).startswith("entry 1 of instance 2, stored ")

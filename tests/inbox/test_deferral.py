"""``SQLiteInbox.defer_done``: the removal shares a transaction with what follows, and is completed in any case."""

import asyncio
import gc
from collections.abc import Callable
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import InboxUnavailableError
from greenapi_async.inbox import Entry, SQLiteInbox, connection

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]


async def put(inbox: SQLiteInbox, entry: Entry, after: int = 0) -> int:
    await inbox.put(entry)
    [stored] = await inbox.waiting((1101,), after, 10)
    return stored.id


async def stored(inbox: SQLiteInbox) -> int:
    [[count]] = await inbox.connection.run(
        inbox.connection.bare, lambda opened: opened.execute("SELECT count(*) FROM entries").fetchall(), durable=False
    )
    return int(count)


@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_it_shares_the_transaction_of_the_next_put(sqlite: SQLiteInbox, make_entry: Make) -> None:
    first = await put(sqlite, make_entry("a"))
    statements: list[str] = []
    await sqlite.connection.run(sqlite.connection.bare, lambda opened: opened.set_trace_callback(statements.append))
    statements.clear()
    removal = sqlite.defer_done(first)
    await put(sqlite, make_entry("b"), first)
    await removal.finish()
    words = [statement.split()[0] for statement in statements]
    assert words.count("COMMIT") == 1
    assert "DELETE" in words
    assert "INSERT" in words


async def test_it_begins_by_itself(sqlite: SQLiteInbox, make_entry: Make) -> None:
    first = await put(sqlite, make_entry("a"))
    sqlite.defer_done(first)
    with anyio.fail_after(10):
        while await sqlite.waiting((1101,), 0, 10):
            await anyio.lowlevel.checkpoint()
    assert await stored(sqlite) == 0


@pytest.mark.parametrize("others", [0, 1, 2])
async def test_finishing_waits_for_the_end(sqlite: SQLiteInbox, make_entry: Make, others: int) -> None:
    ids = [0]
    for number in range(others + 1):
        ids.append(await put(sqlite, make_entry(str(number)), ids[-1]))
    removals = [sqlite.defer_done(each) for each in ids[1:]]
    await removals[0].finish()
    assert ids[1] not in [entry.id for entry in await sqlite.waiting((1101,), 0, 10)]
    for removal in removals:
        await removal.finish()
    assert await stored(sqlite) == 0


async def test_leaving_the_context_completes_it(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        inbox.defer_done(await put(inbox, make_entry("a")))
    async with SQLiteInbox(path) as inbox:
        assert await stored(inbox) == 0


async def test_it_is_completed_in_a_cancelled_scope(sqlite: SQLiteInbox, make_entry: Make) -> None:
    removal = sqlite.defer_done(await put(sqlite, make_entry("a")))
    with anyio.CancelScope() as scope:
        scope.cancel()
        await removal.finish()
    assert await stored(sqlite) == 0


@pytest.mark.parametrize("begin", [False, True])
def test_it_survives_the_end_of_its_event_loop(path: Path, make_entry: Make, begin: bool) -> None:
    inbox = SQLiteInbox(path)

    async def abandon() -> None:
        removal = inbox.defer_done(await put(inbox, make_entry("a")))
        if begin:
            removal.begin()

    asyncio.run(abandon())
    assert asyncio.run(stored(inbox)) == 0


async def test_an_error_is_raised_when_it_is_finished(sqlite: SQLiteInbox, make_entry: Make, path: Path) -> None:
    stored = await put(sqlite, make_entry("a"))
    path.rename(path.with_name("elsewhere"))  # noqa: ASYNC240
    removal = sqlite.defer_done(stored)
    with pytest.raises(InboxUnavailableError, match="was deleted or moved away"):
        await removal.finish()


def test_a_dropped_inbox_is_closed_although_a_removal_waits(
    path: Path, make_entry: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connection, "DEFERRAL", 3600.0)

    async def main() -> None:
        inbox = SQLiteInbox(path)
        inbox.defer_done(await put(inbox, make_entry("a")))

    asyncio.run(main())
    gc.collect()

    async def again() -> None:
        async with SQLiteInbox(path) as inbox:
            assert await stored(inbox) == 1

    asyncio.run(again())

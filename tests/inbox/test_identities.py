"""Identities are stored with both inboxes, and with a file of an older version."""

import sqlite3
from pathlib import Path

import pytest

from greenapi_async.inbox import Entry, MemoryInbox, SQLiteInbox

pytestmark = pytest.mark.anyio

ANNA, LID, NEW_LID = "79001234567@c.us", "150000000000001@lid", "150000000000002@lid"


async def test_changes_are_stored_per_instance(inbox: "MemoryInbox | SQLiteInbox") -> None:
    identities = inbox.identities
    await identities.save(1, {LID: ANNA, NEW_LID: ANNA})
    await identities.save(2, {LID: "79001234568@c.us"})
    await identities.save(1, {LID: None, "unknown": None})
    assert await identities.load(1) == {NEW_LID: ANNA}
    assert await identities.load(2) == {LID: "79001234568@c.us"}
    assert await identities.load(3) == {}


async def test_the_last_saved_is_the_last_loaded(inbox: "MemoryInbox | SQLiteInbox") -> None:
    await inbox.identities.save(1, {LID: ANNA, NEW_LID: ANNA})
    await inbox.identities.save(1, {LID: ANNA})
    assert list(await inbox.identities.load(1)) == [NEW_LID, LID]


async def test_a_file_of_a_version_without_identities_gets_them(path: Path) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.put(Entry(id_instance=1, body="{}"))
    with sqlite3.connect(path) as connection:
        connection.execute("DROP TABLE identities")
    connection.close()
    async with SQLiteInbox(path) as inbox:
        await inbox.identities.save(1, {LID: ANNA})
        assert len(await inbox.waiting({1}, 0, 10)) == 1
    async with SQLiteInbox(path) as inbox:
        assert await inbox.identities.load(1) == {LID: ANNA}


async def test_a_damaged_row_concerns_itself_only(path: Path) -> None:
    async with SQLiteInbox(path) as inbox:
        await inbox.identities.save(1, {LID: ANNA, NEW_LID: ANNA})
    with sqlite3.connect(path) as connection:
        connection.execute("UPDATE identities SET main = CAST(x'ff' AS TEXT) WHERE id = ?", (NEW_LID,))
    connection.close()
    async with SQLiteInbox(path) as inbox:
        assert await inbox.identities.load(1) == {LID: ANNA}

"""Checks of the inbox for health: whether it can store, and how many entries are in quarantine."""

from collections.abc import Callable
from pathlib import Path

import pytest

from greenapi_async import InboxUnavailableError
from greenapi_async.inbox import Entry, Inbox, SQLiteInbox
from greenapi_async.inbox.storage_check import Checkable, CountsQuarantined, check_space

from .conftest import SQL_CASES

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(("inbox", "anyio_backend"), SQL_CASES, indirect=True)
async def test_the_quarantine_is_counted(inbox: Inbox, make_entry: Callable[..., Entry]) -> None:
    assert isinstance(inbox, CountsQuarantined)
    for name in "abc":
        await inbox.put(make_entry(name))
    ids = [entry.id for entry in await inbox.waiting((1101,), 0, 10)]
    assert await inbox.count_quarantined() == 0
    for each in ids[:2]:
        await inbox.quarantine(each, 1, "failed")
    assert await inbox.count_quarantined() == 2
    if isinstance(inbox, Checkable):
        await inbox.check()
        await inbox.check()


async def test_too_little_space_is_noticed_before_a_write_fails(tmp_path: Path) -> None:
    await check_space(tmp_path / "bot.db", lambda _: (10**9, 0, 10**9))
    with pytest.raises(InboxUnavailableError, match=r"only 0\.5 MB are free"):
        await check_space(tmp_path / "bot.db", lambda _: (10**9, 10**9, 500_000))


async def test_a_folder_that_is_gone_is_noticed(tmp_path: Path) -> None:
    folder = tmp_path / "deep"
    folder.mkdir()
    async with SQLiteInbox(folder / "bot.db") as inbox:
        await inbox.check()
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()
        with pytest.raises(InboxUnavailableError):
            await inbox.check()

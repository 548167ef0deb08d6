"""Checks whether an inbox can store notifications, before one arrives that it cannot store.

A small durable write shows a full or read-only disk, a lost file and a database that is gone. SQLite writes into space
that its log already has, so a full disk can go unnoticed until a larger notification arrives; the free space is checked
too.
"""

import shutil
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Final, Protocol, runtime_checkable

import anyio.to_thread

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.records import PutRecord, RecordStore

__all__ = ["Checkable", "CountsQuarantined", "check_space", "check_write"]

MIN_FREE: Final = 4_000_000
"""Bytes; with less, the next large notifications may not fit."""


@runtime_checkable
class Checkable(Protocol):
    """Inbox that can tell whether it can store notifications at the moment."""

    async def check(self) -> None:
        """Check that notifications can be stored.

        Raises:
            InboxUnavailableError: They cannot be stored at the moment.
            InboxError: The store cannot be used.
        """
        ...


@runtime_checkable
class CountsQuarantined(Protocol):
    """Inbox that counts its quarantine without reading it."""

    async def count_quarantined(self) -> int:
        """Return the number of entries in quarantine.

        Raises:
            InboxUnavailableError: The store cannot be read at the moment.
            InboxError: The store cannot be used.
        """
        ...


async def check_write(records: RecordStore) -> None:
    """Write a small record durably.

    Args:
        records: The store of the inbox.
    """
    await records.apply([PutRecord(collection="health", key="write", value=None, replaces="any")])


async def check_space(path: Path, disk_usage: Callable[[Path], tuple[int, int, int]] = shutil.disk_usage) -> None:
    """Check the free space next to a file.

    Args:
        path: The file.
        disk_usage: Returns total, used and free bytes.

    Raises:
        InboxUnavailableError: There is too little.
    """
    try:
        _, _, free = await anyio.to_thread.run_sync(partial(disk_usage, path.parent), abandon_on_cancel=True)
    except OSError as error:
        raise InboxUnavailableError(f"{path}: {error.strerror or error}") from None
    if free < MIN_FREE:
        raise InboxUnavailableError(
            f"{path}: only {free / 1e6:.1f} MB are free; notifications need at least {MIN_FREE / 1e6:.0f} MB"
        )

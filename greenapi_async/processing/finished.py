"""The end of an entry whose handler has returned."""

import functools
from collections.abc import Awaitable, Callable
from typing import Protocol

from greenapi_async.errors import InboxError, InboxUnavailableError
from greenapi_async.inbox.base import Deferred, Inbox, shortcut
from greenapi_async.inbox.records import RecordStore
from greenapi_async.inbox.shared import SharedInbox
from greenapi_async.processing.item import Item

__all__ = ["Finished", "Persist"]


class Persist(Protocol):
    """Runs an idempotent operation on the inbox to its end, with retries while it is unavailable."""

    async def __call__(self, operation: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run an operation.

        Args:
            operation: Its name, for the log.
            work: Runs it.
        """
        ...


class Finished:
    """Removes entries whose handlers have returned.

    An entry that nobody waits for shares the transaction of what is stored next, a moment later, if the inbox can do
    that; two transactions per notification would cost nearly twice as much.
    """

    def __init__(
        self, inbox: Inbox, records: RecordStore | None, persist: Persist, *, is_awaited: Callable[[Item], bool]
    ) -> None:
        """Create the remover of one run.

        Args:
            inbox: The inbox.
            records: Where journals are; None if there are none.
            persist: Runs an operation on the inbox.
            is_awaited: Returns whether another handler can start when the item is removed.
        """
        self._inbox = inbox
        self._records = records
        self._persist = persist
        self._is_awaited = is_awaited
        self._defer_done: Callable[[int], Deferred] | None = shortcut(inbox, "defer_done", instead_of="done")

    async def remove(self, item: Item) -> None:
        """Remove an entry, with the journal of its conversations and what was gathered with it.

        Args:
            item: The item.
        """
        is_in_inbox = not item.acknowledged
        done = [each.id for each in item.gathered if not each.acknowledged] + ([item.id] if is_in_inbox else [])
        records = self._records
        if records is not None and item.journal is not None:
            gathered = [each.key for each in item.gathered if each.was_tried]
            changes = await item.journal.removal(search=is_in_inbox and item.was_tried, gathered=gathered)
            if changes or len(done) > 1:
                try:
                    await self._persist("done", lambda: records.apply(changes, done=done, durable=False))
                except InboxUnavailableError:
                    raise
                except InboxError:
                    if not isinstance(self._inbox, SharedInbox):
                        raise
                    # Its lane is lost. What follows changes nothing, and finds that out.
                else:
                    return
        for each in done:
            if self._defer_done is None or len(done) > 1 or self._is_awaited(item):
                await self._persist("done", functools.partial(self._inbox.done, each))
            else:
                await self._persist("done", _Removal(self._inbox, each, self._defer_done(each)))


class _Removal:
    """Waits for a deferred removal; if that has failed, removes the entry itself."""

    def __init__(self, inbox: Inbox, id: int, deferred: Deferred) -> None:  # noqa: A002  the name of the field
        self._inbox = inbox
        self._id = id
        self._deferred: Deferred | None = deferred

    async def __call__(self) -> None:
        deferred, self._deferred = self._deferred, None
        await (deferred.wait() if deferred is not None else self._inbox.done(self._id))

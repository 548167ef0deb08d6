"""The end of an entry whose handler has returned."""

import functools
from collections.abc import Awaitable, Callable
from typing import Protocol

from greenapi_async.errors import InboxError, InboxUnavailableError
from greenapi_async.inbox.base import Inbox
from greenapi_async.inbox.records import RecordStore
from greenapi_async.inbox.shared import SharedInbox
from greenapi_async.processing.item import Item

__all__ = ["Persist", "finish"]


class Persist(Protocol):
    """Runs an idempotent operation on the inbox to its end, with retries while it is unavailable."""

    async def __call__(self, operation: str, work: Callable[[], Awaitable[object]]) -> None:
        """Run an operation.

        Args:
            operation: Its name, for the log.
            work: Runs it.
        """
        ...


async def finish(item: Item, inbox: Inbox, records: RecordStore | None, persist: Persist) -> None:
    """Remove an entry whose handler has returned, with the journal of its conversations and what was gathered with it.

    Args:
        item: The item.
        inbox: The inbox.
        records: Where journals are; None if there are none.
        persist: Runs the operation on the inbox.
    """
    is_in_inbox = not item.acknowledged
    done = [each.id for each in item.gathered if not each.acknowledged] + ([item.id] if is_in_inbox else [])
    if records is not None and item.journal is not None:
        gathered = [each.key for each in item.gathered if each.was_tried]
        changes = await item.journal.removal(search=is_in_inbox and item.was_tried, gathered=gathered)
        if changes or len(done) > 1:
            try:
                await persist("done", lambda: records.apply(changes, done=done, durable=False))
            except InboxUnavailableError:
                raise
            except InboxError:
                if not isinstance(inbox, SharedInbox):
                    raise
                # Its lane is lost. What follows changes nothing, and finds that out.
            else:
                return
    for each in done:
        await persist("done", functools.partial(inbox.done, each))

"""Inboxes that several processes use at once: the part that ``process`` needs in addition to ``Inbox``.

Such an inbox gives each process the entries of some chats, the lanes that it holds. A run takes part in it with
``joined``. It asks ``begin`` right before it starts a handler, because a process that was suspended has lost its lanes
and does not know. When lanes are lost, it drops what is queued and cancels what runs, and no attempt is counted:
another process handles these entries.
"""

# ruff: noqa: A002  a parameter has the name of the field

from collections.abc import Callable, Collection
from contextlib import AbstractAsyncContextManager
from typing import Protocol, runtime_checkable

__all__ = ["SharedInbox"]


@runtime_checkable
class SharedInbox(Protocol):
    """Optional part of an inbox that several processes use at once."""

    def joined(
        self, instances: Collection[int], free_places: Callable[[], int], lost: Callable[[Collection[int]], None]
    ) -> AbstractAsyncContextManager[None]:
        """Take part while the block runs; at its end, other processes take over at once what is not finished.

        Args:
            instances: The instances whose entries are handled; they may change while the block runs.
            free_places: Returns how many more lanes the run can take now.
            lost: Called with the ids of entries that this process has lost, those in progress included.
        """
        ...

    def begin(self, id: int) -> bool:
        """Return whether this process certainly holds the lane of an entry, and hold it until ``end``; cheap.

        Args:
            id: The entry whose handler is about to start.
        """
        ...

    def end(self, id: int) -> None:
        """Note that the handler of an entry has ended.

        Args:
            id: The entry's id.
        """
        ...

    def notice_room(self) -> None:
        """Continue to claim lanes; called when ``free_places`` may have grown."""
        ...

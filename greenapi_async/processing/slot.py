"""Slot: how a handler that waits gives up its concurrency slot."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager, nullcontext
from contextvars import ContextVar
from typing import Protocol

__all__ = ["SuspendSlot", "suspend_slot", "suspended"]


class SuspendSlot(Protocol):
    """Gives up the concurrency slot of the running handler for the length of a block."""

    def __call__(self, *, for_person: bool) -> AbstractAsyncContextManager[Callable[[], None]]:
        """Return the block; it gives a function that reserves the handler's turn in its lane when its wait is over.

        Args:
            for_person: Whether the handler waits for a person.
        """
        ...


suspend_slot: ContextVar[SuspendSlot | None] = ContextVar("suspend_slot", default=None)


def suspended(*, for_person: bool = False) -> AbstractAsyncContextManager[Callable[[], None] | None]:
    """Return a context manager in which the running handler does not occupy a concurrency slot.

    It gives a function that reserves the handler's turn in its lane when the wait is over; None outside handlers.

    Args:
        for_person: Whether the handler waits for a person. It leaves its lane, and a shutdown does not wait for it.
    """
    suspend = suspend_slot.get()
    return suspend(for_person=for_person) if suspend is not None else nullcontext()

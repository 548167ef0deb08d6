"""Change notifier: wakes readers when an entry was stored."""

import anyio
import anyio.lowlevel

__all__ = ["Notifier"]


class Notifier:
    """Counter of changes that tasks can wait for; usable in one event loop after another."""

    def __init__(self) -> None:
        self._changes = 1
        self._waiters: set[anyio.Event] = set()

    def notify(self) -> None:
        """Count a change and wake all waiters."""
        self._changes += 1
        for event in self._waiters:
            event.set()

    async def wait(self, after: int) -> int:
        """Wait until there were more changes than ``after``, and return their number."""
        if self._changes > after:
            await anyio.lowlevel.checkpoint()
            return self._changes
        event = anyio.Event()
        self._waiters.add(event)
        try:
            await event.wait()
        finally:
            self._waiters.discard(event)
        return self._changes

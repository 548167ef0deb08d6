"""Waking what waits for a change of a session or a call."""

import anyio

__all__ = ["Changes"]


class Changes:
    """A condition without a lock: wakes everything that waits, at each change."""

    def __init__(self) -> None:
        self._next = anyio.Event()

    def notify(self) -> None:
        """Wake everything that waits."""
        self._next.set()
        self._next = anyio.Event()

    async def wait(self) -> None:
        """Wait for the next change."""
        await self._next.wait()

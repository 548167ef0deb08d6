"""News that something may wait."""

import anyio
import anyio.lowlevel

__all__ = ["News"]


class News:
    """Told by who stores, waited for by who reads; has no event loop of its own, so it outlives each."""

    def __init__(self) -> None:
        self._told = 1
        self._listeners: set[anyio.Event] = set()

    def tell(self) -> None:
        """Let all who wait go on."""
        self._told += 1
        for event in self._listeners:
            event.set()

    async def after(self, number: int) -> int:
        """Wait until it was told more often than that, and give how often it was."""
        if self._told > number:
            await anyio.lowlevel.checkpoint()
            return self._told
        event = anyio.Event()
        self._listeners.add(event)
        try:
            await event.wait()
        finally:
            self._listeners.discard(event)
        return self._told

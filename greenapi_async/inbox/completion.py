"""One-shot event in one event loop, cheaper than ``anyio.Event`` with a cancel scope where asyncio runs.

A task of asyncio waits for a future that a timer resolves too, and its caller decides what a cancellation means. Tasks
of trio, and those that wait on in spite of a cancellation, wait for an ``anyio.Event``.
"""

import asyncio

import anyio

__all__ = ["Completion"]


class Completion:
    """Event that is set once, in the event loop of its waiters."""

    __slots__ = ("__weakref__", "_event", "_futures", "_is_set")

    def __init__(self) -> None:
        self._is_set = False
        self._futures: list[asyncio.Future[None]] = []
        self._event: anyio.Event | None = None

    def is_set(self) -> bool:
        """Return whether it was set."""
        return self._is_set

    def set(self) -> None:
        """Wake all waiters."""
        self._is_set = True
        for future in self._futures:
            _resolve(future)
        if self._event is not None:
            self._event.set()

    async def wait(self) -> None:
        """Wait until it is set."""
        if self._event is None:
            self._event = anyio.Event()
            if self._is_set:
                self._event.set()
        await self._event.wait()

    def future(
        self, loop: asyncio.AbstractEventLoop, seconds: float
    ) -> tuple[asyncio.Future[None], asyncio.TimerHandle]:
        """Return a future that is resolved when this is set or the time is over, and its timer, to be cancelled.

        Args:
            loop: The running event loop.
            seconds: Time limit.
        """
        future = loop.create_future()
        self._futures.append(future)
        return future, loop.call_later(seconds, _resolve, future)


def _resolve(future: asyncio.Future[None]) -> None:
    if not future.done():  # or its task was cancelled
        future.set_result(None)

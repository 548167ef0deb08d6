"""One-shot event in one event loop, at half the cost of ``anyio.Event`` for the first task of asyncio that waits.

A task of asyncio waits for a future of its own and needs no cancel scope: a timer resolves the future too, and the
caller decides what a cancellation means. Any other waiter, and all on trio, wait for an ``anyio.Event``.
"""

import asyncio

import anyio

__all__ = ["Completion"]


class Completion:
    """Event that is set once, in the event loop of its waiters."""

    __slots__ = ("__weakref__", "_event", "_is_set", "_waiter")

    def __init__(self) -> None:
        self._is_set = False
        self._waiter: asyncio.Future[None] | None = None
        self._event: anyio.Event | None = None

    def is_set(self) -> bool:
        """Return whether it was set."""
        return self._is_set

    def set(self) -> None:
        """Wake all waiters."""
        self._is_set = True
        if self._waiter is not None:
            _resolve(self._waiter)
        if self._event is not None:
            self._event.set()

    async def wait(self) -> None:
        """Wait until it is set."""
        if self._event is None:
            self._event = anyio.Event()
            if self._is_set:
                self._event.set()
        await self._event.wait()

    def expiring_future(
        self, loop: asyncio.AbstractEventLoop, seconds: float
    ) -> "tuple[asyncio.Future[None], asyncio.TimerHandle]":
        """Return a future that is resolved when this is set or the time is over, and its timer, to be cancelled.

        Args:
            loop: The running event loop.
            seconds: Time limit.
        """
        waiter = self._waiter = loop.create_future()
        return waiter, loop.call_later(seconds, _resolve, waiter)


def _resolve(waiter: "asyncio.Future[None]") -> None:
    if not waiter.done():  # or the task was cancelled
        waiter.set_result(None)

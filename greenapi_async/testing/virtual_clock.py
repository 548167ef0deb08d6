"""The time of a test: virtual in whatever event loop it runs, or real."""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import anyio.lowlevel

from greenapi_async.testing import asyncio_time
from greenapi_async.testing.clock import Clock

__all__ = ["RealTime", "Time", "VirtualTime"]


class Time(Protocol):
    """The time of a test."""

    @property
    def clock(self) -> Callable[[], float]:
        """Tells it, as ``time.time`` does."""
        ...

    def begin(self) -> None:
        """Take hold of the event loop that runs here, if it has not; to be called wherever a test may come in."""
        ...

    def end(self) -> None:
        """Let go of it."""
        ...


class RealTime:
    """Time as it is."""

    clock = staticmethod(time.time)

    def begin(self) -> None:
        """Do nothing."""

    def end(self) -> None:
        """Do nothing."""


class VirtualTime:
    """Time that jumps to the next timer."""

    def __init__(self) -> None:
        self.clock = Clock()
        self._loop: object = None
        self._end: Callable[[], None] | None = None

    def begin(self) -> None:
        """Take hold of the event loop that runs here; raises RuntimeError where its time cannot be changed."""
        here = anyio.lowlevel.current_token()
        if here == self._loop:
            return
        self.end()
        tell, self._end = _jump()
        self._loop = here
        self.clock.follow(tell)

    def end(self) -> None:
        """Let go of it."""
        if self._end is not None:
            self.clock.stop()
            self._end()
        self._loop = self._end = None


def _jump() -> tuple[Callable[[], float], Callable[[], None]]:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        from greenapi_async.testing import trio_time  # noqa: PLC0415  trio may be missing elsewhere

        return trio_time.jump()
    return asyncio_time.jump()

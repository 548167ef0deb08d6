"""Virtual time: a clock that jumps to the next timer as soon as the event loop is idle.

A test that waits for a day ends in a fraction of a second. Time stands still while any task can run. When all tasks
wait, the clock jumps to the earliest timer, with two exceptions:

- While a worker thread or a child process works for the event loop, time passes at its real rate.
- While a socket or an unknown thread could wake the event loop, the clock jumps only after 50 ms of silence.

Only the event loop's own time is virtual: sleeping, timeouts, ``anyio.current_time``. ``time.time`` and
``datetime.now`` are not; code that needs the time of day is given the clock itself.

On asyncio the running loop is patched. Trio fixes its clock when a run starts, so ``virtual_clock_trio`` provides one
that runs in real time until it is told to jump.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

import anyio.lowlevel

from greenapi_async.testing import virtual_clock_asyncio

__all__ = ["Clock", "RealClock", "VirtualClock"]


class Clock(Protocol):
    """Clock of a test; call it for the seconds since the epoch, like ``time.time``."""

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        ...

    def install(self) -> None:
        """Control the time of the running event loop; does nothing if it does already.

        Raises:
            RuntimeError: The time of this event loop cannot be changed.
        """
        ...

    def uninstall(self) -> None:
        """Return the event loop to real time."""
        ...


class RealClock:
    """Clock of a test in real time."""

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        return time.time()

    def install(self) -> None:
        """Do nothing."""

    def uninstall(self) -> None:
        """Do nothing."""


class VirtualClock:
    """Clock of a test in virtual time; starts at the real time and follows the event loop it is installed in."""

    def __init__(self) -> None:
        self._seconds = float(int(time.time()))
        self._loop_time: Callable[[], float] = float
        self._loop_start = 0.0
        self._token: object = None
        self._release: Callable[[], None] | None = None

    def __call__(self) -> float:
        """Return the seconds since the epoch."""
        return self._seconds + self._loop_time() - self._loop_start

    def install(self) -> None:
        """Control the time of the running event loop; does nothing if it does already.

        Raises:
            RuntimeError: The time of this event loop cannot be changed.
        """
        token = anyio.lowlevel.current_token()
        if token == self._token:
            return
        self.uninstall()
        loop_time, self._release = _control_running_loop()
        self._token = token
        self._follow(loop_time)

    def uninstall(self) -> None:
        """Return the event loop to real time; this clock stands still from now on."""
        if self._release is not None:
            self._follow(float)
            self._release()
        self._token = self._release = None

    def _follow(self, loop_time: Callable[[], float]) -> None:
        self._seconds, self._loop_time, self._loop_start = self(), loop_time, loop_time()


def _control_running_loop() -> tuple[Callable[[], float], Callable[[], None]]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        from greenapi_async.testing import virtual_clock_trio  # noqa: PLC0415  trio may not be installed

        return virtual_clock_trio.control_running_clock()
    return virtual_clock_asyncio.control_loop(loop)

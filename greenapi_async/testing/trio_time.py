"""Virtual time on trio, whose clock is given when a run begins.

The clock goes as real time does until a test takes hold of it. From then on it stands still while there is something to
do and jumps to the next timer when there is not, as the time of asyncio's loop does.
"""

import math
from collections.abc import Callable
from contextlib import ExitStack

import trio
import trio.lowlevel
import trio.testing

from greenapi_async.testing.threads import QUIET, Threads

__all__ = ["jump", "jumping_clock"]

_CONTROL = "greenapi_async_control"


def jumping_clock() -> trio.testing.MockClock:
    """Make a clock that jumps as soon as ``jump`` is called in a run with it."""
    clock = trio.testing.MockClock(rate=1)
    setattr(clock, _CONTROL, _Control(clock))  # the class is final, and the run asks it what it can do
    return clock


def jump() -> tuple[Callable[[], float], Callable[[], None]]:
    """Let the time of the run that goes on here jump, and give its time and what ends that."""
    clock = trio.lowlevel.current_clock()
    if not isinstance(clock, trio.testing.MockClock):
        raise RuntimeError(  # noqa: TRY004  the type is not the caller's
            "an async fixture has begun this run of trio in real time; put `from greenapi_async.testing import "
            'anyio_backend` into conftest.py, or mark the test with @pytest.mark.sandbox(time="real")'
        )
    control: _Control | None = getattr(clock, _CONTROL, None)
    if control is not None:
        control.begin()
    return clock.current_time, control.end if control is not None else lambda: None


class _Control:
    """Decides each time that no task can go on how long the run waits in earnest."""

    def __init__(self, clock: trio.testing.MockClock) -> None:
        self._clock = clock
        self._threads: Threads | None = None
        self._watching = ExitStack()
        self._to_sleep = clock.deadline_to_sleep_time
        clock.deadline_to_sleep_time = self._look_around  # type: ignore[method-assign]  # as above

    def begin(self) -> None:
        self._threads = Threads(trio.testing.active_thread_count)
        self._watching.enter_context(self._threads.watching(trio.Process))
        self._set(rate=0, threshold=0)

    def end(self) -> None:
        self._threads = None
        self._watching.close()
        self._set(rate=1, threshold=math.inf)

    def _look_around(self, deadline: float) -> float:
        if self._threads is not None:
            if self._threads.at_work:
                self._set(rate=1, threshold=math.inf)
                return min(self._to_sleep(deadline), QUIET)  # and look again
            strange = self._threads.strange or _at_sockets() > 1  # one waits for calls from other threads
            self._set(rate=0, threshold=QUIET if strange else 0)
        return self._to_sleep(deadline)

    def _set(self, *, rate: float, threshold: float) -> None:
        if self._clock.rate != rate:
            self._clock.rate = rate
        if self._clock.autojump_threshold != threshold:
            self._clock.autojump_threshold = threshold


def _at_sockets() -> int:
    """Count the tasks that wait at sockets."""
    told = trio.lowlevel.current_statistics().io_statistics
    return int(getattr(told, "tasks_waiting_read", 0)) + int(getattr(told, "tasks_waiting_write", 0))

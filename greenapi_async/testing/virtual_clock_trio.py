"""Virtual time on trio, whose clock is chosen when a run starts.

``jumping_clock`` creates a clock that runs in real time until a test takes control of it. From then on it behaves like
the asyncio one: it stands still while a task can run, and jumps to the next timer when none can.
"""

import math
from collections.abc import Callable
from contextlib import ExitStack

import trio
import trio.lowlevel
import trio.testing

from greenapi_async.testing.threads import QUIET_PERIOD, ThreadMonitor

__all__ = ["control_clock", "control_running_clock", "jumping_clock"]

_CONTROL = "greenapi_async_control"


def jumping_clock(*, rate: float = 1) -> trio.testing.MockClock:
    """Create a clock that can be switched to virtual time during a run.

    Args:
        rate: Its speed until then, relative to real time.
    """
    clock = trio.testing.MockClock(rate=rate)
    setattr(clock, _CONTROL, _Control(clock))  # the class is final, and a run looks for the optional methods of its own
    return clock


def control_running_clock() -> tuple[Callable[[], float], Callable[[], None]]:
    """Switch the running trio run to virtual time.

    Returns:
        The clock's time, and a function that returns the clock to real time.

    Raises:
        RuntimeError: The run was started with trio's real clock.
    """
    clock = trio.lowlevel.current_clock()
    if not isinstance(clock, trio.testing.MockClock):
        raise RuntimeError(  # noqa: TRY004  the type is not the caller's
            "an async fixture started this trio run in real time. Put `from greenapi_async.testing import "
            'anyio_backend` into conftest.py, or mark the test with @pytest.mark.sandbox(time="real")'
        )
    return clock.current_time, control_clock(clock)


def control_clock(clock: trio.testing.MockClock) -> Callable[[], None]:
    """Switch a clock to virtual time, before or during its run.

    Args:
        clock: A clock of ``jumping_clock``; any other MockClock is left as it is.

    Returns:
        A function that returns the clock to real time.
    """
    control: _Control | None = getattr(clock, _CONTROL, None)
    if control is None:
        return lambda: None
    control.start()
    return control.stop


class _Control:
    """Sets rate and threshold of a clock, each time before the run waits."""

    def __init__(self, clock: trio.testing.MockClock) -> None:
        self._clock = clock
        self._threads: ThreadMonitor | None = None
        self._patches = ExitStack()
        self._sleep_time = clock.deadline_to_sleep_time
        setattr(clock, "deadline_to_sleep_time", self._deadline_to_sleep_time)  # noqa: B010  type checkers forbid it

    def start(self) -> None:
        self._threads = ThreadMonitor(trio.testing.active_thread_count)
        self._patches.enter_context(self._threads.tracking_processes(trio.Process))
        self._set(rate=0, threshold=0)

    def stop(self) -> None:
        self._threads = None
        self._patches.close()
        self._set(rate=1, threshold=math.inf)

    def _deadline_to_sleep_time(self, deadline: float) -> float:
        if self._threads is not None:
            if self._threads.busy:
                self._set(rate=1, threshold=math.inf)
                return min(self._sleep_time(deadline), QUIET_PERIOD)  # then check again
            wakeable = self._threads.unknown or _tasks_at_sockets() > 1  # trio's own wakeup socket counts as one
            self._set(rate=0, threshold=QUIET_PERIOD if wakeable else 0)
        return self._sleep_time(deadline)

    def _set(self, *, rate: float, threshold: float) -> None:
        if self._clock.rate != rate:
            self._clock.rate = rate
        if self._clock.autojump_threshold != threshold:
            self._clock.autojump_threshold = threshold


def _tasks_at_sockets() -> int:
    """Count the tasks that wait for sockets."""
    statistics = trio.lowlevel.current_statistics().io_statistics
    return int(getattr(statistics, "tasks_waiting_read", 0)) + int(getattr(statistics, "tasks_waiting_write", 0))

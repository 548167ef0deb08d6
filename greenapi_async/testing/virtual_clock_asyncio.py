"""Virtual time in an asyncio event loop, running or not.

The loop's ``time``, the ``select`` of its selector, and the methods by which threads are given work and call back are
replaced. Releasing the loop restores all but ``time``: the loop's time never goes back, because timers of a loop that
outlives the test would stand still.
"""

import asyncio
import asyncio.subprocess
import selectors
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from greenapi_async.testing.threads import QUIET_PERIOD, ThreadMonitor

__all__ = ["control_loop"]

_Ready = list[tuple[selectors.SelectorKey, int]]


class _LoopTime:
    """Time of a loop: the real time plus an offset, or frozen."""

    def __init__(self, real: Callable[[], float]) -> None:
        self._real = real
        self._offset = 0.0
        self._frozen_at: float | None = None

    def __call__(self) -> float:
        return self._real() + self._offset if self._frozen_at is None else self._frozen_at

    def freeze(self, at: float | None = None) -> None:
        self._frozen_at = self() if at is None else at

    def unfreeze(self) -> None:
        self._offset, self._frozen_at = self() - self._real(), None

    def advance(self, seconds: float) -> None:
        self._frozen_at = self() + seconds


def control_loop(
    loop: asyncio.AbstractEventLoop, *, start: float | None = None
) -> tuple[Callable[[], float], Callable[[], None]]:
    """Switch an event loop to virtual time; call it in the loop's thread.

    Args:
        loop: The event loop; it must use a selector.
        start: Its time now; None leaves it as it is.

    Returns:
        The loop's time, and a function that returns the loop to real time.

    Raises:
        RuntimeError: The loop has no selector, for example uvloop's.
    """
    patched: Any = loop
    selector: Any = getattr(loop, "_selector", None)
    if not isinstance(selector, selectors.BaseSelector):
        kind = f"{type(loop).__module__}.{type(loop).__qualname__}"
        raise RuntimeError(  # noqa: TRY004  the type is not the caller's
            f"virtual time needs asyncio's own selector event loop, but this test runs on {kind}. Mark the test with "
            '@pytest.mark.sandbox(time="real"), or run it on asyncio.SelectorEventLoop'
        )
    if not isinstance(patched.time, _LoopTime):
        patched.time = _LoopTime(loop.time)
    loop_time: _LoopTime = patched.time
    threads = ThreadMonitor(lambda: _anyio_jobs(loop))
    patches = ExitStack()
    patches.enter_context(threads.tracking_processes(asyncio.subprocess.Process))
    _monitor_threads(patched, threads)
    loop_time.freeze(start)
    patched_selector: Any = selector
    patched_selector.select = _JumpingSelect(selector, loop_time, threads)

    def release() -> None:
        loop_time.unfreeze()
        del patched_selector.select, patched.run_in_executor, patched.call_soon_threadsafe
        patches.close()

    return loop_time, release


class _JumpingSelect:
    """Replacement of a selector's ``select`` that advances the loop's time instead of waiting for timers."""

    def __init__(self, selector: selectors.BaseSelector, loop_time: _LoopTime, threads: ThreadMonitor) -> None:
        self._selector = selector
        self._select: Callable[[float | None], _Ready] = selector.select
        self._time = loop_time
        self._threads = threads

    def __call__(self, timeout: float | None = None) -> _Ready:
        if timeout is not None and timeout <= 0:
            return self._select(0)
        # Read before polling: work that finishes after this line is seen by the poll.
        busy, unknown = self._threads.busy, self._threads.unknown
        ready = self._select(0)
        if ready:
            return ready
        if timeout is None:
            return self._wait(None)
        if busy:
            return self._wait(min(timeout, QUIET_PERIOD))
        quiet = min(timeout, QUIET_PERIOD) if unknown or len(self._selector.get_map()) > 1 else 0.0
        until = self._time() + timeout
        if not (quiet and (ready := self._wait(quiet))):
            self._time.advance(until - self._time())
        return ready

    def _wait(self, seconds: float | None) -> _Ready:
        start = time.monotonic()
        ready = self._select(seconds)
        passed = time.monotonic() - start
        self._time.advance(passed if seconds is None else min(passed, seconds))
        return ready


def _anyio_jobs(loop: asyncio.AbstractEventLoop) -> int:
    """Count the unfinished jobs of anyio's worker threads, of all capacity limiters."""
    workers = [thread for thread in threading.enumerate() if getattr(thread, "loop", None) is loop]
    return sum(getattr(getattr(worker, "queue", None), "unfinished_tasks", 0) for worker in workers)


def _monitor_threads(loop: Any, threads: ThreadMonitor) -> None:
    """Count the jobs given to executors, and note which other threads call the loop."""
    original_run, original_call = loop.run_in_executor, loop.call_soon_threadsafe
    loop_thread = threading.get_ident()

    def run_in_executor(*arguments: Any) -> Any:
        future = original_run(*arguments)
        threads.executor_jobs += 1
        future.add_done_callback(finish)
        return future

    def finish(_future: object) -> None:
        threads.executor_jobs -= 1

    def call_soon_threadsafe(*arguments: Any, **options: Any) -> Any:
        if threading.get_ident() != loop_thread:
            threads.note_caller()
        return original_call(*arguments, **options)

    loop.run_in_executor = run_in_executor
    loop.call_soon_threadsafe = call_soon_threadsafe

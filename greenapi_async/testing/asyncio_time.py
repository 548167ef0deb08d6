"""Virtual time in an event loop of asyncio that runs already, whoever made it.

While the loop has something to do its time stands still. Where it would wait for a timer its time jumps there, unless
a thread or a child process is at work for it: then it waits in earnest, and its time goes on meanwhile. Where sockets
or threads of others could still call, it waits in earnest for a short while before it jumps.

What is changed is the loop's ``time``, the ``select`` of its selector, and what tells of threads and processes. All but
the time is put back by ``restore``; the time goes on from where it is, because timers of a loop that outlives the test
would stand still if it went back.
"""

import asyncio
import asyncio.subprocess
import selectors
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from greenapi_async.testing.threads import QUIET, Threads

__all__ = ["jump"]

Ready = list[tuple[selectors.SelectorKey, int]]


class _Time:
    """What a loop tells: the real time and what it is ahead of that, or a time that stands still."""

    def __init__(self, real: Callable[[], float]) -> None:
        self._real = real
        self._ahead = 0.0
        self._still: float | None = None

    def __call__(self) -> float:
        return self._real() + self._ahead if self._still is None else self._still

    def stop(self) -> None:
        self._still = self()

    def go(self) -> None:
        self._ahead, self._still = self() - self._real(), None

    def advance(self, seconds: float) -> None:
        self._still = self() + seconds


def jump() -> tuple[Callable[[], float], Callable[[], None]]:
    """Let the time of the loop that runs here jump, and give its time and what ends that."""
    loop: Any = asyncio.get_running_loop()
    selector: Any = getattr(loop, "_selector", None)
    if not isinstance(selector, selectors.BaseSelector):
        kind = f"{type(loop).__module__}.{type(loop).__qualname__}"
        raise RuntimeError(  # noqa: TRY004  the type is not the caller's
            f"virtual time needs asyncio's own selector event loop, and this test runs on {kind}; mark the test with "
            '@pytest.mark.sandbox(time="real"), or let it run on asyncio.SelectorEventLoop'
        )
    if not isinstance(loop.time, _Time):
        loop.time = _Time(loop.time)
    threads = Threads(lambda: _lent(loop))
    jumps = _Jumps(selector, loop.time, threads)
    watching = ExitStack()
    watching.enter_context(threads.watching(asyncio.subprocess.Process))
    _watch(loop, threads)
    loop.time.stop()
    patched: Any = selector
    patched.select = jumps.select

    def restore() -> None:
        loop.time.go()
        del patched.select, loop.run_in_executor, loop.call_soon_threadsafe
        watching.close()

    return loop.time, restore


class _Jumps:
    def __init__(self, selector: selectors.BaseSelector, loop_time: _Time, threads: Threads) -> None:
        self._selector = selector
        self._select: Callable[[float | None], Ready] = selector.select
        self._time = loop_time
        self._threads = threads

    def select(self, timeout: float | None = None) -> Ready:
        if timeout is not None and timeout <= 0:
            return self._select(0)
        at_work, strange = self._threads.at_work, self._threads.strange  # who ends after this is seen by what follows
        ready = self._select(0)
        if ready:
            return ready
        if timeout is None:
            return self._wait(None)
        if at_work:
            return self._wait(min(timeout, QUIET))
        quiet = min(timeout, QUIET) if strange or len(self._selector.get_map()) > 1 else 0.0
        until = self._time() + timeout
        if not (quiet and (ready := self._wait(quiet))):
            self._time.advance(until - self._time())
        return ready

    def _wait(self, seconds: float | None) -> Ready:
        began = time.monotonic()
        ready = self._select(seconds)
        passed = time.monotonic() - began
        self._time.advance(passed if seconds is None else min(passed, seconds))
        return ready


def _lent(loop: Any) -> int:
    """Count what anyio has given to its threads, whatever limiter it asked."""
    workers = [each for each in threading.enumerate() if getattr(each, "loop", None) is loop]
    return sum(getattr(getattr(each, "queue", None), "unfinished_tasks", 0) for each in workers)


def _watch(loop: Any, threads: Threads) -> None:
    """Count what is given to executors, and note who calls from other threads."""
    run, call = loop.run_in_executor, loop.call_soon_threadsafe

    def run_in_executor(*arguments: Any) -> Any:
        future = run(*arguments)
        threads.given += 1
        future.add_done_callback(come_back)
        return future

    def come_back(_future: object) -> None:
        threads.given -= 1

    def call_soon_threadsafe(*arguments: Any, **options: Any) -> Any:
        if threading.get_ident() != here:
            threads.calls()
        return call(*arguments, **options)

    here = threading.get_ident()
    loop.run_in_executor = run_in_executor
    loop.call_soon_threadsafe = call_soon_threadsafe

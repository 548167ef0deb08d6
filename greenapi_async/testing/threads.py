"""Detection of threads and child processes that work for an event loop and may wake it at any moment.

Virtual time must not jump over their work. Jobs of known thread pools (executors, anyio, trio, the inbox) are counted.
Any other thread that was started during the test, or has called the event loop before, is unknown: it may be working.
"""

import functools
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from greenapi_async.inbox import worker

__all__ = ["QUIET_PERIOD", "ThreadMonitor"]

QUIET_PERIOD: Final = 0.05
"""Real seconds without an event from sockets and unknown threads before the clock jumps."""
PROCESS_LIMIT: Final = 30.0
"""Real seconds after which a child process is no longer waited for; it is probably a server."""
_COUNTED_THREADS = ("AnyIO worker thread", "asyncio_", "Trio thread", "greenapi_async inbox")
"""Name prefixes of pool threads; their jobs are counted, and an idle one is no reason to wait."""
_IGNORED_THREADS = ("pytest_timeout",)

_callers: "WeakSet[threading.Thread]" = WeakSet()
"""Threads that have called an event loop."""


class ThreadMonitor:
    """Threads and child processes around one event loop."""

    def __init__(self, pool_jobs: Callable[[], float]) -> None:
        self._pool_jobs = pool_jobs
        """Returns the unfinished jobs of the worker threads of anyio or trio."""
        self._before = frozenset(threading.enumerate())
        self._processes: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self.executor_jobs = 0
        """Unfinished jobs given to executors."""

    @property
    def busy(self) -> bool:
        """True if a job in a thread is unfinished or a child process runs."""
        return (
            self.executor_jobs > 0
            or self._pool_jobs() > 0
            or worker.at_work()
            or any(self._is_running(*each) for each in self._processes.items())
        )

    def _is_running(self, process: Any, start: float) -> bool:
        return process.returncode is None and time.monotonic() - start < PROCESS_LIMIT

    @property
    def unknown(self) -> bool:
        """True if there are threads whose work cannot be counted."""
        return any(
            (each not in self._before or each in _callers)
            and not each.name.startswith(_COUNTED_THREADS + _IGNORED_THREADS)
            for each in threading.enumerate()
        )

    def note_caller(self) -> None:
        """Remember that the current thread calls the event loop."""
        _callers.add(threading.current_thread())

    @contextmanager
    def tracking_processes(self, process_type: type[Any]) -> Generator[None]:
        """Track every process of a class that is started during the block."""
        original = process_type.__init__

        @functools.wraps(original)
        def tracked(process: Any, *arguments: Any, **options: Any) -> None:
            original(process, *arguments, **options)
            self._processes[process] = time.monotonic()

        setattr(process_type, "__init__", tracked)  # noqa: B010  type checkers forbid the assignment
        try:
            yield
        finally:
            setattr(process_type, "__init__", original)  # noqa: B010

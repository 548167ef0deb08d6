"""Who works for an event loop outside it, and may come back any moment."""

import functools
import threading
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any, Final
from weakref import WeakKeyDictionary, WeakSet

from greenapi_async.inbox import worker

__all__ = ["QUIET", "Threads"]

QUIET: Final = 0.05
"""Real seconds in which sockets and threads of others must be silent before the clock jumps."""
LONG: Final = 30.0
"""Real seconds after which a child process is taken for one that ends only when it is told to."""
_COUNTED = ("AnyIO worker thread", "asyncio_", "Trio thread", "greenapi_async inbox")
"""Names of threads whose work is counted, and which stay when there is none."""
_SILENT = ("pytest_timeout",)

_seen: "WeakSet[threading.Thread]" = WeakSet()


class Threads:
    """The threads and processes beside one event loop; ``lent`` counts the threads that anyio or trio has lent."""

    def __init__(self, lent: Callable[[], float]) -> None:
        self._lent = lent
        self._before = frozenset(threading.enumerate())
        self._processes: WeakKeyDictionary[Any, float] = WeakKeyDictionary()
        self.given = 0
        """How much was given to threads of others, and has not come back."""

    @property
    def at_work(self) -> bool:
        """Whether something was given to a thread and has not come back, or a child process is at work."""
        return (
            self.given > 0
            or self._lent() > 0
            or worker.at_work()
            or any(self._runs(*each) for each in self._processes.items())
        )

    def _runs(self, process: Any, began: float) -> bool:
        return process.returncode is None and time.monotonic() - began < LONG

    @property
    def strange(self) -> bool:
        """Whether there are threads of which nobody knows what they do."""
        return any(
            (each not in self._before or each in _seen) and not each.name.startswith(_COUNTED + _SILENT)
            for each in threading.enumerate()
        )

    def calls(self) -> None:
        """Note that the thread that runs here calls the event loop."""
        _seen.add(threading.current_thread())

    @contextmanager
    def watching(self, process: type[Any]) -> Generator[None]:
        """Note the processes of a class that are begun meanwhile."""
        begin = process.__init__

        @functools.wraps(begin)
        def noted(begun: Any, *arguments: Any, **options: Any) -> None:
            begin(begun, *arguments, **options)
            self._processes[begun] = time.monotonic()

        setattr(process, "__init__", noted)  # noqa: B010  type checkers forbid the assignment
        try:
            yield
        finally:
            setattr(process, "__init__", begin)  # noqa: B010

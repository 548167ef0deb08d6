"""Who works for an event loop outside it, and may come back any moment."""

import threading
from collections.abc import Callable
from typing import Final
from weakref import WeakSet

from greenapi_async.inbox import thread

__all__ = ["QUIET", "Threads"]

QUIET: Final = 0.05
"""Real seconds in which sockets and threads of others must be silent before the clock jumps."""
_COUNTED = ("AnyIO worker thread", "asyncio_", "Trio thread", "greenapi_async inbox")
"""Names of threads whose work is counted, and which stay when there is none."""
_SILENT = ("pytest_timeout",)

_seen: "WeakSet[threading.Thread]" = WeakSet()


class Threads:
    """The threads beside one event loop; ``borrowed`` gives the worker threads that anyio or trio has given out."""

    def __init__(self, borrowed: Callable[[], float]) -> None:
        self._borrowed = borrowed
        self._before = frozenset(threading.enumerate())
        self.in_executors = 0

    @property
    def at_work(self) -> bool:
        """Whether something was given to a thread and has not come back."""
        return self.in_executors > 0 or self._borrowed() > 0 or thread.at_work()

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

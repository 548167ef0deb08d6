"""One thread that carries out functions for the tasks of any event loop.

``anyio.to_thread`` would do, but each of its ways there and back takes four or five turns of the event loop, and this
one takes one: an inbox goes there twice for each notification.
"""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import SimpleQueue

import anyio

__all__ = ["Thread", "at_work"]


class Thread:
    """A thread that is started by the first function and ends when it is told to."""

    def __init__(self) -> None:
        self._orders: SimpleQueue[_Order | None] | None = None

    async def run(self, work: Callable[[], None]) -> None:
        """Carry out a function that does not raise; whoever must not be cancelled meanwhile shields this."""
        done = anyio.Event()
        if self._orders is None:
            self._orders = SimpleQueue()
            threading.Thread(target=_serve, args=[self._orders], name="greenapi_async inbox", daemon=True).start()
        tell = partial(_way_back(), done.set)
        _untold.add(tell)
        self._orders.put((work, tell))
        await done.wait()

    def end(self) -> None:
        """Let the thread end when it has carried out what it was given."""
        if self._orders is not None:
            self._orders.put(None)
            self._orders = None


_Order = tuple[Callable[[], None], Callable[[], object]]
"""What to do, and how to tell that it is done."""

_untold: set[Callable[[], object]] = set()


def at_work() -> bool:
    """Tell whether anything given to such a thread is not done, or not told of yet; for the clocks of tests."""
    return bool(_untold)


def _way_back() -> Callable[[Callable[[], object]], object]:
    """Give what lets a function be called in the event loop that runs here."""
    try:
        return asyncio.get_running_loop().call_soon_threadsafe
    except RuntimeError:
        from trio.lowlevel import current_trio_token  # noqa: PLC0415  only where trio runs

        return current_trio_token().run_sync_soon


def _serve(orders: "SimpleQueue[_Order | None]") -> None:
    while (order := orders.get()) is not None:
        work, tell = order
        del order
        work()
        del work  # before anybody is told: an owner that is then let go must go, and close its file
        with suppress(RuntimeError):  # the event loop has ended, and nobody waits any longer
            tell()
        _untold.discard(tell)
        del tell

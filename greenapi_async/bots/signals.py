"""SIGINT and SIGTERM, where nobody but the event loop heeds them.

``asyncio.run`` and ``trio.run`` bring a handler of SIGINT that cancels everything at the first Ctrl-C. It is no choice
of the application's, so it steps aside while this heeds the signal, and is put back.
"""

import functools
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager

import anyio

from greenapi_async._concurrency import Background

__all__ = ["heeding"]

_OF_THE_LOOP = frozenset({"asyncio.runners", "trio._core._ki"})


@asynccontextmanager
async def heeding(first: Callable[[str], None], second: Callable[[], None]) -> AsyncGenerator[None]:
    """Call ``first`` with the name of the first signal, ``second`` at another, and heed no third.

    Not on Windows, nor outside the main thread; and no signal that the application handles or ignores.
    """
    before = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM) if _is_free(number)}
    if not before:
        yield
        return
    opened = anyio.Event()

    async def heed() -> None:
        try:
            with anyio.open_signal_receiver(*before) as signals:
                opened.set()
                heeded = 0
                async for number in signals:
                    heeded += 1
                    if heeded > 1:
                        second()
                        break
                    first(number.name)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)

    async with Background(heed):
        await opened.wait()
        yield


def _is_free(number: signal.Signals) -> bool:
    if sys.platform == "win32" or threading.current_thread() is not threading.main_thread():
        return False
    handler = signal.getsignal(number)
    function = handler.func if isinstance(handler, functools.partial) else handler
    return (
        handler in {signal.SIG_DFL, signal.default_int_handler} or getattr(function, "__module__", "") in _OF_THE_LOOP
    )

"""SIGTERM for all runs of the process: one of them receives it, and another takes over when that one ends.

Only where nobody handles the signal, in the main thread, and not on Windows.
"""

import signal
import sys
import threading
from collections.abc import Callable

import anyio

__all__ = ["heed_sigterm"]

_stops: list[Callable[[], None]] = []
_others: list[anyio.Event] = []


async def heed_sigterm(stop: Callable[[], None]) -> None:
    """Call this at SIGTERM, and what the other runs gave; goes on until it is cancelled."""
    if threading.current_thread() is not threading.main_thread() or sys.platform == "win32":
        return
    _stops.append(stop)
    try:
        while signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            if len(_stops) == 1:
                return  # it is the application that handles it
            another = anyio.Event()
            _others.append(another)
            await another.wait()
        with anyio.open_signal_receiver(signal.SIGTERM) as signals:
            async for _ in signals:
                for each in tuple(_stops):
                    each()
    finally:
        _stops.remove(stop)
        while _others:
            _others.pop().set()

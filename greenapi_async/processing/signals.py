"""Signals for graceful shutdown.

``handle_sigterm`` serves ``process``: any number of runs share one receiver of SIGTERM. ``handle_shutdown_signals``
serves a bot or a command that owns the process: the first SIGINT or SIGTERM stops it gracefully, the second cancels it.
``shutdown_noticed`` serves what goes on beside them and handles no signals itself, such as a broadcast.

A signal for which the application has its own handler, or that it ignores, is left to it. ``asyncio.run`` and
``trio.run`` install a handler of SIGINT that cancels everything at the first Ctrl-C. The application did not choose it,
so it is replaced and restored afterwards. Nothing is handled on Windows and outside the main thread.
"""

import functools
import signal
import sys
import threading
from collections.abc import AsyncGenerator, Callable, Generator
from contextlib import asynccontextmanager, contextmanager

import anyio

from greenapi_async._internal.concurrency import Background

__all__ = ["handle_shutdown_signals", "handle_sigterm", "shutdown_noticed"]

_EVENT_LOOP_MODULES = frozenset({"asyncio.runners", "trio._core._ki"})

_callbacks: list[Callable[[], None]] = []
"""The ``stop`` of each run that uses ``handle_sigterm``."""
_waiting: list[anyio.Event] = []
"""Runs that take over as receiver when the current one ends."""
_noticing: list[Callable[[str], None]] = []
"""The ``notice`` of each block with ``shutdown_noticed``."""


@contextmanager
def shutdown_noticed(notice: Callable[[str], None]) -> Generator[None]:
    """Call a function with the name of the signal, during a block, when a signal stops a run, bot or command.

    Args:
        notice: The function.
    """
    _noticing.append(notice)
    try:
        yield
    finally:
        _noticing.remove(notice)


async def handle_sigterm(stop: Callable[[], None]) -> None:
    """Call ``stop`` at SIGTERM, together with those of other runs in the process; wait until cancelled."""
    if not _can_handle_signals():
        return
    _callbacks.append(stop)
    try:
        while signal.getsignal(signal.SIGTERM) is not signal.SIG_DFL:
            if len(_callbacks) == 1:
                return  # the handler is the application's
            turn = anyio.Event()
            _waiting.append(turn)
            await turn.wait()
        with anyio.open_signal_receiver(signal.SIGTERM) as signals:
            async for _ in signals:
                for callback in tuple(_callbacks):
                    callback()
                _notice(signal.SIGTERM)
    finally:
        _callbacks.remove(stop)
        while _waiting:
            _waiting.pop().set()


@asynccontextmanager
async def handle_shutdown_signals(
    stop: Callable[[str], None], cancel: Callable[[], None], *, override: bool = False
) -> AsyncGenerator[None]:
    """Handle SIGINT and SIGTERM during a block; after the second signal the previous handlers are restored.

    Args:
        stop: Called with the name of the first signal.
        cancel: Called at the second signal.
        override: Whether handlers of the application are replaced too, and ignored signals handled.
    """
    handled = signal.SIGINT, signal.SIGTERM
    previous = {
        number: signal.getsignal(number)
        for number in (handled if _can_handle_signals() else ())
        if override or _is_default(number)
    }
    if not previous:
        yield
        return
    receiving = anyio.Event()

    async def receive() -> None:
        try:
            with anyio.open_signal_receiver(*previous) as signals:
                receiving.set()
                count = 0
                async for number in signals:
                    count += 1
                    if count > 1:
                        cancel()
                        break
                    stop(number.name)
                    _notice(number)
        finally:
            for number, handler in previous.items():
                signal.signal(number, handler)

    async with Background(receive):
        await receiving.wait()
        yield


def _notice(number: signal.Signals) -> None:
    for notice in tuple(_noticing):
        notice(number.name)


def _can_handle_signals() -> bool:
    return sys.platform != "win32" and threading.current_thread() is threading.main_thread()


def _is_default(number: signal.Signals) -> bool:
    """Check that a signal has no handler but Python's or the event loop's."""
    handler = signal.getsignal(number)
    function = handler.func if isinstance(handler, functools.partial) else handler
    module = getattr(function, "__module__", "")
    return handler in {signal.SIG_DFL, signal.default_int_handler} or module in _EVENT_LOOP_MODULES

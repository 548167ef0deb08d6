"""Tasks of the handlers, which a run can leave behind if they ignore cancellation.

No event loop can kill a task. A handler that catches its cancellation and goes on would keep the task group it runs in,
and so the run, from ever ending. The group of the handlers therefore lives in a task of its own: an asyncio task, or a
system task of trio. The run cancels the group and waits for a bounded time: 5 s, or 120 s if a handler is inside a
shielded scope, because that is a request for time to finish. Then the run ends without the handlers that are left.

They are shielded from then on, because anyio repeats a cancellation in each iteration of the event loop, and on a
handler that ignores it that is a busy loop. They stay in the event loop until they return: ``asyncio.run`` and
``trio.run`` wait for them, so the process may have to be killed.
"""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVarTuple, Unpack

import anyio

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = ["HandlerTasks"]

Args = TypeVarTuple("Args")

CANCEL_GRACE = 5.0
"""Seconds for cancelled handlers to end."""
SHIELD_GRACE = 120.0
"""Seconds for cancelled handlers to end if one of them is inside a shielded scope."""


class HandlerTasks:
    """Task group whose tasks can be abandoned.

    Attributes:
        abandoned: Whether tasks were left behind.
    """

    def __init__(self, on_failure: Callable[[], None]) -> None:
        """Create the group.

        Args:
            on_failure: Called when a task raised an exception, which ``async with`` raises at its end.
        """
        self.abandoned = False
        self._on_failure = on_failure
        self._prefix = f"greenapi_async handler {id(self):x} "
        self._unresponsive: set[str] = set()
        self._scope = anyio.CancelScope()
        self._waiting = anyio.CancelScope()
        self._started = anyio.Event()
        self._closing = anyio.Event()
        self._ended = anyio.Event()
        self._error: BaseException | None = None
        self._host: asyncio.Task[None] | None = None
        self._group: TaskGroup

    @property
    def torn_down(self) -> bool:
        """Whether the event loop is being closed, because a task ended it with SystemExit or KeyboardInterrupt."""
        return self._host is not None and self._host.cancelling() > 0

    def start_soon(self, work: Callable[[Unpack[Args]], Coroutine[Any, Any, None]], *args: *Args, name: str) -> None:
        """Start a task.

        Args:
            work: Coroutine function.
            args: Its arguments.
            name: Name of the task.
        """
        self._group.start_soon(work, *args, name=self._prefix + name)

    def expect_no_response(self, name: str) -> None:
        """Allow no extra time to a task that is shielded because it ignored its cancellation before."""
        self._unresponsive.add(self._prefix + name)

    def cancel_at(self, time: float) -> None:
        """Cancel all tasks at this time of anyio's clock."""
        self._scope.deadline = time
        self._waiting.deadline = time + CANCEL_GRACE

    async def __aenter__(self) -> Self:
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            from trio.lowlevel import spawn_system_task  # noqa: PLC0415  installed, because it is running

            spawn_system_task(self._work, name="greenapi_async handlers", context=contextvars.copy_context())
        else:
            self._host = loop.create_task(self._work(), name="greenapi_async handlers")
        with anyio.CancelScope(shield=True):
            await self._started.wait()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._closing.set()
        try:
            if error is None:
                await self._wait()
        finally:
            if not self.abandoned and not self._ended.is_set():
                self._waiting = anyio.CancelScope()
                self.cancel_at(anyio.current_time())
                with anyio.CancelScope(shield=True):
                    await self._wait()
        if self._error is not None and not isinstance(self._error, anyio.get_cancelled_exc_class()):
            raise self._error

    async def _wait(self) -> None:
        with self._waiting:
            await self._ended.wait()
        if not self._ended.is_set() and self._is_shielded():
            with anyio.move_on_after(SHIELD_GRACE - CANCEL_GRACE):
                await self._ended.wait()
        if not self._ended.is_set():
            self.abandoned = True
            self._group.cancel_scope.shield = True

    def _is_shielded(self) -> bool:
        """Whether a task is inside a shielded scope."""
        return any(
            task.name.startswith(self._prefix)
            and task.name not in self._unresponsive
            and not task.has_pending_cancellation()
            for task in anyio.get_running_tasks()
            if task.name
        )

    async def _work(self) -> None:
        try:
            with self._scope:
                async with anyio.create_task_group() as self._group:
                    self._started.set()
                    await self._closing.wait()
        except BaseException as error:  # noqa: BLE001  raised at the end of the block
            self._error = error
            self._on_failure()
        finally:
            self._ended.set()

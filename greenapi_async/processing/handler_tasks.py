"""Tasks of the handlers, which a run can leave behind if they ignore cancellation.

A task group waits for its tasks, so a handler that catches its cancellation and goes on would keep the run from ever
ending. The group of the handlers therefore lives in a task of its own: an asyncio task, or a system task of trio. The
run cancels the group and waits for a bounded time: 5 s, or 120 s if a handler is inside a shielded scope, because that
is a request for time to finish. Then the run ends without the handlers that are left.

They stay in the event loop until they return: ``asyncio.run`` and ``trio.run`` wait for them, so the process may have
to be killed.
"""

import asyncio
import contextvars
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVarTuple, Unpack

import anyio

from greenapi_async.processing.cancellation import CANCEL_GRACE, cancel_in_bursts

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = ["HandlerTasks"]

Args = TypeVarTuple("Args")

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
            on_failure: Called when a task was cancelled or raised an exception, which ``async with`` raises at its end.
        """
        self.abandoned = False
        self._on_failure = on_failure
        self._prefix = f"greenapi_async handler {id(self):x} "
        self._unresponsive: set[str] = set()
        self._active = 0
        self._closing = False
        self._errors: list[BaseException] = []
        self._until_cancelled = anyio.CancelScope()
        self._started = anyio.Event()
        self._ended = anyio.Event()
        self._finished = anyio.Event()
        self._host: asyncio.Task[None] | None = None
        self._group: TaskGroup

    @property
    def torn_down(self) -> bool:
        """True if the event loop is being closed, because a task ended it with SystemExit or KeyboardInterrupt."""
        return self._host is not None and self._host.cancelling() > 0

    def start_soon(self, work: Callable[[Unpack[Args]], Coroutine[Any, Any, None]], *args: *Args, name: str) -> None:
        """Start a task.

        Args:
            work: Coroutine function.
            args: Its arguments.
            name: Name of the task.
        """
        self._active += 1
        self._group.start_soon(self._run, work, args, name=self._prefix + name)

    def expect_no_response(self, name: str) -> None:
        """Allow no extra time to a task that is shielded because it ignored its cancellation before."""
        self._unresponsive.add(self._prefix + name)

    def cancel_at(self, time: float) -> None:
        """Cancel all tasks at this time of anyio's clock."""
        self._until_cancelled.deadline = time

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
        self._closing = True
        self._set_ended()
        try:
            if error is None:
                await self._finished.wait()
        finally:
            if not self._finished.is_set():
                self.cancel_at(anyio.current_time())
                with anyio.CancelScope(shield=True):
                    await self._finished.wait()
        if self._errors:
            raise BaseExceptionGroup("unhandled errors of handlers", self._errors)

    async def _work(self) -> None:
        try:
            async with anyio.create_task_group() as supervision:
                # The group is never cancelled itself: a shield has no effect on its own cancellation.
                with anyio.CancelScope() as scope:
                    async with anyio.create_task_group() as self._group:
                        supervision.start_soon(self._supervise, scope)
                        self._started.set()
                        with anyio.CancelScope(shield=True):
                            await self._ended.wait()
                supervision.cancel_scope.cancel()
        finally:
            self._finished.set()

    async def _run(self, work: Callable[..., Coroutine[Any, Any, None]], args: tuple[Any, ...]) -> None:
        try:
            await work(*args)
        except anyio.get_cancelled_exc_class():
            self._on_failure()  # everything is cancelled; raised, it would cancel the group itself on trio
        except BaseException as error:  # noqa: BLE001  raised at the end of the block
            self._errors.append(error)
            self.cancel_at(anyio.current_time())
            self._on_failure()
        finally:
            self._active -= 1
            self._set_ended()

    def _set_ended(self) -> None:
        if self._closing and not self._active:
            self._ended.set()

    async def _supervise(self, scope: anyio.CancelScope) -> None:
        with self._until_cancelled:
            await anyio.sleep_forever()
        cancelled_at = anyio.current_time()

        def give_up() -> bool:
            grace = SHIELD_GRACE if self._is_shielded() else CANCEL_GRACE
            return anyio.current_time() - cancelled_at >= grace

        await cancel_in_bursts(scope, self._group.cancel_scope, self._ended, give_up)
        if not self._ended.is_set():
            self.abandoned = True
            self._finished.set()

    def _is_shielded(self) -> bool:
        """Return whether a task is inside a shielded scope."""
        return any(
            task.name.startswith(self._prefix)
            and task.name not in self._unresponsive
            and not task.has_pending_cancellation()
            for task in anyio.get_running_tasks()
            if task.name
        )

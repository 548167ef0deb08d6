"""Time limits of a request: for the arrival of its body, and then for its delivery.

A cancel scope of anyio with two timers would be a third of a request's cost. On asyncio, ``TaskLimit`` does with one
timer: after a restart it stays as it is, and is set again only if it expires too early. It cancels the task as
``asyncio.timeout`` does: once, and regardless of anyio's shields. That suits a body and an inbox, but not a handler.
"""

import asyncio
from types import TracebackType
from typing import Any, Protocol, Self

import anyio

__all__ = ["ScopeLimit", "TimeLimit", "current_task", "task_limit"]


class TimeLimit(Protocol):
    """Context manager that cancels its block when the time is over; execution continues after the block then."""

    def __enter__(self) -> Self: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool: ...

    def restart(self, seconds: float) -> bool:
        """Set the time that is left; return False if it was over already."""
        ...


class ScopeLimit:
    """Time limit that respects anyio's shields."""

    def __init__(self, seconds: float) -> None:
        self._scope = anyio.move_on_after(seconds)

    def __enter__(self) -> Self:
        self._scope.__enter__()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        return bool(self._scope.__exit__(kind, error, traceback))

    def restart(self, seconds: float) -> bool:  # noqa: D102  documented in TimeLimit
        self._scope.deadline = anyio.current_time() + seconds
        return not self._scope.cancel_called


class TaskLimit:
    """Time limit for a task of asyncio."""

    __slots__ = ("_cancelling", "_due", "_is_over", "_loop", "_task", "_timer")

    def __init__(self, task: asyncio.Task[Any], seconds: float) -> None:
        self._task = task
        self._cancelling = task.cancelling()
        self._loop = task.get_loop()
        self._due = self._loop.time() + seconds
        self._is_over = False

    def __enter__(self) -> Self:
        self._timer = self._loop.call_at(self._due, self._expire)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._timer.cancel()
        if not self._is_over:
            return False
        is_only = self._task.uncancel() <= self._cancelling  # nobody else has cancelled the task too
        return is_only and isinstance(error, asyncio.CancelledError)

    def restart(self, seconds: float) -> bool:
        due = self._loop.time() + seconds
        if due < self._due:
            self._timer.cancel()
            self._timer = self._loop.call_at(due, self._expire)
        self._due = due
        return not self._is_over

    def _expire(self) -> None:
        if self._loop.time() < self._due:
            self._timer = self._loop.call_at(self._due, self._expire)
        else:
            self._is_over = True
            self._task.cancel()


def current_task() -> asyncio.Task[Any] | None:
    """Return the running task of asyncio, or None on trio."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def task_limit(seconds: float) -> TimeLimit:
    """Create the cheapest limit for the running task."""
    task = current_task()
    return ScopeLimit(seconds) if task is None else TaskLimit(task, seconds)

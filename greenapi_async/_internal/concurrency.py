"""Work that survives cancellation, work in the background, and a clock that costs nothing, on asyncio and trio."""

import asyncio
import math
from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, TypeVar, TypeVarTuple, Unpack

import anyio
import anyio.lowlevel

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = [
    "CLEAN_UP",
    "Background",
    "abandon",
    "cancelled_once",
    "complete_within",
    "current_event_loop",
    "current_time",
    "run_to_completion",
]

T = TypeVar("T")
Args = TypeVarTuple("Args")

CLEAN_UP = 0.5
"""Seconds that a cancelled task has to clean up."""


def current_event_loop() -> object:
    """Return what identifies the running event loop, like ``anyio.lowlevel.current_token``, at a tenth of its cost."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return anyio.lowlevel.current_token()


def current_time() -> float:
    """Return the event loop's time in seconds, like ``anyio.current_time``, at a tenth of its cost."""
    try:
        return asyncio.get_running_loop().time()
    except RuntimeError:
        return anyio.current_time()


async def run_to_completion(work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    """Run an idempotent coroutine to completion, shielded from cancellation.

    anyio's shield only blocks anyio's own cancellation. On asyncio, ``task.cancel()`` (also used by
    ``asyncio.timeout``, ``asyncio.TaskGroup`` and Ctrl-C) ignores it. If that happens, the work is started again in a
    task of its own, and the cancelled task waits for it before it lets the cancellation through.

    Args:
        work: Creates the coroutine; it may run twice.
        seconds: Time limit.

    Raises:
        TimeoutError: The work did not finish in time.
    """
    with anyio.CancelScope(shield=True) as scope:
        return await complete_within(scope, work, seconds)
    raise TimeoutError


async def complete_within(scope: anyio.CancelScope, work: Callable[[], Coroutine[Any, Any, T]], seconds: float) -> T:
    """Run an idempotent coroutine to completion in a cancel scope that goes on to be used, as opening one is expensive.

    Args:
        scope: An open scope of this task; it is a shield until the work is complete.
        work: Creates the coroutine; it may run twice.
        seconds: Time limit; when it is over, the scope is cancelled.
    """
    scope.shield = True
    scope.deadline = current_time() + seconds
    try:
        return await work()
    except BaseException as error:
        if isinstance(error, asyncio.CancelledError) and not scope.cancel_called:
            await _run_in_task(work, scope.deadline)
        raise
    finally:
        scope.deadline = math.inf
        scope.shield = False


async def _run_in_task(work: Callable[[], Coroutine[Any, Any, object]], deadline: float) -> None:
    task = asyncio.ensure_future(work())
    while not task.done():
        left = deadline - current_time()
        if left <= 0:
            task.cancel()
        try:
            await asyncio.wait({task}, timeout=max(left, 0.1))
        except asyncio.CancelledError:
            continue  # the first cancellation is raised when the work is done
    if not task.cancelled():
        task.exception()  # retrieved, so that asyncio does not log it as never retrieved


async def cancelled_once(work: Coroutine[Any, Any, T]) -> T:
    """Await a coroutine in an asyncio task of its own, which is cancelled once and then gets the time to clean up.

    A cancel scope of anyio cancels a task again and again until it has left the scope, which would interrupt what the
    coroutine still has to await, such as asking a database to cancel a statement. A caller that is cancelled waits for
    that no longer than ``CLEAN_UP``; see ``abandon``.

    Args:
        work: The coroutine.
    """
    task = asyncio.get_running_loop().create_task(work)
    try:
        await asyncio.wait([task])
    except asyncio.CancelledError:
        abandon(task)
        with anyio.CancelScope(shield=True):
            await asyncio.wait([task], timeout=CLEAN_UP)
        raise
    return task.result()


def abandon(task: "asyncio.Task[Any]") -> None:
    """Cancel a task of which nobody awaits the result, and cancel it again if it has not ended after ``CLEAN_UP``.

    Args:
        task: The task.
    """
    if not task.cancelling():  # at the end of asyncio.run, every task is cancelled
        task.cancel()
    timer = task.get_loop().call_later(CLEAN_UP, task.cancel)

    def note_end(task: "asyncio.Task[Any]") -> None:
        timer.cancel()
        if not task.cancelled():
            task.exception()  # retrieved, so that asyncio does not log it as never retrieved

    task.add_done_callback(note_end)


class Background:
    """Context manager that runs a coroutine in the background and cancels it at the end of the block.

    Unlike a task group, it does not wrap what the block raises in an ExceptionGroup. The coroutine must not raise.

    A block that ended because asyncio cancelled its task, such as by Ctrl-C, ends with that error. anyio would replace
    it by its own if it cancelled the task too, while the task awaits the end of its group, and a task group around the
    block might take this for its own cancellation and end without an error. So the end is awaited with a shield.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._tasks: TaskGroup | None = None
        self._active = 0
        self._idle: anyio.Event | None = None

    def start_soon(self, work: Callable[[Unpack[Args]], Coroutine[Any, Any, None]], *args: *Args) -> None:
        """Run another coroutine in the background, while the block runs.

        Args:
            work: Coroutine function.
            args: Its arguments.
        """
        assert self._tasks is not None  # noqa: S101  it was entered
        self._active += 1
        self._tasks.start_soon(self._run, work, args)

    async def __aenter__(self) -> Self:
        if self._tasks is not None:
            raise RuntimeError("this context manager was entered before; create another one")
        self._tasks = await anyio.create_task_group().__aenter__()
        self.start_soon(self._work)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._tasks is not None  # noqa: S101  it was entered
        self._tasks.cancel_scope.cancel()
        try:
            with anyio.CancelScope(shield=True):
                if self._active:
                    self._idle = anyio.Event()
                    await self._idle.wait()
                await anyio.lowlevel.checkpoint()  # the group notices the end of a task one step later
        finally:
            await self._tasks.__aexit__(None, None, None)  # with the error it would raise an ExceptionGroup

    async def _run(self, work: Callable[..., Coroutine[Any, Any, None]], args: tuple[object, ...]) -> None:
        try:
            await work(*args)
        finally:
            self._active -= 1
            if not self._active and self._idle is not None:
                self._idle.set()

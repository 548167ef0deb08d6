"""Work that goes on beside a block of ``async with``, and ends with it.

A task group would do, but for one thing: it wraps what the block raises in an ExceptionGroup. The work must not raise.
"""

from collections.abc import Callable, Coroutine
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import anyio

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = ["Beside"]


class Beside:
    """A block with work beside it."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self._tasks: TaskGroup | None = None

    async def __aenter__(self) -> Self:
        if self._tasks is not None:
            raise RuntimeError("this was entered before; call for another")
        self._tasks = await anyio.create_task_group().__aenter__()
        self._tasks.start_soon(self._work)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._tasks is not None  # noqa: S101  it was entered
        self._tasks.cancel_scope.cancel()
        await self._tasks.__aexit__(None, None, None)  # which would wrap the block's error in a group

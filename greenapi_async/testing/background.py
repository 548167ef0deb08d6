"""Background task that is started in one task and ended in another.

pytest-asyncio runs the two halves of an async fixture in two tasks, and a task group must be left by the task that
entered it. A bot run by a fixture therefore cannot be a child of the fixture's task.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import anyio

__all__ = ["BackgroundTask"]


class BackgroundTask:
    """Task that stores its error instead of raising it.

    ``fatal`` is called with an error that is not an ``Exception``, such as that of ``pytest.fail``.
    """

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]], fatal: Callable[[BaseException], None]) -> None:
        self._work = work
        self._fatal = fatal
        self.finished = anyio.Event()
        self.error: BaseException | None = None
        self._task: object = None

    def start(self) -> None:
        """Start the task in the running event loop."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            import trio.lowlevel  # noqa: PLC0415  only where trio runs

            self._task = trio.lowlevel.spawn_system_task(self._run)
        else:
            self._task = loop.create_task(self._run())  # the loop itself keeps only a weak reference

    async def _run(self) -> None:
        try:
            await self._work()
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:  # noqa: BLE001  raised by whoever waits for the end
            self.error = _unwrap(error)
            if not isinstance(error, Exception):
                self._fatal(self.error)
        finally:
            self.finished.set()


def _unwrap(error: BaseException) -> BaseException:
    """Return the error that is not an ``Exception`` from the groups that task groups wrapped around it."""
    while not isinstance(error, Exception) and (errors := getattr(error, "exceptions", ())):
        error = next(each for each in errors if not isinstance(each, Exception))
    return error

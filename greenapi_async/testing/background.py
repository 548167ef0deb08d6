"""A task of its own, begun in one task and ended in another.

pytest-asyncio runs the two halves of an async fixture in two tasks, and a task group must be left in the task that
entered it. So a bot that a fixture runs is no child of the fixture's task.
"""

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import anyio

__all__ = ["Aside"]


class Aside:
    """Runs work, and keeps what it raised; calls ``fatal`` with what is no ``Exception``, as of ``pytest.fail``."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]], fatal: Callable[[BaseException], None]) -> None:
        self._work = work
        self._fatal = fatal
        self.ended = anyio.Event()
        self.error: BaseException | None = None
        self._task: object = None

    def start(self) -> None:
        """Begin in the event loop that runs here."""
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            import trio.lowlevel  # noqa: PLC0415  only where trio runs

            self._task = trio.lowlevel.spawn_system_task(self._run)
        else:
            self._task = loop.create_task(self._run())  # kept, for the loop itself does not

    async def _run(self) -> None:
        try:
            await self._work()
        except anyio.get_cancelled_exc_class():
            raise
        except BaseException as error:  # noqa: BLE001  who waits for the end raises it
            self.error = _first(error)
            if not isinstance(error, Exception):
                self._fatal(self.error)
        finally:
            self.ended.set()


def _first(error: BaseException) -> BaseException:
    """Take what is no ``Exception`` out of the groups that task groups made around it."""
    while not isinstance(error, Exception) and (errors := getattr(error, "exceptions", ())):
        error = next(each for each in errors if not isinstance(each, Exception))
    return error

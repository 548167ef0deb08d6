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
    """Runs work, and keeps what it raised."""

    def __init__(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        self._work = work
        self.ended = anyio.Event()
        self.error: Exception | None = None
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
        except Exception as error:  # noqa: BLE001  who waits for the end raises it
            self.error = error
        finally:
            self.ended.set()

"""Batches: operations that arrive while others are being written share the next transaction.

One batch is in progress at a time. So at low load an operation is written at once, and at high load a transaction, with
its round trip and its wait for the disk, serves many. If a batch fails because of its content, each of its operations
is repeated alone, so that only the one to blame fails.
"""

import asyncio
from collections.abc import Awaitable, Callable, Hashable, Sequence
from copy import copy
from typing import Generic, TypeVar

from greenapi_async.errors import InboxError, InboxUnavailableError

__all__ = ["Batches"]

A = TypeVar("A")
R = TypeVar("R")

MAX_OPERATIONS = 200
"""Operations in one transaction."""


class Batches(Generic[A, R]):
    """Collects operations of one kind and writes them together.

    Args:
        write: Writes operations in one transaction and returns their results, in their order.
        conflicts: Returns the values that no two operations of a batch may share.
    """

    def __init__(
        self,
        write: Callable[[Sequence[A]], Awaitable[Sequence[R]]],
        conflicts: Callable[[A], Sequence[Hashable]] = lambda _: (),
    ) -> None:
        self._write = write
        self._conflicts = conflicts
        self._pending: list[tuple[A, asyncio.Future[R]]] = []
        self._task: asyncio.Task[None] | None = None

    async def add(self, operation: A) -> R:
        """Write an operation and return its result.

        If the caller is cancelled, the operation is not written, or completely.

        Raises:
            InboxError: The operation cannot be written.
            InboxUnavailableError: It cannot be written at the moment, or its outcome is unknown.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[R] = loop.create_future()
        pending = operation, future
        self._pending.append(pending)
        if self._task is None or self._task.done() or self._task.get_loop() is not loop:
            self._start()
        try:
            return await future
        finally:
            if not future.done() or future.cancelled():
                self._pending = [each for each in self._pending if each is not pending]

    def _start(self) -> None:
        self._task = asyncio.get_running_loop().create_task(self._work(), name="greenapi_async batches")

    async def settle(self) -> None:
        """Wait until nothing is in progress."""
        while self._task is not None and not self._task.done() and self._task.get_loop() is asyncio.get_running_loop():
            await asyncio.wait({self._task})

    async def _work(self) -> None:
        batch: list[tuple[A, asyncio.Future[R]]] = []
        try:
            while self._pending:
                batch = self._next_batch()
                if batch:
                    await self._write_batch(batch)
        except asyncio.CancelledError:  # of this task, at the end of an event loop; what arrived meanwhile is not lost
            for _, future in batch:
                future.cancel()
            if self._pending:
                self._start()
            raise

    def _next_batch(self) -> list[tuple[A, "asyncio.Future[R]"]]:
        batch: list[tuple[A, asyncio.Future[R]]] = []
        later: list[tuple[A, asyncio.Future[R]]] = []
        taken: set[Hashable] = set()
        for pending in self._pending:
            if pending[1].done():
                continue
            values = self._conflicts(pending[0])
            if len(batch) < MAX_OPERATIONS and taken.isdisjoint(values):
                batch.append(pending)
            else:
                later.append(pending)  # and what conflicts with it stays behind it
            taken.update(values)
        self._pending = later
        return batch

    async def _write_batch(self, batch: Sequence[tuple[A, "asyncio.Future[R]"]]) -> None:
        try:
            results = await self._write([operation for operation, _ in batch])
        except Exception as error:  # noqa: BLE001  raised to the callers
            if len(batch) > 1 and isinstance(error, InboxError) and not isinstance(error, InboxUnavailableError):
                for pending in batch:
                    await self._write_batch([pending])
                return
            for _, future in batch:
                if not future.done():
                    each = copy(error)  # every caller raises its own
                    each.__cause__ = error.__cause__
                    future.set_exception(each)
        else:
            for (_, future), result in zip(batch, results, strict=True):
                if not future.done():
                    future.set_result(result)

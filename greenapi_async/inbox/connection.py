"""Asynchronous access to an SQLite file: one connection, one worker thread, group commit.

``run`` queues an operation for the worker thread and waits until its transaction is committed. An operation begins at
once if no other is in progress. If its caller is cancelled before, the operation is withdrawn and nothing happens; once
it has begun, a cancelled caller waits for it. No caller waits longer than ``TIMEOUT``.

``defer`` keeps an operation back until the next one is queued, at most for ``DEFERRAL``, so that both share a
transaction.

An operation changes memory only in ``then``. It runs in the event loop after the commit, in commit order, before any
caller of the batch continues, and even if its own caller was cancelled. What an event loop that ended did not run, the
next one runs.
"""

import asyncio
import os
import weakref
from collections import deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from sqlite3 import Connection
from types import TracebackType
from typing import Any, Generic, Self, TypeVar, TypeVarTuple

import anyio
import attrs

from greenapi_async._internal.concurrency import run_to_completion
from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.database import CLOSE, Database, Operation, Schema
from greenapi_async.inbox.requests import Request, RequestFolder
from greenapi_async.inbox.worker import CallSoon, Worker, current_call_soon

__all__ = ["Action", "DeferredOperation", "SQLiteConnection"]

S = TypeVar("S")
T = TypeVar("T")
Ts = TypeVarTuple("Ts")

DEFERRAL = 0.02
"""Seconds that a deferred operation waits for another one."""
TIMEOUT = 15.0
"""Seconds after which an operation that has no result raises ``InboxUnavailableError``."""


@attrs.frozen
class Action(Generic[S]):
    """Operation on an entry that other processes can ask for, see ``SQLiteConnection.serve``."""

    work: Callable[[S, int], Any]
    then: Callable[[S, Any], object] | None = None


class SQLiteConnection:
    """Connection to a file with the tables of several users.

    The first operation opens the file, and so does ``async with``. The file is closed when all contexts have been left,
    or when this object is garbage collected.

    Args:
        path: The file; created if it does not exist.

    Attributes:
        path: Absolute path of the file.
        bare: Schema without tables; its operations receive the ``sqlite3.Connection``.
        requests: Folder in which other processes leave requests.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path).absolute()
        self.bare = Schema[Connection]((), lambda connection: connection)
        self._database = Database(self.path)
        self._database.add(self.bare)
        self.requests = RequestFolder(self.path)
        self._worker = Worker(self._database, self.requests)
        self._completed: deque[Operation[Any, Any]] = deque()
        self._callers = 0
        self._deferred: Operation[Any, Any] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._call_soon: CallSoon | None = None
        weakref.finalize(self, self._worker.abandon)

    def add(self, schema: Schema[Any]) -> None:
        """Create this schema's tables with the next operation, and whenever the file is opened."""
        self._database.add(schema)

    def serve(self, schema: Schema[S], actions: Mapping[str, "Action[S]"]) -> None:
        """Execute operations on entries for other processes, see ``requests``.

        Args:
            schema: Whose session the operations receive.
            actions: By name, a function of the session and an entry's id, and what is called afterwards, like ``work``
                and ``then`` of ``run``. The latter must not refer to the owner of this connection.
        """
        connection = weakref.ref(self)

        def create(request: Request) -> Operation[Any, Any] | None:
            owner, action = connection(), actions.get(request.action)
            if owner is None or owner._call_soon is None or action is None:
                return None
            return Operation(
                schema=schema,
                work=action.work,
                arguments=(request.entry,),
                then=action.then,
                durable=True,
                call_soon=owner._call_soon,
                completed=owner._completed,
            )

        self._worker.create_requested = create

    async def run(
        self,
        schema: Schema[S],
        work: Callable[[S, *Ts], T],
        *arguments: *Ts,
        then: Callable[[S, T], object] | None = None,
        durable: bool = True,
        idempotent: bool = False,
    ) -> T:
        """Execute an operation in a transaction and return its result after the commit.

        Args:
            schema: Whose session the operation receives.
            work: Function of the session and the arguments; runs in the worker thread.
            arguments: Passed to ``work``.
            then: Called with the session and the result, in the event loop, after the commit.
            durable: Whether the result survives a power failure when this returns. If not, it survives the death of
                the process, and a power failure once a later durable operation has returned.
            idempotent: Whether to complete the operation even if the caller is cancelled before it begins.

        Raises:
            InboxError: The file cannot be used.
            InboxUnavailableError: The file cannot be used at the moment, or there is no result after ``TIMEOUT``.
            RuntimeError: The file was opened before ``os.fork()``, and this is the child.
        """
        self.check_process()
        operation = self._operation(schema, work, arguments, then, durable=durable)
        begins_now = not self._callers  # nothing is queued before it
        await self._wait(operation, submit=True, can_withdraw=not (idempotent or begins_now))
        if operation.error is not None:
            raise operation.error
        return operation.value

    def defer(
        self,
        schema: Schema[S],
        work: Callable[[S, *Ts], T],
        *arguments: *Ts,
        then: Callable[[S, T], object] | None = None,
    ) -> "DeferredOperation[T]":
        """Execute an idempotent operation, not durable, in the transaction of the next operation.

        It does not wait longer than ``DEFERRAL`` for that. On trio it does not wait at all.

        Args:
            schema: Whose session the operation receives.
            work: Function of the session and the arguments; runs in the worker thread.
            arguments: Passed to ``work``.
            then: Called with the session and the result, in the event loop, after the commit.

        Raises:
            RuntimeError: The file was opened before ``os.fork()``, and this is the child.
        """
        self.check_process()
        operation = self._operation(schema, work, arguments, then, durable=False)
        if self._deferred is not None:
            self._submit(operation)
            return DeferredOperation(self, operation)
        self._deferred = operation
        loop = _running_loop()
        if loop is not None:
            self._timer = loop.call_later(DEFERRAL, self.flush)
        else:
            self.flush()
        return DeferredOperation(self, operation)

    def flush(self) -> None:
        """Begin the deferred operation, if there is one."""
        if self._deferred is not None:
            self._submit()

    def check_process(self) -> None:
        """Raise an error in a forked child.

        Raises:
            RuntimeError: The file was opened before ``os.fork()``, and this is the child.
        """
        if self._worker.is_inherited():
            raise RuntimeError(f"{self.path} was opened before os.fork(); create a new inbox in the child process")

    async def __aenter__(self) -> Self:
        self.check_process()
        self._database.users += 1
        try:
            await self.run(self.bare, _nothing, durable=False)
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._worker.is_inherited():
            return
        self._database.users -= 1
        if not self._database.users:
            await self.run(CLOSE, _nothing, idempotent=True)

    def _operation(
        self,
        schema: Schema[S],
        work: Callable[..., T],
        arguments: tuple[Any, ...],
        then: Callable[[S, T], object] | None,
        *,
        durable: bool,
    ) -> Operation[S, T]:
        self._call_soon = current_call_soon()
        return Operation(
            schema=schema,
            work=work,
            arguments=arguments,
            then=then,
            durable=durable,
            call_soon=self._call_soon,
            completed=self._completed,
        )

    def _submit(self, *operations: Operation[Any, Any]) -> None:
        """Queue operations, after the deferred one."""
        deferred, self._deferred = self._deferred, None
        if deferred is not None:
            operations = (deferred, *operations)
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._worker.submit(operations)

    async def result(self, operation: Operation[Any, T]) -> T:
        """Wait until an operation is committed and return its result; completed even if the caller is cancelled."""
        if not operation.done.is_set():
            await self._wait(operation, submit=False, can_withdraw=False)
        if operation.error is not None:
            raise operation.error
        return operation.value

    async def _wait(self, operation: Operation[Any, Any], *, submit: bool, can_withdraw: bool) -> None:
        loop = _running_loop()
        if loop is None:
            if submit:
                self._submit(operation)
            await self._wait_on_trio(operation, can_withdraw=can_withdraw)
            return
        self._callers += 1
        future, timer = operation.done.future(loop, TIMEOUT)
        try:
            if submit:  # as late as possible: the thread would only wait for the interpreter's lock
                self._submit(operation)
            await future
        except BaseException as error:
            if (can_withdraw and operation.claim()) or isinstance(error, GeneratorExit):
                raise
            with suppress(TimeoutError):
                await run_to_completion(operation.done.wait, timer.when() - loop.time())
            if can_withdraw or not _is_scoped(error):
                raise
        finally:
            timer.cancel()
            self._callers -= 1
        if not operation.done.is_set():
            operation.claim()
            raise self._timed_out()

    async def _wait_on_trio(self, operation: Operation[Any, Any], *, can_withdraw: bool) -> None:
        self._callers += 1
        with anyio.CancelScope(deadline=anyio.current_time() + TIMEOUT, shield=not can_withdraw) as scope:
            try:
                await operation.done.wait()
            except BaseException as error:
                withdrawn = (can_withdraw or scope.cancel_called) and operation.claim()
                if not (withdrawn or scope.cancel_called or isinstance(error, GeneratorExit)):
                    with suppress(TimeoutError):
                        await run_to_completion(operation.done.wait, scope.deadline - anyio.current_time())
                raise
            finally:
                self._callers -= 1
        if scope.cancelled_caught:
            raise self._timed_out()

    def _timed_out(self) -> InboxUnavailableError:
        return InboxUnavailableError(f"{self.path}: no response within {TIMEOUT:g} seconds")


def _is_scoped(error: BaseException) -> bool:
    """Return whether a cancellation comes from a cancel scope of anyio, which will repeat it at the next checkpoint."""
    return bool(error.args) and str(error.args[0]).startswith("Cancelled via cancel scope ")


class DeferredOperation(Generic[T]):
    """An operation that shares the transaction of the next one."""

    __slots__ = ("_connection", "_operation")

    def __init__(self, connection: SQLiteConnection, operation: Operation[Any, T]) -> None:
        self._connection = connection
        self._operation = operation

    def begin(self) -> None:
        """Wait for no other operation any more."""
        self._connection.flush()

    async def finish(self) -> T:
        """Wait until the operation is committed and return its result; completed even if the caller is cancelled.

        Raises:
            InboxError: The file cannot be used.
            InboxUnavailableError: The file cannot be used at the moment, or there is no result after ``TIMEOUT``.
            RuntimeError: The file was opened before ``os.fork()``, and this is the child.
        """
        if not self._operation.done.is_set():
            self._connection.check_process()
            self._connection.flush()
        return await self.wait()

    async def wait(self) -> T:
        """Wait until the operation is committed, with the next one or after ``DEFERRAL``, and return its result.

        It is completed even if the caller is cancelled.

        Raises:
            InboxError: The file cannot be used.
            InboxUnavailableError: The file cannot be used at the moment, or there is no result after ``TIMEOUT``.
        """
        return await self._connection.result(self._operation)


def _running_loop() -> asyncio.AbstractEventLoop | None:
    """Return the running event loop of asyncio, or None on trio."""
    try:
        return asyncio.get_running_loop()
    except RuntimeError:
        return None


def _nothing(_: object) -> None:
    """Only open the file."""

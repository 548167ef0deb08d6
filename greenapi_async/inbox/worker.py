"""Worker thread that executes database operations for coroutines, in batches.

Coroutines submit operations. The thread takes all that are queued as one batch, commits them together, and schedules
their completion in the event loop they came from, so under load many operations share one wait for the disk.
``anyio.to_thread`` needs four or five passes through the event loop for each call; this needs one.

Between batches, the thread executes what other processes ask for, see ``requests``.

The thread starts with the first operation. It ends when the file is closed and nothing is queued. A forked child has no
such thread, and must not touch the connection: SQLite would checkpoint and delete the log of its parent.
"""

import asyncio
import os
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any

from greenapi_async.errors import GreenAPIError, InvalidArgumentError
from greenapi_async.inbox.completion import Completion
from greenapi_async.inbox.database import Database, Operation
from greenapi_async.inbox.requests import INTERVAL, Request, RequestFolder

__all__ = ["CallSoon", "Worker", "at_work", "current_call_soon"]

CallSoon = Callable[[Callable[[], object]], object]

_NOTHING: Sequence[Operation[Any, Any]] = []

_OUTSTANDING: set[Completion] = set()
"""``done`` of every operation until its completion is scheduled. The operation itself would keep its owner alive."""


def at_work() -> bool:
    """Return whether any worker has an operation to execute or a completion to schedule."""
    return bool(_OUTSTANDING)


def current_call_soon() -> CallSoon:
    """Return the thread-safe function that schedules a callback in the running event loop."""
    try:
        return asyncio.get_running_loop().call_soon_threadsafe
    except RuntimeError:
        from trio.lowlevel import current_trio_token  # noqa: PLC0415  only where trio runs

        return current_trio_token().run_sync_soon


class Worker:
    """Thread that executes queued operations in order."""

    def __init__(self, database: Database, requests: RequestFolder) -> None:
        self._database = database
        self._requests = requests
        self._next_look = 0.0
        self.create_requested: Callable[[Request], Operation[Any, Any] | None] = lambda _: None
        """Returns the operation that another process asks for, or None if there is no such operation."""
        self._queue: SimpleQueue[Sequence[Operation[Any, Any]] | None] = SimpleQueue()
        self._lock = threading.Lock()
        self.is_running = False
        self._process = 0

    def is_inherited(self) -> bool:
        """Return whether the file is open in the parent of this process, and so unusable here."""
        if not self.is_running or self._process == os.getpid():
            return False
        if self._database.is_open:
            return True
        # forked before the thread of a closed file had ended
        self._queue, self._lock, self.is_running = SimpleQueue(), threading.Lock(), False
        return False

    def submit(self, operations: Sequence[Operation[Any, Any]]) -> None:
        """Queue operations for one batch, and start the thread if it does not run."""
        with self._lock:
            if not self.is_running:
                self._start()
            for operation in operations:
                _OUTSTANDING.add(operation.done)
            self._queue.put(operations)

    def _start(self) -> None:
        self._process = os.getpid()
        threading.Thread(target=self._serve, name="greenapi_async inbox", daemon=True).start()
        self.is_running = True

    def abandon(self) -> None:
        """Close the file and end the thread, because their owner was garbage collected."""
        if not self.is_inherited():
            self._database.close()
            self._queue.put(None)

    def _serve(self) -> None:
        while not self._ends():
            if (first := self._next_batch()) is _NOTHING:
                continue
            batch = [first]
            while not self._queue.empty():
                batch.append(self._queue.get())
            submitted = [operation for operations in batch if operations is not None for operation in operations]
            claimed = [operation for operation in submitted if operation.claim()]
            self._database.execute(claimed)
            if None in batch:
                self._database.close()
            callbacks = _callbacks(claimed)
            events = {operation.done for operation in submitted}
            del first, batch, submitted, claimed  # an owner that is dropped on completion must close its file at once
            while callbacks:
                _schedule(*callbacks.pop())
            _OUTSTANDING.difference_update(events)

    def _next_batch(self) -> Sequence[Operation[Any, Any]] | None:
        """Return the next operations, or ``_NOTHING`` after the requests of other processes were executed."""
        wait = self._next_look - time.monotonic()
        if wait > 0 or not self._database.is_open:
            try:
                return self._queue.get(timeout=wait if self._database.is_open else None)
            except Empty:
                pass
        self._next_look = time.monotonic() + INTERVAL
        for request in self._requests.take():
            self._execute_request(request)
        return _NOTHING

    def _execute_request(self, request: Request) -> None:
        operation = self.create_requested(request)
        if operation is None:
            self._requests.answer(request, f"this version cannot {request.action} an entry", refused=True)
            return
        operation.claim()
        self._database.execute([operation])
        for callback in _callbacks([operation]):
            _schedule(*callback)
        error = operation.error
        text = error.reason if isinstance(error, GreenAPIError) else None if error is None else str(error)
        self._requests.answer(request, text, refused=isinstance(error, InvalidArgumentError))

    def _ends(self) -> bool:
        if self._database.is_open or not self._queue.empty():
            return False
        with self._lock:
            self.is_running = not self._queue.empty()
            return not self.is_running


def _callbacks(operations: Iterable[Operation[Any, Any]]) -> list[tuple[CallSoon, Callable[[], None]]]:
    """Return for each event loop the callback that completes its operations."""
    events: dict[CallSoon, list[Completion]] = {}
    completed: deque[Operation[Any, Any]] = deque()
    for operation in operations:
        completed = operation.completed
        completed.append(operation)
        events.setdefault(operation.call_soon, []).append(operation.done)
    return [(call_soon, partial(_complete, completed, each)) for call_soon, each in events.items()]


def _schedule(call_soon: CallSoon, callback: Callable[[], None]) -> None:
    with suppress(RuntimeError):  # the event loop is closed, so nobody waits
        call_soon(callback)


def _complete(completed: deque[Operation[Any, Any]], events: Iterable[Completion]) -> None:
    """Call the follow-ups of all that was committed, in order, and only then let the callers continue."""
    try:
        while completed:
            operation = completed.popleft()
            if operation.then is not None and operation.error is None:
                operation.then(operation.session, operation.value)
    finally:
        for event in events:
            event.set()

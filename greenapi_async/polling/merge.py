"""Several loops as one.

Each source has a task of its own, a feeder, which alone iterates over it: it takes one notification, hands it over, and
asks for the next when the merged loop was asked for the one after it. So each source is acknowledged as it would be
alone, at most one notification of each waits, and they are handed out in the order in which they came, which starves
nobody.

A cancellation from outside goes to the body, and reaches the feeders when it leaves the context: a body that shields
itself is still acknowledged. What was asked for is acknowledged then too, though its feeder had not come to it. Feeders
never raise, so what the body raises leaves the context as it is.
"""

import logging
from collections import deque
from collections.abc import AsyncIterator
from types import TracebackType
from typing import TYPE_CHECKING, Literal, Protocol, Self

import anyio
import attrs
from anyio.lowlevel import checkpoint

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.notifications import Notification

if TYPE_CHECKING:
    from anyio.abc import TaskGroup

__all__ = ["Merged", "Source", "merge"]

logger = logging.getLogger("greenapi_async")

CLOSE_SECONDS = 15.0
"""How long a source may take to close."""
_HOW = (
    "merged notifications need a context: async with merge(...) as notifications: "
    "async for notification in notifications: ..."
)


class Source(Protocol):
    """What can be merged: the notifications of a client, or what has their shape."""

    def __aiter__(self) -> AsyncIterator[Notification]:
        """Begin to iterate, or begin again, which does not acknowledge the current notification."""
        ...

    def stop(self) -> None:
        """End the iteration after the current notification, acknowledged."""
        ...

    async def aclose(self) -> None:
        """End the iteration without acknowledging the current notification."""
        ...


def merge(*sources: Source) -> "Merged":
    """Make one loop of several, as ``merge(first.notifications(), second.notifications())``.

    Raises ``InvalidArgumentError`` where there is none, or one twice.
    """
    if not sources:
        raise InvalidArgumentError("there is nothing to merge; give the notifications of one client or more")
    if len({id(source) for source in sources}) < len(sources):
        raise InvalidArgumentError("the same notifications were given twice; call client.notifications() once for each")
    return Merged(sources)


class Merged:
    """The notifications of several sources, each done with when the next is asked for.

    Iterate with ``async for`` within ``async with``. A source that fails is logged, stands in ``failures``, and does
    not stop the others. When none is left the failures are raised in an ExceptionGroup, or, where there was but one
    source, its failure as it is.
    """

    def __init__(self, sources: tuple[Source, ...]) -> None:
        self.failures: list[tuple[Source, Exception]] = []
        """The sources that failed, in the order in which they did."""
        self._sources = sources
        self._tasks: TaskGroup | None = None
        self._feeding: dict[int, anyio.CancelScope] = {}
        self._ready: deque[_Turn] = deque()
        self._current: _Turn | None = None
        self._changed: anyio.Event | None = None
        self._busy = False
        self._stopped = False

    def __aiter__(self) -> Self:
        if self._tasks is None:
            raise RuntimeError(_HOW)
        self._give_back("again")  # a body that broke out has not asked for the next: its notification is served again
        return self

    async def __anext__(self) -> Notification:
        if self._tasks is None:
            raise RuntimeError(_HOW)
        if self._busy:
            raise RuntimeError("another task is iterating over these notifications; each task needs its own loop")
        self._busy = True
        try:
            self._give_back("next")
            await checkpoint()
            while self._feeding:
                if self._ready:
                    self._current = self._ready.popleft()
                    return self._current.notification
                changed = self._changed = anyio.Event()
                await changed.wait()
        finally:
            self._busy = False
        raise self._ending()

    async def __aenter__(self) -> Self:
        if self._tasks is not None:
            raise RuntimeError(
                "these notifications were merged for one `async with`; call merge(...) again for another"
            )
        self._tasks = await anyio.create_task_group().__aenter__()
        for number, source in enumerate(self._sources, start=1):
            self._feeding[number] = anyio.CancelScope(shield=True)
            self._tasks.start_soon(self._feed, source, number)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        assert self._tasks is not None  # noqa: S101  it was entered
        self._stopped = True
        self._ready.clear()
        for scope in self._feeding.values():
            scope.cancel()
        self._tasks.cancel_scope.shield = True  # the feeders end soon, and no cancellation is to hide the body's error
        await self._tasks.__aexit__(None, None, None)  # which would wrap the body's error in a group

    def stop(self) -> None:
        """End all sources after the current body, acknowledged; polls that wait are cut short."""
        self._stopped = True
        for turn in self._ready:
            turn.end("leave")
        self._ready.clear()
        for source in self._sources:
            source.stop()

    def _give_back(self, verdict: "_Verdict") -> None:
        if self._current is not None:
            self._current.end(verdict)
            self._current = None

    def _ending(self) -> Exception:
        if not self.failures:
            return StopAsyncIteration()
        if len(self._sources) == 1:
            return self.failures[0][1]
        words = f"{len(self.failures)} of {len(self._sources)} sources failed"
        return ExceptionGroup(words, [error for _, error in self.failures])

    def _tell(self) -> None:
        if self._changed is not None:
            self._changed.set()

    async def _feed(self, source: Source, number: int) -> None:
        try:
            with self._feeding[number]:
                await self._forward(source, number)
        finally:
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await self._close(source, number)
            del self._feeding[number]
            self._tell()

    async def _forward(self, source: Source, number: int) -> None:
        id_instance: int | None = getattr(source, "id_instance", None)
        turn: _Turn | None = None
        try:
            iterator = aiter(source)
            while True:
                notification = await anext(iterator)
                id_instance = notification.id_instance or id_instance
                if self._stopped:
                    return
                turn = _Turn(notification)
                self._ready.append(turn)
                self._tell()
                await turn.over.wait()
                if turn.verdict == "leave":
                    return
                if turn.verdict == "again":
                    iterator = aiter(source)
        except StopAsyncIteration:
            return
        except Exception as error:  # noqa: BLE001  whatever it is, the others go on
            self.failures.append((source, error))
            self._log("failed, and is not iterated over any longer", number, id_instance, error)
        except anyio.get_cancelled_exc_class():
            if turn is not None and turn.verdict == "next":
                await self._acknowledge(turn.notification, number)
            raise

    async def _acknowledge(self, notification: Notification, number: int) -> None:
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            try:
                await notification.ack()
            except InvalidArgumentError:
                return  # it has no receipt: its source does that in its own way
            except Exception as error:  # noqa: BLE001  it is served again
                self._log("could not acknowledge at the end", number, notification.id_instance, error)

    async def _close(self, source: Source, number: int) -> None:
        try:
            await source.aclose()
        except Exception as error:  # noqa: BLE001  nothing can be done about it, and the others go on
            self._log("could not be closed", number, None, error)

    def _log(self, what: str, number: int, id_instance: int | None, error: Exception) -> None:
        name = f"source {number} of {len(self._sources)}" + (f", instance {id_instance}," if id_instance else "")
        logger.error("%s %s: %s: %.300r", name, what, type(error).__name__, str(error))


_Verdict = Literal["next", "again", "leave"]
"""Ask for the next, which acknowledges; begin the iteration again, which does not; leave it."""


@attrs.define(eq=False)
class _Turn:
    """A notification on its way to the body, and back to its feeder with a verdict."""

    notification: Notification
    over: anyio.Event = attrs.field(factory=anyio.Event)
    verdict: _Verdict | None = None

    def end(self, verdict: _Verdict) -> None:
        self.verdict = verdict
        self.over.set()

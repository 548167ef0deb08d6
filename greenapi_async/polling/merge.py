"""Merge: several notification loops as one.

Each source has a feeder task, the only one that iterates over it. The feeder takes a notification, hands it over, and
asks its source for the next one only when the merged loop was asked for the one after it. So each source is
acknowledged as it would be on its own, at most one notification per source waits, and they are delivered in order of
arrival, which is fair to every source.

Cancellation from outside reaches the body first and the feeders when it leaves the context, so a body that shields
itself is still acknowledged, and so is a notification whose successor was already asked for. Feeders never raise, so
what the body raises leaves the context unchanged.
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

__all__ = ["MergedNotifications", "NotificationSource", "merge"]

logger = logging.getLogger("greenapi_async")

CLOSE_SECONDS = 15.0
"""Seconds a source may take to close."""
_USAGE = (
    "use merge() as a context manager: async with merge(...) as notifications: "
    "async for notification in notifications: ..."
)


class NotificationSource(Protocol):
    """A mergeable source: ``client.notifications()``, or an object with the same methods."""

    def __aiter__(self) -> AsyncIterator[Notification]:
        """Start iterating, or restart, which does not acknowledge the current notification."""
        ...

    def stop(self) -> None:
        """End the iteration after the current notification, acknowledged."""
        ...

    async def aclose(self) -> None:
        """End the iteration without acknowledging the current notification."""
        ...


def merge(*sources: NotificationSource) -> "MergedNotifications":
    """Merge several notification loops into one.

    Args:
        sources: The loops, for example ``first.notifications(), second.notifications()``.

    Returns:
        An async context manager and iterator.

    Raises:
        InvalidArgumentError: No source was given, or one twice.

    Example:
        >>> async with merge(shop.notifications(), support.notifications()) as notifications:
        ...     async for notification in notifications:
        ...         print(notification.id_instance, notification.text)
    """
    if not sources:
        raise InvalidArgumentError("merge() needs at least one source, for example client.notifications()")
    if len({id(source) for source in sources}) < len(sources):
        raise InvalidArgumentError("merge() got the same source twice; call client.notifications() once per source")
    return MergedNotifications(sources)


class MergedNotifications:
    """The notifications of several sources; asking for the next acknowledges the previous one.

    Iterate with ``async for`` inside ``async with``. A source that fails is logged, recorded in ``failures``, and does
    not stop the others. When all have failed, an ExceptionGroup is raised (with a single source, its error).

    Attributes:
        failures: The sources that failed, with their errors, in order.
    """

    def __init__(self, sources: tuple[NotificationSource, ...]) -> None:
        self.failures: list[tuple[NotificationSource, Exception]] = []
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
            raise RuntimeError(_USAGE)
        self._end_turn("again")  # after a break: the notification is delivered again
        return self

    async def __anext__(self) -> Notification:
        if self._tasks is None:
            raise RuntimeError(_USAGE)
        if self._busy:
            raise RuntimeError("another task is iterating over these notifications; each task needs its own loop")
        self._busy = True
        try:
            self._end_turn("next")
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
            raise RuntimeError("merged notifications can be entered once; call merge(...) again")
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
        self._tasks.cancel_scope.shield = True  # the feeders end soon, and cancellation must not hide the body's error
        await self._tasks.__aexit__(None, None, None)  # with the error it would raise an ExceptionGroup

    def stop(self) -> None:
        """End all sources after the current body, which is acknowledged; pending long polls are cut short."""
        self._stopped = True
        for turn in self._ready:
            turn.end("leave")
        self._ready.clear()
        for source in self._sources:
            source.stop()

    def _end_turn(self, verdict: "_Verdict") -> None:
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

    def _notify(self) -> None:
        if self._changed is not None:
            self._changed.set()

    async def _feed(self, source: NotificationSource, number: int) -> None:
        try:
            with self._feeding[number]:
                await self._forward(source, number)
        finally:
            with anyio.move_on_after(CLOSE_SECONDS, shield=True):
                await self._close(source, number)
            del self._feeding[number]
            self._notify()

    async def _forward(self, source: NotificationSource, number: int) -> None:
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
                self._notify()
                await turn.over.wait()
                if turn.verdict == "leave":
                    return
                if turn.verdict == "again":
                    iterator = aiter(source)
        except StopAsyncIteration:
            return
        except Exception as error:  # noqa: BLE001  the other sources continue
            self.failures.append((source, error))
            self._log("failed and is no longer iterated", number, id_instance, error)
        except anyio.get_cancelled_exc_class():
            if turn is not None and turn.verdict == "next":
                await self._acknowledge(turn.notification, number)
            raise

    async def _acknowledge(self, notification: Notification, number: int) -> None:
        with anyio.move_on_after(CLOSE_SECONDS, shield=True):
            try:
                await notification.ack()
            except InvalidArgumentError:
                return  # not from a queue: its source acknowledges in its own way
            except Exception as error:  # noqa: BLE001  it is delivered again
                self._log("could not acknowledge its last notification", number, notification.id_instance, error)

    async def _close(self, source: NotificationSource, number: int) -> None:
        try:
            await source.aclose()
        except Exception as error:  # noqa: BLE001  nothing else can be done, and the other sources continue
            self._log("could not be closed", number, None, error)

    def _log(self, what: str, number: int, id_instance: int | None, error: Exception) -> None:
        name = f"source {number} of {len(self._sources)}" + (f", instance {id_instance}," if id_instance else "")
        logger.error("%s %s: %s: %.300r", name, what, type(error).__name__, str(error))


_Verdict = Literal["next", "again", "leave"]
"""Ask for the next (acknowledges); restart the iteration (does not acknowledge); leave it."""


@attrs.define(eq=False)
class _Turn:
    """A notification handed to the body; the feeder waits for the verdict."""

    notification: Notification
    over: anyio.Event = attrs.field(factory=anyio.Event)
    verdict: _Verdict | None = None

    def end(self, verdict: _Verdict) -> None:
        self.verdict = verdict
        self.over.set()

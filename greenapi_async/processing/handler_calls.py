"""Calls of the handler, and whether what it raises is a failed attempt or ends the run.

Everything is a failed attempt except KeyboardInterrupt and real cancellation, also inside a group: exceptions,
SystemExit (``argparse`` in a command), GeneratorExit, other subclasses of BaseException, and a cancellation of the
handler's own making. A handler that raises because the run cancels it was cut short; that is no attempt.
"""

import asyncio
import logging
from contextlib import nullcontext, suppress
from typing import TYPE_CHECKING, Any, cast

import anyio
import anyio.lowlevel

from greenapi_async._internal.concurrency import Background, current_time
from greenapi_async.errors import ConversationEndedError
from greenapi_async.processing.cancellation import CANCEL_GRACE, cancel_in_bursts

if TYPE_CHECKING:
    from collections.abc import Callable

    from greenapi_async.models.notifications import Notification
    from greenapi_async.polling.counters import Counters
    from greenapi_async.processing.item import Item
    from greenapi_async.processing.options import Handler, Telemetry

__all__ = ["HandlerCalls"]

logger = logging.getLogger("greenapi_async")

_NO_TELEMETRY = nullcontext()


class HandlerCalls:
    """The handler of a run, with its time limit and its telemetry; created in the task that runs it."""

    def __init__(
        self,
        handler: "Handler",
        counters: "Counters",
        *,
        timeout: float | None,
        telemetry: "Telemetry | None",
        on_ignored: "Callable[[Item], None]",
    ) -> None:
        """Prepare the calls of a run.

        Args:
            handler: The handler.
            counters: The counters of the run.
            timeout: ``handler_timeout``.
            telemetry: Receives a span for each call.
            on_ignored: Called with an item whose handler ignores its cancellation.
        """
        self._on_ignored = on_ignored
        self._handler = handler
        self._counters = counters
        self._timeout = timeout
        self._telemetry = telemetry
        self._run_task = _asyncio_task()
        self._cancelling = self._run_task.cancelling() if self._run_task is not None else 0

    async def call(self, notification: "Notification", item: "Item") -> BaseException | None:
        """Run the handler; return what it raised if that is a failed attempt.

        Args:
            notification: The notification.
            item: Its item.

        Raises:
            BaseException: KeyboardInterrupt, or the cancellation of the run.
        """
        failure: BaseException | None = None
        start = current_time()
        try:
            with self._telemetry.handling(notification, item.attempts + 1) if self._telemetry else _NO_TELEMETRY:
                try:
                    if self._timeout is None:
                        await self._handler(notification)
                    else:
                        await self._call_with_timeout(notification, item, self._timeout)
                except (ConversationEndedError, ExceptionGroup) as error:
                    if isinstance(error, ExceptionGroup) and error.split(ConversationEndedError)[1] is not None:
                        raise
                    logger.info("Conversation ended (entry %d): %s", item.id, error)
        except BaseException as error:
            if await self.ends_run(error):
                raise
            failure = error
        self._counters.note_run(notification, current_time() - start, failure)
        task = _asyncio_task()
        if task is not None and task.cancelling():
            await _absorb_cancellation()
        return failure

    async def ends_run(self, error: BaseException) -> bool:
        """Check whether an exception of the user's code ends the run.

        Args:
            error: The exception.

        Raises:
            BaseException: The cancellation, if the current task is cancelled.
        """
        if isinstance(error, GeneratorExit) and not _in_task():
            return True  # the event loop is gone, and this coroutine is being closed
        if _contains(error, KeyboardInterrupt):
            return True
        await anyio.lowlevel.checkpoint_if_cancelled()
        return (
            self._run_task is not None
            and self._run_task.cancelling() > self._cancelling
            and _contains(error, anyio.get_cancelled_exc_class())
        )

    async def _call_with_timeout(self, notification: "Notification", item: "Item", seconds: float) -> None:
        ended = anyio.Event()
        task = anyio.get_current_task()
        limit = item.limit = anyio.CancelScope(deadline=anyio.current_time() + seconds)

        async def enforce() -> None:
            with limit:
                await ended.wait()
            if limit.cancelled_caught:
                start = anyio.current_time()
                await cancel_in_bursts(timeout, body, ended, lambda: self._ignored(item, task, start))

        timeout, body = anyio.CancelScope(), anyio.CancelScope()
        async with Background(enforce):
            try:
                with timeout, body:
                    await self._handler(notification)
            finally:
                ended.set()
        if timeout.cancelled_caught:
            raise TimeoutError(f"the handler did not finish within {seconds:g} s (handler_timeout)")

    def _ignored(self, item: "Item", task: anyio.TaskInfo, start: float) -> bool:
        if not task.has_pending_cancellation():
            return False  # it is in a shielded scope, and is cancelled when it leaves it
        self._on_ignored(item)
        if anyio.current_time() - start < CANCEL_GRACE:
            return False
        logger.error(
            "A handler ignores its cancellation after handler_timeout=%g s; its chat waits until it returns "
            "(instance %d, chat %s, entry %d)",
            self._timeout,
            item.id_instance,
            item.chat_id,
            item.id,
            extra=item.log_fields,
        )
        return True


async def _absorb_cancellation() -> None:
    """Receive a pending ``task.cancel()`` here, where it does no harm; at the end of the task it would end the run."""
    with suppress(asyncio.CancelledError):  # even if it is meant for the run: the result is stored first
        await asyncio.sleep(0)


def _asyncio_task() -> "asyncio.Task[Any] | None":
    """Return the current task, or None on trio."""
    try:
        return asyncio.current_task()
    except RuntimeError:
        return None


def _contains(error: BaseException, kind: type[BaseException]) -> bool:
    if isinstance(error, BaseExceptionGroup):
        group = cast("BaseExceptionGroup[BaseException]", error)
        return group.subgroup(kind) is not None
    return isinstance(error, kind)


def _in_task() -> bool:
    try:
        anyio.get_current_task()
    except (RuntimeError, LookupError):
        return False
    return True

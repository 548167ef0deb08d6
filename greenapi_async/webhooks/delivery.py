"""Delivery of pushed notifications: into an inbox, or directly to a handler.

Without an inbox the server's queue is the only store. The server deletes a notification after a 200 and sends it again
after anything else, so delivery is at-least-once. A notification that the handler has finished is remembered for
deduplication. A duplicate that arrives while the handler is running waits for the outcome of that run.
"""

import logging
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from typing import Any

import anyio
import anyio.lowlevel
import attrs

from greenapi_async._internal.concurrency import current_time
from greenapi_async._internal.log_fields import log_context, log_fields
from greenapi_async.errors import InboxUnavailableError
from greenapi_async.http.activity import Activity
from greenapi_async.inbox.base import Destination, Entry
from greenapi_async.inbox.consumers import active_consumer
from greenapi_async.models.bound import BoundClient
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.deduplication import HandledDigests, pushed_entry
from greenapi_async.polling.parsing import NotificationParser
from greenapi_async.processing.options import Handler
from greenapi_async.webhooks.json_body import JSONBody
from greenapi_async.webhooks.log_limiter import LogLimiter
from greenapi_async.webhooks.time_limit import ScopeLimit, TimeLimit, current_task, task_limit

__all__ = ["HandlerDelivery", "InboxDelivery"]

logger = logging.getLogger("greenapi_async")


class InboxDelivery:
    """Delivers into an inbox, from which ``process`` reads."""

    def __init__(self, inbox: Destination, counters: Counters, log: LogLimiter) -> None:
        self.limit: Callable[[float], TimeLimit] = task_limit
        self._inbox = inbox
        self._counters = counters
        self._log = log
        self._is_unavailable = False

    async def deliver(self, id_instance: int, body: JSONBody) -> bool:
        """Store a notification. A duplicate is dropped.

        Args:
            id_instance: The instance it belongs to.
            body: The notification.

        Returns:
            False if the server has to send it again.
        """
        try:
            is_new = await self._inbox.put(pushed_entry(id_instance, body.content, body.fields, body.error))
        except InboxUnavailableError as error:
            if not self._is_unavailable:
                logger.warning("The inbox is unavailable. The server will retry: %s", error)
            self._is_unavailable = True
            return False
        except Exception as error:  # noqa: BLE001  an inbox written by users may raise anything
            self._log.warning("inbox", "The inbox failed. The server will retry in 60 s", error=error)
            return False
        if self._is_unavailable:
            logger.info("The inbox is available again")
        self._is_unavailable = False
        self._counters.note_pushed(time.time(), duplicate=not is_new)
        if not is_new:
            self._tell_run(id_instance)
        return True

    def _tell_run(self, id_instance: int) -> None:
        """Count a duplicate in the run that reads the inbox, which does not get to see it."""
        counters = None
        with suppress(TypeError):  # a destination without weak references has no run
            counters = getattr(active_consumer(self._inbox, id_instance), "counters", None)
        if isinstance(counters, Counters):
            counters.note_pushed(time.time(), duplicate=True)


@attrs.define(eq=False)
class _Run:
    """One run of the handler, and the event that duplicates wait for."""

    finished: anyio.Event = attrs.field(factory=anyio.Event)
    succeeded: bool = False


class HandlerDelivery:
    """Delivers to a handler while the server waits for the response."""

    def __init__(self, handler: Handler, clients: Mapping[int, BoundClient], counters: Counters) -> None:
        self.limit: Callable[[float], TimeLimit] = ScopeLimit
        self._handler = handler
        self._clients = clients
        self._counters = counters
        self._parsers = {id_instance: NotificationParser(client) for id_instance, client in clients.items()}
        self._running: dict[bytes, _Run] = {}
        self._handled = HandledDigests()

    async def deliver(self, id_instance: int, body: JSONBody) -> bool:
        """Run the handler. A duplicate shares the outcome of the first run.

        Args:
            id_instance: The instance it belongs to.
            body: The notification.

        Returns:
            False if the server has to send it again.
        """
        entry = pushed_entry(id_instance, body.content, body.fields, body.error)
        if not entry.unless:
            return await self._run_handler(entry, body.fields, None, _Run())
        key = entry.unless[0]
        if key in self._handled:
            self._counters.note_pushed(time.time(), duplicate=True)
            return True
        if key in self._running:
            first = self._running[key]
            await first.finished.wait()
            if first.succeeded:
                self._counters.note_pushed(time.time(), duplicate=True)
            return first.succeeded
        run = self._running[key] = _Run()
        try:
            return await self._run_handler(entry, body.fields, key, run)
        finally:
            del self._running[key]
            run.finished.set()

    async def _run_handler(self, entry: Entry, fields: Mapping[str, Any] | None, key: bytes | None, run: _Run) -> bool:
        async def acknowledge() -> None:
            await anyio.lowlevel.checkpoint()
            self._finish(key, run)

        parser = self._parsers[entry.id_instance]
        if fields is None:
            notification = parser.parse_entry(entry, acknowledge)
        else:
            notification = parser.parse_pushed(fields, acknowledge)
        task = current_task()
        cancelling = task.cancelling() if task is not None else 0
        failure: BaseException | None = None
        start, chat = current_time(), notification.chat_id
        token = log_context.set(log_fields(instance=entry.id_instance, chat=chat, message_id=notification.id_message))
        self._counters.yielded += 1
        self._counters.running += 1
        try:
            await self._handler(notification)
        except Exception as error:  # noqa: BLE001  a handler may raise anything
            failure = error
            self._log_failure(run, error)
        except anyio.get_cancelled_exc_class() as error:
            await anyio.lowlevel.checkpoint_if_cancelled()  # raises if this task itself was cancelled
            if task is not None and task.cancelling() > cancelling:  # by asyncio itself
                raise
            failure = error
            self._log_failure(run, error)
        else:
            self._finish(key, run)
        finally:
            log_context.reset(token)
            self._counters.running -= 1
            self._counters.note_run(notification, current_time() - start, failure)
        if run.succeeded:
            self._note_accepted(entry.id_instance)
        return run.succeeded

    def _note_accepted(self, id_instance: int) -> None:
        now = time.time()
        self._counters.note_pushed(now)
        activity = getattr(self._clients[id_instance], "_activity", None)
        if isinstance(activity, Activity):
            activity.webhook = now

    def _finish(self, key: bytes | None, run: _Run) -> None:
        run.succeeded = True
        run.finished.set()
        if key is not None:
            self._handled.add(key)

    def _log_failure(self, run: _Run, error: BaseException) -> None:
        if run.succeeded:
            logger.error("The handler failed after acknowledging the notification", exc_info=error)
        else:
            self._counters.retried += 1
            logger.warning("The handler failed. The server will retry in 60 s", exc_info=error)

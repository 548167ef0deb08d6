"""Failed attempts: retry with exponential backoff, then quarantine."""

import logging
import traceback
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta

from greenapi_async._internal.log_fields import log_fields
from greenapi_async.errors import GreenAPIError
from greenapi_async.inbox.base import Inbox
from greenapi_async.polling.counters import Counters
from greenapi_async.processing.item import Item
from greenapi_async.processing.options import ResolvedOptions

__all__ = ["FailedAttempts"]

logger = logging.getLogger("greenapi_async")

MAX_TRACEBACK = 20_000
"""Characters stored of a traceback."""


class FailedAttempts:
    """Records failed attempts in the inbox."""

    def __init__(
        self,
        inbox: Inbox,
        persist: Callable[[str, Callable[[], Awaitable[None]]], Awaitable[None]],
        options: ResolvedOptions,
        counters: Counters,
    ) -> None:
        """Create the record of one run.

        Args:
            inbox: The inbox.
            persist: Runs an operation on it, with retries.
            options: The options of the run.
            counters: The counters of the run.
        """
        self._inbox = inbox
        self._persist = persist
        self._options = options
        self._counters = counters

    async def record(self, item: Item, error: BaseException) -> float | None:
        """Record a failed attempt; return the seconds until the next one, or None if there is none.

        Args:
            item: The item.
            error: What its handler raised.
        """
        item.attempts += 1
        if item.acknowledged:
            logger.error(
                "Handler failed after it acknowledged the notification (entry %d)",
                item.id,
                exc_info=error,
                extra=_fields(item, error),
            )
            await self._quarantine_gathered(item, error)
            return None
        if item.attempts >= self._options.attempts:
            await self.quarantine(item, error)
            return None
        wait = self._options.backoff(item.attempts)
        before, item.failure = item.failure, _traceback(error)
        is_same = item.failure == before
        logger.warning(
            "Handler failed (instance %d, chat %s, message %s, entry %d, attempt %d of %d); retrying in %.1f s%s",
            item.id_instance,
            item.chat_id,
            item.notification.id_message,
            item.id,
            item.attempts,
            self._options.attempts,
            wait,
            f"; it raised the same {type(error).__name__} again" if is_same else "",
            exc_info=None if is_same else error,
            extra=_fields(item, error),
        )
        due = datetime.now(UTC) + timedelta(seconds=wait)
        await self._persist("failed", lambda: self._inbox.failed(item.id, item.attempts, due, item.failure))
        self._counters.retried += 1
        return wait

    async def quarantine(self, item: Item, error: BaseException) -> None:
        """Move an item to quarantine.

        Args:
            item: The item.
            error: What its handler raised.
        """
        await self._quarantine_gathered(item, error)
        logger.error(
            "Quarantined the notification (instance %d, chat %s, message %s, entry %d)",
            item.id_instance,
            item.chat_id,
            item.notification.id_message,
            item.id,
            exc_info=error,
            extra=_fields(item, error),
        )
        await self._persist("quarantine", lambda: self._inbox.quarantine(item.id, item.attempts, _traceback(error)))
        self._counters.quarantined += 1

    async def _quarantine_gathered(self, item: Item, error: BaseException) -> None:
        """Move what is handled together with an item to quarantine, before the item itself."""
        for each in item.gathered:
            if each.acknowledged:
                continue
            each.attempts = item.attempts
            await self.quarantine(each, error)


def _fields(item: Item, error: BaseException) -> dict[str, object]:
    """Return the fields of a record; the API method is that of the call that failed."""
    method = error.method if isinstance(error, GreenAPIError) else None
    return item.log_fields | log_fields(method=method)


def _traceback(error: BaseException) -> str:
    return "".join(traceback.format_exception(error))[-MAX_TRACEBACK:]

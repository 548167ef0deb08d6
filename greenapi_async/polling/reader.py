"""What a loop hands out: a body read, what is odd about it told in the log, and how to acknowledge it."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from greenapi_async.errors import DecodeError
from greenapi_async.inbox.base import Entry
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.notifications import Delivery, MalformedNotification, Notification
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.serialization.notifications import parse_notification
from greenapi_async.serialization.unknown_fields import Drift

__all__ = ["Reader"]

logger = logging.getLogger("greenapi_async")


class Reader:
    """Reads the notifications of one client."""

    def __init__(self, client: BoundClient | None) -> None:
        self._client = client
        self._drift = Drift()

    def received(self, received: ReceivedNotification, acknowledge: Callable[[], Awaitable[None]]) -> Notification:
        """Read what was just received."""
        try:
            notification = parse_notification(received.body, self._client)
        except DecodeError as error:
            notification = MalformedNotification(raw=received.raw, error=str(error))
        return self._finished(notification, Delivery(received.receipt_id, acknowledge))

    def stored(self, entry: Entry, acknowledge: Callable[[], Awaitable[None]]) -> Notification:
        """Read an entry of an inbox."""
        if entry.error is None:
            notification = parse_notification(entry.body, self._client)
        else:
            notification = MalformedNotification(raw=json.loads(entry.body), error=entry.error)
        return self._finished(notification, Delivery(entry.receipt_id, acknowledge, entry.recovered))

    def pushed(
        self, fields: Mapping[str, Any], error: str | None, acknowledge: Callable[[], Awaitable[None]]
    ) -> Notification:
        """Read a pushed notification, whose JSON is already parsed; with an error it is malformed."""
        if error is None:
            notification = parse_notification(fields, self._client)
        else:
            notification = MalformedNotification(raw=fields, error=error)
        return self._finished(notification, Delivery(None, acknowledge))

    def _finished(self, notification: Notification, delivery: Delivery) -> Notification:
        if isinstance(notification, MalformedNotification):
            # Not why: the reason may quote what somebody wrote.
            where = delivery.receipt_id or 0
            logger.warning("notification %d of type %.40r could not be read", where, notification.type_webhook)
        self._drift.report(notification)
        object.__setattr__(notification, "_delivery", delivery)
        return notification

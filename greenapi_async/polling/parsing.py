"""From a received body or a stored entry to the notification that is handed out."""

import json
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from greenapi_async._internal.log_fields import log_fields
from greenapi_async.errors import DecodeError
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.notifications import Delivery, MalformedNotification, Notification
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.serialization.notifications import parse_notification
from greenapi_async.serialization.unknown_fields import UnknownFieldReporter

__all__ = ["NotificationParser"]

logger = logging.getLogger("greenapi_async")


class NotificationParser:
    """Parses the notifications of one client, logs what is malformed or unknown, and attaches the acknowledgement."""

    def __init__(self, client: BoundClient | None) -> None:
        self._client = client
        identities = getattr(client, "_identities", None)
        self._identities = identities if isinstance(identities, ClientIdentities) else None
        self._unknown_fields = UnknownFieldReporter()

    def parse_received(
        self, received: ReceivedNotification, acknowledge: Callable[[], Awaitable[None]]
    ) -> "Notification":
        """Parse a notification that was just received."""
        return self._deliver(received.body, received.raw, Delivery(received.receipt_id, acknowledge))

    def parse_entry(
        self, entry: Entry, acknowledge: Callable[[], Awaitable[None]], fields: Mapping[str, Any] | None = None
    ) -> "Notification":
        """Parse an entry of an inbox.

        Args:
            entry: The entry.
            acknowledge: Removes it from the inbox.
            fields: Its body, if that was parsed before.
        """
        delivery = Delivery(entry.receipt_id, acknowledge, entry.recovered)
        if entry.error is not None:
            return self._complete(MalformedNotification(raw=json.loads(entry.body), error=entry.error), delivery)
        return self._deliver(fields or entry.body, {"body": entry.body}, delivery)

    def parse_pushed(self, fields: Mapping[str, Any], acknowledge: Callable[[], Awaitable[None]]) -> "Notification":
        """Parse the body of a webhook request."""
        return self._deliver(fields, fields, Delivery(None, acknowledge))

    def _deliver(self, body: Any, raw: Mapping[str, Any], delivery: Delivery) -> "Notification":
        try:
            notification = parse_notification(body, self._client)
        except DecodeError as error:
            notification = MalformedNotification(raw=raw, error=str(error))
        return self._complete(notification, delivery)

    def _complete(self, notification: "Notification", delivery: Delivery) -> "Notification":
        if isinstance(notification, MalformedNotification):
            # The reason is not logged: it may quote a message.
            logger.warning(
                "Malformed notification (receipt %d, type %.40r)",
                delivery.receipt_id or 0,
                notification.type_webhook,
                extra=log_fields(instance=notification.id_instance, message_id=notification.id_message),
            )
        self._unknown_fields.report(notification)
        if self._identities is not None:
            self._identities.observe(notification)
        object.__setattr__(notification, "_delivery", delivery)
        return notification

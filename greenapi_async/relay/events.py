"""Events: how a notification travels through a broker.

The format is CloudEvents 1.0 in the structured mode: one JSON object with the content type
``application/cloudevents+json``, so that brokers without headers carry it too. ``data`` is the notification exactly as
the server sent it; the event is built around its text, which is not serialised again. Nothing in an event is secret
but the message itself: there is no token.

``type`` carries the version: a change that an existing consumer cannot read gets a new type. ``id`` is the digest of
the content, the same whenever and however often the server delivers the notification, by poll or by webhook, so that
brokers and consumers recognise repeats.

Source: CloudEvents 1.0.2, JSON event format.
"""

import json
import secrets
from datetime import UTC, datetime
from urllib.parse import quote
from zlib import crc32

import attrs

from greenapi_async.errors import DecodeError, InvalidArgumentError
from greenapi_async.inbox.base import Entry
from greenapi_async.serialization.notifications import parse_notification

__all__ = [
    "CONTENT_TYPE",
    "NOTIFICATION_TYPE",
    "NO_CHAT",
    "OutgoingEvent",
    "check_shards",
    "encode_event",
    "routing_key",
]

CONTENT_TYPE = "application/cloudevents+json"
NOTIFICATION_TYPE = "com.green-api.notification.v1"
NO_CHAT = "-"
"""Stands for the chat in the routing key of a notification that belongs to no chat, such as a state of the instance."""


@attrs.frozen(kw_only=True)
class OutgoingEvent:
    """A notification as it is published.

    Attributes:
        id: Digest of the content.
        id_instance: The instance.
        chat_id: The chat; None if the notification belongs to none.
        content: The CloudEvent, JSON in UTF-8.
    """

    id: str
    id_instance: int
    chat_id: str | None
    content: bytes = attrs.field(repr=False)

    @property
    def key(self) -> str:
        """The routing key without prefix, see ``routing_key``."""
        return routing_key(self.id_instance, self.chat_id)

    def shard(self, shards: int) -> int:
        """Return the shard of the chat, from 0; the same in every process and version.

        Args:
            shards: Number of shards.
        """
        return crc32(self.key.encode()) % shards


def routing_key(id_instance: int, chat_id: str | None) -> str:
    """Return ``<instance>.<chat>``: the key by which brokers keep the notifications of a chat in order.

    Dots separate the parts of NATS subjects and RabbitMQ routing keys, and ``*``, ``>`` and ``#`` are wildcards. In the
    chat they are percent-encoded: ``79001234567@c.us`` is ``79001234567@c%2Eus``.

    Args:
        id_instance: The instance.
        chat_id: The chat; None stands for no chat.
    """
    chat = quote(chat_id, safe="@").replace(".", "%2E") if chat_id else NO_CHAT
    return f"{id_instance}.{chat}"


def check_shards(shards: object) -> None:
    """Check a number of shards.

    Args:
        shards: The number.

    Raises:
        InvalidArgumentError: It is not a positive integer.
    """
    if isinstance(shards, bool) or not isinstance(shards, int) or shards < 1:
        raise InvalidArgumentError(f"shards is {shards!r}; expected an integer of at least 1")


def encode_event(entry: Entry) -> OutgoingEvent:
    """Return the event of a received notification.

    Args:
        entry: The notification, as polled or pushed.
    """
    chat_id, time = _chat_and_time(entry)
    event_id = entry.unless[0].hex() if entry.unless else secrets.token_hex(16)  # nothing identifies its content
    attributes: dict[str, object] = {
        "specversion": "1.0",
        "type": NOTIFICATION_TYPE,
        "source": f"/instances/{entry.id_instance}",
        "id": event_id,
        "time": time.isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }
    if chat_id:
        attributes["subject"] = chat_id
    if entry.error is not None:
        attributes["malformed"] = entry.error
    if entry.recovered:
        attributes["recovered"] = True
    head = json.dumps(attributes).removesuffix("}")
    content = f'{head}, "data": {entry.body}}}'.encode()
    return OutgoingEvent(id=event_id, id_instance=entry.id_instance, chat_id=chat_id, content=content)


def _chat_and_time(entry: Entry) -> tuple[str | None, datetime]:
    if entry.error is not None:
        return None, entry.stored
    try:
        notification = parse_notification(entry.body)
    except DecodeError:
        return None, entry.stored
    time, chat_id = notification.timestamp, notification.chat_id or None
    if chat_id is not None:
        chat_id = chat_id.encode(errors="replace").decode()  # JSON can hold a lone surrogate, a routing key cannot
    return chat_id, entry.stored if time is None else time.astimezone(UTC)

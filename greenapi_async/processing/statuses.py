"""Recent statuses of sent messages, for callers that wait for one that has arrived already.

A status usually arrives when nobody waits for it. Of the notification only what cannot be derived is kept, about a
tenth of its size, and it is parsed again if somebody asks. The number is limited, per message and in total.
"""

import sys
from collections import OrderedDict
from collections.abc import Iterator
from typing import TYPE_CHECKING

import attrs

from greenapi_async.models.notifications import OutgoingMessageStatus
from greenapi_async.serialization.notifications import parse_notification

if TYPE_CHECKING:
    from greenapi_async.models.bound import BoundClient

__all__ = ["RecentStatuses"]

MAX_PER_MESSAGE = 8
"""Of one chat: on MAX and Telegram messages of several chats may have the same id."""
MAX_TOTAL = 10_000
MAX_DESCRIPTION = 500
"""Characters kept of the cause of a failure."""


@attrs.frozen
class _Record:
    status: str
    timestamp: int | None
    chat_id: str | None
    description: str | None
    send_by_api: bool | None


class RecentStatuses:
    """Bounded memory of the statuses of one instance; the messages without news for longest are dropped first."""

    def __init__(self) -> None:
        self._records: OrderedDict[str, tuple[_Record, ...]] = OrderedDict()
        self._total = 0
        self._instance: dict[str, object] = {}
        self._client: BoundClient | None = None

    def add(self, id_message: str, notification: OutgoingMessageStatus) -> None:
        """Remember a status.

        Args:
            id_message: Id of the message.
            notification: Its status.
        """
        if not self._instance:
            self._instance = {
                "idInstance": notification.id_instance,
                "wid": notification.wid,
                "typeInstance": notification.type_instance,
            }
            self._client = getattr(notification, "_client", None)
        record = _Record(
            sys.intern(str(notification.status)),
            None if notification.timestamp is None else int(notification.timestamp.timestamp()),
            sys.intern(notification.chat_id) if notification.chat_id else None,
            notification.description and notification.description[:MAX_DESCRIPTION],
            notification.send_by_api,
        )
        before = self._records.pop(id_message, ())
        of_chat = [known for known in before if known.chat_id == record.chat_id]
        dropped = of_chat[0] if len(of_chat) == MAX_PER_MESSAGE else None
        records = self._records[id_message] = (*(known for known in before if known is not dropped), record)
        self._total += len(records) - len(before)
        while self._total > MAX_TOTAL:
            self._total -= len(self._records.popitem(last=False)[1])

    def of(self, id_message: str) -> Iterator[OutgoingMessageStatus]:
        """Yield the statuses of a message, oldest first; fields that were not kept are missing in ``raw`` too."""
        for record in self._records.get(id_message, ()):
            fields = {
                "typeWebhook": "outgoingMessageStatus",
                "instanceData": self._instance,
                "idMessage": id_message,
                "status": record.status,
                "timestamp": record.timestamp,
                "chatId": record.chat_id,
                "description": record.description,
                "sendByApi": record.send_by_api,
            }
            body = {name: value for name, value in fields.items() if value is not None}
            notification = parse_notification(body, self._client)
            if isinstance(notification, OutgoingMessageStatus):
                yield notification

    def clear(self) -> None:
        """Forget everything."""
        self._records.clear()
        self._total = 0
        self._instance = {}
        self._client = None

"""Read marks. Source: manual 1.3.9."""

from greenapi_async import models
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import object_of

__all__ = ["READ_CHAT", "Marking"]

READ_CHAT = Endpoint(
    "POST",
    "readChat",
    object_of(lambda: models.service.ReadMark),
    per_second=10,
    developer_quota=500,
    idempotent=True,
    required=("chatId",),
    limits={"chatId": validation.chat_id, "idMessage": validation.message_id},
)
"""Idempotent: what was marked stays marked; without ``idMessage`` a retry includes what arrived in the meantime."""


class Marking(MethodGroup):
    """Methods that mark messages as read."""

    async def read_chat(self, chat_id: str, *, id_message: str | None = None) -> "models.service.ReadMark":
        """Mark one message or a whole chat as read.

        Only messages received while ``incoming_webhook`` is on can be marked; earlier ones stay ``delivered``.

        Args:
            chat_id: The chat, with a person or of a group.
            id_message: Id of an incoming message; None marks all unread messages of the chat.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> await client.read_chat(notification.chat_id, id_message=notification.id_message)

        Source: manual 1.3.9, ReadChat; 10 requests per second, 500 per month on the Developer tariff.
        """
        return await self._request(READ_CHAT, {"chatId": chat_id, "idMessage": id_message})

"""Marking messages as read. Manual: 1.3.9."""

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.validation import chat_id as a_chat_id
from greenapi_async.http.validation import message_id
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.service import ReadMark
from greenapi_async.serialization.converter import object_of

__all__ = ["READ_CHAT", "Marking"]

READ_CHAT = Endpoint(
    "POST",
    "readChat",
    object_of(ReadMark),
    per_second=10,
    developer_quota=500,
    idempotent=False,
    required=("chatId",),
    limits={"chatId": a_chat_id, "idMessage": message_id},
)


class Marking(MethodGroup):
    """Methods that mark as read."""

    async def read_chat(self, chat_id: str, *, id_message: str | None = None) -> ReadMark:
        """Mark a message as read, or without ``id_message`` the whole chat.

        Only messages received since ``incoming_webhook`` was switched on; earlier ones stay delivered.

        Manual: 1.3.9, ReadChat.
        """
        return await self._request(READ_CHAT, {"chatId": chat_id, "idMessage": id_message})

"""The journals of messages and calls. Manual: 1.3.5."""

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.validation import chat_id as a_chat_id
from greenapi_async.http.validation import message_id
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.journals import HistoryCall, HistoryMessage
from greenapi_async.serialization.converter import list_of
from greenapi_async.serialization.journals import message_row, rows_of

__all__ = [
    "GET_CHAT_HISTORY",
    "GET_MESSAGE",
    "LAST_INCOMING_CALLS",
    "LAST_INCOMING_MESSAGES",
    "LAST_OUTGOING_CALLS",
    "LAST_OUTGOING_MESSAGES",
    "Journals",
]

GET_CHAT_HISTORY = Endpoint(
    "POST",
    "getChatHistory",
    rows_of(message_row),
    per_second=1,
    developer_quota=300,
    idempotent=True,
    required=("chatId",),
    limits={"chatId": a_chat_id},
)
GET_MESSAGE = Endpoint(
    "POST",
    "getMessage",
    message_row,
    per_second=10,
    idempotent=True,
    required=("chatId", "idMessage"),
    limits={"chatId": a_chat_id, "idMessage": message_id},
)
LAST_INCOMING_MESSAGES = Endpoint(
    "GET",
    "lastIncomingMessages",
    rows_of(message_row),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    query=("minutes",),
)
LAST_OUTGOING_MESSAGES = Endpoint(
    "GET",
    "lastOutgoingMessages",
    rows_of(message_row),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    query=("minutes",),
)
LAST_INCOMING_CALLS = Endpoint("GET", "lastIncomingCalls", list_of(HistoryCall), idempotent=True, query=("minutes",))
LAST_OUTGOING_CALLS = Endpoint("GET", "lastOutgoingCalls", list_of(HistoryCall), idempotent=True, query=("minutes",))


class Journals(MethodGroup):
    """Methods on the journals.

    A journal holds what passed while the webhook of its kind was on, and is up to two minutes behind: to answer
    messages, receive notifications. ``minutes`` is how far back it goes, by default 1,440, a day.
    """

    async def get_chat_history(self, chat_id: str, *, count: int | None = None) -> list[HistoryMessage]:
        """List the last messages of a chat, newest first; 100, unless ``count`` is given.

        Manual: 1.3.5, GetChatHistory.
        """
        return await self._request(GET_CHAT_HISTORY, {"chatId": chat_id, "count": count})

    async def get_message(self, chat_id: str, id_message: str) -> HistoryMessage:
        """Get one message of a chat.

        Raises ``BadRequestError`` for one that is not in the journal; it may still wait in the outgoing queue.

        Manual: 1.3.5, GetMessage.
        """
        return await self._request(GET_MESSAGE, {"chatId": chat_id, "idMessage": id_message})

    async def last_incoming_messages(self, *, minutes: int | None = None) -> list[HistoryMessage]:
        """List the messages received of late; a ``HistoryBlock`` among them tells of somebody who blocked the account.

        Manual: 1.3.5, LastIncomingMessages.
        """
        return await self._request(LAST_INCOMING_MESSAGES, {"minutes": minutes})

    async def last_outgoing_messages(self, *, minutes: int | None = None) -> list[HistoryMessage]:
        """List the messages sent of late, with what became of each.

        Manual: 1.3.5, LastOutgoingMessages.
        """
        return await self._request(LAST_OUTGOING_MESSAGES, {"minutes": minutes})

    async def last_incoming_calls(self, *, minutes: int | None = None) -> list[HistoryCall]:
        """List the calls received of late.

        Beyond the manual.
        """
        return await self._request(LAST_INCOMING_CALLS, {"minutes": minutes})

    async def last_outgoing_calls(self, *, minutes: int | None = None) -> list[HistoryCall]:
        """List the calls made of late.

        Beyond the manual.
        """
        return await self._request(LAST_OUTGOING_CALLS, {"minutes": minutes})

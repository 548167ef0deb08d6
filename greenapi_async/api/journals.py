"""The journals of messages and calls. Manual: 1.3.5."""

from greenapi_async.api.section import Section
from greenapi_async.codec import many
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.history import all_rows, message_row
from greenapi_async.limits import chat_id as a_chat_id
from greenapi_async.limits import message_id
from greenapi_async.models.journals import HistoryCall, HistoryMessage

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
    all_rows(message_row),
    per_second=1,
    developer_quota=300,
    replay=Replay.ALWAYS,
    required=("chatId",),
    limits={"chatId": a_chat_id},
)
GET_MESSAGE = Endpoint(
    "POST",
    "getMessage",
    message_row,
    per_second=10,
    replay=Replay.ALWAYS,
    required=("chatId", "idMessage"),
    limits={"chatId": a_chat_id, "idMessage": message_id},
)
LAST_INCOMING_MESSAGES = Endpoint(
    "GET",
    "lastIncomingMessages",
    all_rows(message_row),
    per_second=1,
    developer_quota=1000,
    replay=Replay.ALWAYS,
    query=("minutes",),
)
LAST_OUTGOING_MESSAGES = Endpoint(
    "GET",
    "lastOutgoingMessages",
    all_rows(message_row),
    per_second=1,
    developer_quota=1000,
    replay=Replay.ALWAYS,
    query=("minutes",),
)
LAST_INCOMING_CALLS = Endpoint("GET", "lastIncomingCalls", many(HistoryCall), replay=Replay.ALWAYS, query=("minutes",))
LAST_OUTGOING_CALLS = Endpoint("GET", "lastOutgoingCalls", many(HistoryCall), replay=Replay.ALWAYS, query=("minutes",))


class Journals(Section):
    """Methods on the journals.

    A journal holds what passed while the webhook of its kind was on, and is up to two minutes behind: to answer
    messages, receive notifications. ``minutes`` is how far back it goes, by default 1,440, a day.
    """

    async def get_chat_history(self, chat_id: str, *, count: int | None = None) -> list[HistoryMessage]:
        """List the last messages of a chat, newest first; 100, unless ``count`` is given.

        Manual: 1.3.5, GetChatHistory.
        """
        return await self._call(GET_CHAT_HISTORY, chatId=chat_id, count=count)

    async def get_message(self, chat_id: str, id_message: str) -> HistoryMessage:
        """Get one message of a chat.

        Raises ``BadRequestError`` for one that is not in the journal; it may still wait in the outgoing queue.

        Manual: 1.3.5, GetMessage.
        """
        return await self._call(GET_MESSAGE, chatId=chat_id, idMessage=id_message)

    async def last_incoming_messages(self, *, minutes: int | None = None) -> list[HistoryMessage]:
        """List the messages received of late; a ``HistoryBlock`` among them tells of somebody who blocked the account.

        Manual: 1.3.5, LastIncomingMessages.
        """
        return await self._call(LAST_INCOMING_MESSAGES, minutes=minutes)

    async def last_outgoing_messages(self, *, minutes: int | None = None) -> list[HistoryMessage]:
        """List the messages sent of late, with what became of each.

        Manual: 1.3.5, LastOutgoingMessages.
        """
        return await self._call(LAST_OUTGOING_MESSAGES, minutes=minutes)

    async def last_incoming_calls(self, *, minutes: int | None = None) -> list[HistoryCall]:
        """List the calls received of late.

        Beyond the manual.
        """
        return await self._call(LAST_INCOMING_CALLS, minutes=minutes)

    async def last_outgoing_calls(self, *, minutes: int | None = None) -> list[HistoryCall]:
        """List the calls made of late.

        Beyond the manual.
        """
        return await self._call(LAST_OUTGOING_CALLS, minutes=minutes)

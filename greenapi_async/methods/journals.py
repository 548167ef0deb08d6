"""Journals of messages and calls. Source: manual 1.3.5."""

from typing import Any

from greenapi_async import models, serialization
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import list_of, rows_of

__all__ = [
    "GET_CHAT_HISTORY",
    "GET_MESSAGE",
    "LAST_INCOMING_CALLS",
    "LAST_INCOMING_MESSAGES",
    "LAST_OUTGOING_CALLS",
    "LAST_OUTGOING_MESSAGES",
    "Journals",
]


def _message_row(value: Any) -> "models.journals.HistoryMessage":
    return serialization.journals.message_row(value)


_STILL_QUEUED = (
    "The message is probably still in the outgoing queue: look with show_messages_queue() and try again later. "
    "Otherwise check the chat, the message id and the instance."
)

_MINUTES = {"minutes": validation.integer(1, unit="minutes")}

GET_CHAT_HISTORY = Endpoint(
    "POST",
    "getChatHistory",
    rows_of(_message_row),
    per_second=1,
    developer_quota=300,
    idempotent=True,
    required=("chatId",),
    limits={"chatId": validation.chat_id, "count": validation.integer(1)},
)
GET_MESSAGE = Endpoint(
    "POST",
    "getMessage",
    _message_row,
    per_second=10,
    idempotent=True,
    required=("chatId", "idMessage"),
    limits={"chatId": validation.chat_id, "idMessage": validation.message_id},
    advice={
        ErrorPattern(400, "chatid not found"): _STILL_QUEUED,
        ErrorPattern(400, "message not found"): _STILL_QUEUED,
    },
)
LAST_INCOMING_MESSAGES = Endpoint(
    "GET",
    "lastIncomingMessages",
    rows_of(_message_row),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    query=("minutes",),
    limits=_MINUTES,
)
LAST_OUTGOING_MESSAGES = Endpoint(
    "GET",
    "lastOutgoingMessages",
    rows_of(_message_row),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    query=("minutes",),
    limits=_MINUTES,
)
LAST_INCOMING_CALLS = Endpoint(
    "GET",
    "lastIncomingCalls",
    list_of(lambda: models.journals.HistoryCall),
    idempotent=True,
    query=("minutes",),
    limits=_MINUTES,
)
LAST_OUTGOING_CALLS = Endpoint(
    "GET",
    "lastOutgoingCalls",
    list_of(lambda: models.journals.HistoryCall),
    idempotent=True,
    query=("minutes",),
    limits=_MINUTES,
)


class Journals(MethodGroup):
    """Methods on the journals of messages and calls.

    The journals lag behind by up to two minutes; to react to messages, receive notifications instead. Received messages
    are recorded only while ``incoming_webhook`` is on, statuses of sent ones only while ``outgoing_webhook`` is.
    """

    async def get_chat_history(
        self, chat_id: str, *, count: int | None = None
    ) -> "list[models.journals.HistoryMessage]":
        """Return the last messages of a chat, newest first.

        Args:
            chat_id: The chat, with a person or of a group.
            count: Maximum number of messages; None means 100.

        Raises:
            InvalidArgumentError: ``chat_id`` is malformed.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> for row in await client.get_chat_history(chat_id("+7 900 123-45-67"), count=10):
            ...     print(row.timestamp, row.type, row.text)

        Source: manual 1.3.5, GetChatHistory; 1 request per second, 300 per month on the Developer tariff.
        """
        return await self._request(GET_CHAT_HISTORY, {"chatId": chat_id, "count": count})

    async def get_message(self, chat_id: str, id_message: str) -> "models.journals.HistoryMessage":
        """Return one message of a chat.

        Args:
            chat_id: The message's chat.
            id_message: Id of the message.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            BadRequestError: The journal does not have the message. It may still be in the outgoing queue, see
                ``show_messages_queue``.

        Example:
            >>> row = await client.get_message(sent_to, sent.id_message)
            >>> row.status_message

        Source: manual 1.3.5, GetMessage; 10 requests per second.
        """
        return await self._request(GET_MESSAGE, {"chatId": chat_id, "idMessage": id_message})

    async def last_incoming_messages(self, *, minutes: int | None = None) -> "list[models.journals.HistoryMessage]":
        """Return the messages received recently, from all chats.

        Args:
            minutes: How far to go back; None means 1,440 (24 hours).

        Returns:
            The messages. A ``HistoryBlock`` among them reports that a person has blocked the account.

        Raises:
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> for row in await client.last_incoming_messages(minutes=60):
            ...     print(row.sender_name, row.text)

        Source: manual 1.3.5, LastIncomingMessages; 1 request per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(LAST_INCOMING_MESSAGES, {"minutes": minutes})

    async def last_outgoing_messages(self, *, minutes: int | None = None) -> "list[models.journals.HistoryMessage]":
        """Return the messages sent recently, from all chats, with their statuses.

        Args:
            minutes: How far to go back; None means 1,440 (24 hours).

        Raises:
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.5, LastOutgoingMessages; 1 request per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(LAST_OUTGOING_MESSAGES, {"minutes": minutes})

    async def last_incoming_calls(self, *, minutes: int | None = None) -> "list[models.journals.HistoryCall]":
        """Return the calls received recently.

        Args:
            minutes: How far to go back; None means 1,440 (24 hours).

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(LAST_INCOMING_CALLS, {"minutes": minutes})

    async def last_outgoing_calls(self, *, minutes: int | None = None) -> "list[models.journals.HistoryCall]":
        """Return the calls made recently.

        Args:
            minutes: How far to go back; None means 1,440 (24 hours).

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(LAST_OUTGOING_CALLS, {"minutes": minutes})

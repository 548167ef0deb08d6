"""Handing one message of a broadcast to the server, at most once.

A text is sent with an idempotency key. Files and polls have none: if the outcome of a send is unknown, or the process
ended before it was known, the message is searched for in the outgoing queue and in the journal, as ``once=`` does for
texts. It is sent again only if neither shows it two minutes later, when the journal has caught up.
"""

import hashlib
import math
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Final

import anyio

from greenapi_async import errors
from greenapi_async.http.retry import needs_intervention
from greenapi_async.models.chat_ids import may_be_same_chat
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.messages import FileMessage, PollMessage
from greenapi_async.models.queues import QueuedBody
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_content import BroadcastFile, BroadcastPoll, Message

__all__ = ["is_final", "is_stopping", "once_key", "send"]

IsTaken = Callable[[str], Awaitable[bool]]

SEARCH_DELAYS: Final = (3.0, 122.0)
"""Seconds before each search: the first waits for requests in transit, the last for the journal."""
CLOCK_TOLERANCE: Final = timedelta(minutes=5)
"""How much earlier the journal is read, because clocks differ."""
_STOPPING = (
    errors.NotAuthorizedError,
    errors.QuotaExceededError,
    errors.MessengerLimitError,
)
_LATER = (errors.TransportError, errors.RateLimitedError, errors.InstanceStartingError, errors.InboxUnavailableError)


def is_stopping(error: errors.GreenAPIError) -> bool:
    """Return whether an error stops the broadcast, because a human must act."""
    if isinstance(error, errors.InvalidArgumentError):
        return False
    return isinstance(error, _STOPPING) or needs_intervention(error)


def is_final(error: errors.GreenAPIError) -> bool:
    """Return whether an error concerns one message, which will not be accepted later either."""
    return not isinstance(error, _LATER) and not isinstance(error, errors.ServerError | errors.DecodeError)


def once_key(name: str, main_id: str) -> str:
    """Return the idempotency key of the message to a person.

    Args:
        name: Name of the broadcast.
        main_id: The id that stands for all ids of the person.
    """
    digest = hashlib.blake2b(name.encode(), digest_size=16).hexdigest()
    return f"broadcast {digest} {main_id}"


async def send(
    client: BroadcastClient,
    chat_id: str,
    message: Message,
    *,
    once: str,
    attempted: timedelta | None,
    is_taken: IsTaken,
) -> str:
    """Hand a message to the server.

    Args:
        client: The client, with the outbox of the inbox.
        chat_id: The recipient.
        message: The message.
        once: Idempotency key of a text.
        attempted: How long ago an earlier attempt began, for files and polls; None if there was none.
        is_taken: Returns whether a message is the one to another recipient.

    Returns:
        The id of the message.

    Raises:
        DeliveryUnknownError: The outcome is unknown.
        GreenAPIError: It was not sent.
    """
    if isinstance(message, str):
        return (await client.send_message(chat_id, message, once=once)).id_message
    if attempted is not None:
        for delay in SEARCH_DELAYS:
            await anyio.sleep(delay)
            for found in await _candidates(client, chat_id, message, attempted + timedelta(seconds=delay)):
                if not await is_taken(found):
                    return found
    if isinstance(message, BroadcastFile):
        sent = await client.send_file_by_url(chat_id, message.url, message.file_name, caption=message.caption)
    else:
        sent = await client.send_poll(
            chat_id, message.question, message.options, multiple_answers=message.multiple_answers
        )
    if not sent.id_message:
        raise errors.DeliveryUnknownError("the server's answer has no id that can be read")
    return sent.id_message


async def _candidates(
    client: BroadcastClient, chat_id: str, message: BroadcastFile | BroadcastPoll, attempted: timedelta
) -> list[str]:
    """Return the ids of the messages in the queue and in the journal that may be this one; those of the chat first."""
    minutes = math.ceil((attempted + CLOCK_TOLERANCE).total_seconds() / 60)
    queue = [row for row in await client.show_messages_queue() if _is_queued(message, row.body)]
    journal = [row for row in await client.last_outgoing_messages(minutes=minutes) if _is_logged(message, row)]
    found = [(row.chat_id, row.message_id) for row in queue] + [(row.chat_id, row.id_message) for row in journal]
    found.sort(key=lambda each: each[0] != chat_id)
    return [id_message for chat, id_message in found if id_message and may_be_same_chat(chat, chat_id)]


def _is_queued(message: BroadcastFile | BroadcastPoll, body: QueuedBody | None) -> bool:
    if body is None:
        return False
    if isinstance(message, BroadcastFile):
        return body.url_file == message.url and (body.caption or None) == (message.caption or None)
    return body.message == message.question and bool(body.options)


def _is_logged(message: BroadcastFile | BroadcastPoll, row: HistoryMessage) -> bool:
    if row.send_by_api is False:
        return False
    if isinstance(message, BroadcastFile):
        return isinstance(row.message, FileMessage) and (row.message.caption or None) == (message.caption or None)
    return isinstance(row.message, PollMessage) and row.message.name == message.question

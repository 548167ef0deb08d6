"""Handing one message of a broadcast to the server, at most once, and what its failures mean."""

import hashlib

from greenapi_async import errors
from greenapi_async.http.retry import needs_intervention
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_content import BroadcastFile, Message

__all__ = ["is_final", "is_stopping", "once_key", "send"]

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


async def send(client: BroadcastClient, chat_id: str, message: Message, *, once: str) -> str:
    """Hand a message to the server, unless that was done before.

    Args:
        client: The client, with the outbox of the inbox.
        chat_id: The recipient.
        message: The message.
        once: Its idempotency key.

    Returns:
        The id of the message.

    Raises:
        DeliveryUnknownError: The outcome is unknown.
        GreenAPIError: It was not sent.
    """
    if isinstance(message, str):
        sent = await client.send_message(chat_id, message, once=once)
    elif isinstance(message, BroadcastFile):
        url, file_name, caption = message.url, message.file_name, message.caption
        sent = await client.send_file_by_url(chat_id, url, file_name, caption=caption, once=once)
    else:
        question, options, several = message.question, message.options, message.multiple_answers
        sent = await client.send_poll(chat_id, question, options, multiple_answers=several, once=once)
    return sent.id_message

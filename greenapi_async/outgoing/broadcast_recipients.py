"""Recipients of a broadcast, as given and as stored."""

import enum
from collections.abc import AsyncGenerator, AsyncIterable, Iterable, Mapping
from typing import Any, TypeAlias

import anyio.lowlevel
import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.chat_ids import ChatKind, chat_id, chat_kind
from greenapi_async.models.messengers import Messenger

__all__ = ["Recipient", "RecipientStatus", "Recipients", "iterate", "resolve"]

_ALLOWED = {ChatKind.PERSON, ChatKind.LID, ChatKind.GROUP}


class RecipientStatus(enum.StrEnum):
    """Status of the message to one recipient of a broadcast.

    Attributes:
        WAITING: Nothing has been sent yet.
        SENDING: It is being handed to the server, or was when the process ended.
        QUEUED: The server has it in its outgoing queue.
        SENT: It has left the server.
        DELIVERED: It is on the recipient's phone.
        READ: The recipient has read it.
        FAILED: It was not sent or not delivered; the reason says why.
        SKIPPED: It is not sent: the recipient opted out, has no account, or is on the list twice.
    """

    WAITING = "waiting"
    SENDING = "sending"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    SKIPPED = "skipped"


def _as_text(chat_id: object) -> str:
    if isinstance(chat_id, bool) or not isinstance(chat_id, str | int):  # a float has digits of its own
        raise InvalidArgumentError(f"the chat_id of a recipient is {chat_id!r}; expected a string")
    return str(chat_id)


@attrs.frozen
class Recipient:
    """A recipient of a broadcast.

    Attributes:
        chat_id: Phone number in international form, or the chat id of a person or a group. On MAX and Telegram, digits
            alone are a chat id; write phone numbers with ``+``, or use the function ``chat_id``.
        name: Name for the text.
        language: Language of the text, a key of the texts by language.
        data: What else the text needs; JSON values, because they are stored.
    """

    chat_id: str = attrs.field(converter=_as_text)
    name: str | None = attrs.field(default=None, kw_only=True)
    language: str | None = attrs.field(default=None, kw_only=True)
    data: Mapping[str, Any] = attrs.field(factory=dict[str, Any], kw_only=True)


Recipients: TypeAlias = Iterable[str | int | Recipient] | AsyncIterable[str | int | Recipient]


async def iterate(recipients: Recipients) -> AsyncGenerator[Recipient]:
    """Yield the recipients that are given, one after the other."""
    if isinstance(recipients, AsyncIterable):
        async for each in recipients:
            yield _recipient(each)
        return
    for number, each in enumerate(recipients):
        if number % 1000 == 0:
            await anyio.lowlevel.checkpoint()
        yield _recipient(each)


def _recipient(given: str | int | Recipient) -> Recipient:
    if isinstance(given, Recipient):
        return given
    is_number = isinstance(given, int) and not isinstance(given, bool)
    return Recipient(f"+{given}" if is_number else given)  # on MAX, digits alone are a chat id


def resolve(recipient: Recipient, messenger: Messenger | None) -> str:
    """Return the chat id of a recipient.

    Args:
        recipient: The recipient.
        messenger: Messenger of the instance; None if it is unknown.

    Raises:
        InvalidArgumentError: It is neither a phone number nor the chat id of a person or a group.
    """
    found = chat_id(recipient.chat_id, messenger=messenger)
    if chat_kind(found) not in _ALLOWED:
        raise InvalidArgumentError(f"{found} is neither a person nor a group")
    return found

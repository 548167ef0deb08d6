"""Content of a broadcast: a text, texts by language, or a function of the recipient; a text, a file or a poll.

What a person gets is computed right before it is sent, and stored before the request leaves. So a message that is
interrupted is continued with the same content, whatever the function would return then.
"""

# ProcessClient's private members are for this library.
# pyright: reportPrivateUsage=false

import hashlib
import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from inspect import isawaitable
from typing import Any, TypeAlias, cast

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.methods.sending import SEND_MESSAGE, SEND_POLL
from greenapi_async.methods.sending_files import SEND_FILE_BY_URL
from greenapi_async.outgoing.broadcast_client import BroadcastClient
from greenapi_async.outgoing.broadcast_recipients import Recipient

__all__ = [
    "BroadcastContent",
    "BroadcastFile",
    "BroadcastPoll",
    "Message",
    "check_message",
    "content_digest",
    "content_risks",
    "from_json",
    "render",
    "to_json",
]

_LINK = re.compile(r"https?://|www\.", re.IGNORECASE)
EXAMPLE = "79001234567@c.us"
"""A valid chat id, for checks without a recipient."""
MANY = 50
"""Recipients from which equal texts are worth a warning."""


@attrs.frozen
class BroadcastFile:
    """File that a broadcast sends.

    Attributes:
        url: URL of the file itself. ``Client.upload_file`` returns one that lives for 15 days; upload once.
        file_name: Name with extension.
        caption: Text below the file; None if there is none.
    """

    url: str
    file_name: str
    caption: str | None = None


def _listed(options: Sequence[str]) -> tuple[str, ...]:
    if isinstance(options, str):
        raise InvalidArgumentError(f"options is {options!r}; expected a list of strings")
    return tuple(options)


@attrs.frozen
class BroadcastPoll:
    """Poll that a broadcast sends.

    Attributes:
        question: The question, 1 to 255 characters.
        options: 2 to 12 different answers of 1 to 100 characters.
        multiple_answers: Whether several answers may be chosen; None means no.
    """

    question: str
    options: Sequence[str] = attrs.field(converter=_listed)
    multiple_answers: bool | None = None


Message: TypeAlias = str | BroadcastFile | BroadcastPoll
BroadcastContent: TypeAlias = Message | Mapping[str, Message] | Callable[[Recipient], Message | Awaitable[Message]]


async def render(content: BroadcastContent, recipient: Recipient) -> Message:
    """Return what a recipient gets.

    Args:
        content: Content of the broadcast.
        recipient: The recipient.

    Raises:
        InvalidArgumentError: The function returned something else, or there is no text at all.
        Exception: Whatever the function raises.
    """
    if isinstance(content, str | BroadcastFile | BroadcastPoll):
        return content
    message: object
    if callable(content):
        result: object = content(recipient)
        message = await cast("Awaitable[object]", result) if isawaitable(result) else result
    else:
        message = content.get(recipient.language or "") or next(iter(content.values()), None)
    return _checked_type(message)


def check_message(client: BroadcastClient, message: object) -> None:
    """Check a message as the method does that sends it.

    Args:
        client: The client.
        message: The message.

    Raises:
        InvalidArgumentError: It violates a documented limit, or is no message.
    """
    checked = _checked_type(message)
    values: dict[str, Any]
    if isinstance(checked, str):
        endpoint, values = SEND_MESSAGE, {"message": checked}
    elif isinstance(checked, BroadcastFile):
        endpoint, values = SEND_FILE_BY_URL, {"urlFile": checked.url, "fileName": checked.file_name}
        values["caption"] = checked.caption
    else:
        endpoint, values = SEND_POLL, {"message": checked.question, "multipleAnswers": checked.multiple_answers}
        values["options"] = [{"optionName": option} for option in checked.options]
    client._prepare(endpoint, {"chatId": EXAMPLE, **values})


def _checked_type(message: object) -> Message:
    if isinstance(message, str | BroadcastFile | BroadcastPoll):
        return message
    raise InvalidArgumentError(f"the content is {message!r}; expected a text, a BroadcastFile or a BroadcastPoll")


def content_digest(content: BroadcastContent) -> str | None:
    """Return what distinguishes a content from others; None for a function, which cannot be compared."""
    if callable(content):
        return None
    if isinstance(content, str | BroadcastFile | BroadcastPoll):
        described: Any = to_json(content)
    else:
        described = {language: to_json(message) for language, message in content.items()}
    return hashlib.blake2b(json.dumps(described, sort_keys=True).encode(), digest_size=16).hexdigest()


def to_json(message: Message) -> dict[str, Any]:
    """Return a message as it is stored."""
    if isinstance(message, str):
        return {"text": message}
    if isinstance(message, BroadcastFile):
        return {"url": message.url, "file_name": message.file_name, "caption": message.caption}
    return {"question": message.question, "options": list(message.options), "multiple": message.multiple_answers}


def from_json(stored: Mapping[str, Any]) -> Message:
    """Return a message that was stored by ``to_json``."""
    if "text" in stored:
        return str(stored["text"])
    if "url" in stored:
        return BroadcastFile(stored["url"], stored["file_name"], stored["caption"])
    return BroadcastPoll(stored["question"], stored["options"], stored["multiple"])


def content_risks(content: BroadcastContent, recipients: int) -> list[str]:
    """Return what about a content is known to get accounts banned, a sentence each.

    Args:
        content: Content of the broadcast.
        recipients: Number of recipients.
    """
    if not isinstance(content, str) or recipients < MANY:
        return []
    risks = [f"{recipients} recipients get the same text; a function of the recipient can address them by name."]
    if _LINK.search(content):
        risks.append("The text has a link; people who do not have the account in their contacts may report it.")
    return risks

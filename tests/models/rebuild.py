"""Conversion of parsed models back to JSON, for round-trip tests.

The received body provides only the shape: the position of names, and the form of values (number or string, "yes" or
true). All values come from the model's attributes, never from ``raw``. A field without an attribute therefore raises
``AttributeError``, and a changed value makes the result differ from the body.

Attributes are found by the manual's names and by this module's own table, independent of the package. Two spellings are
normalised on purpose (quirk 4), ``hungUp`` and ``onLine``; the body's spelling is used if the meaning is equal.
"""

import enum
import re
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any, cast

from greenapi_async import (
    BaseMessage,
    BaseNotification,
    EditedMessage,
    IncomingCall,
    InteractiveButtons,
    MessageNotification,
    OrderMessage,
    OutgoingCall,
    ProductMessage,
    QuotedMessage,
    TextMessage,
)
from greenapi_async.models.base import Model
from greenapi_async.types import HistoryMessage

ENVELOPE = ("instanceData", "senderData")
WRAPPERS = re.compile(
    r"\w+MessageData|messageData|(extendedText|buttons|template|list|product|order|\w+Response|\w+Reply)Message|interactiveButtons\w*"
    r"|contact|location",
    re.IGNORECASE,
)
"""Objects that hold the fields of a message."""

RENAMED: dict[type[Model], dict[str, str]] = {
    IncomingCall: {"from": "chat_id"},
    OutgoingCall: {"from": "chat_id"},
    TextMessage: {"textMessage": "text"},
    QuotedMessage: {"textMessage": "text"},
    EditedMessage: {"textMessage": "text", "caption": "text"},
    OrderMessage: {"totalCurrencyCode": "currency_code", "thumbnail": "jpeg_thumbnail"},
    ProductMessage: {"fileMessageData": "image"},
    InteractiveButtons: {"header": "title_text", "body": "content_text", "footer": "footer_text"},
}
LOST_SPELLINGS = {"hungUp": "hangUp", "onLine": "online"}
MILLISECONDS = 10**11


def rebuild_notification(notification: BaseNotification, body: Mapping[str, Any]) -> dict[str, Any]:
    """Return a notification as JSON in the shape of its body."""
    message = notification.message if isinstance(notification, MessageNotification) else None
    written: dict[str, Any] = {}
    for name, value in body.items():
        if name in ENVELOPE:
            written[name] = _object(notification, value)
        elif name == "messageData" and message is not None:
            written[name] = _message(message, value)
        elif name == "quotedMessage" and message is not None:
            written[name] = _message(message.quoted, value)
        else:
            written[name] = _attribute(notification, name, value)
    return written


def rebuild_row(row: Model, fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return a journal row as JSON in its received shape; fields that the row lacks belong to its message."""
    own = {name: value for name, value in fields.items() if hasattr(row, _snake(name))}
    rest = {name: value for name, value in fields.items() if name not in own}
    message = _message(row.message, rest) if isinstance(row, HistoryMessage) else _object(row, rest)
    return message | _object(row, own)


def _message(message: BaseMessage | None, fields: Mapping[str, Any]) -> dict[str, Any]:
    if message is None:
        raise AttributeError("no message holds these fields")
    written: dict[str, Any] = {}
    for name, value in fields.items():
        if name == "quotedMessage":
            written[name] = _message(message.quoted, value)
        elif WRAPPERS.fullmatch(name) and isinstance(value, dict):
            written[name] = _object(message, cast("dict[str, Any]", value))
        else:
            written[name] = _attribute(message, name, value)
    return written


def _object(model: Model, fields: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _attribute(model, name, value) for name, value in fields.items()}


def _attribute(model: Model, name: str, received: Any) -> Any:
    renamed = next((names[name] for kind, names in RENAMED.items() if isinstance(model, kind) and name in names), None)
    return _value(getattr(model, renamed or _snake(name)), received)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _value(value: Any, received: Any) -> Any:
    """Return a value in the form of the received one."""
    if isinstance(value, Model):
        return _object(value, received)
    if isinstance(value, list):
        items = cast("Iterable[Any]", value)
        return [_value(item, part) for item, part in zip(items, received, strict=True)]
    if isinstance(value, datetime):
        seconds = value.timestamp()
        return _number(seconds * 1000 if float(received) > MILLISECONDS else seconds, received)
    if isinstance(value, bool):
        return ("yes" if value else "no") if isinstance(received, str) else value
    if isinstance(value, enum.Enum):
        return received if LOST_SPELLINGS.get(received) == value.value else value.value
    if isinstance(value, int | float):
        return _number(value, received)
    if isinstance(value, str) and isinstance(received, int | float) and not isinstance(received, bool):
        return type(received)(value)
    return value


def _number(value: float, received: Any) -> Any:
    whole = not isinstance(received, float) and "." not in str(received) and float(value).is_integer()
    number = int(value) if whole else value
    return str(number) if isinstance(received, str) else number

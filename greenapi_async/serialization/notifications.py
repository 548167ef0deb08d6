"""Parsing of notifications and messages.

The manual nests fields (``instanceData``, ``senderData``, ``textMessageData``); nested objects are flattened first, and
the converter parses one flat object, field by field. Where a field stands twice, a null does not hide the other value.
No content makes this raise: an unknown type becomes an Unknown class, an invalid value None, an invalid quote an
``UnknownMessage``. Only a message notification whose ``messageData`` is no object is a ``MalformedNotification``.
"""

import json
from collections.abc import Mapping
from typing import Any, cast, get_args

from greenapi_async.errors import DecodeError
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.messages import (
    BaseMessage,
    DeletedMessage,
    EditedMessage,
    FileMessage,
    Message,
    PollUpdateMessage,
    ReactionMessage,
    UnknownMessage,
)
from greenapi_async.models.notifications import (
    MalformedNotification,
    MessageNotification,
    Notification,
    QuotaExceeded,
    UnknownNotification,
)
from greenapi_async.serialization.converter import create
from greenapi_async.serialization.decoders import is_object

__all__ = ["bind_client", "message_class", "notification_class", "parse_message", "parse_notification"]

_MESSAGES: dict[str, type[Message]] = {
    name.lower(): kind for kind in get_args(Message) for name in cast("type[BaseMessage]", kind).types
}
_NOTIFICATIONS: dict[str, type[Notification]] = {
    kind.type.lower(): kind for kind in get_args(Notification) if hasattr(kind, "type")
}
_EVENTS = (DeletedMessage, EditedMessage, PollUpdateMessage, ReactionMessage)
_NEW_MESSAGES: tuple[type[Message | FileMessage], ...] = (
    FileMessage,
    *(kind for kind in get_args(Message) if kind.wrappers and not issubclass(kind, (*_EVENTS, FileMessage))),
)
"""Classes in whose places the content of a message of an unknown type is looked for; not those about other messages."""
_OWN_FIELDS = frozenset({"typeMessage", "stanzaId", "participant"})
"""Where a message has a wrapper object, these fields beside it are the message's; inside, they can be another's."""
_MAX_QUOTES = 100
"""Depth of quotes within quotes; what is deeper is an ``UnknownMessage``."""


def parse_notification(
    body: bytes | bytearray | str | Mapping[str, Any], client: BoundClient | None = None
) -> "Notification":
    """Parse the body of a notification, as polled or as pushed to a webhook.

    Args:
        body: The JSON, or the object parsed from it.
        client: Client for ``reply`` and the other operations; None disables them.

    Returns:
        The notification. An invalid value makes its attribute None; the original is in ``raw``. An unknown type is an
        ``UnknownNotification``, a body whose overall shape cannot be recognised a ``MalformedNotification``.

    Raises:
        DecodeError: The body is not a JSON object.

    Example:
        >>> notification = parse_notification(request_body, client)
        >>> await notification.reply("pong")

    Source: manual 1.3.4, "Формат входящих уведомлений".
    """
    fields = _object(body)
    try:
        notification = _parse(fields)
    except (ValueError, TypeError, RecursionError) as error:
        notification = create(MalformedNotification, _envelope(fields), fields)
        object.__setattr__(notification, "error", f"{type(error).__name__}: {error}")
    if client is not None:
        bind_client(notification, client)
    return notification


def bind_client(notification: "Notification", client: BoundClient) -> None:
    """Set the client that ``reply`` and the other operations of a notification use.

    Args:
        notification: The notification.
        client: The client.
    """
    object.__setattr__(notification, "_client", client)
    if notification.id_instance in {None, client.id_instance}:
        client._learn_messenger(notification.type_instance)  # pyright: ignore[reportPrivateUsage]


def parse_message(fields: Mapping[str, Any], *, depth: int = 0) -> "Message":
    """Parse a message from ``messageData``, a journal row or a quote.

    Args:
        fields: The JSON object.
        depth: How many quotes the message is in.
    """
    kind = message_class(fields)
    flat = {**fields}
    for inner in _wrappers(kind, fields):
        _fill(flat, inner)
        if not _OWN_FIELDS.isdisjoint(inner):
            flat.update((name, fields[name]) for name in _OWN_FIELDS if fields.get(name) is not None)
    message = create(kind, flat, fields)
    if kind is UnknownMessage:
        _add_content(message, fields)
    quoted = flat.get("quotedMessage")
    if quoted is not None:
        quote = _quote(quoted, depth + 1)
        object.__setattr__(message, "quoted", quote)
        if kind is ReactionMessage:  # the quote is the message that it refers to
            for name in ("stanza_id", "participant"):
                object.__setattr__(message, name, getattr(message, name) or getattr(quote, name))
    return message


def _add_content(message: "Message", fields: Mapping[str, Any]) -> None:
    """Add the text and the file of a message of an unknown type, if they stand where a known type has them."""
    text = None if isinstance(fields.get("typeMessage"), str) else fields.get("textMessage")
    text, file = text if isinstance(text, str) else None, None
    for kind in _NEW_MESSAGES:
        inner = _wrappers(kind, fields) or ([fields] if kind is FileMessage and "downloadUrl" in fields else [])
        if inner:
            found = create(kind, {"typeMessage": fields.get("typeMessage"), **inner[0]}, fields)
            text, file = text or found.text, file or found.file
    object.__setattr__(message, "text", text)
    object.__setattr__(message, "_file", file)


def _quote(value: Any, depth: int) -> "Message":
    if is_object(value) and depth <= _MAX_QUOTES:
        return parse_message(value, depth=depth)
    return UnknownMessage(raw=value if is_object(value) else {})


def _wrappers(kind: type[BaseMessage], fields: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """Return the objects that hold the message's fields: under their names or, if there are none, ignoring case."""
    found = [fields[name] for name in kind.wrappers if name in fields and is_object(fields[name])]
    if not found and kind.wrappers:
        names = {name.lower() for name in kind.wrappers}
        found = [inner for name, inner in fields.items() if name.lower() in names and is_object(inner)]
    return found


def _fill(flat: dict[str, Any], inner: Mapping[str, Any]) -> None:
    """Add the fields of an object; a null does not replace a value."""
    if None in inner.values():
        inner = {name: value for name, value in inner.items() if value is not None or name not in flat}
    flat.update(inner)


def message_class(fields: Mapping[str, Any]) -> "type[Message]":
    """Return the class for a message; ``UnknownMessage`` for an unknown type."""
    type_message = fields.get("typeMessage")
    return _MESSAGES.get(type_message.lower(), UnknownMessage) if isinstance(type_message, str) else UnknownMessage


def notification_class(fields: Mapping[str, Any]) -> "type[Notification] | None":
    """Return the class for a notification, or None for an unknown type.

    A quota is recognised by its data, because the vendor names two types for it.
    """
    type_webhook = fields.get("typeWebhook")
    kind = _NOTIFICATIONS.get(type_webhook.lower()) if isinstance(type_webhook, str) else None
    if (
        "quotaData" in fields
        and is_object(fields["quotaData"])
        and not (kind and issubclass(kind, MessageNotification))
    ):
        return QuotaExceeded
    return kind


def _object(body: bytes | bytearray | str | Mapping[str, Any]) -> Mapping[str, Any]:
    value: Any = body
    if isinstance(body, (bytes, bytearray, str)):
        try:
            value = json.loads(body)
        except (ValueError, RecursionError) as error:
            at = f" at position {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
            problem = f"{type(error).__name__}{at}, length {len(body)}"
            raise _not_a_notification(f"the notification is not valid JSON: {problem}") from None
    if is_object(value):
        return value
    raise _not_a_notification(f"expected a JSON object as the notification, got {type(value).__name__}")


def _not_a_notification(reason: str) -> DecodeError:
    error = DecodeError(reason)
    error.advice = "Pass the body of a notification as received: bytes, text, or the object parsed from it."
    return error


def _parse(fields: Mapping[str, Any]) -> Notification:
    kind = notification_class(fields) or UnknownNotification
    notification = create(kind, _envelope(fields), fields)
    if isinstance(notification, MessageNotification):
        content: Any = fields.get("messageData") or {}
        if not is_object(content):
            raise TypeError(f"messageData: expected an object, got {type(content).__name__}")
        if content.get("quotedMessage") is None and fields.get("quotedMessage") is not None:
            content = {**content, "quotedMessage": fields["quotedMessage"]}
        object.__setattr__(notification, "message", parse_message(content))
    return notification


def _envelope(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields of a notification and of its envelope in one object."""
    flat: dict[str, Any] = {}
    for name in ("instanceData", "senderData"):
        if name in fields and is_object(fields[name]):
            flat.update(fields[name])
    _fill(flat, fields)
    return flat

"""Bodies to notifications and messages.

What the manual nests (``instanceData``, ``senderData``, ``textMessageData``) is lifted out first; then the codec reads
one flat object. Nothing in a body makes this raise: what is not known is Unknown, what cannot be read is Malformed.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast, get_args

import attrs

from greenapi_async.errors import DecodeError
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.messages import BaseMessage, Message, UnknownMessage
from greenapi_async.models.notifications import (
    BaseNotification,
    MalformedNotification,
    MessageNotification,
    Notification,
    UnknownNotification,
)
from greenapi_async.serialization.converter import camel, read, read_fields

__all__ = ["message_class", "notification_class", "parse_message", "parse_notification"]

N = TypeVar("N", bound=BaseNotification)

_OBJECT = (dict, Mapping)
"""What a JSON object may be; a dict is asked for first, since it is what it mostly is, and quick to tell."""

_MESSAGES: dict[str, type[Message]] = {
    word.lower(): kind for kind in get_args(Message) for word in cast("type[BaseMessage]", kind).types
}
_NOTIFICATIONS: dict[str, type[Notification]] = {
    kind.type.lower(): kind for kind in get_args(Notification) if hasattr(kind, "type")
}


def parse_notification(
    body: bytes | bytearray | str | Mapping[str, Any], client: BoundClient | None = None
) -> Notification:
    """Read the body of a notification, as polled or as pushed.

    With a ``client``, ``reply`` and its like work. Raises ``DecodeError`` for what is not a JSON object, and for
    nothing else: an unknown type is an ``UnknownNotification``, one that cannot be read a ``MalformedNotification``.

    Manual: 1.3.4, "Формат входящих уведомлений".
    """
    fields = _object(body)
    try:
        notification = _known(fields)
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError) as error:
        notification = _salvage(MalformedNotification, fields, error=f"{type(error).__name__}: {error}")
    if client is not None:
        object.__setattr__(notification, "_client", client)
    return notification


def parse_message(fields: Mapping[str, Any]) -> Message:
    """Read a message from ``messageData``, from a journal's row or from a quote; raises ValueError and its like."""
    kind = message_class(fields)
    flat = dict(fields)
    for wrapper in kind.wrappers:
        inner = fields.get(wrapper) or _without_case(fields, wrapper)
        if isinstance(inner, dict):
            flat.update(cast("dict[str, Any]", inner))
    flat.update((name, fields[name]) for name in _OF_ITSELF if name in fields)
    arguments = read_fields(kind, flat)
    quoted = flat.get("quotedMessage")
    if isinstance(quoted, dict):
        arguments["quoted"] = parse_message(cast("dict[str, Any]", quoted))
    return kind(raw=fields, **arguments)


_OF_ITSELF = ("stanzaId", "participant")
"""Beside a quote's contents these name the quote; within them, the message that it answered."""


def message_class(fields: Mapping[str, Any]) -> type[Message]:
    """Find the class that a message is read as."""
    word = fields.get("typeMessage")
    return _MESSAGES.get(word.lower(), UnknownMessage) if isinstance(word, str) else UnknownMessage


def _without_case(fields: Mapping[str, Any], name: str) -> Any:
    lower = name.lower()
    return next((value for key, value in fields.items() if key.lower() == lower), None)


def _object(body: bytes | bytearray | str | Mapping[str, Any]) -> Mapping[str, Any]:
    value: Any = body
    if isinstance(body, (bytes, bytearray, str)):
        try:
            value = json.loads(body)
        except (ValueError, RecursionError) as error:
            raise DecodeError(f"the body is not JSON: {type(error).__name__}") from None
    if isinstance(value, _OBJECT):
        return cast("Mapping[str, Any]", value)
    raise DecodeError(f"the body is a JSON {type(value).__name__}; a notification is an object")


def notification_class(fields: Mapping[str, Any]) -> type[Notification] | None:
    """Find the class that a notification is read as; None for a type that is not known."""
    word = fields.get("typeWebhook")
    return _NOTIFICATIONS.get(word.lower()) if isinstance(word, str) else None


def _known(fields: Mapping[str, Any]) -> Notification:
    kind = notification_class(fields)
    if kind is None:
        return _salvage(UnknownNotification, fields)
    flat = _flat(fields)
    arguments = read_fields(kind, flat)
    if issubclass(kind, MessageNotification):
        content = _inner(flat, "messageData")
        if "quotedMessage" in flat and "quotedMessage" not in content:
            content = {**content, "quotedMessage": flat["quotedMessage"]}
        arguments["message"] = parse_message(content)
    return kind(raw=fields, **arguments)


def _flat(fields: Mapping[str, Any]) -> dict[str, Any]:
    return {**_inner(fields, "instanceData"), **_inner(fields, "senderData"), **fields}


def _inner(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = fields.get(name)
    if inner is None:
        return {}
    if isinstance(inner, _OBJECT):
        return cast("Mapping[str, Any]", inner)
    raise TypeError(f"{name} is a JSON {type(inner).__name__}; an object was expected")


def _salvage(kind: type[N], fields: Mapping[str, Any], **known: Any) -> N:
    """Read what can be read of the envelope, field by field."""
    notification = kind(raw=fields, **known)
    for field in attrs.fields(BaseNotification):
        for source in (fields, fields.get("instanceData"), fields.get("senderData")):
            name = camel(field.name)
            if field.init and field.name != "raw" and isinstance(source, Mapping) and name in source:
                kind_of_value: Any = field.type
                with suppress(ValueError, TypeError, OverflowError, OSError):
                    object.__setattr__(notification, field.name, read(kind_of_value, source[name]))
    return notification

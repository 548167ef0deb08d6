"""Parsing of notifications and messages.

The manual nests fields (``instanceData``, ``senderData``, ``textMessageData``); nested objects are flattened first, and
the converter parses one flat object. No content makes this raise: an unknown type becomes an Unknown class, an invalid
value a ``MalformedNotification``.
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
from greenapi_async.serialization.converter import camel_case, structure, structure_fields

__all__ = ["message_class", "notification_class", "parse_message", "parse_notification"]

N = TypeVar("N", bound=BaseNotification)

_OBJECT = (dict, Mapping)
"""Types of a JSON object. ``dict`` comes first because it is the common case and fast to check."""

_MESSAGES: dict[str, type[Message]] = {
    name.lower(): kind for kind in get_args(Message) for name in cast("type[BaseMessage]", kind).types
}
_NOTIFICATIONS: dict[str, type[Notification]] = {
    kind.type.lower(): kind for kind in get_args(Notification) if hasattr(kind, "type")
}
_QUOTE_REFERENCE = ("stanzaId", "participant")
"""Next to a quote's content these identify the quoted message; inside it, the message that the quote replied to."""


def parse_notification(
    body: bytes | bytearray | str | Mapping[str, Any], client: BoundClient | None = None
) -> "Notification":
    """Parse the body of a notification, as polled or as pushed to a webhook.

    Args:
        body: The JSON, or the object parsed from it.
        client: Client for ``reply`` and the other operations; None disables them.

    Returns:
        The notification. An unknown type is an ``UnknownNotification``, an invalid body of a known type a
        ``MalformedNotification``.

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
    except (ValueError, TypeError, KeyError, OverflowError, OSError, RecursionError) as error:
        notification = _envelope_only(MalformedNotification, fields, error=f"{type(error).__name__}: {error}")
    if client is not None:
        object.__setattr__(notification, "_client", client)
        if notification.id_instance in {None, client.id_instance}:
            client._learn_messenger(notification.type_instance)  # pyright: ignore[reportPrivateUsage]
    return notification


def parse_message(fields: Mapping[str, Any]) -> "Message":
    """Parse a message from ``messageData``, a journal row or a quote.

    Raises:
        ValueError: A value is not convertible.
        TypeError: A value has the wrong type.
    """
    kind = message_class(fields)
    flat = dict(fields)
    for wrapper in kind.wrappers:
        inner = fields.get(wrapper) or _get_ignoring_case(fields, wrapper)
        if isinstance(inner, dict):
            flat.update(cast("dict[str, Any]", inner))
    flat.update((name, fields[name]) for name in _QUOTE_REFERENCE if name in fields)
    arguments = structure_fields(kind, flat)
    quoted = flat.get("quotedMessage")
    if isinstance(quoted, dict):
        arguments["quoted"] = parse_message(cast("dict[str, Any]", quoted))
    return kind(raw=fields, **arguments)


def message_class(fields: Mapping[str, Any]) -> "type[Message]":
    """Return the class for a message; ``UnknownMessage`` for an unknown type."""
    type_message = fields.get("typeMessage")
    return _MESSAGES.get(type_message.lower(), UnknownMessage) if isinstance(type_message, str) else UnknownMessage


def notification_class(fields: Mapping[str, Any]) -> "type[Notification] | None":
    """Return the class for a notification, or None for an unknown type."""
    type_webhook = fields.get("typeWebhook")
    return _NOTIFICATIONS.get(type_webhook.lower()) if isinstance(type_webhook, str) else None


def _get_ignoring_case(fields: Mapping[str, Any], name: str) -> Any:
    lower = name.lower()
    return next((value for key, value in fields.items() if key.lower() == lower), None)


def _object(body: bytes | bytearray | str | Mapping[str, Any]) -> Mapping[str, Any]:
    value: Any = body
    if isinstance(body, (bytes, bytearray, str)):
        try:
            value = json.loads(body)
        except (ValueError, RecursionError) as error:
            at = f" at position {error.pos}" if isinstance(error, json.JSONDecodeError) else ""
            problem = f"{type(error).__name__}{at}, length {len(body)}"
            raise DecodeError(f"the notification is not valid JSON: {problem}") from None
    if isinstance(value, _OBJECT):
        return cast("Mapping[str, Any]", value)
    raise DecodeError(f"expected a JSON object as the notification, got {type(value).__name__}")


def _parse(fields: Mapping[str, Any]) -> Notification:
    kind = notification_class(fields)
    if kind is None:
        return _envelope_only(UnknownNotification, fields)
    flat = {**_nested(fields, "instanceData"), **_nested(fields, "senderData"), **fields}
    arguments = structure_fields(kind, flat)
    if issubclass(kind, MessageNotification):
        content = _nested(flat, "messageData")
        if "quotedMessage" in flat and "quotedMessage" not in content:
            content = {**content, "quotedMessage": flat["quotedMessage"]}
        arguments["message"] = parse_message(content)
    return kind(raw=fields, **arguments)


def _nested(fields: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    inner = fields.get(name)
    if inner is None:
        return {}
    if isinstance(inner, _OBJECT):
        return cast("Mapping[str, Any]", inner)
    raise TypeError(f"{name}: expected an object, got {type(inner).__name__}")


def _envelope_only(kind: type[N], fields: Mapping[str, Any], **arguments: Any) -> N:
    """Parse the valid fields of the envelope, one by one."""
    notification = kind(raw=fields, **arguments)
    for field in attrs.fields(BaseNotification):
        for source in (fields, fields.get("instanceData"), fields.get("senderData")):
            name = camel_case(field.name)
            if field.init and "derived" not in field.metadata and isinstance(source, Mapping) and name in source:
                field_type: Any = field.type
                with suppress(ValueError, TypeError, OverflowError, OSError):  # an invalid value stays in raw
                    object.__setattr__(notification, field.name, structure(field_type, source[name]))
    return notification

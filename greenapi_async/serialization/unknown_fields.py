"""Detection of fields that the models do not know.

The server's API grows, and a new field would go unnoticed in ``raw``. Such fields are reported by path, never with
their values, which may be private.
"""

import logging
import types
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Union, cast, get_args, get_origin

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.notifications import BaseNotification, MalformedNotification, MessageNotification
from greenapi_async.serialization.decoders import is_object
from greenapi_async.serialization.encoding import wire_names
from greenapi_async.serialization.notifications import message_class, notification_class, parse_notification

__all__ = ["UnknownFieldReporter", "unknown_fields"]

logger = logging.getLogger("greenapi_async")

MAX_REMEMBERED = 1000
"""Limit on the number of remembered body shapes, and of reported fields."""

_ENVELOPE = ("instanceData", "senderData")
_NESTED = {*_ENVELOPE, "messageData", "quotedMessage"}


class UnknownFieldReporter:
    """Logs each unknown field once. Bodies of a shape seen before are skipped, which costs next to nothing."""

    def __init__(self) -> None:
        self._shapes: set[Hashable] = set()
        self._reported: set[str] = set()

    def report(self, notification: BaseNotification) -> None:
        """Log the unknown fields of a notification at WARNING."""
        if isinstance(notification, MalformedNotification):
            return
        try:
            shape = _shape(notification.raw)
        except RecursionError:
            return
        if shape in self._shapes or len(self._shapes) >= MAX_REMEMBERED:
            return
        self._shapes.add(shape)
        for path in unknown_fields(notification.raw):
            if path not in self._reported and len(self._reported) < MAX_REMEMBERED:
                self._reported.add(path)
                logger.warning(
                    "Unknown field %.200r in a notification of type %.40r",
                    path,
                    notification.type_webhook,
                    extra={"instance": notification.id_instance},
                )


def _shape(value: Any) -> Hashable:
    """Return the field names of a body, without unused ones, and the values that determine its classes."""
    if isinstance(value, dict):
        fields: dict[str, Any] = value  # pyright: ignore[reportUnknownVariableType]  a cast would cost time
        shape: list[Hashable] = [str(fields.get("typeWebhook")), str(fields.get("typeMessage"))]
        for key, part in fields.items():
            kind = part.__class__  # this runs for each field of each notification
            if kind is str:
                shape.append(key)
            elif kind is dict or kind is list:
                shape.append((key, _shape(part)))
            elif part is not None:
                shape.append(key)
        return tuple(shape)
    if isinstance(value, list):
        return frozenset([_shape(part) for part in cast("Iterable[Any]", value)])
    return None


def unknown_fields(body: bytes | str | Mapping[str, Any]) -> list[str]:
    """Return the paths of the fields of a notification that the models do not know.

    Args:
        body: The JSON, or the object parsed from it.

    Returns:
        Sorted paths, for example ``messageData.newField``. An unknown type is the path of its type field.

    Raises:
        DecodeError: The body is not a JSON object.
    """
    fields = parse_notification(body).raw
    kind = notification_class(fields)
    if kind is None:
        return ["typeWebhook"]
    try:
        return sorted(set(_in_notification(kind, fields)))
    except RecursionError:  # nested too deeply
        return []


def _in_notification(kind: type[BaseNotification], fields: Mapping[str, Any]) -> Iterator[str]:
    yield from _in_object(kind, {key: value for key, value in fields.items() if key not in _NESTED}, "")
    for name in _ENVELOPE:
        if isinstance(fields.get(name), Mapping):
            yield from _in_object(kind, fields[name], f"{name}.")
    if issubclass(kind, MessageNotification) and isinstance(fields.get("messageData"), Mapping):
        yield from _in_message(fields["messageData"], "messageData.")
        if isinstance(fields.get("quotedMessage"), Mapping):
            yield from _in_message(fields["quotedMessage"], "quotedMessage.")


def _in_message(fields: Mapping[str, Any], path: str) -> Iterator[str]:
    kind = message_class(fields)
    if not kind.types and fields.get("typeMessage") is not None:
        yield f"{path}typeMessage"
        return
    wrappers = {wrapper.lower() for wrapper in kind.wrappers}
    for key, value in fields.items():
        if key.lower() in wrappers and is_object(value):
            quoted = value.get("quotedMessage")
            yield from _in_object(
                kind, {name: part for name, part in value.items() if name != "quotedMessage"}, f"{path}{key}."
            )
            if is_object(quoted):
                yield from _in_message(quoted, f"{path}{key}.quotedMessage.")
        elif key != "quotedMessage":
            yield from _in_object(kind, {key: value}, path)
        elif is_object(value):
            yield from _in_message(value, f"{path}quotedMessage.")


def _in_object(kind: type[Model], fields: Mapping[str, Any], path: str) -> Iterator[str]:
    parsed = [field for field in attrs.fields(kind) if "derived" not in field.metadata]
    known = {name: field for field in parsed for name in wire_names(field)}
    for key, value in fields.items():
        if value is None:  # an unused part
            continue
        field = known.get(key)
        if field is None:
            yield path + key
            continue
        inner = _model_in(field.type)
        if inner is None:
            continue
        inner_path = f"{path}{key}[]." if isinstance(value, list) else f"{path}{key}."
        for item in cast("Iterable[Any]", value) if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                yield from _in_object(inner, cast("Mapping[str, Any]", item), inner_path)


def _model_in(kind: Any) -> type[Model] | None:
    """Return the model class in ``Model | None`` or ``list[Model] | None``."""
    if isinstance(kind, type) and not get_args(kind):
        return kind if issubclass(kind, Model) else None
    if get_origin(kind) in {Union, types.UnionType, list}:
        return next((found for part in get_args(kind) if (found := _model_in(part))), None)
    return None

"""What the server says and no class names.

The server grows: a new field is kept in ``raw`` and read by nobody, so nobody notices. This lists such fields by path,
never with their values, which may be people's letters.
"""

import logging
import types
from collections.abc import Hashable, Iterable, Iterator, Mapping
from typing import Any, Union, cast, get_args, get_origin

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.messages import BaseMessage
from greenapi_async.models.notifications import BaseNotification, MalformedNotification, MessageNotification
from greenapi_async.serialization.converter import spellings
from greenapi_async.serialization.notifications import message_class, notification_class, parse_notification

__all__ = ["Drift", "unknown_fields"]

logger = logging.getLogger("greenapi_async")

REMEMBERED = 1000
"""Shapes of bodies, and fields, that are known to have been looked at and told."""

_ENVELOPE = ("instanceData", "senderData")


class Drift:
    """Tells of each such field once; a body of a shape that was looked at before costs next to nothing."""

    def __init__(self) -> None:
        self._shapes: set[Hashable] = set()
        self._told: set[str] = set()

    def report(self, notification: BaseNotification) -> None:
        """Log, at WARNING, the fields that no class names."""
        if isinstance(notification, MalformedNotification):
            return
        try:
            shape = _shape(notification.raw)
        except RecursionError:
            return
        if shape in self._shapes or len(self._shapes) >= REMEMBERED:
            return
        self._shapes.add(shape)
        for path in unknown_fields(notification.raw):
            if path not in self._told and len(self._told) < REMEMBERED:
                self._told.add(path)
                logger.warning("%.40r has a field that no class names: %.200r", notification.type_webhook, path)


def _shape(value: Any) -> Hashable:
    """Give the names in a body, and the words that decide by which class it is read."""
    if isinstance(value, dict):
        fields = cast("dict[str, Any]", value)
        inner = tuple((key, _shape(part)) for key, part in fields.items() if isinstance(part, dict | list))
        return tuple(fields), str(fields.get("typeWebhook")), str(fields.get("typeMessage")), inner
    if isinstance(value, list):
        return frozenset(_shape(part) for part in cast("Iterable[Any]", value))
    return None


def unknown_fields(body: bytes | str | Mapping[str, Any]) -> list[str]:
    """List the fields of a notification's body that no class names, by path, as ``messageData.newField``.

    A type that is not known is told as the path of the field that names it. Raises ``DecodeError`` for what is not a
    JSON object.
    """
    fields = parse_notification(body).raw
    kind = notification_class(fields)
    if kind is None:
        return ["typeWebhook"]
    try:
        return sorted(set(_of_notification(kind, fields)))
    except RecursionError:  # nested deeper than can be looked through
        return []


def _of_notification(kind: type[BaseNotification], fields: Mapping[str, Any]) -> Iterator[str]:
    yield from _of_object(kind, {key: value for key, value in fields.items() if key not in _ELSEWHERE}, "")
    for name in _ENVELOPE:
        if isinstance(fields.get(name), Mapping):
            yield from _of_object(kind, fields[name], f"{name}.")
    if issubclass(kind, MessageNotification) and isinstance(fields.get("messageData"), Mapping):
        yield from _of_message(fields["messageData"], "messageData.")
        if isinstance(fields.get("quotedMessage"), Mapping):
            yield from _of_message(fields["quotedMessage"], "quotedMessage.")


_ELSEWHERE = {*_ENVELOPE, "messageData", "quotedMessage"}


def _of_message(fields: Mapping[str, Any], path: str) -> Iterator[str]:
    kind = message_class(fields)
    if not kind.types and fields.get("typeMessage") is not None:
        yield f"{path}typeMessage"
        return
    wrappers = {wrapper.lower() for wrapper in kind.wrappers}
    for key, value in fields.items():
        if key == "quotedMessage":
            if isinstance(value, Mapping):
                yield from _of_message(cast("Mapping[str, Any]", value), f"{path}quotedMessage.")
        elif key.lower() in wrappers and isinstance(value, Mapping):
            yield from _of_object(kind, cast("Mapping[str, Any]", value), f"{path}{key}.")
        else:
            yield from _of_object(kind, {key: value}, path)


def _of_object(kind: type[Model], fields: Mapping[str, Any], path: str) -> Iterator[str]:
    named = [field for field in attrs.fields(kind) if "lifted" not in field.metadata]
    known = {name: field for field in named for name in spellings(field)}
    for key, value in fields.items():
        field = known.get(key)
        if field is None:
            yield path + key
            continue
        inner = _model_in(field.type)
        if inner is None or issubclass(inner, BaseMessage):
            continue
        where = f"{path}{key}[]." if isinstance(value, list) else f"{path}{key}."
        for item in cast("Iterable[Any]", value) if isinstance(value, list) else [value]:
            if isinstance(item, Mapping):
                yield from _of_object(inner, cast("Mapping[str, Any]", item), where)


def _model_in(kind: Any) -> type[Model] | None:
    """Find the model in ``Model | None`` or ``list[Model] | None``."""
    if isinstance(kind, type) and not get_args(kind):
        return kind if issubclass(kind, Model) else None
    if get_origin(kind) in {Union, types.UnionType, list}:
        return next((found for part in get_args(kind) if (found := _model_in(part))), None)
    return None

"""Rows of the journals to models.

A row is the flat shape of a message with its envelope around it (quirk 8): the envelope is read as the row, and the
same object once more as the message. A row that cannot be read does not hide the others: its fields that can be read
are, a message of a known type that cannot be is an ``UnknownMessage``, and ``raw`` keeps it whole.
"""

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from typing import Any, TypeVar, cast

import attrs

from greenapi_async.models.journals import HistoryBlock, HistoryMessage
from greenapi_async.models.messages import Message, UnknownMessage
from greenapi_async.models.statuses import HistoryStatus, StatusStatistic
from greenapi_async.serialization.converter import many, read, spellings
from greenapi_async.serialization.notifications import parse_message

__all__ = ["all_rows", "message_row", "statistics", "status_row"]

T = TypeVar("T")
R = TypeVar("R", bound=HistoryMessage)

_UNREADABLE = (ValueError, TypeError, KeyError, OverflowError, OSError)
_LIFTED_FROM_TEXT = ("backgroundColor", "font", "participants")


def message_row(value: Any) -> HistoryMessage:
    """Read one row of a journal of messages."""
    word = cast("Mapping[str, Any]", value).get("typeMessage") if isinstance(value, Mapping) else None
    blocked = isinstance(word, str) and word.lower() == "incomingblock"
    return _with_message(_row(HistoryBlock if blocked else HistoryMessage, value))


def status_row(value: Any) -> HistoryStatus:
    """Read one row of a journal of statuses; a text's colour, font and readers stand one level deeper than a file's."""
    fields = _row(HistoryStatus, value).raw
    text = fields.get("extendedTextMessage")
    inner = cast("dict[str, Any]", text) if isinstance(text, dict) else {}
    row = _row(HistoryStatus, {**{name: inner[name] for name in _LIFTED_FROM_TEXT if name in inner}, **fields})
    object.__setattr__(row, "raw", fields)
    return _with_message(row)


def all_rows(row: Callable[[Any], T]) -> Callable[[Any], list[T]]:
    """Read an answer that is an array of rows."""

    def decode(value: Any) -> list[T]:
        if not isinstance(value, list):
            raise TypeError(f"an array was expected, not {type(value).__name__}")
        return [row(item) for item in cast("Iterable[Any]", value)]

    return decode


def statistics(value: Any) -> list[StatusStatistic]:
    """Read who saw a status; a row about several people becomes one for each (quirk 20)."""
    if not isinstance(value, list):
        raise TypeError(f"an array was expected, not {type(value).__name__}")
    rows: list[Any] = []
    for row in cast("Iterable[Any]", value):
        people = cast("Mapping[str, Any]", row).get("participant") if isinstance(row, dict) else None
        if isinstance(people, list):
            rows += [{**row, "participant": person} for person in cast("Iterable[Any]", people)]
        else:
            rows.append(row)
    return many(StatusStatistic)(rows)


def _row(kind: type[R], value: Any) -> R:
    """Read a row; where that cannot be done, field by field what can."""
    try:
        return read(kind, value)
    except _UNREADABLE:
        if not isinstance(value, Mapping):
            raise
    fields = cast("Mapping[str, Any]", value)
    row = kind(raw=fields)
    for field in attrs.fields(kind):
        name = next((name for name in spellings(field) if name in fields), None)
        if field.init and field.name not in {"raw", "message"} and name is not None:
            kind_of_value: Any = field.type
            with suppress(*_UNREADABLE):
                object.__setattr__(row, field.name, read(kind_of_value, fields[name]))
    return row


def _with_message(row: R) -> R:
    object.__setattr__(row, "message", _message(row.raw))
    return row


def _message(fields: Mapping[str, Any]) -> Message:
    try:
        return parse_message(fields)
    except _UNREADABLE:
        return UnknownMessage(raw=fields, type_message=str(fields.get("typeMessage")))

"""Parsing of journal rows.

A row is a flat message together with its envelope (quirk 8), so the same object is parsed twice: as the row and as its
message. ``raw`` holds the whole row.
"""

from typing import Any, TypeVar

from greenapi_async.models.journals import HistoryBlock, HistoryMessage
from greenapi_async.models.statuses import HistoryStatus, StatusStatistic
from greenapi_async.serialization.converter import structure
from greenapi_async.serialization.decoders import as_array, is_object, list_of, rows_of
from greenapi_async.serialization.notifications import parse_message

__all__ = ["message_row", "rows_of", "status_row", "status_statistics"]

R = TypeVar("R", bound=HistoryMessage)

_NESTED_IN_TEXT = {"background_color": "backgroundColor", "font": "font", "participants": "participants"}


def message_row(value: Any) -> HistoryMessage:
    """Parse a row of a message journal."""
    type_message = value.get("typeMessage") if is_object(value) else None
    blocked = isinstance(type_message, str) and type_message.lower() == "incomingblock"
    return _with_message(structure(HistoryBlock if blocked else HistoryMessage, value))


def status_row(value: Any) -> HistoryStatus:
    """Parse a row of a status journal. Text statuses nest colour, font and viewers one level deeper than files do."""
    row = structure(HistoryStatus, value)
    text = row.raw.get("extendedTextMessage")
    if is_object(text):
        nested = structure(HistoryStatus, {name: text.get(name) for name in _NESTED_IN_TEXT.values()})
        for attribute in _NESTED_IN_TEXT:
            if getattr(row, attribute) is None:
                object.__setattr__(row, attribute, getattr(nested, attribute))
    return _with_message(row)


def status_statistics(value: Any) -> list[StatusStatistic]:
    """Parse the viewers of a status. A row about several people becomes one row per person (quirk 20)."""
    rows: list[Any] = []
    for row in as_array(value):
        people = row.get("participant") if is_object(row) else None
        if is_object(row) and people and isinstance(people, list):
            rows += [{**row, "participant": person} for person in as_array(people)]
        else:
            rows.append(row)
    return list_of(lambda: StatusStatistic)(rows)


def _with_message(row: R) -> R:
    object.__setattr__(row, "message", parse_message(row.raw))
    return row

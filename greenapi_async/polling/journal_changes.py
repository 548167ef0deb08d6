"""Edits and deletions in a journal: which rows are one message, what it says now, and whether it was deleted.

A row can name the other message of its edit or deletion. The documentation does not say in which direction, and whether
an edit has a row of its own, so every combination is understood: rows that are linked by an edit are one message, with
the identity of the oldest and the content of the newest; rows that are linked by a deletion are gone.

Rows that are events themselves, such as a reaction or an ``editedMessage``, are not merged: they come back as events.
"""

from collections.abc import Collection, Iterable
from typing import TypeAlias

import attrs

from greenapi_async.models.chat_ids import is_chat_number
from greenapi_async.models.journals import HistoryMessage
from greenapi_async.models.messages import DeletedMessage, EditedMessage

__all__ = ["JournalMessage", "group_rows"]

_Name: TypeAlias = tuple[str | None, str]
"""The chat and the id of a message. The chat is None on WhatsApp, where a chat may have two ids."""


@attrs.define(eq=False)
class JournalMessage:
    """The rows of one message.

    Attributes:
        rows: The original first, the newest version last.
        linked: Ids under which it may be known: those of the rows, and those that they name as edits.
        is_deleted: Whether it was deleted for everyone.
    """

    rows: list[HistoryMessage]
    linked: set[str] = attrs.field(factory=set[str])
    is_deleted: bool = False

    @property
    def original(self) -> HistoryMessage:
        """The row with the id and the time under which the message was received."""
        return self.rows[0]

    @property
    def newest(self) -> HistoryMessage:
        """The row with the current content."""
        return self.rows[-1]


def group_rows(rows: Iterable[HistoryMessage]) -> list[JournalMessage]:
    """Group rows into messages.

    Args:
        rows: The rows, oldest first.

    Returns:
        The messages in the order of their originals.
    """
    rows = list(rows)
    deleted = {name for row in rows for name in _deleted_by(row)}
    messages: list[JournalMessage] = []
    by_name: dict[_Name, JournalMessage] = {}
    for row in rows:
        is_event = row.message.is_event
        names = [_name(row, one) for one in (row.edited_message_id, row.id_message) if one]
        message = None if is_event else next((by_name[name] for name in names if name in by_name), None)
        if message is None:
            message = JournalMessage([row])
            messages.append(message)
        else:
            message.rows.append(row)
        if not is_event:
            message.linked.update(id_message for _, id_message in names)
            by_name.update(dict.fromkeys(names, message))
        message.is_deleted |= _is_deleted(row, deleted)
    return messages


def _deleted_by(row: HistoryMessage) -> Iterable[_Name]:
    """Yield the messages that are deleted according to a row."""
    ids = {row.deleted_message_id}
    if isinstance(row.message, DeletedMessage):
        ids.add(row.message.stanza_id)
    elif row.is_deleted or row.deleted_message_id:
        ids.add(row.id_message)
    return (_name(row, one) for one in ids if one)


def _name(row: HistoryMessage, id_message: str) -> _Name:
    """Return the name of a message in the chat of a row; on MAX and Telegram ids are unique within one chat only."""
    return (row.chat_id if is_chat_number(row.chat_id) else None, id_message)


def _is_deleted(row: HistoryMessage, deleted: Collection[_Name]) -> bool:
    """Return whether the message of a row was deleted; a deletion itself was not."""
    if isinstance(row.message, DeletedMessage):
        return False
    about = row.message.stanza_id if isinstance(row.message, EditedMessage) else None
    ids = (row.id_message, row.edited_message_id, about)
    return row.is_deleted is True or any(_name(row, one) in deleted for one in ids if one)

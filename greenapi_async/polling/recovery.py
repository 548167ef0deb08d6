"""Recovery: messages that the server's queue has lost, from the journal.

The queue keeps a notification for 24 hours; the journal of incoming messages goes back as far as WhatsApp provides its
history. After a longer outage the journal's rows are turned back into notifications and put into the inbox, which
rejects those it knows and marks the others as recovered. A message that was edited meanwhile comes back once, with its
current text; one that was deleted does not come back (``journal_changes``).
"""

import logging
import math
import time
from collections.abc import Awaitable, Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import attrs

from greenapi_async.errors import DecodeError, InvalidArgumentError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.models.journals import HistoryBlock, HistoryMessage
from greenapi_async.models.notifications import IncomingMessageReceived
from greenapi_async.models.states import Direction
from greenapi_async.polling.deduplication import recovered_entry
from greenapi_async.polling.journal_changes import JournalMessage, group_rows
from greenapi_async.serialization.encoding import wire_names

__all__ = ["Recovered", "recover"]

logger = logging.getLogger("greenapi_async")

_ROW_MEMBERS = {
    name
    for field in attrs.fields(HistoryMessage)
    if "derived" not in field.metadata and field.name != "type_message"
    for name in wire_names(field)
}
"""Members of a row that do not belong to its message."""
_SENDER = {
    "chatId": "chatId",
    "chatType": "chatType",
    "senderId": "sender",
    "senderName": "senderName",
    "senderContactName": "senderContactName",
}
"""Members of a row, and their names in ``senderData``."""


@attrs.frozen(kw_only=True)
class Recovered:
    """Result of a recovery.

    Attributes:
        found: Incoming rows since the given time: the sum of the others.
        stored: Messages put into the inbox.
        known: Messages that the inbox already knew.
        skipped: Rows of deleted messages, earlier and later versions of an edited one, and rows that cannot be
            deduplicated or parsed, such as those of a person who blocked the account.
    """

    found: int
    stored: int
    known: int
    skipped: int


async def recover(
    fetch: Callable[[int], Awaitable[list[HistoryMessage]]],
    id_instance: int,
    inbox: Inbox,
    since: datetime | timedelta,
    *,
    wid: str | None = None,
    type_instance: str = "whatsapp",
    clock: Callable[[], float] = time.time,
) -> Recovered:
    """Put the incoming messages that an inbox does not know into it, oldest first, marked as recovered.

    The inbox knows what it handled in the 24 hours before an outage, and keeps that for an hour after it: do not go
    further back, and recover at once, or messages are handled twice. Only messages come back, no statuses or calls. The
    journal contains what arrived while ``incomingWebhook`` was on, and lags up to two minutes.

    An edited message comes back once, with its current text, unless the inbox knows the message: then it was handled,
    and the edit is not a reason to handle it again. A deleted message does not come back.

    Args:
        fetch: Returns the journal's rows of the last so many minutes.
        id_instance: The instance.
        inbox: Where the messages are stored.
        since: When the outage began: an aware datetime in the past, or how long ago.
        wid: The account of the instance.
        type_instance: The instance's messenger, as in ``instanceData``.
        clock: Current time in seconds since the epoch.

    Returns:
        The numbers of rows found, stored, known and skipped.

    Raises:
        InvalidArgumentError: ``since`` is naive, or not in the past.

    Source: manual 1.3.5, LastIncomingMessages.
    """
    now = clock()
    start = _start(since, now)
    # One minute more: the server's clock may differ, and the request may wait. Older rows are filtered out below.
    rows = await fetch(math.ceil((now - start) / 60) + 1)
    instance = {"idInstance": id_instance, "wid": wid, "typeInstance": type_instance}
    incoming = [row for row in _oldest_first(rows) if row.type != Direction.OUTGOING]
    messages = [message for message in group_rows(incoming) if _is_late_enough(message.original, start)]
    stored = known = skipped = 0
    for message in messages:
        skipped += len(message.rows) - 1
        entry = _entry(message, id_instance, instance)
        if entry is None:
            skipped += 1
        elif await inbox.put(entry):
            stored += 1
        else:
            known += 1
    result = Recovered(found=stored + known + skipped, stored=stored, known=known, skipped=skipped)
    logger.info(
        "Recovered from the journal: %d messages found, %d stored, %d already known, %d skipped",
        result.found,
        stored,
        known,
        skipped,
    )
    return result


def _start(since: datetime | timedelta, now: float) -> float:
    """Return the start in whole seconds, the journal's resolution."""
    if isinstance(since, timedelta):
        if since <= timedelta():
            raise InvalidArgumentError(
                f"since is {since!r}; expected a positive timedelta, for example timedelta(days=2)"
            )
        return math.floor(now - since.total_seconds())
    if since.tzinfo is None or since.utcoffset() is None:
        raise InvalidArgumentError(
            f"since is {since.isoformat()}, without a time zone; use datetime.now(UTC) - ..., since.astimezone() for "
            "local time, or a timedelta"
        )
    if since.timestamp() >= now:
        raise InvalidArgumentError(f"since is {since.isoformat()}, in the future; expected when the outage began")
    return math.floor(since.timestamp())


def _oldest_first(rows: list[HistoryMessage]) -> list[HistoryMessage]:
    """Sort by time, oldest first; within a second in reverse order of the journal, which starts with the newest."""
    times = [row.timestamp.timestamp() for row in rows if row.timestamp is not None]
    in_order = rows if times and times[0] < times[-1] else rows[::-1]
    return sorted(in_order, key=lambda row: row.timestamp.timestamp() if row.timestamp is not None else -math.inf)


def _is_late_enough(row: HistoryMessage, start: float) -> bool:
    return row.timestamp is None or row.timestamp.timestamp() >= start


def _entry(message: JournalMessage, id_instance: int, instance: Mapping[str, Any]) -> Entry | None:
    """Create the inbox entry of a message, or None if it was deleted, or cannot be deduplicated or parsed."""
    if message.is_deleted or not message.original.id_message or isinstance(message.original, HistoryBlock):
        return None
    try:
        return recovered_entry(id_instance, _body(message, instance), message.linked)
    except (DecodeError, ValueError, TypeError, RecursionError) as error:
        logger.warning("Skipped a journal row: %s", type(error).__name__)
        return None


def _body(message: JournalMessage, instance: Mapping[str, Any]) -> dict[str, Any]:
    """Rebuild the notification of a message, without the chat's name, which the journal does not have."""
    fields, content = message.original.raw, message.newest.raw
    return {
        "typeWebhook": IncomingMessageReceived.type,
        "instanceData": {name: value for name, value in instance.items() if value is not None},
        **{name: fields[name] for name in ("timestamp",) if name in fields},
        "idMessage": message.original.id_message,
        "senderData": {name: fields[key] for key, name in _SENDER.items() if key in fields},
        "messageData": {name: value for name, value in content.items() if name not in _ROW_MEMBERS},
    }

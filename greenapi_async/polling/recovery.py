"""Messages that the queue had lost, out of the journal.

The server's queue keeps a notification for 24 hours; the journal of incoming messages goes back as far as WhatsApp
gives its history. After a longer outage its rows are turned into the notifications they had been, and go the way of
all: into the inbox, which drops those it knows by their ids, and marks the others as recovered.
"""

import logging
import math
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Any

import attrs

from greenapi_async.errors import DecodeError, InvalidArgumentError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.models.journals import HistoryBlock, HistoryMessage
from greenapi_async.models.notifications import IncomingMessageReceived
from greenapi_async.models.states import Direction
from greenapi_async.polling.deduplication import recovered_entry
from greenapi_async.serialization.converter import wire_names

__all__ = ["Recovered", "recover"]

logger = logging.getLogger("greenapi_async")

_OF_A_ROW = {
    name
    for field in attrs.fields(HistoryMessage)
    if "derived" not in field.metadata and field.name != "type_message"
    for name in wire_names(field)
}
"""What a row says beside its message."""
_SENDER = {
    "chatId": "chatId",
    "senderId": "sender",
    "senderName": "senderName",
    "senderContactName": "senderContactName",
}
"""The row's words for what stands in ``senderData``."""


@attrs.frozen(kw_only=True)
class Recovered:
    """What became of the journal's rows."""

    found: int
    """Incoming rows since the moment asked for: the sum of the others."""
    stored: int
    """Put into the inbox."""
    known: int
    """Dropped, because the inbox knew them."""
    skipped: int
    """Without an id to be known by, as those of somebody who blocked the account are, or not to be read."""


async def recover(
    fetch: Callable[[int], Awaitable[list[HistoryMessage]]],
    id_instance: int,
    inbox: Inbox,
    since: datetime | timedelta,
    *,
    wid: str | None = None,
    clock: Callable[[], float] = time.time,
) -> Recovered:
    """Put the incoming messages that an inbox does not know into it, oldest first, marked as recovered.

    ``since`` is when the outage began, as an aware datetime in the past, or how long ago that was. An inbox knows what
    it was done with in the 24 hours before an outage, and until an hour after it: reach no further back, and recover at
    once, or messages are handled again. The manual sets no bound; the journal holds what came while ``incomingWebhook``
    was on, as far as WhatsApp gives its history, and is up to two minutes behind. Messages come back, but no statuses
    and calls. Raises ``InvalidArgumentError`` for another ``since``.

    Manual: 1.3.5, LastIncomingMessages.
    """
    now = clock()
    start = _start(since, now)
    # A minute more, since the server's clock may be another and the request may wait; what is too old is left out here.
    rows = await fetch(math.ceil((now - start) / 60) + 1)
    found = [row for row in _oldest_first(rows) if _is_due(row, start)]
    stored = known = skipped = 0
    for row in found:
        arrival = _arrival(row, id_instance, wid)
        if arrival is None:
            skipped += 1
        elif await inbox.put(arrival):
            stored += 1
        else:
            known += 1
    logger.info(
        "of %d messages in the journal %d were lost and are recovered, %d were known, %d cannot be replayed",
        len(found),
        stored,
        known,
        skipped,
    )
    return Recovered(found=len(found), stored=stored, known=known, skipped=skipped)


def _start(since: datetime | timedelta, now: float) -> float:
    """Give the moment in seconds, as the journal does: whole ones."""
    if isinstance(since, timedelta):
        if since <= timedelta():
            raise InvalidArgumentError(
                f"since is {since!r}; how long ago is a positive timedelta, as timedelta(days=2)"
            )
        return math.floor(now - since.total_seconds())
    if since.tzinfo is None or since.utcoffset() is None:
        raise InvalidArgumentError(
            f"since is {since.isoformat()}, which says no time zone; give datetime.now(UTC) - ..., "
            "since.astimezone() if it is this machine's time, or a timedelta"
        )
    if since.timestamp() >= now:
        raise InvalidArgumentError(f"since is {since.isoformat()}, which is not past; give when the outage began")
    return math.floor(since.timestamp())


def _oldest_first(rows: list[HistoryMessage]) -> list[HistoryMessage]:
    """Sort by time, those of one second by their places: the journal begins with the newest, or its times say not."""
    times = [row.timestamp.timestamp() for row in rows if row.timestamp is not None]
    in_order = rows if times and times[0] < times[-1] else rows[::-1]
    return sorted(in_order, key=lambda row: row.timestamp.timestamp() if row.timestamp is not None else -math.inf)


def _is_due(row: HistoryMessage, start: float) -> bool:
    is_late_enough = row.timestamp is None or row.timestamp.timestamp() >= start
    return is_late_enough and row.type != Direction.OUTGOING


def _arrival(row: HistoryMessage, id_instance: int, wid: str | None) -> Entry | None:
    """Prepare a row for the inbox; None where it cannot be known again."""
    if not row.id_message or isinstance(row, HistoryBlock):
        return None
    try:
        return recovered_entry(id_instance, _body(row, row.id_message, id_instance, wid))
    except (DecodeError, ValueError, TypeError, RecursionError) as error:
        logger.warning("a row of the journal cannot be replayed: %s", type(error).__name__)
        return None


def _body(row: HistoryMessage, id_message: str, id_instance: int, wid: str | None) -> dict[str, Any]:
    """Give the notification that the message had been, but for the chat's name, which the journal does not tell."""
    fields = row.raw
    instance = {"idInstance": id_instance, "wid": wid, "typeInstance": "whatsapp"}
    return {
        "typeWebhook": IncomingMessageReceived.type,
        "instanceData": {name: value for name, value in instance.items() if value is not None},
        **{name: fields[name] for name in ("timestamp",) if name in fields},
        "idMessage": id_message,
        "senderData": {name: fields[key] for key, name in _SENDER.items() if key in fields},
        "messageData": {name: value for name, value in fields.items() if name not in _OF_A_ROW},
    }

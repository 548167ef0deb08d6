"""Tables of ``SQLiteInbox`` and the statements on them; all functions run in the worker thread.

A file can be replaced while entries of it are in progress: by an older copy of itself, or by the file of another inbox.
An id must not denote another entry then. So a file records which inbox used it last (``owner``). If that is not this
one, its entries get new ids, greater than all that this inbox has issued.

Ids are not reused after a restart either. AUTOINCREMENT would write a page for that in each transaction; here the file
records a block of ids as issued before the first of them is used, and the next process continues after the block.
"""

# ruff: noqa: A002  a parameter has the name of the field

import os
from collections.abc import Callable, Collection, Iterable
from datetime import UTC, datetime
from functools import cache
from sqlite3 import Connection
from typing import Any

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.cache import EntryCache
from greenapi_async.inbox.retention import KEYS_AT_ONCE, Retention
from greenapi_async.inbox.rows import microseconds, select_entries
from greenapi_async.inbox.sql import Statement, Work

__all__ = [
    "CREATE",
    "IssuedIds",
    "Session",
    "begin",
    "count_others",
    "count_quarantined",
    "delete",
    "drop",
    "hurry",
    "insert",
    "quarantine",
    "release",
    "remove",
    "rolled_back",
    "select_quarantined",
    "select_waiting",
    "update_failure",
]

CACHE_ENTRIES = 1000
CACHE_CHARACTERS = 4_000_000
MAX_UNION = 8
"""Keys that are looked up one by one; with ``IN``, SQLite would build a table of them first."""
IDS_AT_ONCE = 1000
"""Ids that are recorded as issued at once."""

CREATE = (
    """
    CREATE TABLE IF NOT EXISTS entries (
        id INTEGER PRIMARY KEY,
        instance INTEGER NOT NULL,
        receipt INTEGER,
        body TEXT NOT NULL,
        error TEXT,
        recovered INTEGER NOT NULL,
        stored INTEGER NOT NULL, -- in microseconds, like due
        attempts INTEGER NOT NULL DEFAULT 0,
        due INTEGER,
        failure TEXT,
        quarantined INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX IF NOT EXISTS entries_quarantined ON entries (id) WHERE quarantined = 1",
    # times in seconds
    "CREATE TABLE IF NOT EXISTS dedup_keys (key BLOB PRIMARY KEY, stored INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE TABLE IF NOT EXISTS retention (id INTEGER PRIMARY KEY CHECK (id = 1), last_run INTEGER NOT NULL)",
    "CREATE TABLE IF NOT EXISTS inbox_state (name TEXT PRIMARY KEY, value) WITHOUT ROWID",
)

_QUARANTINED = "(quarantined IS NOT 0 OR typeof(instance) <> 'integer')"
"""An entry of an unreadable instance would otherwise be invisible."""


@attrs.define(eq=False)
class IssuedIds:
    """Memory of one inbox about the ids of its entries, over all files that it opens.

    Attributes:
        owner: Identifies the inbox in its files.
        newest: Greatest id that it has issued or seen.
        recorded: Greatest id that the open file records as issued; 0 if that is not known.
    """

    owner: bytes = attrs.field(factory=lambda: os.urandom(16))
    newest: int = 0
    recorded: int = 0


@attrs.frozen
class Session:
    """State that lives as long as the file is open.

    Attributes:
        connection: Used in the worker thread only.
        ids: Used in the worker thread only.
        retention: Used in the worker thread only.
        cache: The newest waiting entries; used in the event loop only.
    """

    connection: Connection
    ids: IssuedIds
    retention: Retention
    cache: EntryCache


def begin(
    connection: Connection, ids: IssuedIds, clock: Callable[[], float], monotonic: Callable[[], float]
) -> Session:
    """Create the session of a file that was opened.

    Args:
        connection: The open file.
        ids: The ids of this inbox.
        clock: Returns the seconds since the epoch, by the wall clock.
        monotonic: Returns the seconds by the monotonic clock.
    """
    _continue_ids(connection, ids)
    last_run = connection.execute("SELECT last_run FROM retention WHERE typeof(last_run) = 'integer'").fetchone()
    drift = _load(connection, "drift")
    wall, now = clock(), monotonic()
    retention = Retention(
        wall,
        now,
        last_run=last_run[0] if last_run else None,
        drift=float(drift) if isinstance(drift, int | float) else None,
    )
    if retention.drift != drift:
        _save(connection, "drift", retention.drift)
    retention.advance(wall, now)
    cache = EntryCache(ids.newest, max_entries=CACHE_ENTRIES, max_characters=CACHE_CHARACTERS)
    return Session(connection, ids, retention, cache)


def insert(session: Session, entry: Entry, now: float, monotonic: float) -> Entry | None:
    """Store an entry and its deduplication keys.

    Args:
        session: The session of the open file.
        entry: The notification as received.
        now: Seconds since the epoch, by the wall clock.
        monotonic: Seconds by the monotonic clock.

    Returns:
        The stored entry, or None if it is a duplicate.
    """
    connection = session.connection
    retention = session.retention
    drift = retention.drift
    time = retention.advance(now, monotonic)
    if retention.drift != drift:
        _save(connection, "drift", retention.drift)
    _expire_keys(session, time)
    if entry.unless and connection.execute(_select_keys(len(entry.unless)), entry.unless).fetchone():
        return None
    stored = datetime.fromtimestamp(now, UTC)
    error = None if entry.error is None else _storable(entry.error)
    new_id = _next_id(session)
    connection.execute(
        "INSERT INTO entries (id, instance, receipt, body, error, recovered, stored) VALUES (?, ?, ?, ?, ?, ?, ?)",
        (new_id, entry.id_instance, entry.receipt_id, entry.body, error, entry.recovered, microseconds(stored)),
    )
    session.ids.newest = new_id
    for key in entry.keys:
        connection.execute("INSERT OR REPLACE INTO dedup_keys (key, stored) VALUES (?, ?)", (key, time))
    return Entry(
        id=new_id,
        id_instance=entry.id_instance,
        body=entry.body,
        receipt_id=entry.receipt_id,
        error=error,
        recovered=entry.recovered,
        stored=stored,
    )


def select_waiting(session: Session, instances: Collection[int], after: int, limit: int) -> list[Entry]:
    """Return waiting entries, ordered by id.

    Args:
        session: The session of the open file.
        instances: Ids of the instances whose entries to return.
        after: Only entries with a greater id.
        limit: Greatest number of entries.
    """
    some = ", ".join("?" * len(instances))
    return select_entries(
        session.connection,
        f"id > ? AND quarantined = 0 AND instance IN ({some}) ORDER BY id LIMIT ?",
        (after, *instances, max(limit, 0)),
    )


def delete(session: Session, id: int) -> None:
    """Delete an entry, waiting or in quarantine.

    Args:
        session: The session of the open file.
        id: The entry's id; an unknown id is ignored.
    """
    session.connection.execute("DELETE FROM entries WHERE id = ?", (id,))


def remove(ids: Iterable[int]) -> Work[None]:
    """Delete entries, as an operation of ``SQLDatabase``.

    Args:
        ids: Ids of entries; unknown ones are ignored.
    """
    for each in ids:
        yield Statement("DELETE FROM entries WHERE id = ?", (each,))


def update_failure(session: Session, id: int, attempts: int, due: datetime, failure: str) -> str:
    """Record a failed attempt of a waiting entry.

    Args:
        session: The session of the open file.
        id: The entry's id; an unknown id is ignored.
        attempts: Number of failed attempts so far.
        due: When to retry.
        failure: Traceback of the failure.

    Returns:
        The failure as it was stored.
    """
    storable = _storable(failure)
    session.connection.execute(
        "UPDATE entries SET attempts = ?, due = ?, failure = ? WHERE id = ? AND quarantined = 0",
        (attempts, microseconds(due), storable, id),
    )
    return storable


def quarantine(session: Session, id: int, attempts: int, failure: str) -> None:
    """Move a waiting entry to quarantine.

    Args:
        session: The session of the open file.
        id: The entry's id; an unknown id is ignored.
        attempts: Number of failed attempts.
        failure: Traceback of the last failure.
    """
    session.connection.execute(
        "UPDATE entries SET quarantined = 1, attempts = ?, due = NULL, failure = ? WHERE id = ? AND quarantined = 0",
        (attempts, _storable(failure), id),
    )


def count_others(session: Session, instances: Collection[int]) -> dict[int, int]:
    """Return the number of waiting entries of each instance that is not among these.

    Args:
        session: The session of the open file.
        instances: Ids of instances.
    """
    some = ", ".join("?" * len(instances))
    rows = session.connection.execute(
        f"SELECT instance, count(*) FROM entries WHERE quarantined = 0 AND instance NOT IN ({some}) GROUP BY instance",  # noqa: S608
        tuple(instances),
    )
    return dict(rows.fetchall())


def count_quarantined(session: Session) -> int:
    """Return the number of entries in quarantine, from the index; rows that are damaged are not counted."""
    [(count,)] = session.connection.execute("SELECT count(*) FROM entries WHERE quarantined = 1").fetchall()
    return int(count)


def select_quarantined(session: Session) -> list[Entry]:
    """Return the entries in quarantine, ordered by id."""
    return select_entries(session.connection, f"{_QUARANTINED} ORDER BY id", ())


def release(session: Session, id: int) -> Entry:
    """Requeue a quarantined entry under a new id.

    Args:
        session: The session of the open file.
        id: The entry's id.

    Raises:
        InvalidArgumentError: No quarantined entry has this id.
    """
    new_id = _next_id(session)
    cursor = session.connection.execute(
        "INSERT INTO entries (id, instance, receipt, body, error, recovered, stored)"  # noqa: S608
        " SELECT ?, instance, receipt, coalesce(body, ''), error, coalesce(recovered, 0), coalesce(stored, 0)"
        f" FROM entries WHERE id = ? AND typeof(instance) = 'integer' AND {_QUARANTINED}",
        (new_id, id),
    )
    if not cursor.rowcount:  # or its instance is unreadable, so it can only be dropped
        raise InvalidArgumentError(f"entry {id} is not in quarantine")
    session.ids.newest = new_id
    drop(session, id)
    [entry] = select_entries(session.connection, "id = ?", (new_id,))
    return entry


def drop(session: Session, id: int) -> None:
    """Delete a quarantined entry.

    Args:
        session: The session of the open file.
        id: The entry's id.

    Raises:
        InvalidArgumentError: No quarantined entry has this id.
    """
    if not session.connection.execute(f"DELETE FROM entries WHERE id = ? AND {_QUARANTINED}", (id,)).rowcount:  # noqa: S608
        raise InvalidArgumentError(f"entry {id} is not in quarantine")


def hurry(session: Session, id: int) -> int:
    """Make an entry due that waits for its retry; return its id.

    Args:
        session: The session of the open file.
        id: The entry's id.

    Raises:
        InvalidArgumentError: No entry with this id waits for a retry.
    """
    cursor = session.connection.execute(
        "UPDATE entries SET due = NULL WHERE id = ? AND quarantined = 0 AND attempts > 0", (id,)
    )
    if not cursor.rowcount:
        raise InvalidArgumentError(f"entry {id} does not wait for a retry")
    return id


def rolled_back(session: Session) -> None:
    """Forget what a transaction that was rolled back has recorded.

    Args:
        session: The session of the open file.
    """
    session.ids.recorded = 0


@cache
def _select_keys(number: int) -> str:
    if number > MAX_UNION:
        return f"SELECT 1 FROM dedup_keys WHERE key IN ({', '.join('?' * number)})"  # noqa: S608
    return " UNION ALL ".join(["SELECT 1 FROM dedup_keys WHERE key = ?"] * number)


def _next_id(session: Session) -> int:
    """Return the id of the next entry; the caller sets ``newest`` when it is used."""
    ids = session.ids
    next_id = ids.newest + 1
    if next_id > ids.recorded:
        recorded = ids.newest + IDS_AT_ONCE
        _save(session.connection, "issued_ids", recorded)
        ids.recorded = recorded
    return next_id


def _continue_ids(connection: Connection, ids: IssuedIds) -> None:
    """Make the ids of a file continue those of this inbox, or of the last one that used it."""
    owner, recorded = _load(connection, "owner"), _load(connection, "issued_ids")
    [newest] = connection.execute("SELECT coalesce(max(id), 0) FROM entries").fetchone()
    if owner != ids.owner:
        if type(recorded) is int:
            newest = max(newest, recorded)
        if ids.newest:
            offset = max(ids.newest, newest)
            connection.execute("UPDATE entries SET id = id + ?", (offset,))
            newest += offset
        _save(connection, "owner", ids.owner)
    ids.newest = max(ids.newest, newest)
    if recorded != ids.newest:
        _save(connection, "issued_ids", ids.newest)
    ids.recorded = 0


def _load(connection: Connection, name: str) -> Any:
    row = connection.execute("SELECT value FROM inbox_state WHERE name = ?", (name,)).fetchone()
    return row[0] if row else None


def _save(connection: Connection, name: str, value: bytes | float) -> None:
    connection.execute("INSERT OR REPLACE INTO inbox_state (name, value) VALUES (?, ?)", (name, value))


def _expire_keys(session: Session, now: int) -> None:
    retention = session.retention
    last_run = retention.last_run
    cutoff = retention.cutoff(now)
    if retention.last_run != last_run:
        session.connection.execute(
            "INSERT OR REPLACE INTO retention (id, last_run) VALUES (1, ?)", (retention.last_run,)
        )
    if cutoff is not None:
        _expire_some_keys(session.connection, retention, cutoff, now)


def _expire_some_keys(connection: Connection, retention: Retention, cutoff: int, now: int) -> None:
    """Delete what is too old among the next keys in the order of the table.

    An index on the age would have to be written with each key; walking through all keys once an hour costs less.
    """
    first = retention.position
    row = connection.execute(
        "SELECT key FROM dedup_keys WHERE key >= ? ORDER BY key LIMIT 1 OFFSET ?", (first, KEYS_AT_ONCE)
    ).fetchone()
    some, parameters = ("key >= ? AND key < ?", (first, row[0])) if row else ("key >= ?", (first,))
    connection.execute(f"UPDATE dedup_keys SET stored = ? WHERE {some} AND stored > ?", (now, *parameters, now))  # noqa: S608  stored by a wrong clock
    connection.execute(f"DELETE FROM dedup_keys WHERE {some} AND stored < ?", (*parameters, cutoff))  # noqa: S608
    if row:
        retention.position = row[0]
    else:
        retention.finished()


def _storable(text: str) -> str:
    """Escape lone surrogates, which a traceback may quote and SQLite cannot store."""
    return text.encode(errors="backslashreplace").decode()

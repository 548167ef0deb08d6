"""Tables of ``SQLiteInbox`` and the statements on them; all functions run in the worker thread."""

# ruff: noqa: A002  a parameter has the name of the field

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection
from typing import Any

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.cache import EntryCache
from greenapi_async.inbox.retention import KEYS_AT_ONCE, Retention

__all__ = [
    "CREATE",
    "Session",
    "begin",
    "delete",
    "drop",
    "insert",
    "quarantine",
    "release",
    "select_quarantined",
    "select_waiting",
    "update_failure",
]

CACHE_ENTRIES = 1000
CACHE_CHARACTERS = 4_000_000

CREATE = (
    """
    CREATE TABLE IF NOT EXISTS entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
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
    "CREATE INDEX IF NOT EXISTS dedup_keys_by_age ON dedup_keys (stored)",
    "CREATE TABLE IF NOT EXISTS retention (id INTEGER PRIMARY KEY CHECK (id = 1), last_run INTEGER NOT NULL)",
)

_FIELDS = "id, instance, body, receipt, error, recovered, stored, attempts, due, failure"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@attrs.frozen
class Session:
    """State that lives as long as the file is open.

    Attributes:
        connection: Used in the worker thread only.
        retention: Used in the worker thread only.
        cache: The newest waiting entries; used in the event loop only.
    """

    connection: Connection
    retention: Retention
    cache: EntryCache


def begin(connection: Connection) -> Session:
    """Create the session of a file that was opened."""
    newest = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    last_run = connection.execute("SELECT last_run FROM retention").fetchone()
    return Session(
        connection,
        Retention(int(last_run[0]) if last_run else None),
        EntryCache(int(newest[0]) if newest else 0, max_entries=CACHE_ENTRIES, max_characters=CACHE_CHARACTERS),
    )


def insert(session: Session, entry: Entry, now: float) -> Entry | None:
    """Store an entry and its deduplication keys.

    Args:
        session: The session of the open file.
        entry: The notification as received.
        now: Seconds since the epoch.

    Returns:
        The stored entry, or None if it is a duplicate.
    """
    connection = session.connection
    _expire_keys(session, int(now))
    some = ", ".join("?" * len(entry.unless))
    if connection.execute(f"SELECT 1 FROM dedup_keys WHERE key IN ({some})", entry.unless).fetchone():  # noqa: S608
        return None
    stored = datetime.fromtimestamp(now, UTC)
    error = None if entry.error is None else _storable(entry.error)
    cursor = connection.execute(
        "INSERT INTO entries (instance, receipt, body, error, recovered, stored) VALUES (?, ?, ?, ?, ?, ?)",
        (entry.id_instance, entry.receipt_id, entry.body, error, entry.recovered, _microseconds(stored)),
    )
    for key in entry.keys:
        connection.execute("INSERT OR REPLACE INTO dedup_keys (key, stored) VALUES (?, ?)", (key, int(now)))
    return Entry(
        id=cursor.lastrowid or 0,
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
    rows = session.connection.execute(
        f"SELECT {_FIELDS} FROM entries WHERE id > ? AND quarantined = 0 AND instance IN ({some})"  # noqa: S608
        " ORDER BY id LIMIT ?",
        (after, *instances, max(limit, 0)),
    )
    return [_entry(row) for row in rows]


def delete(session: Session, id: int) -> None:
    """Delete an entry, waiting or in quarantine.

    Args:
        session: The session of the open file.
        id: The entry's id; an unknown id is ignored.
    """
    session.connection.execute("DELETE FROM entries WHERE id = ?", (id,))


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
        (attempts, _microseconds(due), storable, id),
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


def select_quarantined(session: Session) -> list[Entry]:
    """Return the entries in quarantine, ordered by id."""
    rows = session.connection.execute(f"SELECT {_FIELDS} FROM entries WHERE quarantined = 1 ORDER BY id")  # noqa: S608
    return [_entry(row) for row in rows]


def release(session: Session, id: int) -> Entry:
    """Requeue a quarantined entry under a new id.

    Args:
        session: The session of the open file.
        id: The entry's id.

    Raises:
        InvalidArgumentError: No quarantined entry has this id.
    """
    cursor = session.connection.execute(
        "INSERT INTO entries (instance, receipt, body, error, recovered, stored)"
        " SELECT instance, receipt, body, error, recovered, stored FROM entries WHERE id = ? AND quarantined = 1",
        (id,),
    )
    new_id = cursor.lastrowid if cursor.rowcount else None
    drop(session, id)
    row = session.connection.execute(f"SELECT {_FIELDS} FROM entries WHERE id = ?", (new_id,))  # noqa: S608
    return _entry(row.fetchone())


def drop(session: Session, id: int) -> None:
    """Delete a quarantined entry.

    Args:
        session: The session of the open file.
        id: The entry's id.

    Raises:
        InvalidArgumentError: No quarantined entry has this id.
    """
    if not session.connection.execute("DELETE FROM entries WHERE id = ? AND quarantined = 1", (id,)).rowcount:
        raise InvalidArgumentError(f"entry {id} is not in quarantine")


def _expire_keys(session: Session, now: int) -> None:
    retention = session.retention
    last_run = retention.last_run
    cutoff = retention.cutoff(now)
    if retention.last_run != last_run:
        session.connection.execute(
            "INSERT OR REPLACE INTO retention (id, last_run) VALUES (1, ?)", (retention.last_run,)
        )
    if cutoff is not None:
        deleted = session.connection.execute(
            "DELETE FROM dedup_keys WHERE key IN (SELECT key FROM dedup_keys WHERE stored < ? LIMIT ?)",
            (cutoff, KEYS_AT_ONCE),
        )
        if deleted.rowcount < KEYS_AT_ONCE:
            retention.finished()


def _entry(row: tuple[Any, ...]) -> Entry:
    id_, instance, body, receipt, error, recovered, stored, attempts, due, failure = row
    return Entry(
        id=id_,
        id_instance=instance,
        body=body,
        receipt_id=receipt,
        error=error,
        recovered=bool(recovered),
        stored=_EPOCH + stored * _MICROSECOND,
        attempts=attempts,
        due=None if due is None else _EPOCH + due * _MICROSECOND,
        failure=failure,
    )


def _microseconds(moment: datetime) -> int:
    return (moment - _EPOCH) // _MICROSECOND


def _storable(text: str) -> str:
    """Escape lone surrogates, which a traceback may quote and SQLite cannot store."""
    return text.encode(errors="backslashreplace").decode()

"""The tables of an inbox in SQLite, and what is done to them; every function is of a connection and of values."""

# ruff: noqa: A002  it is the name of the field

from collections.abc import Collection
from datetime import UTC, datetime, timedelta
from sqlite3 import Connection
from typing import Any

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.retention import MARKS_AT_ONCE, Purge

__all__ = [
    "CREATE",
    "drop",
    "forget",
    "last_id",
    "note_failure",
    "previous_purge",
    "put_aside",
    "read_quarantine",
    "read_waiting",
    "release",
    "store",
]

CREATE = (
    """
    CREATE TABLE IF NOT EXISTS entries (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        instance INTEGER NOT NULL,
        receipt INTEGER,
        body TEXT NOT NULL,
        error TEXT,
        recovered INTEGER NOT NULL,
        stored INTEGER NOT NULL, -- in microseconds, as is due
        attempts INTEGER NOT NULL DEFAULT 0,
        due INTEGER,
        failure TEXT,
        quarantined INTEGER NOT NULL DEFAULT 0
    )
    """,
    "CREATE INDEX IF NOT EXISTS entries_quarantined ON entries (id) WHERE quarantined = 1",
    # at is in seconds
    "CREATE TABLE IF NOT EXISTS marks (mark BLOB PRIMARY KEY, at INTEGER NOT NULL) WITHOUT ROWID",
    "CREATE INDEX IF NOT EXISTS marks_by_age ON marks (at)",
    "CREATE TABLE IF NOT EXISTS purges (id INTEGER PRIMARY KEY CHECK (id = 1), at INTEGER NOT NULL)",
)

_FIELDS = "id, instance, body, receipt, error, recovered, stored, attempts, due, failure"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def last_id(connection: Connection) -> int:
    """Give the id of the newest entry there ever was."""
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'entries'").fetchone()
    return int(row[0]) if row else 0


def previous_purge(connection: Connection) -> int | None:
    """Give the time of the last purge of marks."""
    row = connection.execute("SELECT at FROM purges").fetchone()
    return int(row[0]) if row else None


def store(connection: Connection, arrival: Entry, now: float, purge: Purge) -> Entry | None:
    """Store an arrival with its marks; None where it is known."""
    _forget_marks(connection, int(now), purge)
    some = ", ".join("?" * len(arrival.unless))
    if connection.execute(f"SELECT 1 FROM marks WHERE mark IN ({some})", arrival.unless).fetchone():  # noqa: S608
        return None
    stored = datetime.fromtimestamp(now, UTC)
    error = None if arrival.error is None else _storable(arrival.error)
    cursor = connection.execute(
        "INSERT INTO entries (instance, receipt, body, error, recovered, stored) VALUES (?, ?, ?, ?, ?, ?)",
        (arrival.id_instance, arrival.receipt_id, arrival.body, error, arrival.recovered, _microseconds(stored)),
    )
    for mark in arrival.keys:
        connection.execute("INSERT OR REPLACE INTO marks (mark, at) VALUES (?, ?)", (mark, int(now)))
    return Entry(
        id=cursor.lastrowid or 0,
        id_instance=arrival.id_instance,
        body=arrival.body,
        receipt_id=arrival.receipt_id,
        error=error,
        recovered=arrival.recovered,
        stored=stored,
    )


def read_waiting(connection: Connection, instances: Collection[int], after: int, limit: int) -> list[Entry]:
    """Give what waits of these instances, by id."""
    some = ", ".join("?" * len(instances))
    rows = connection.execute(
        f"SELECT {_FIELDS} FROM entries WHERE id > ? AND quarantined = 0 AND instance IN ({some})"  # noqa: S608
        " ORDER BY id LIMIT ?",
        (after, *instances, max(limit, 0)),
    )
    return [_entry(row) for row in rows]


def forget(connection: Connection, id: int) -> None:
    """Delete an entry, if it is there."""
    connection.execute("DELETE FROM entries WHERE id = ?", (id,))


def note_failure(connection: Connection, id: int, attempts: int, due: datetime, failure: str) -> str:
    """Note when a waiting entry is tried again; gives the failure as it was stored."""
    storable = _storable(failure)
    connection.execute(
        "UPDATE entries SET attempts = ?, due = ?, failure = ? WHERE id = ? AND quarantined = 0",
        (attempts, _microseconds(due), storable, id),
    )
    return storable


def put_aside(connection: Connection, id: int, attempts: int, failure: str) -> None:
    """Put a waiting entry into quarantine."""
    connection.execute(
        "UPDATE entries SET quarantined = 1, attempts = ?, due = NULL, failure = ? WHERE id = ? AND quarantined = 0",
        (attempts, _storable(failure), id),
    )


def read_quarantine(connection: Connection) -> list[Entry]:
    """Give what is in quarantine, by id."""
    rows = connection.execute(f"SELECT {_FIELDS} FROM entries WHERE quarantined = 1 ORDER BY id")  # noqa: S608
    return [_entry(row) for row in rows]


def release(connection: Connection, id: int) -> Entry:
    """Let an entry in quarantine wait again, under a new id."""
    cursor = connection.execute(
        "INSERT INTO entries (instance, receipt, body, error, recovered, stored)"
        " SELECT instance, receipt, body, error, recovered, stored FROM entries WHERE id = ? AND quarantined = 1",
        (id,),
    )
    new = cursor.lastrowid if cursor.rowcount else None
    drop(connection, id)
    return _read(connection, new or 0)


def drop(connection: Connection, id: int) -> None:
    """Delete an entry in quarantine."""
    if not connection.execute("DELETE FROM entries WHERE id = ? AND quarantined = 1", (id,)).rowcount:
        raise InvalidArgumentError(f"entry {id} is not in quarantine")


def _forget_marks(connection: Connection, now: int, purge: Purge) -> None:
    previous = purge.previous
    cutoff = purge.cutoff(now)
    if purge.previous != previous:
        connection.execute("INSERT OR REPLACE INTO purges (id, at) VALUES (1, ?)", (purge.previous,))
    if cutoff is not None:
        removed = connection.execute(
            "DELETE FROM marks WHERE mark IN (SELECT mark FROM marks WHERE at < ? LIMIT ?)", (cutoff, MARKS_AT_ONCE)
        )
        if removed.rowcount < MARKS_AT_ONCE:
            purge.finished()


def _read(connection: Connection, id: int) -> Entry:
    return _entry(connection.execute(f"SELECT {_FIELDS} FROM entries WHERE id = ?", (id,)).fetchone())  # noqa: S608


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
    """Write half a surrogate pair as an escape; a traceback may quote one."""
    return text.encode(errors="backslashreplace").decode()

"""Records in the file of an ``SQLiteInbox``, or in PostgreSQL, shared by several processes."""

# ruff: noqa: D102  documented in records.py

import json
from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.records import (
    EXPIRED_AT_ONCE,
    LAST_CHARACTER,
    Change,
    DeleteRecord,
    PutRecord,
    Record,
    RecordStore,
    check_changes,
    new_version,
)
from greenapi_async.inbox.sql import Clock, SQLDatabase, Statement, Work, delete_some

__all__ = ["SQLRecords", "change_records"]

_COLUMNS = "key, value, version, due, expires"
_LIVES = "(expires IS NULL OR expires > ?)"


class SQLRecords(RecordStore):
    """Records that survive the death of the process.

    Args:
        database: Where they are.
        remove: Operation that removes entries of the inbox in the transaction of ``apply``; it raises an error if that
            is not allowed any more. None if there is no inbox.
        removed: Called with the ids of entries that were removed.
    """

    def __init__(
        self,
        database: SQLDatabase,
        remove: Callable[[Sequence[int]], Work[None]] | None = None,
        removed: Callable[[Sequence[int]], object] | None = None,
    ) -> None:
        self._database = database
        self._remove = remove
        self._removed = removed

    async def now(self) -> datetime:
        return await self._database.execute(_now, durable=False)

    async def get(self, collection: str, key: str) -> Record | None:
        return await self._database.execute(_get, collection, key, durable=False)

    async def page(self, collection: str, *, prefix: str = "", after: str = "", limit: int = 100) -> Sequence[Record]:
        return await self._database.execute(_page, collection, prefix, after, max(limit, 0), durable=False)

    async def due(self, collection: str, *, before: datetime | None = None, limit: int = 100) -> Sequence[Record]:
        until = Clock.NOW if before is None else before.timestamp()
        return await self._database.execute(_due, collection, until, max(limit, 0), durable=False)

    async def claim(
        self, collection: str, *, lease: float, limit: int = 1, keys: Collection[str] | None = None
    ) -> Sequence[Record]:
        owner = self._database.owner
        return await self._database.execute(_claim, collection, owner, lease, max(limit, 0), keys, durable=False)

    async def renew(self, collection: str, versions: Mapping[str, int], *, lease: float) -> Sequence[str]:
        return await self._database.execute(_renew, collection, versions, lease, durable=False)

    async def lease_left(self, collection: str, key: str) -> float:
        return await self._database.execute(_lease_left, collection, key, durable=False)

    async def apply(self, changes: Sequence[Change], *, done: Sequence[int] = (), durable: bool = True) -> bool:
        changes, remove, removed = check_changes(changes), self._remove, self._removed
        if done and remove is None:
            raise InvalidArgumentError("done= needs the records of an inbox")

        def work() -> Work[bool]:
            is_current = yield from change_records(changes)
            if is_current and remove is not None and done:
                yield from remove(done)
            return is_current

        def then(is_current: bool) -> None:  # noqa: FBT001  a result
            if is_current and removed is not None and done:
                removed(done)

        return await self._database.execute(work, then=then, durable=durable, idempotent=True)


def change_records(changes: Sequence[Change]) -> Work[bool]:
    """Make all changes, or none if a record has another version than its change names.

    Args:
        changes: The changes, as returned by ``check_changes``: in one order, so that transactions do not deadlock.

    Returns:
        False if nothing was changed; the transaction can continue.
    """
    if len(changes) > 1:
        yield Statement("SAVEPOINT changes")
    is_current = True
    for change in changes:
        is_current = yield from _put(change) if isinstance(change, PutRecord) else _delete(change)
        if not is_current:
            break
    if len(changes) > 1:
        if not is_current:
            yield Statement("ROLLBACK TO SAVEPOINT changes")
        yield Statement("RELEASE SAVEPOINT changes")
    yield from delete_some("records", ("collection", "key"), "expires <= ?", Clock.NOW, limit=EXPIRED_AT_ONCE)
    return is_current


def _put(change: PutRecord) -> Work[bool]:
    row = change.json, change.version, _seconds(change.due), _seconds(change.expires)
    key = change.collection, change.key
    if isinstance(change.replaces, int):
        changed = yield Statement(
            "UPDATE records SET value = ?, version = ?, due = ?, expires = ?, lease_until = NULL, owner = NULL"  # noqa: S608
            f" WHERE collection = ? AND key = ? AND version IN (?, ?) AND {_LIVES} RETURNING 1",
            (*row, *key, change.replaces, change.version, Clock.NOW),
        )
        return bool(changed)
    changed = yield Statement(
        "INSERT INTO records (collection, key, value, version, due, expires) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (collection, key) DO UPDATE SET value = excluded.value, version = excluded.version,"
        " due = excluded.due, expires = excluded.expires, lease_until = NULL, owner = NULL"
        " WHERE ? = 'any' OR records.version = excluded.version OR records.expires <= ? RETURNING 1",
        (*key, *row, change.replaces, Clock.NOW),
    )
    return bool(changed)


def _delete(change: DeleteRecord) -> Work[bool]:
    key = change.collection, change.key
    if change.version == "any":
        yield Statement("DELETE FROM records WHERE collection = ? AND key = ?", key)
        return True
    yield Statement("DELETE FROM records WHERE collection = ? AND key = ? AND version = ?", (*key, change.version))
    another = f"SELECT 1 FROM records WHERE collection = ? AND key = ? AND {_LIVES}"  # noqa: S608
    found = yield Statement(another, (*key, Clock.NOW))
    return not found


def _now() -> Work[datetime]:
    [(seconds,)] = yield Statement("SELECT ?", (Clock.NOW,))
    return datetime.fromtimestamp(seconds, UTC)


def _get(collection: str, key: str) -> Work[Record | None]:
    select = f"SELECT {_COLUMNS} FROM records WHERE collection = ? AND key = ? AND {_LIVES}"  # noqa: S608
    found = yield Statement(select, (collection, key, Clock.NOW))
    return _record(found[0]) if found else None


def _page(collection: str, prefix: str, after: str, limit: int) -> Work[list[Record]]:
    end, offset = prefix + LAST_CHARACTER, 0
    while True:
        found = yield Statement(
            f"SELECT {_COLUMNS} FROM records WHERE collection = ? AND key >= ? AND key < ? AND key > ? AND {_LIVES}"  # noqa: S608
            " ORDER BY key LIMIT ? OFFSET ?",
            (collection, prefix, end, after, Clock.NOW, limit, offset),
        )
        readable = _records(found)
        if readable or not found:
            return readable
        offset += len(found)  # a page of unreadable keys is not the end


def _due(collection: str, until: float | Clock, limit: int) -> Work[list[Record]]:
    found = yield Statement(
        f"SELECT {_COLUMNS} FROM records WHERE collection = ? AND due <= ? AND {_LIVES} ORDER BY due, key LIMIT ?",  # noqa: S608
        (collection, until, Clock.NOW, limit),
    )
    return _records(found)


def _claim(
    collection: str, owner: str | None, lease: float, limit: int, keys: Collection[str] | None
) -> Work[list[Record]]:
    chosen = "" if keys is None else f" AND key IN ({', '.join('?' * len(keys)) or 'NULL'})"
    found = yield Statement(
        f"SELECT {_COLUMNS} FROM records WHERE collection = ? AND due <= ?{chosen}"  # noqa: S608
        f" AND (lease_until IS NULL OR lease_until <= ? OR owner <> ?) AND {_LIVES} ORDER BY due, key LIMIT ?",
        (collection, Clock.NOW, *(keys or ()), Clock.STEADY, owner, Clock.NOW, limit),
        skip_locked=True,
    )
    records: list[Record] = []
    for row in found:
        version = new_version()
        yield Statement(
            "UPDATE records SET version = ?, lease_until = ? + ?, owner = ? WHERE collection = ? AND key = ?",
            (version, Clock.STEADY, lease, owner, collection, row[0]),
        )
        records += _records([(*row[:2], version, *row[3:])])
    return records


def _renew(collection: str, versions: Mapping[str, int], lease: float) -> Work[list[str]]:
    held: list[str] = []
    for key, version in sorted(versions.items()):
        renewed = yield Statement(
            "UPDATE records SET lease_until = ? + ? WHERE collection = ? AND key = ? AND version = ? RETURNING 1",
            (Clock.STEADY, lease, collection, key, version),
        )
        held += [key] if renewed else []
    return held


def _lease_left(collection: str, key: str) -> Work[float]:
    found = yield Statement(
        "SELECT lease_until - ? FROM records WHERE collection = ? AND key = ? AND lease_until IS NOT NULL",
        (Clock.STEADY, collection, key),
    )
    return max(float(found[0][0]), 0.0) if found else 0.0


def _records(rows: Sequence[tuple[Any, ...]]) -> list[Record]:
    return [_record(row) for row in rows if isinstance(row[0], str)]  # an unreadable key cannot be named


def _record(row: tuple[Any, ...]) -> Record:
    key, value, version, due, expires = row
    try:
        return Record(key=key, value=json.loads(value), version=int(version), due=_time(due), expires=_time(expires))
    except (TypeError, ValueError, OverflowError, OSError, RecursionError) as error:
        return Record(key=key, value=None, version=version if isinstance(version, int) else 0, error=str(error))


def _seconds(time: datetime | None) -> float | None:
    return None if time is None else time.timestamp()


def _time(seconds: float | None) -> datetime | None:
    return None if seconds is None else datetime.fromtimestamp(seconds, UTC)

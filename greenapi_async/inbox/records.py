"""Records: what features keep beside notifications, such as the journals of conversations, jobs and opt-outs.

A record is a JSON value under a key in a named collection. It can have a time at which it is due, and one at which it
expires. Features write no SQL; every store has the same semantics.

Each write gives a record a new version, a random number. A write names the version that it replaces, so a writer that
has not seen the latest one changes nothing. ``apply`` makes several changes and removes entries of the inbox in one
transaction, or makes no change at all. A change can be applied again when the outcome of the first time is unknown.

``claim`` leases due records: nobody else is given them until the lease ends, and they get a new version. So the version
is also the fencing token of the lease: whoever lost it, by sleeping too long or because the record was replaced, writes
with an old version and changes nothing. Any write ends the lease.

Times are judged by the clock of the inbox, in PostgreSQL by the clock of the database. Leases in SQLite and in memory
go by a clock that is never set; those of a process that has ended are void, because a file has one owner.
"""

import json
import secrets
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any, Final, Literal, Protocol, TypeAlias

import attrs

from greenapi_async.errors import InvalidArgumentError

__all__ = ["Change", "DeleteRecord", "PutRecord", "Record", "RecordStore", "check_changes", "new_version"]

MAX_KEY: Final = 500
MAX_CHANGES: Final = 1000
EXPIRED_AT_ONCE: Final = 100
"""Most expired records that one ``apply`` deletes."""
LAST_CHARACTER: Final = "\U0010ffff"
"""No key has it, so ``prefix + LAST_CHARACTER`` is greater than all keys with the prefix."""


def new_version() -> int:
    """Return a version that no record has had."""
    return secrets.randbits(62) + 1


def _check_name(_: object, attribute: "attrs.Attribute[str]", value: object) -> None:
    if not isinstance(value, str) or not 1 <= len(value) <= MAX_KEY or "\0" in value or LAST_CHARACTER in value:
        raise InvalidArgumentError(f"{attribute.name} is {value!r}; expected 1 to {MAX_KEY} characters without NUL")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise InvalidArgumentError(f"{attribute.name} is {value!r}, which UTF-8 cannot encode") from None


def _check_time(_: object, attribute: "attrs.Attribute[datetime | None]", value: datetime | None) -> None:
    if value is not None and value.tzinfo is None:
        raise InvalidArgumentError(f"{attribute.name} is {value!r}, which has no time zone")


def _to_json(value: object) -> str:
    try:
        return json.dumps(value, allow_nan=False, separators=(",", ":"))
    except (TypeError, ValueError) as error:
        raise InvalidArgumentError(f"value cannot be stored as JSON: {error}") from None


@attrs.frozen(kw_only=True)
class Record:
    """A stored record.

    Attributes:
        key: Its key in the collection.
        value: The JSON value; None if it is unreadable.
        version: Changes with every write.
        due: When it is due, in UTC; None if it never is.
        expires: When it is deleted, in UTC; None for never.
        error: Why the record is unreadable; None if it is not.
    """

    key: str
    value: Any = attrs.field(repr=False)
    version: int
    due: datetime | None = None
    expires: datetime | None = None
    error: str | None = None


@attrs.frozen(kw_only=True)
class PutRecord:
    """Change: store a record.

    Attributes:
        collection: Name of the collection, 1 to 500 characters.
        key: Key in the collection, 1 to 500 characters.
        json: The value; a JSON value is given.
        replaces: Version of the record that it replaces; None if there must be none; ``"any"`` replaces what is there.
        due: When it is due, aware; None if it never is.
        expires: When it may be deleted, aware; None for never. It is not returned after that.
        version: The record's new version.
    """

    collection: str = attrs.field(validator=_check_name)
    key: str = attrs.field(validator=_check_name)
    json: str = attrs.field(alias="value", converter=_to_json, repr=False)
    replaces: int | Literal["any"] | None = None
    due: datetime | None = attrs.field(default=None, validator=_check_time)
    expires: datetime | None = attrs.field(default=None, validator=_check_time)
    version: int = attrs.field(factory=new_version, init=False)


@attrs.frozen(kw_only=True)
class DeleteRecord:
    """Change: delete a record; one that does not exist is not an error.

    Attributes:
        collection: Name of the collection.
        key: Key in the collection.
        version: Version of the record to delete; ``"any"`` deletes what is there.
    """

    collection: str = attrs.field(validator=_check_name)
    key: str = attrs.field(validator=_check_name)
    version: int | Literal["any"] = "any"


Change: TypeAlias = PutRecord | DeleteRecord


class RecordStore(Protocol):
    """Store of records, the attribute ``records`` of an inbox; the module's docstring describes its guarantees.

    Every method raises ``InboxUnavailableError`` if the store cannot be used at the moment, and ``InboxError`` if it
    cannot be used at all.
    """

    async def now(self) -> datetime:
        """Return the current time by the clock that judges ``due`` and ``expires``, in UTC."""
        ...

    async def get(self, collection: str, key: str) -> Record | None:
        """Return a record, or None if there is none.

        Args:
            collection: Name of the collection.
            key: Key in the collection.
        """
        ...

    async def page(self, collection: str, *, prefix: str = "", after: str = "", limit: int = 100) -> Sequence[Record]:
        """Return records in the order of their keys, by code points. An empty page is the end.

        Args:
            collection: Name of the collection.
            prefix: Only keys that begin with it.
            after: Only keys greater than this one: the last key of the page before.
            limit: Greatest number of records.
        """
        ...

    async def due(self, collection: str, *, before: datetime | None = None, limit: int = 100) -> Sequence[Record]:
        """Return records that are due, leased ones included, the longest due first.

        Args:
            collection: Name of the collection.
            before: Records that are due until then, aware; None for now.
            limit: Greatest number of records.
        """
        ...

    async def claim(
        self, collection: str, *, lease: float, limit: int = 1, keys: Collection[str] | None = None
    ) -> Sequence[Record]:
        """Lease records that are due and not leased, the longest due first. They get a new version.

        If the caller is cancelled, or the outcome is unknown, records can be leased that nobody knows of, until the
        lease ends.

        Args:
            collection: Name of the collection.
            lease: Seconds for which nobody else is given them.
            limit: Greatest number of records.
            keys: Only records with one of these keys, at most 1000; None for any.
        """
        ...

    async def renew(self, collection: str, versions: Mapping[str, int], *, lease: float) -> Sequence[str]:
        """Extend leases.

        Args:
            collection: Name of the collection.
            versions: The version of each record, by key, as claimed.
            lease: Seconds from now.

        Returns:
            The keys of those that are still leased under this version; the others are lost.
        """
        ...

    async def lease_left(self, collection: str, key: str) -> float:
        """Return for how many more seconds a record is leased; 0 if it is not.

        Args:
            collection: Name of the collection.
            key: Key in the collection.
        """
        ...

    async def apply(self, changes: Sequence[Change], *, done: Sequence[int] = (), durable: bool = True) -> bool:
        """Make changes and remove entries of the inbox, in one transaction. Completed even if the caller is cancelled.

        Args:
            changes: At most 1000, each of another record. The same changes can be applied again.
            done: Ids of entries, removed as by ``Inbox.done``.
            durable: Whether the changes survive a power failure when this returns, and not only the death of the
                process.

        Returns:
            False if a record has another version than its change names. Then nothing was changed, and no entry removed.

        Raises:
            InvalidArgumentError: There are too many changes, or two of one record.
        """
        ...


def check_changes(changes: Sequence[Change]) -> Sequence[Change]:
    """Return the changes ordered by their records.

    Raises:
        InvalidArgumentError: There are too many changes, or two of one record.
    """
    if len(changes) > MAX_CHANGES:
        raise InvalidArgumentError(f"{len(changes)} changes at once; expected {MAX_CHANGES} or fewer")
    by_record = {(change.collection, change.key): change for change in changes}
    if len(by_record) < len(changes):
        raise InvalidArgumentError("two changes of one record")
    return [change for _, change in sorted(by_record.items())]

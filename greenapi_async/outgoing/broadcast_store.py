"""Records of a broadcast, in the inbox's store.

A broadcast has a header and a collection of its own. In this, each recipient has a record whose key is their position
on the list, so that pages come in order and no list is ever in memory. Two more kinds of records lead back to it: one
per message id, for the statuses, and one per person who was sent something, for those who are listed under two ids.

A recipient's record is written before the request leaves (``sending``), and after it together with these. Each write
names the version that it replaces: if another process has changed the record, nothing is written. Everything expires
after 366 days, as long as the idempotency keys of the outbox.
"""

import functools
import hashlib
from collections import Counter
from collections.abc import AsyncIterable, Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.inbox.records import Change, DeleteRecord, PutRecord, Record, RecordStore
from greenapi_async.models.messengers import Messenger
from greenapi_async.outgoing.broadcast_progress import BroadcastState
from greenapi_async.outgoing.broadcast_recipients import Recipient, RecipientStatus, resolve

__all__ = ["HEADERS", "KEEP", "BroadcastRecipient", "BroadcastStore", "Header", "ListDigest"]

KEEP: Final = timedelta(days=366)
HEADERS: Final = "broadcasts"
PAGE: Final = 200


@attrs.frozen(kw_only=True)
class Header:
    """Stored state of a broadcast.

    Attributes:
        state: ``LOADING`` until all recipients are stored; then ``SENDING`` until it has ended.
        created: When it was started for the first time, in UTC.
        content: Digest of the content; None for a function.
        recipients: Digest of the list of recipients; empty while they are being stored.
        duplicates: Entries that named a recipient again.
        version: Version of the record; None if there is none yet.
    """

    state: BroadcastState
    created: datetime
    content: str | None
    recipients: str = ""
    duplicates: int = 0
    version: int | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class BroadcastRecipient:
    """A recipient of a broadcast with the state of the message.

    Attributes:
        position: Position on the list, from 0.
        recipient: The recipient, with the chat id instead of the phone number.
        status: Status of the message.
        reason: Why it failed or was skipped; empty otherwise.
        id_message: Id of the message; None until the server has accepted it.
        changed: When the status changed, in UTC.
        content: What is sent, as stored by ``to_json``; None before and after.
        is_retried: Whether the next start tries again, although it failed.
        version: Version of the record; None if there is none yet.
    """

    position: int
    recipient: Recipient
    status: RecipientStatus = RecipientStatus.WAITING
    reason: str = ""
    id_message: str | None = None
    changed: datetime | None = None
    content: Any = attrs.field(default=None, repr=False)
    is_retried: bool = False
    version: int | None = attrs.field(default=None, repr=False)


class BroadcastStore:
    """Records of one broadcast.

    Args:
        records: Where they are.
        id_instance: The instance that sends it.
        name: Its name.
    """

    def __init__(self, records: RecordStore, id_instance: int, name: str) -> None:
        self.records = records
        self.collection = f"broadcast {id_instance} {name}"
        self._key = f"{id_instance} {name}"
        self._expires: datetime | None = None
        self._unreadable: int | None = None  # version of a header that cannot be read, and is to be replaced

    async def header(self) -> Header | None:
        """Return the header; None if the broadcast was never started."""
        record = await self.records.get(HEADERS, self._key)
        if record is None or record.value is None:
            self._unreadable = None if record is None else record.version
            return None
        value = dict(record.value)
        header = Header(
            state=BroadcastState(value["state"]),
            created=datetime.fromisoformat(value["created"]),
            content=value["content"],
            recipients=value["recipients"],
            duplicates=value["duplicates"],
            version=record.version,
        )
        self._expires = header.created + KEEP
        return header

    async def put_header(self, header: Header) -> Header | None:
        """Store the header in place of the one that was read.

        Returns:
            The header with the new version; None if the stored one was changed meanwhile, and nothing was stored.
        """
        change = self._header_change(header, header.version or self._unreadable)
        return attrs.evolve(header, version=change.version) if await self.records.apply([change]) else None

    async def load(
        self,
        header: Header,
        recipients: AsyncIterable[Recipient],
        messenger: Messenger | None,
        identities: ClientIdentities,
    ) -> Header | None:
        """Store the header and the recipients; those that are invalid are stored as failed.

        The header is written again with each page. So a process that slept, while another one took the broadcast over,
        overwrites nothing.

        Args:
            header: The header.
            recipients: The list.
            messenger: Messenger of the instance.
            identities: Which ids belong to one person, to find those who are on the list twice.

        Returns:
            The header with the digest of the list and the number of duplicates, which are not stored yet; None if
            another process has taken over, or has cancelled the broadcast.

        Raises:
            InvalidArgumentError: The list is empty. The name stays free for another one.
        """
        known: set[bytes] = set()
        changes: list[Change] = []
        position = duplicates = 0
        digest = ListDigest()
        loading = _Loading(
            self.records, functools.partial(self._header_change, header), header.version or self._unreadable
        )
        if not await loading.apply([]):
            return None
        async for given in recipients:
            person = _person(position, given, messenger)
            main = _hash(identities.known.main_id(person.recipient.chat_id))
            digest.add_id(person.recipient.chat_id)
            if main in known:
                duplicates += 1
                continue
            known.add(main)
            position += 1
            changes.append(self._put_person(person, "any"))
            if len(changes) == PAGE:
                if not await loading.apply(changes, durable=False):
                    return None
                changes = []
        if not position:
            raise InvalidArgumentError("the list of recipients is empty; nothing was sent")
        # what an interrupted start with a longer list has left behind
        while rest := await self._page(_person_key(position - 1)):
            deleted = [DeleteRecord(collection=self.collection, key=each.key) for each in rest]
            if not await loading.apply(deleted, durable=False):
                return None
        if not await loading.apply(changes):
            return None
        return attrs.evolve(header, recipients=digest.value, duplicates=duplicates, version=loading.version)

    async def count(self) -> Counter[RecipientStatus]:
        """Return the number of recipients by status."""
        counts: Counter[RecipientStatus] = Counter()
        after = -1
        while people := await self.people(after):
            counts.update(person.status for person in people)
            after = people[-1].position
        return counts

    async def has_retried(self) -> bool:
        """Return whether there are recipients who are tried again at the next start."""
        after = -1
        while people := await self.people(after):
            if any(person.is_retried for person in people):
                return True
            after = people[-1].position
        return False

    async def people(self, after: int = -1) -> Sequence[BroadcastRecipient]:
        """Return a page of recipients; an empty one is the end.

        Args:
            after: Position of the last recipient of the page before.
        """
        return [_from_record(record) for record in await self._page(_person_key(after) if after >= 0 else "")]

    async def person(self, position: int) -> BroadcastRecipient | None:
        """Return a recipient."""
        record = await self.records.get(self.collection, _person_key(position))
        return None if record is None or record.value is None else _from_record(record)

    async def save(self, person: BroadcastRecipient, *more: Change) -> BroadcastRecipient | None:
        """Store a recipient, and make more changes in the same transaction.

        Returns:
            The recipient with the new version; None if another process has changed the record, and nothing was stored.
        """
        change = self._put_person(person, person.version)
        if not await self.records.apply([change, *more]):
            return None
        return attrs.evolve(person, version=change.version)

    async def links(self, person: BroadcastRecipient, id_message: str, main_id: str) -> list[Change]:
        """Return the changes that lead from a message and a person to the recipient.

        Args:
            person: The recipient.
            id_message: Id of the message.
            main_id: The id that stands for all ids of the person.
        """
        positions = [*await self.positions(id_message), person.position]
        unique = sorted(set(positions))  # on MAX and Telegram, messages of several chats can have the same id
        return [
            self._put(self.collection, f"message {id_message}", unique, "any"),
            self._put(self.collection, f"sent {main_id}", person.position, "any"),
        ]

    async def positions(self, id_message: str) -> list[int]:
        """Return the recipients who may have got a message."""
        record = await self.records.get(self.collection, f"message {id_message}")
        return [] if record is None or record.value is None else list(record.value)

    async def was_sent_to(self, main_id: str) -> int | None:
        """Return the position under which a person has been sent the message; None if there is none."""
        record = await self.records.get(self.collection, f"sent {main_id}")
        return None if record is None or record.value is None else int(record.value)

    def _header_change(self, header: Header, replaces: int | None) -> PutRecord:
        self._expires = header.created + KEEP
        value = {**attrs.asdict(header), "state": str(header.state), "created": header.created.isoformat()}
        del value["version"]
        return self._put(HEADERS, self._key, value, replaces)

    async def _page(self, after: str) -> Sequence[Record]:
        return await self.records.page(self.collection, prefix="person ", after=after, limit=PAGE)

    def _put_person(self, person: BroadcastRecipient, replaces: Any) -> PutRecord:
        recipient = person.recipient
        value = {
            "to": recipient.chat_id,
            "name": recipient.name,
            "language": recipient.language,
            "data": dict(recipient.data),
            "status": str(person.status),
            "reason": person.reason,
            "id": person.id_message,
            "changed": None if person.changed is None else person.changed.timestamp(),
            "content": person.content,
            "again": person.is_retried,
        }
        shown = {name: each for name, each in value.items() if each or name == "to"}
        return self._put(self.collection, _person_key(person.position), shown, replaces)

    def _put(self, collection: str, key: str, value: Any, replaces: Any) -> PutRecord:
        return PutRecord(collection=collection, key=key, value=value, replaces=replaces, expires=self._expires)


@attrs.define
class _Loading:
    """Writes a header again and again, as long as nobody else does."""

    _records: RecordStore
    _change: Callable[[int | None], PutRecord]
    version: int | None

    async def apply(self, changes: Sequence[Change], *, durable: bool = True) -> bool:
        header = self._change(self.version)
        self.version = header.version
        return await self._records.apply([*changes, header], durable=durable)


class ListDigest:
    """Digest of a list of recipients; their order does not count."""

    def __init__(self) -> None:
        self._sum = 0
        self._count = 0

    def add(self, given: Recipient, messenger: Messenger | None) -> None:
        """Add a recipient.

        Args:
            given: The recipient.
            messenger: Messenger of the instance.
        """
        self.add_id(_person(0, given, messenger).recipient.chat_id)

    def add_id(self, chat_id: str) -> None:
        """Add the chat id of a recipient, or what was given instead of one."""
        self._sum = (self._sum + int.from_bytes(_hash(chat_id), "big")) % (1 << 128)
        self._count += 1

    @property
    def value(self) -> str:
        """The digest of what was added."""
        return f"{self._count}:{self._sum:032x}"


def _person(position: int, given: Recipient, messenger: Messenger | None) -> BroadcastRecipient:
    try:
        return BroadcastRecipient(position=position, recipient=attrs.evolve(given, chat_id=resolve(given, messenger)))
    except InvalidArgumentError as error:
        reason = f"invalid recipient: {error.reason}"
        return BroadcastRecipient(position=position, recipient=given, status=RecipientStatus.FAILED, reason=reason)


def _from_record(record: Record) -> BroadcastRecipient:
    value: dict[str, Any] = record.value or {}
    changed = value.get("changed")
    return BroadcastRecipient(
        position=int(record.key.rpartition(" ")[2]),
        recipient=Recipient(
            value.get("to", ""),
            name=value.get("name"),
            language=value.get("language"),
            data=value.get("data", {}),
        ),
        status=RecipientStatus(value.get("status", RecipientStatus.FAILED)),
        reason=value.get("reason", "" if record.error is None else "its record cannot be read"),
        id_message=value.get("id"),
        changed=None if changed is None else datetime.fromtimestamp(changed, UTC),
        content=value.get("content"),
        is_retried=value.get("again", False),
        version=record.version,
    )


def _person_key(position: int) -> str:
    return f"person {position:09d}"


def _hash(text: str) -> bytes:
    return hashlib.blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()

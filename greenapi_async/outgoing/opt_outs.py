"""Opt-outs: the people who do not want broadcasts, stored with the inbox.

Each instance has its own list. A person who is known by several ids, a number and an ``@lid``, is one person: an
opt-out is stored under all ids that are known, and found under any that is known later.
"""

import logging
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, cast

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.inbox.identities import IdentityStore
from greenapi_async.inbox.records import Change, DeleteRecord, PutRecord, Record, RecordStore
from greenapi_async.models.chat_ids import ChatKind, chat_kind
from greenapi_async.models.identities import Identities
from greenapi_async.models.notifications import IncomingMessageReceived, Notification
from greenapi_async.outgoing.opt_out_words import LANGUAGES, Language, Word, collect_words, find_word
from greenapi_async.processing.client_protocol import ProcessClient

if TYPE_CHECKING:
    from greenapi_async.inbox.base import Inbox

# ProcessClient's private members are for this package.
# pyright: reportPrivateUsage=false

__all__ = ["OptOut", "OptOuts"]

logger = logging.getLogger("greenapi_async")

COLLECTION: Final = "opt outs"
PERSONS: Final = {ChatKind.PERSON, ChatKind.LID}
PAGE: Final = 500


@attrs.frozen(kw_only=True)
class OptOut:
    """A person who has opted out.

    Attributes:
        chat_id: The person's id; the number if it is known.
        ids: All ids under which it is stored.
        since: When, in UTC.
        text: The message with which the person opted out; None if your program added them.
    """

    chat_id: str
    ids: tuple[str, ...]
    since: datetime
    text: str | None = None


class OptOuts:
    """People who do not want broadcasts of an instance.

    Within ``process`` or a bot, ``client.opt_outs`` is the one of the run. A broadcast that is given it skips these
    people; ordinary messages to them are not prevented.

    Args:
        inbox: Where it is stored; ``MemoryInbox`` loses it with the process.
        client: The client of the instance.

    Raises:
        InvalidArgumentError: The inbox cannot store it.

    Example:
        >>> opt_outs = OptOuts(inbox, client)
        >>> await opt_outs.add("79001234567@c.us")
        >>> await opt_outs.contains("79001234567@c.us")
        True
    """

    def __init__(self, inbox: "Inbox", client: ProcessClient) -> None:
        records: RecordStore | None = getattr(inbox, "records", None)
        if records is None:
            raise InvalidArgumentError(
                f"{type(inbox).__name__} cannot store opt-outs: it has no records. "
                "Use SQLiteInbox, PostgresInbox, or MemoryInbox in tests"
            )
        self._records = records
        self._client = client
        self._identities: object = getattr(inbox, "identities", None)
        self._stored: Identities | None = None

    async def contains(self, chat_id: str) -> bool:
        """Return whether a person has opted out.

        Args:
            chat_id: Any id of the person.
        """
        return any([await self._records.get(COLLECTION, self._key(each)) for each in await self._ids(chat_id)])

    async def add(self, chat_id: str, *, text: str | None = None) -> bool:
        """Note that a person does not want broadcasts.

        Args:
            chat_id: Any id of the person.
            text: The message in which they said so, to be kept; None if there is none.

        Returns:
            False if they had opted out before.

        Raises:
            InvalidArgumentError: It is not the id of a person.
            InboxUnavailableError: The inbox cannot write at the moment.
        """
        if chat_kind(chat_id) not in PERSONS:
            raise InvalidArgumentError(f"{chat_id!r} is not the chat id of a person, and groups do not opt out")
        ids = await self._ids(chat_id)
        found = [await self._records.get(COLLECTION, self._key(each)) for each in ids]
        first = next((record for record in found if record is not None), None)
        value = first.value if first is not None else None
        if not isinstance(value, dict):
            value = {"since": (await self._records.now()).timestamp(), "text": text}
        value = {**value, "ids": ids}
        await self._records.apply(
            [PutRecord(collection=COLLECTION, key=self._key(each), value=value, replaces="any") for each in ids]
        )
        return first is None

    async def remove(self, chat_id: str) -> bool:
        """Note that a person wants broadcasts again.

        Args:
            chat_id: Any id of the person.

        Returns:
            False if they had not opted out.

        Raises:
            InboxUnavailableError: The inbox cannot write at the moment.
        """
        ids = dict.fromkeys(await self._ids(chat_id))
        was_there = False
        for each in tuple(ids):
            record = await self._records.get(COLLECTION, self._key(each))
            if record is not None:
                was_there = True
                ids |= dict.fromkeys(_read(record, each).ids)
        changes: list[Change] = [DeleteRecord(collection=COLLECTION, key=self._key(each)) for each in ids]
        await self._records.apply(changes)
        return was_there

    async def list(self) -> "list[OptOut]":
        """Return the people who have opted out, by their ids."""
        found: dict[str, OptOut] = {}
        prefix = after = f"{self._client.id_instance}/"
        while page := await self._records.page(COLLECTION, prefix=prefix, after=after, limit=PAGE):
            after = page[-1].key
            for record in page:
                opt_out = _read(record, record.key.removeprefix(prefix))
                main = self._client._identities.known.main_id(opt_out.chat_id)
                found.setdefault(main, attrs.evolve(opt_out, chat_id=main))
        return [found[key] for key in sorted(found)]

    async def handle(self, notification: Notification, *, languages: Mapping[str, Language] | None = None) -> bool:
        """Opt a person out or in if a message says so, and confirm it in a reply.

        A word must be the whole message; see ``opt_out_words``. A word that opts in is only handled if the person has
        opted out, because bots are greeted with "start". In groups nothing is handled. A bot does this with
        ``opt_out_router``.

        Args:
            notification: The notification.
            languages: The words and confirmations; None for all that the library has.

        Returns:
            True if it was handled.
        """
        word = find_opt_out(notification, languages)
        chat_id = notification.chat_id
        if word is None or chat_id is None:
            return False
        if word.is_stop:
            if await self.add(chat_id, text=notification.text):
                logger.info("A person has opted out of broadcasts (instance %d)", self._client.id_instance)
        elif not await self.contains(chat_id):
            return False
        reply = word.language.stopped if word.is_stop else word.language.started
        await self._confirm(notification, chat_id, reply)
        if not word.is_stop:  # last, so that a repeated attempt of the handler comes here again
            await self.remove(chat_id)
            logger.info("A person has opted in to broadcasts again (instance %d)", self._client.id_instance)
        return True

    async def _confirm(self, notification: Notification, chat_id: str, text: str) -> None:
        has_outbox = self._client._waiters.outbox is not None
        once = f"opt-out {notification.id_message}" if has_outbox and notification.id_message else None
        await self._client.send_message(chat_id, text, once=once)

    def _key(self, chat_id: str) -> str:
        return f"{self._client.id_instance}/{chat_id}"

    async def _ids(self, chat_id: str) -> tuple[str, ...]:
        known = self._client._identities.known
        if self._stored is None and self._client._waiters.inbox is None:  # a run has loaded them into the client
            self._stored = Identities()
            if isinstance(self._identities, IdentityStore):
                self._stored.restore(await self._identities.load(self._client.id_instance))
        stored = self._stored.ids_of(chat_id) if self._stored is not None else ()
        return tuple(dict.fromkeys((*known.ids_of(chat_id), *stored, chat_id)))


def find_opt_out(notification: Notification, languages: Mapping[str, Language] | None = None) -> Word | None:
    """Return the word with which a message opts out or in; None if it does not.

    Args:
        notification: The notification.
        languages: The words; None for all that the library has.
    """
    if not isinstance(notification, IncomingMessageReceived) or notification.message.is_event:
        return None
    if chat_kind(notification.chat_id or "") not in PERSONS:
        return None
    words = None if languages is None or languages is LANGUAGES else collect_words(languages)
    return find_word(notification.text, words)


def _read(record: Record, chat_id: str) -> OptOut:
    stored: object = record.value
    value = cast("dict[str, Any]", stored) if isinstance(stored, dict) else {}
    ids: Any = value.get("ids")
    since, text = value.get("since"), value.get("text")
    return OptOut(
        chat_id=chat_id,
        ids=tuple(map(str, cast("list[object]", ids))) if isinstance(ids, list) else (chat_id,),
        since=datetime.fromtimestamp(since if isinstance(since, float) else 0, UTC),
        text=text if isinstance(text, str) else None,
    )

"""The identities that a client has learned, kept with the inbox of its run.

They are learned from answers and notifications and used without waiting: all are in memory. While a run uses an inbox
that has ``identities``, they are stored there: read when the run begins, written when they change. What could not be
written, or was learned outside a run, is written with the next change or at the beginning of the next run.
"""

import copy
import logging
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Protocol, TypeVar, runtime_checkable

import anyio.lowlevel

from greenapi_async.models.identities import Identities
from greenapi_async.serialization.identities import ids_in_notification

if TYPE_CHECKING:
    from greenapi_async.models.notifications import Notification

__all__ = [
    "ClientIdentities",
    "IdentityStore",
    "MemoryIdentities",
    "identities_of",
    "with_each_id",
    "with_main_ids",
]

N = TypeVar("N", bound="Notification")

logger = logging.getLogger("greenapi_async")


@runtime_checkable
class IdentityStore(Protocol):
    """Optional part of an inbox, its attribute ``identities``: ids that belong to one person.

    Both methods raise ``InboxUnavailableError`` if the store cannot be used at the moment.
    """

    async def load(self, id_instance: int) -> Mapping[str, str]:
        """Return the main id of a person by each of their other ids, in the order in which they were saved.

        Args:
            id_instance: The instance that reported them; each has its own.
        """
        ...

    async def save(self, id_instance: int, changes: Mapping[str, str | None]) -> None:
        """Store changes, atomically; idempotent.

        Args:
            id_instance: The instance that reported them.
            changes: The main id by each changed id; None deletes the id.
        """
        ...


class MemoryIdentities(IdentityStore):
    """Identities that are lost with their process."""

    def __init__(self) -> None:
        self._main_ids: dict[int, dict[str, str]] = {}

    async def load(self, id_instance: int) -> Mapping[str, str]:  # noqa: D102  documented in IdentityStore
        await anyio.lowlevel.checkpoint()
        return dict(self._main_ids.get(id_instance, {}))

    async def save(self, id_instance: int, changes: Mapping[str, str | None]) -> None:  # noqa: D102
        await anyio.lowlevel.checkpoint()
        main_ids = self._main_ids.setdefault(id_instance, {})
        for each, main in changes.items():
            main_ids.pop(each, None)
            if main is not None:
                main_ids[each] = main


class ClientIdentities:
    """Knowledge of one client about the ids of its instance's persons.

    Attributes:
        id_instance: The instance.
        known: The identities; read them, and change them with ``learn``.
    """

    def __init__(self, id_instance: int) -> None:
        self.known = Identities()
        self.id_instance = id_instance
        self._store: IdentityStore | None = None
        self._unsaved: dict[str, str | None] = {}
        self._is_due = False
        self._has_failed = False
        self._listeners: list[Callable[[], None]] = []

    async def attach(self, inbox: object) -> None:
        """Use the identities that are stored with an open inbox, and store new ones there, if the inbox can do that."""
        store = getattr(inbox, "identities", None)
        if isinstance(store, IdentityStore):
            stored = await store.load(self.id_instance)
            self._unsaved |= self.known.restore(stored)
            self._store, self._is_due = store, True
            await self.save()

    def detach(self) -> None:
        """Store nothing any more: the inbox is about to be closed."""
        self._store = None

    def learn(self, reports: Iterable[Iterable[str]]) -> None:
        """Remember the ids of each report as those of one person; ``save`` stores it."""
        changes: dict[str, str | None] = {}
        for ids in reports:
            changes |= self.known.learn(ids)
        if changes:
            self._unsaved |= changes
            self._is_due = True
            for listener in self._listeners:
                listener()

    def observe(self, notification: "Notification") -> None:
        """Learn what a notification reports; ``save`` stores it."""
        if ids := ids_in_notification(notification.raw):
            self.learn([ids])

    async def save(self) -> None:
        """Store what was learned; a failure is logged once, and it is stored with the next change."""
        if not self._is_due or self._store is None:
            return
        self._is_due = False
        changes = dict(self._unsaved)
        try:
            await self._store.save(self.id_instance, changes)
        except Exception as error:  # noqa: BLE001  an inbox written by users may raise anything
            if not self._has_failed:
                logger.warning("Could not store which ids belong to one person; trying again with the next: %s", error)
            self._has_failed = True
            return
        self._has_failed = False
        for each, main in changes.items():
            if self._unsaved.get(each, "") == main:
                del self._unsaved[each]

    @contextmanager
    def notifying(self, listener: Callable[[], None]) -> Generator[None]:
        """Call a function whenever something was learned, while the block runs."""
        self._listeners.append(listener)
        try:
            yield
        finally:
            self._listeners.remove(listener)


def identities_of(notification: "Notification") -> Identities | None:
    """Return what the client of a notification knows; None if it was parsed without a client that knows any."""
    identities = getattr(getattr(notification, "_client", None), "_identities", None)
    return identities.known if isinstance(identities, ClientIdentities) and len(identities.known) else None


def with_main_ids(notification: N) -> N:
    """Return the notification as if its chat and its sender had been named by their main ids."""
    known = identities_of(notification)
    if known is None:
        return notification
    chat_id, sender = notification.chat_id, _sender(notification)
    main_chat, main_sender = known.main_id(chat_id or ""), known.main_id(sender or "")
    if main_chat == (chat_id or "") and main_sender == (sender or ""):
        return notification
    return _with_ids(notification, main_chat, main_sender)


def with_each_id(notification: N) -> list[N]:
    """Return the notification as received, and then as if its persons had been named by each of their other ids."""
    known = identities_of(notification)
    chat_id, sender = notification.chat_id or "", _sender(notification) or ""
    if known is None:
        return [notification]
    chats = known.ids_of(chat_id)
    if sender in chats:
        pairs = [(each, each) for each in chats]
    else:
        pairs = [(chat, person) for chat in chats for person in known.ids_of(sender)]
    return [notification, *(_with_ids(notification, *pair) for pair in pairs if pair != (chat_id, sender))]


def _sender(notification: "Notification") -> str | None:
    sender: str | None = getattr(notification, "sender", None)
    return sender


def _with_ids(notification: N, chat_id: str, sender: str) -> N:
    changed = copy.copy(notification)
    for name in "_client", "_delivery":  # no attrs fields, so copies are without them
        if hasattr(notification, name):
            object.__setattr__(changed, name, getattr(notification, name))
    if chat_id:
        object.__setattr__(changed, "chat_id", chat_id)
    if sender:
        object.__setattr__(changed, "sender", sender)
    return changed

"""Human takeover: while the owner of the account writes in a chat on the phone, the bot is silent there.

A pause begins when a notification of such a message is read, before anything waits for its lane, and is stored at once.
From then on:

- new messages of the chat go to no handler, except to those of routes with ``interrupts``, such as opt-outs;
- what a handler of the chat sends there raises ``ChatTakenOverError`` (``guarded_sends``);
- a conversation that has begun is suspended: what it sends waits, what the person writes is no answer, and the time for
  an answer begins anew when the pause is over.

The bot's own messages begin no pause. They are known by ``sendByApi`` and by their ids. While a request to the chat is
not answered, its id is not known: then the pause begins at once, and is withdrawn if the message turns out to be the
bot's. The chat's other requests and messages wait for that, but not for long.

With an inbox that several processes share, the process that handles a chat reads the owner's messages of that chat,
too. It reads the stored pause with each message, because another process may have handled the chat before.
"""

import functools
import logging
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, Final, TypeGuard, cast

import anyio
import attrs

from greenapi_async.http.server_clock import ServerClock
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.records import DeleteRecord, PutRecord, RecordStore
from greenapi_async.models.identities import Identities
from greenapi_async.models.notifications import IncomingMessageReceived, Notification, OutgoingMessageReceived
from greenapi_async.processing.journal import Retry
from greenapi_async.processing.own_messages import Flight, OwnMessages, ids_of
from greenapi_async.processing.pauses import Pause, after_keyword, after_message

__all__ = ["Takeover", "Takeovers"]

logger = logging.getLogger("greenapi_async")

COLLECTION: Final = "takeovers"
KEEP: Final = 86_400.0
"""Seconds for which a pause that is over is kept: messages that were written during it may still be in the queue."""
PAGE: Final = 500
UNDECIDED: Final = 5.0
"""Seconds for which it may be open whether a message is the bot's."""

OwnersMessage = Callable[[OutgoingMessageReceived], bool]


@attrs.frozen
class Takeover:
    """When the owner of the account takes over a chat, and for how long; create it with ``bots.takeover``.

    Attributes:
        seconds: For how long the bot is silent after the owner's last message.
        is_keyword: Whether a message of the owner ends the pause.
        is_ignored: Whether a message of the owner has no effect.
    """

    seconds: float
    is_keyword: OwnersMessage = attrs.field(repr=False)
    is_ignored: OwnersMessage = attrs.field(repr=False)


@attrs.define(eq=False)
class _Undecided:
    """A pause that begins with a message that may be the bot's."""

    id_message: str | None
    before: Pause | None
    flights: set[Flight]
    decided: anyio.Event = attrs.field(factory=anyio.Event)


class Takeovers:
    """The chats of one instance that the owner has taken over.

    Args:
        options: When, and for how long.
        id_instance: The instance.
        identities: Which ids belong to the same person.
        server_clock: The server's clock, as far as it is known.
        records: Where the pauses are stored; None keeps them in memory.
        retry: Runs operations on the inbox.
        is_shared: Whether several processes share the inbox.

    Attributes:
        id_instance: The instance.
        identities: Which ids belong to the same person.
        changed: Called with a chat whose pause has changed.
        adopted: Called when there are pauses for ``save_adopted``.
    """

    def __init__(
        self,
        options: Takeover,
        id_instance: int,
        identities: Identities,
        server_clock: ServerClock,
        *,
        records: RecordStore | None,
        retry: Retry,
        is_shared: bool,
    ) -> None:
        self._options = options
        self._prefix = f"{id_instance}/"
        self._server_clock = server_clock
        self._records = records
        self._retry = retry
        self._is_shared = is_shared
        self._own = OwnMessages(identities)
        self._pauses: dict[str, Pause] = {}
        self._undecided: dict[str, _Undecided] = {}
        self._unsaved: set[str] = set()
        self._adopted: set[str] = set()
        self._changed = anyio.Event()
        self._offset = 0.0
        self.id_instance = id_instance
        self.identities = identities
        self.changed: Callable[[str], None] = _ignore
        self.adopted: Callable[[], None] = _nothing

    async def load(self) -> None:
        """Read the stored pauses; of a shared inbox, they are read with each message."""
        await self._measure_clock()
        records, prefix, after = self._records, self._prefix, ""
        while records is not None and not self._is_shared:
            read = functools.partial(records.page, COLLECTION, prefix=prefix, after=after, limit=PAGE)
            page = await self._retry("load", read)
            if not page:
                break
            for record in page:
                self._remember(record.key.removeprefix(prefix), _parse(record.value))
                after = record.key

    def adopt(self, other: "Takeovers") -> None:
        """Continue the pauses of another run of the client; ``save_adopted`` stores them.

        Args:
            other: Those of the other run.
        """
        for chat_id, theirs in list(other._pauses.items()):
            before, pause = self._find(chat_id), theirs.moved(self._offset - other._offset)
            if before is None or before.last < pause.last:
                self._set(chat_id, pause)
                self._adopted.add(chat_id)
        if self._adopted:
            self.adopted()

    async def save_adopted(self) -> None:
        """Store the pauses of another run, so that they survive the death of the process."""
        while self._adopted:
            chat_id = next(iter(self._adopted))
            pause = self._pauses.get(chat_id)
            await self._save(chat_id)
            if self._pauses.get(chat_id) is pause:
                self._adopted.discard(chat_id)

    async def observe(self, notification: Notification, entry: Entry) -> bool:
        """Take note of a notification that was just read; return whether it is a message that nobody shall handle.

        Args:
            notification: The notification.
            entry: Its entry.
        """
        if notification.chat_id and isinstance(notification, OutgoingMessageReceived):
            await self._note(notification.chat_id, notification, entry)
        if not _is_new_message(notification):
            return False
        await self.settle(notification.chat_id)
        return self.is_covered(notification)

    async def is_silenced(self, notification: Notification) -> bool:
        """Return whether a notification is a message that nobody shall handle, because of the pause of its chat.

        Args:
            notification: The notification, whose handler is about to run.
        """
        if not _is_new_message(notification):
            return False
        await self.settle(notification.chat_id)
        return self.seconds_left(notification.chat_id) > 0 or self.is_covered(notification)

    def is_covered(self, notification: Notification) -> bool:
        """Return whether a notification is a message that was written during the pause of its chat."""
        if not _is_new_message(notification):
            return False
        pause = self._find(notification.chat_id)
        return pause is not None and pause.covers(notification.timestamp, self._now())

    def seconds_left(self, chat_id: str) -> float:
        """Return the seconds until the pause of a chat is over; 0 if there is none."""
        pause = self._find(chat_id)
        return 0.0 if pause is None else max(pause.ends - self._now(), 0.0)

    def extended(self, chat_id: str, deadline: float, timeout: float) -> float:
        """Return the deadline of an answer to a question that may have been open when the pause of its chat began.

        Args:
            chat_id: The chat.
            deadline: The deadline without the pause, by the clock of the inbox.
            timeout: Seconds for an answer.
        """
        pause = self._find(chat_id)
        return deadline if pause is None else pause.extended(deadline, timeout)

    async def until_over(self, chat_id: str) -> None:
        """Wait until a chat has no pause."""
        while (seconds := self.seconds_left(chat_id)) > 0:
            with anyio.move_on_after(seconds):
                await self._changed.wait()

    async def settle(self, chat_id: str) -> None:
        """Make the pause of a chat certain: read it if another process may have changed it, and wait if it is open."""
        if self._is_shared:
            await self._refresh(chat_id)
        if not self._undecided:
            return
        undecided = self._undecided.get(self.identities.main_id(chat_id))
        if undecided is not None:
            with anyio.move_on_after(UNDECIDED):
                await undecided.decided.wait()

    def depart(self, flight: Flight) -> None:
        """Note that a request to a chat leaves."""
        self._own.depart(flight)

    async def land(self, flight: Flight, answer: object) -> None:
        """Note that a request to a chat has ended, and decide what it left open.

        Args:
            flight: The request.
            answer: Its answer; None if there is none.
        """
        self._own.land(flight, ids_of(answer))
        for chat_id, undecided in list(self._undecided.items()):
            undecided.flights.discard(flight)
            if self._own.has(undecided.id_message, chat_id):
                self._set(chat_id, undecided.before)
                self._unsaved.add(chat_id)
                undecided.flights.clear()
            if not undecided.flights:
                del self._undecided[chat_id]
                undecided.decided.set()
        while self._unsaved:
            chat_id = next(iter(self._unsaved))
            await self._save(chat_id)
            self._unsaved.discard(chat_id)

    async def _note(self, chat_id: str, message: OutgoingMessageReceived, entry: Entry) -> None:
        """Take note of a message that the owner may have written on the phone."""
        if message.message.is_event or chat_id == message.wid or _is_by_api(message):
            return
        if self._own.has(message.id_message, chat_id):
            return
        ends = _holds(self._options.is_keyword, message)
        if not ends and _holds(self._options.is_ignored, message):
            return
        if self._is_shared:
            await self._refresh(chat_id)
        await self._measure_clock()
        written, moment = self._times(message, entry)
        before = self._find(chat_id)
        after = (
            after_keyword(before, written=written, moment=moment)
            if ends
            else after_message(before, written=written, moment=moment, seconds=self._options.seconds)
        )
        if after is before:
            return
        chat_id = self.identities.main_id(chat_id)
        self._set(chat_id, after)
        if (earlier := self._undecided.pop(chat_id, None)) is not None:
            earlier.decided.set()
        if not ends and (flights := self._own.in_flight(chat_id)):
            self._undecided[chat_id] = _Undecided(message.id_message, before, flights)
        self._unsaved.add(chat_id)
        await self._save(chat_id)
        self._unsaved.discard(chat_id)

    def _times(self, message: OutgoingMessageReceived, entry: Entry) -> tuple[float, float]:
        """Return when a message was written, by the server's clock and by that of the inbox."""
        now, server = self._now(), self._server_clock.time(anyio.current_time())
        stored = min(entry.stored.timestamp(), now) if self._records is not None else now
        if message.timestamp is None:
            return stored if server is None else server - (now - stored), stored
        written = message.timestamp.timestamp()
        return written, stored if server is None else now - max(server - written, 0.0)

    def _find(self, chat_id: str) -> Pause | None:
        if not self._pauses:
            return None
        found = [self._pauses[each] for each in self.identities.ids_of(chat_id) if each in self._pauses]
        return max(found, key=lambda pause: pause.last, default=None)

    def _set(self, chat_id: str, pause: Pause | None) -> None:
        self._remember(chat_id, pause)
        self._changed.set()
        self._changed = anyio.Event()
        self.changed(chat_id)

    def _remember(self, chat_id: str, pause: Pause | None) -> None:
        self._pauses.pop(chat_id, None)
        if pause is not None:
            self._pauses[chat_id] = pause  # at the end
        oldest = next(iter(self._pauses.values()), None)
        while oldest is not None and oldest.ends + KEEP < self._now():
            del self._pauses[next(iter(self._pauses))]
            oldest = next(iter(self._pauses.values()), None)

    def _now(self) -> float:
        return anyio.current_time() + self._offset

    async def _measure_clock(self) -> None:
        if self._records is not None:
            self._offset = (await self._retry("clock", self._records.now)).timestamp() - anyio.current_time()

    async def _refresh(self, chat_id: str) -> None:
        """Read the stored pause of a chat."""
        records, main = self._records, self.identities.main_id(chat_id)
        if records is None or main in self._unsaved or main in self._adopted or main in self._undecided:
            return
        for each in self.identities.ids_of(chat_id):
            before = self._pauses.get(each)
            record = await self._retry("load", functools.partial(records.get, COLLECTION, self._key(each)))
            stored = _parse(record.value) if record is not None else None
            if stored != before and self._pauses.get(each) is before and main not in self._unsaved:
                self._set(each, stored)

    async def _save(self, chat_id: str) -> None:
        """Store the pause of a chat, so that it survives the death of the process."""
        if (records := self._records) is None:
            return
        pause, key = self._pauses.get(chat_id), self._key(chat_id)
        if pause is None:
            change: PutRecord | DeleteRecord = DeleteRecord(collection=COLLECTION, key=key)
        else:
            expires = datetime.fromtimestamp(pause.ends, UTC) + timedelta(seconds=KEEP)
            value = attrs.asdict(pause)
            change = PutRecord(collection=COLLECTION, key=key, value=value, replaces="any", expires=expires)
        await self._retry("takeover", lambda: records.apply([change], durable=False))

    def _key(self, chat_id: str) -> str:
        return self._prefix + chat_id


def _is_new_message(notification: Notification) -> TypeGuard[IncomingMessageReceived]:
    return isinstance(notification, IncomingMessageReceived) and not notification.message.is_event


def _ignore(_: str) -> None:
    pass


def _nothing() -> None:
    pass


def _is_by_api(message: OutgoingMessageReceived) -> bool:
    data: Any = message.raw.get("messageData")
    return message.raw.get("sendByApi") is True or (
        isinstance(data, dict) and cast("dict[str, Any]", data).get("sendByApi") is True
    )


def _holds(function: OwnersMessage, message: OutgoingMessageReceived) -> bool:
    try:
        return bool(function(message))
    except Exception:
        logger.exception("A function that is given to takeover() failed; the message counts as any other of the owner")
        return False


def _parse(value: Any) -> Pause | None:
    try:
        return Pause(**value)
    except TypeError:
        return None

"""Awaited answers: what somebody wrote while the process was down reaches the conversation that waits for it.

The order of a lane lets a handler continue before what its own writer has answered is handled. A question to somebody
else is answered in another lane. So such a question is recorded with its chat, and is due when its time is over. At the
start of a run, messages of that chat are held in their lanes, until the conversation has come to its question again and
was offered them. A hold also ends when the handler has ended or is not there, and when the time for the answer is over.

Only what may be an answer is held: messages that are younger than the conversation, and whose handlers do not wait for
somebody themselves. So handlers cannot wait for each other in a circle.
"""

# ruff: noqa: A002  a parameter has the name of the field

import functools
from collections import Counter
from collections.abc import Awaitable, Callable, Collection, Mapping
from datetime import UTC, datetime
from operator import itemgetter
from typing import Protocol

import anyio
import attrs

from greenapi_async.inbox.records import RecordStore
from greenapi_async.models.identities import Identities
from greenapi_async.models.notifications import IncomingMessageReceived, Notification
from greenapi_async.processing.journal import COLLECTION, KEEP, Retry
from greenapi_async.processing.lanes import Lane

__all__ = ["Awaited", "Hold", "Waiting"]

MAX_HOLDS = 100_000


class Waiting(Protocol):
    """An entry in memory; ``Item`` describes the attributes."""

    id: int
    stored: float
    attempts: int
    id_instance: int
    notification: Notification
    key: str


@attrs.frozen(eq=False)
class Hold:
    """Messages held back for one conversation.

    Attributes:
        dialogue: Key of its steps.
        chat: Instance and chat of whom it waits for.
        since: Messages that were stored then or later may be answers, in seconds by the clock of the inbox.
        lanes: The lanes of the messages, by their ids.
        ended: Set when nothing is held any more.
    """

    dialogue: str
    chat: tuple[int, str]
    since: float
    lanes: dict[int, Lane] = attrs.field(factory=dict[int, Lane])
    ended: anyio.Event = attrs.field(factory=anyio.Event)


class Awaited:
    """Registry of the messages that one run holds back.

    Args:
        records: Where journals are; None if there are none.
        retry: Runs operations on the inbox.
        known: The identities of each instance.
        current: Returns the lane of which another one may have become a part.
        offer: Offers an entry that waits in a lane to the conversations.
        release: Lets a lane run.
        call_later: Calls a function after some seconds.
    """

    def __init__(
        self,
        records: RecordStore | None,
        retry: Retry,
        known: Mapping[int, Identities],
        *,
        current: Callable[[Lane], Lane],
        offer: Callable[[int, Lane], Awaitable[None]],
        release: Callable[[Lane], None],
        call_later: Callable[[Callable[[], None], float], None],
    ) -> None:
        self._records = records
        self._retry = retry
        self._known = known
        self._current = current
        self._offer = offer
        self._release = release
        self._call_later = call_later
        self._holds: dict[str, Hold] = {}
        self._by_chat: dict[tuple[int, str], list[Hold]] = {}
        self._unseen: dict[str, list[Hold]] = {}
        """Those whose handler was not found yet, by the key of its journal."""
        self._by_entry: dict[int, list[Hold]] = {}
        """The others, by the entry of the handler."""
        self._held: Counter[int] = Counter()

    async def load(self, id_instance: int | None = None) -> None:
        """Hold what is awaited according to the journals, before entries are read.

        Args:
            id_instance: Only for this instance; None for all.
        """
        if (records := self._records) is None:
            return
        read = functools.partial(records.due, COLLECTION, before=datetime.now(UTC) + 2 * KEEP, limit=MAX_HOLDS)
        found = await self._retry("load", read)
        now = await self._retry("clock", records.now) if found else datetime.now(UTC)
        for record in found:
            dialogue = record.key.rpartition("/")[0]
            journal = dialogue.rpartition("/")[0]
            instance = int(journal.partition("/")[0])
            seconds = (record.due - now).total_seconds() if record.due is not None else 0.0
            if seconds > 0 and record.value and dialogue not in self._holds and id_instance in {None, instance}:
                hold = Hold(dialogue, (instance, record.value["awaits"]), record.value["started"])
                self._holds[dialogue] = hold
                self._by_chat.setdefault(hold.chat, []).append(hold)
                self._unseen.setdefault(journal, []).append(hold)
                self._call_later(functools.partial(self._end, hold), seconds)

    def note(self, item: Waiting) -> None:
        """Note that an entry is in the inbox."""
        if self._unseen and (own := self._unseen.pop(item.key, None)) is not None:
            self._by_entry[item.id] = own

    def hold(self, item: Waiting, lane: Lane) -> None:
        """Hold an entry if it may be awaited.

        Args:
            item: The entry.
            lane: Its lane.
        """
        notification = item.notification
        if self._by_chat and isinstance(notification, IncomingMessageReceived):
            if item.attempts or item.id in self._by_entry:
                return
            for chat_id in self._known[item.id_instance].ids_of(notification.chat_id):
                for hold in self._by_chat.get((item.id_instance, chat_id), ()):
                    if item.stored >= hold.since:
                        self._held[item.id] += item.id not in hold.lanes  # it may come back from a conversation
                        hold.lanes[item.id] = lane

    def is_waiting(self, id: int) -> bool:
        """Return whether the handler of an entry waits for somebody."""
        return id in self._by_entry

    def is_held(self, id: int) -> bool:
        """Return whether an entry must not be started yet."""
        return id in self._held

    def find(self, id_instance: int, chat_ids: Collection[str], *, apart_from: str) -> Hold | None:
        """Return what is held in a chat.

        Args:
            id_instance: The instance.
            chat_ids: All ids of the chat.
            apart_from: Key of the journal of a handler that is not meant.
        """
        if not self._holds:
            return None
        holds = [hold for each in chat_ids for hold in self._by_chat.get((id_instance, each), ())]
        return next((hold for hold in holds if not hold.dialogue.startswith(f"{apart_from}/")), None)

    async def resume(self, dialogue: str) -> None:
        """Offer what is held to a conversation that is waiting again.

        Args:
            dialogue: Key of its steps.
        """
        if (hold := self._holds.get(dialogue)) is not None:
            for id, lane in sorted(hold.lanes.items(), key=itemgetter(0)):  # noqa: A001  the name of the field
                await self._offer(id, self._current(lane))
            self._end(hold)

    def _end(self, hold: Hold) -> None:
        """Hold nothing for a conversation any more."""
        if self._holds.get(hold.dialogue) is not hold:
            return
        hold.ended.set()
        del self._holds[hold.dialogue]
        self._by_chat[hold.chat].remove(hold)
        if not self._by_chat[hold.chat]:
            del self._by_chat[hold.chat]
        self._let_go(hold)

    def _let_go(self, hold: Hold) -> None:
        lanes = {self._current(each) for each in hold.lanes.values()}
        self._held -= Counter(hold.lanes.keys())
        hold.lanes.clear()
        for lane in lanes:
            if not lane.held:
                self._release(lane)

    def end_of(self, id: int) -> None:
        """Hold nothing for the conversations of an entry that is finished."""
        for hold in self._by_entry.pop(id, ()):
            self._end(hold)

    def end_unseen(self) -> None:
        """Hold nothing for entries that are not in the inbox: everything was read."""
        while self._unseen:
            for hold in self._unseen.popitem()[1]:
                self._end(hold)

    def leave(self, id_instance: int) -> None:
        """Hold no lanes for an instance that is not served any more; when it is added again, its entries are read."""
        for hold in [each for each in self._holds.values() if each.chat[0] == id_instance]:
            self._let_go(hold)

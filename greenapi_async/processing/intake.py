"""Intake: from a stored entry to its lane.

An entry is parsed, offered to the waiters, and appended to the lane of its key. It stays in memory if there is room;
otherwise it is read again when it is due (``reload``).
"""

# ruff: noqa: A002  a parameter has the name of the field

import functools
import logging
from collections.abc import Awaitable, Callable, Collection, Hashable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.records import Change, RecordStore
from greenapi_async.inbox.shared import SharedInbox
from greenapi_async.models.notifications import IncomingMessageReceived
from greenapi_async.polling.counters import Counters
from greenapi_async.polling.ingest import Ingest
from greenapi_async.processing.awaited import Awaited
from greenapi_async.processing.crash_suspects import CrashSuspects
from greenapi_async.processing.failed_attempts import FailedAttempts
from greenapi_async.processing.instance import Instance
from greenapi_async.processing.item import Item
from greenapi_async.processing.journal import check_applied, journal_key
from greenapi_async.processing.lane_keys import LaneKeys
from greenapi_async.processing.lanes import Lane, Lanes, Return
from greenapi_async.processing.mailbox import Offer
from greenapi_async.processing.options import ResolvedOptions
from greenapi_async.processing.reader import PAGE_SIZE, READ_AHEAD, Reader
from greenapi_async.processing.retries import Delayed, Retries
from greenapi_async.processing.timers import Timers
from greenapi_async.processing.unfinished import Unfinished
from greenapi_async.processing.unserved import report_unserved
from greenapi_async.processing.waiters import Interrupts, without_errors

if TYPE_CHECKING:
    from greenapi_async.models.identities import Identities

__all__ = ["Intake"]

logger = logging.getLogger("greenapi_async")


class Intake:
    """The way of the entries of one run into their lanes."""

    def __init__(
        self,
        ingest: Ingest[Inbox],
        options: ResolvedOptions,
        counters: Counters,
        *,
        lanes: Lanes,
        unfinished: Unfinished,
        suspects: CrashSuspects,
        failed_attempts: FailedAttempts,
        start_handlers: Callable[[], None],
        ends_run: Callable[[BaseException], Awaitable[bool]],
        interrupts: Interrupts | None = None,
    ) -> None:
        """Create the intake of one run.

        Args:
            ingest: The inbox.
            options: The options of the run.
            counters: The counters of the run.
            lanes: The lanes.
            unfinished: What the run keeps of the entries.
            suspects: The crash suspects.
            failed_attempts: Quarantines entries that cannot be handled.
            start_handlers: Starts the handlers of ready lanes.
            ends_run: Checks whether an exception of the key function ends the run.
            interrupts: Returns whether a message goes to its handler although a conversation waits for it.
        """
        self._instances: dict[int, Instance] = {}
        self._ids: frozenset[int] = frozenset()
        self._late: list[int] = []
        self._ingest = ingest
        self._inbox = ingest.inbox
        self._records: RecordStore | None = getattr(ingest.inbox, "records", None)
        self._options = options
        self._counters = counters
        self._lanes = lanes
        self._unfinished = unfinished
        self._suspects = suspects
        self._failed_attempts = failed_attempts
        self._start_handlers = start_handlers
        self._ends_run = ends_run
        self._interrupts = without_errors(interrupts)
        self._known: dict[int, Identities] = {}
        self._keys = LaneKeys(options.key, lanes, unfinished.items, self._known)
        self._timers: Timers[Callable[[], None]] = Timers(lambda call: call())
        self._retries = Retries(self._timers.add, lane_due=self.release, entry_due=self._due)
        self._awaited = Awaited(
            self._records,
            ingest.retry,
            self._known,
            current=lambda lane: lanes.find(self._keys.renewed(lane.key)) or lane,
            offer=self._offer_waiting,
            release=self.release,
            call_later=self._timers.add,
        )
        unfinished.removed = self._awaited.end_of
        self._reader = Reader(
            self._waiting,
            ingest.inbox.wait_for_change,
            place=self._place,
            offer=self._offer,
            placed=start_handlers,
            paused=self._reading_paused,
            catch_up=self._catch_up,
            has_room=self._has_room,
        )
        self._starting = True

    async def prepare(self, instances: Mapping[int, Instance]) -> None:
        """Serve the instances of the run, and note which entries are in the inbox before anything is received.

        Args:
            instances: The instances, by id; one may be added meanwhile.
        """
        while True:
            for instance in instances.values():
                self.join(instance, is_new=False)
            await self._reader.prepare()
            if self._ids == frozenset(instances):
                return

    async def run(self) -> None:
        """Read the inbox until cancelled."""
        listeners: set[Callable[[int], object]] = getattr(self._inbox, "retry_listeners", set())
        listeners.add(self._retries.hurry)
        try:
            await self._awaited.load()
            await self._reader.run()
        finally:
            listeners.discard(self._retries.hurry)

    def join(self, instance: Instance, *, is_new: bool) -> None:
        """Handle the entries of an instance from now on.

        Args:
            instance: The instance.
            is_new: Whether reading has begun, so that entries of the instance may have been passed over.
        """
        self._instances[instance.id_instance] = instance
        self._known[instance.id_instance] = instance.identities.known
        self._ids = frozenset(self._instances)
        if is_new:
            self._late.append(instance.id_instance)
            self._reader.join(instance.id_instance)

    def leave(self, id_instance: int) -> None:
        """Start no more handlers for an instance; its entries stay in the inbox."""
        self._instances.pop(id_instance, None)
        self._ids = frozenset(self._instances)
        self._awaited.leave(id_instance)

    def is_current(self, item: Item) -> bool:
        """Return whether an item belongs to a client that is still served."""
        return self._instances.get(item.id_instance) is item.instance

    async def run_timers(self) -> None:
        """Make lanes ready when they are due for a retry, until cancelled."""
        await self._timers.run()

    def notice_room(self) -> None:
        """Continue reading if there is room; called when lanes have started to run."""
        self._reader.notice_room()

    def update_lanes(self) -> None:
        """Merge the lanes of persons of whom more ids became known."""
        self._keys.update()
        self._start_handlers()

    def retry(self, lane: Lane, id: int, seconds: float) -> None:
        """Handle the first entry of a lane again later, which stays the first if ``while_retrying`` is ``"wait"``."""
        item = self._unfinished.items.get(id)
        if self._unfinished.is_full and (item is None or not item.gathered):
            self._unfinished.forget(id)
        if self._options.while_retrying == "wait":
            self._retries.add_lane(lane, seconds)
        else:
            lane.ids.popleft()
            self._retries.add_entry(Delayed(lane.key, id), seconds)
            self.release(lane)

    def drop_lost(self, ids: Collection[int]) -> None:
        """Release lanes that wait for the retry of an entry that another process may handle now."""
        for lane in self._retries.drop(ids):
            self.release(lane)

    def _due(self, due: Delayed) -> None:
        """Queue an entry that has left its lane and is due for a retry."""
        item = self._unfinished.items.get(due.id)
        key = self._keys.renewed(due.key) if item is None else self._keys.current(item, due.key)
        place = self._lanes.insert if self._awaited.is_waiting(due.id) else self._lanes.add
        self._make_ready(place(key, due.id))
        self._start_handlers()

    def release(self, lane: Lane) -> None:
        """Release a lane: queue its next entry, or remove the lane if it is empty."""
        if (released := self._lanes.release(lane)) is not None:
            self._make_ready(released)
        self._start_handlers()

    def leave_lane(self, item: Item, lane: Lane) -> Hashable:
        """Take a running item out of its lane, and queue the next entry; return the key of the lane."""
        released = self._lanes.leave(lane)
        if item.suspicion is not None:
            following = lane.ids.first if lane.ids else None
            self._suspects.expect(lane.key, following, self._unfinished.items.get(following or 0))
        if released is not None:
            self._make_ready(released)
        return lane.key

    def return_to_lane(self, item: Item, key: Hashable) -> Return:
        """Put an item that left its lane in front of it again, when no other entry of it is running."""
        return self._lanes.come_back(self._keys.current(item, key), item.id)

    async def reload(self, id: int) -> Item | None:
        """Read an entry again that is not in memory, or whose client was removed; None if it is gone or not served."""
        while True:
            ids = self._ids
            entries = await self._waiting(id - 1, 1)
            if ids is self._ids:
                break
        known = self._unfinished.items.get(id)
        if not entries or entries[0].id != id:
            if known is not None:
                self._suspects.end(known)
            return None
        item = self._item(entries[0])
        if item is None:
            return None
        if known is not None:
            known.notification, known.instance = item.notification, item.instance
            return known
        self._suspects.recall(item)
        self._unfinished.keep(item)
        return item

    def _has_room(self) -> bool:
        return self._lanes.ready < self._options.concurrency + READ_AHEAD

    async def _reading_paused(self, *, is_complete: bool) -> None:
        if is_complete:
            self._awaited.end_unseen()
        if self._starting:
            self._starting = False
            if isinstance(self._inbox, SharedInbox):  # other processes may serve what waits
                return
            await self._ingest.retry("count", self._report_unserved)
        if is_complete:
            self._unfinished.all_read()

    async def _report_unserved(self) -> None:
        waiting = await report_unserved(self._inbox, self._ids)
        if waiting is not None:
            self._unfinished.set_total(waiting)

    async def _catch_up(self, until: int) -> None:
        """Place the entries of instances that were added while reading had come to ``until``."""
        while self._late:
            id_instance, after = self._late[0], 0
            await self._awaited.load(id_instance)
            while id_instance in self._instances and after < until:
                with self._unfinished.noting_removals() as removed:
                    entries = await self._read({id_instance}, after, PAGE_SIZE)
                    for entry in entries:
                        if entry.id <= until and entry.id not in removed and not self._unfinished.has(entry.id):
                            await self._place(entry, is_new=False, offer=True, is_late=True)
                if len(entries) < PAGE_SIZE:
                    break
                after = entries[-1].id
            del self._late[0]
        self._start_handlers()

    async def _place(self, entry: Entry, *, is_new: bool, offer: bool, is_late: bool = False) -> None:
        """Append an entry to its lane, or put it at its place if it is late."""
        if not (is_new and offer) and not is_late:
            self._unfinished.add_unread(-1)
        if entry.id in self._unfinished.items:  # a conversation has it
            self._unfinished.add(entry.id, entry.stored.timestamp())
            return
        accepted = await self._accept(entry, is_new=is_new, is_first=offer, place=True)
        if accepted is None or entry.id in self._unfinished.items:  # it needs no lane, or was gathered meanwhile
            return
        item, key = accepted
        self._awaited.note(item)
        item.found = not is_new if entry.interrupted is None else entry.interrupted
        if is_new:
            self._suspects.all_met()
        if item.found:
            self._suspects.classify(item, entry, key)
            if item.is_suspect and item.attempts >= self._options.attempts:
                await self._quarantine(item, RuntimeError("the process ended in each attempt to handle this"))
                return
        if item.is_suspect or not self._unfinished.is_full:
            self._unfinished.keep(item)
        else:
            self._suspects.put_aside(item)
        wait = (entry.due - datetime.now(UTC)).total_seconds() if entry.due is not None else 0.0
        wait = min(wait, self._options.retry_max * 2)  # a clock that was set back must not block it for long
        if wait > 0 and self._options.while_retrying == "pass":
            self._retries.add_entry(Delayed(key, item.id), wait)
            return
        lane = self._lanes.insert(key, item.id) if is_late else self._lanes.add(key, item.id)
        self._awaited.hold(item, lane)
        if wait > 0 and not lane.held:
            lane.held = True
            self._retries.add_lane(lane, wait)
        else:
            self._make_ready(lane)

    async def _offer(self, entry: Entry) -> None:
        """Offer an entry to the waiters that is not in its lane yet."""
        self._unfinished.add_unread(1)
        await self._accept(entry, is_new=True, is_first=True, place=False)

    async def _accept(self, entry: Entry, *, is_new: bool, is_first: bool, place: bool) -> tuple[Item, Hashable] | None:
        """Parse an entry and offer it to the waiters; return None if it needs no lane, or its instance was removed."""
        item = self._item(entry)
        if item is None:
            return None
        notification, instance = item.notification, self._instances[entry.id_instance]
        if is_new and is_first and entry.receipt_id is None and not entry.recovered:
            self._note_pushed(instance, item.stored)
        await instance.identities.save()
        try:
            key = self._keys.key_of(notification) if entry.lane is None else self._keys.key_of_chat(entry)
        except BaseException as error:  # the user's function
            if await self._ends_run(error):
                raise
            if place:
                self._unfinished.add(item.id, item.stored)
                await self._quarantine(item, error)
            return None
        if place:
            self._unfinished.add(item.id, item.stored)
        if instance.waiters.takeovers is not None and is_first:
            item.silenced = await instance.waiters.takeovers.observe(notification, entry)
        new_offer = functools.partial(self._new_offer, entry, item, key)
        if instance.waiters.offer(
            notification,
            new_offer,
            is_new=is_new,
            is_first=is_first,
            may_answer=not item.silenced,
            interrupts=self._interrupts,
        ):
            self._unfinished.keep(item)
            return None
        return item, key

    def _note_pushed(self, instance: Instance, time: float) -> None:
        self._counters.note_pushed(time)
        instance.activity.webhook = max(time, instance.activity.webhook or 0.0)

    async def recall(self, item: Item, lane: Lane) -> None:
        """Offer what waits behind an item whose conversations may have been waiting for it before a restart.

        Args:
            item: The item, which is running.
            lane: Its lane.
        """
        for waiting in [each for part in lane.parts for each in part.ids if each != item.id]:
            await self._offer_waiting(waiting, lane)

    async def _offer_waiting(self, id: int, lane: Lane) -> None:
        """Offer an entry that waits in a lane to conversations that may have been waiting for it before a restart."""
        entries = await self._waiting(id - 1, 1)
        item = self._item(entries[0]) if entries and entries[0].id == id else None
        if item is None or not any(id in part.ids for part in lane.parts):
            return
        waiters = self._instances[item.id_instance].waiters
        if waiters.offer(
            item.notification,
            functools.partial(self._new_offer, entries[0], item, lane.key),
            is_new=False,
            is_first=False,
            may_answer=waiters.takeovers is None or not waiters.takeovers.is_covered(item.notification),
            interrupts=self._interrupts,
        ):
            any(part.ids.remove(id) for part in lane.parts)
            self._unfinished.forget(id)
            self._unfinished.keep(item)

    async def adopt(self, item: Item, lane: Lane, members: Mapping[str, int]) -> None:
        """Add entries that wait to those that are handled together with an item.

        Args:
            item: The item, which is running.
            lane: Its lane.
            members: Ids that the entries had, by the keys of their journals; those that are gone or running are passed
                over.
        """
        known = {each.id for each in item.gathered}
        ids = list(members.values())
        if isinstance(self._inbox, SharedInbox):  # its ids are those of one process
            ids += [each for part in lane.parts for each in part.ids]
        for id in dict.fromkeys(ids):  # noqa: A001  the name of the field
            is_queued = any(id in part.ids for part in lane.parts)
            if id in known or id == item.id or not (is_queued or id > self._reader.placed):
                continue
            if await self._key_of(id) in members and (member := await self.reload(id)) is not None:
                any(part.ids.remove(id) for part in lane.parts)
                member.gathered_by = item
                item.gathered.append(member)

    async def _key_of(self, id: int) -> str | None:
        """Return the key of the journal of an entry that waits."""
        if (known := self._unfinished.items.get(id)) is not None:
            return known.key
        entries = await self._waiting(id - 1, 1)
        return journal_key(entries[0].id_instance, entries[0].body) if entries and entries[0].id == id else None

    def disband(self, item: Item, key: Hashable) -> None:
        """Queue what was gathered with an item whose handler did not get it.

        Args:
            item: The item.
            key: Key of its lane.
        """
        gathered, item.gathered = item.gathered, []
        for member in gathered:
            member.gathered_by = None
            self._requeue(key, member)

    def finish(self, gathered: Sequence[Item]) -> None:
        """Note that entries were removed from the inbox, or moved to quarantine, together with another."""
        for item in gathered:
            item.acknowledged = True
            self._reader.note_finished(item.id)
            self._unfinished.remove(item.id)

    def _new_offer(self, entry: Entry, item: Item, key: Hashable, notification: IncomingMessageReceived) -> Offer:
        requeue = functools.partial(self._requeue, key, item)
        return Offer(entry, notification, requeue, functools.partial(self._acknowledge, entry.id))

    def _item(self, entry: Entry) -> Item | None:
        """Parse an entry; None if its instance was removed."""
        instance = self._instances.get(entry.id_instance)
        if instance is None:
            return None
        acknowledge = functools.partial(self._acknowledge, entry.id)  # without the item, which would be a cycle
        notification = instance.parser.parse_entry(entry, acknowledge)
        stored = entry.stored.timestamp()
        key = journal_key(entry.id_instance, entry.body)
        item = Item(entry.id, stored, entry.attempts, entry.id_instance, instance, len(entry.body), notification, key)
        item.awaited = self._awaited
        return item

    async def _acknowledge(self, id: int, changes: Sequence[Change] = ()) -> None:
        records = self._records
        if changes and records is not None:
            check_applied(await self._ingest.retry("done", lambda: records.apply(changes, done=[id])))
        else:
            await self._ingest.retry("done", lambda: self._inbox.done(id))
        item = self._unfinished.items.get(id)
        if item is not None:
            item.acknowledged = True
        self._reader.note_finished(id)
        self._unfinished.remove(id)

    def _requeue(self, key: Hashable, item: Item) -> None:
        """Queue a message that a conversation did not consume, at its original position."""
        if item.acknowledged:
            return
        if item.id > self._reader.placed:  # it is read again in its turn
            self._unfinished.forget(item.id)
            return
        lane = self._lanes.insert(self._keys.current(item, key), item.id)
        self._awaited.hold(item, lane)
        self._make_ready(lane)
        self._start_handlers()

    def _make_ready(self, lane: Lane) -> None:
        """Queue a lane to run, unless it is held already; suspects of a crash wait for their turn."""
        if lane.before or self._awaited.is_held(lane.ids.first):
            return
        item = self._unfinished.items.get(lane.ids.first)
        if item is not None and item.is_suspect and not lane.held:
            self._suspects.enqueue(lane, item)
        else:
            self._lanes.make_ready(lane)

    async def _waiting(self, after: int, limit: int) -> Sequence[Entry]:
        return await self._read(self._ids, after, limit)

    async def _read(self, ids: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        return await self._ingest.retry("waiting", lambda: self._inbox.waiting(ids, after, limit))

    async def _quarantine(self, item: Item, error: BaseException) -> None:
        await self._failed_attempts.quarantine(item, error)
        self._unfinished.remove(item.id)

"""Intake: from a stored entry to its lane.

An entry is parsed, offered to the waiters, and appended to the lane of its key. It stays in memory if there is room;
otherwise it is read again when it is due (``reload``).
"""

# ruff: noqa: A002  a parameter has the name of the field

import functools
from collections.abc import Awaitable, Callable, Hashable, Mapping, Sequence
from datetime import UTC, datetime

import attrs

from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.polling.ingest import Ingest
from greenapi_async.polling.parsing import NotificationParser
from greenapi_async.polling.poller import Poller
from greenapi_async.processing.crash_suspects import CrashSuspects
from greenapi_async.processing.failed_attempts import FailedAttempts
from greenapi_async.processing.item import Item
from greenapi_async.processing.lane_keys import LaneKeys
from greenapi_async.processing.lanes import Lane, Lanes
from greenapi_async.processing.options import ResolvedOptions
from greenapi_async.processing.reader import READ_AHEAD, Reader
from greenapi_async.processing.timers import Timers
from greenapi_async.processing.unfinished import Unfinished
from greenapi_async.processing.unserved import report_unserved
from greenapi_async.processing.waiters import Waiters

__all__ = ["Delayed", "Instance", "Intake"]


@attrs.frozen(eq=False)
class Instance:
    """One instance of a run."""

    poller: Poller
    parser: NotificationParser
    waiters: Waiters
    identities: ClientIdentities


@attrs.frozen(eq=False)
class Delayed:
    """An entry that lets its lane run before its retry."""

    key: Hashable
    id: int


class Intake:
    """The way of the entries of one run into their lanes."""

    def __init__(
        self,
        instances: Mapping[int, Instance],
        ingest: Ingest[Inbox],
        options: ResolvedOptions,
        *,
        lanes: Lanes,
        unfinished: Unfinished,
        suspects: CrashSuspects,
        failed_attempts: FailedAttempts,
        start_handlers: Callable[[], None],
        ends_run: Callable[[BaseException], Awaitable[bool]],
    ) -> None:
        """Create the intake of one run.

        Args:
            instances: The instances of the run, by id.
            ingest: The inbox.
            options: The options of the run.
            lanes: The lanes.
            unfinished: What the run keeps of the entries.
            suspects: The crash suspects.
            failed_attempts: Quarantines entries that cannot be handled.
            start_handlers: Starts the handlers of ready lanes.
            ends_run: Checks whether an exception of the key function ends the run.
        """
        self._instances = instances
        self._ingest = ingest
        self._inbox = ingest.inbox
        self._options = options
        self._lanes = lanes
        self._unfinished = unfinished
        self._suspects = suspects
        self._failed_attempts = failed_attempts
        self._start_handlers = start_handlers
        self._ends_run = ends_run
        known = {id_instance: instance.identities.known for id_instance, instance in instances.items()}
        self._keys = LaneKeys(options.key, lanes, unfinished.items, known)
        self._timers: Timers[Lane | Delayed] = Timers(self._due)
        self._reader = Reader(
            self._waiting,
            ingest.inbox.wait_for_change,
            place=self._place,
            offer=self._offer,
            placed=start_handlers,
            paused=self._reading_paused,
            has_room=self._has_room,
        )
        self._starting = True

    async def run(self) -> None:
        """Read the inbox until cancelled."""
        await self._reader.run()

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
        if self._unfinished.is_full:
            self._unfinished.forget(id)
        if self._options.while_retrying == "wait":
            self._timers.add(lane, seconds)
        else:
            lane.ids.popleft()
            self._timers.add(Delayed(lane.key, id), seconds)
            self.release(lane)

    def _due(self, due: "Lane | Delayed") -> None:
        """Queue what is due for a retry."""
        if isinstance(due, Delayed):
            item = self._unfinished.items.get(due.id)
            key = self._keys.renewed(due.key) if item is None else self._keys.current(item, due.key)
            self._make_ready(self._lanes.add(key, due.id))
            self._start_handlers()
        else:
            self.release(due)

    def release(self, lane: Lane) -> None:
        """Release a lane: queue its next entry, or remove the lane if it is empty."""
        if (released := self._lanes.release(lane)) is not None:
            self._make_ready(released)
        self._start_handlers()

    async def reload(self, id: int) -> Item | None:
        """Read an entry again that was not kept in memory; None if it is gone."""
        entries = await self._waiting(id - 1, 1)
        if not entries or entries[0].id != id:
            return None
        item = self._item(entries[0])
        self._suspects.recall(item)
        self._unfinished.keep(item)
        return item

    def _has_room(self) -> bool:
        return self._lanes.ready < self._options.concurrency + READ_AHEAD

    async def _reading_paused(self, *, is_complete: bool) -> None:
        if self._starting:
            self._starting = False
            await self._ingest.retry("count", self._report_unserved)
        if is_complete:
            self._unfinished.all_read()

    async def _report_unserved(self) -> None:
        waiting = await report_unserved(self._inbox, self._instances.keys())
        if waiting is not None:
            self._unfinished.set_total(waiting)

    async def _place(self, entry: Entry, *, is_new: bool, offer: bool) -> None:
        """Append an entry to its lane."""
        if not (is_new and offer):
            self._unfinished.add_unread(-1)
        if entry.id in self._unfinished.items:  # a conversation has it
            self._unfinished.add(entry.id, entry.stored.timestamp())
            return
        accepted = await self._accept(entry, is_new=is_new, offer=offer, place=True)
        if accepted is None:
            return
        item, key = accepted
        if is_new:
            self._suspects.all_met()
        else:
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
            self._timers.add(Delayed(key, item.id), wait)
            return
        lane = self._lanes.add(key, item.id)
        if wait > 0 and not lane.held:
            lane.held = True
            self._timers.add(lane, wait)
        else:
            self._make_ready(lane)

    async def _offer(self, entry: Entry) -> None:
        """Offer an entry to the waiters that is not in its lane yet."""
        self._unfinished.add_unread(1)
        await self._accept(entry, is_new=True, offer=True, place=False)

    async def _accept(self, entry: Entry, *, is_new: bool, offer: bool, place: bool) -> tuple[Item, Hashable] | None:
        """Parse an entry and offer it to the waiters; return None if it needs no lane any more."""
        item = self._item(entry)
        notification = item.notification
        instance = self._instances[entry.id_instance]
        await instance.identities.save()
        try:
            key = self._keys.key_of(notification)
        except BaseException as error:  # the user's function
            if await self._ends_run(error):
                raise
            if place:
                self._unfinished.add(item.id, item.stored)
                await self._quarantine(item, error)
            return None
        if place:
            self._unfinished.add(item.id, item.stored)
        if offer and instance.waiters.offer(notification, functools.partial(self._requeue, key, item), is_new=is_new):
            self._unfinished.keep(item)
            return None
        return item, key

    def _item(self, entry: Entry) -> Item:
        acknowledge = functools.partial(self._acknowledge, entry.id)  # without the item, which would be a cycle
        notification = self._instances[entry.id_instance].parser.parse_entry(entry, acknowledge)
        stored = entry.stored.timestamp()
        return Item(entry.id, stored, entry.attempts, entry.id_instance, len(entry.body), notification)

    async def _acknowledge(self, id: int) -> None:
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
        self._make_ready(self._lanes.insert(self._keys.current(item, key), item.id))
        self._start_handlers()

    def _make_ready(self, lane: Lane) -> None:
        """Queue a lane to run, unless it is held already; suspects of a crash wait for their turn."""
        if lane.before:
            return
        item = self._unfinished.items.get(lane.ids.first)
        if item is not None and item.is_suspect and not lane.held:
            self._suspects.enqueue(lane, item)
        else:
            self._lanes.make_ready(lane)

    async def _waiting(self, after: int, limit: int) -> Sequence[Entry]:
        return await self._ingest.retry("waiting", lambda: self._inbox.waiting(self._instances.keys(), after, limit))

    async def _quarantine(self, item: Item, error: BaseException) -> None:
        await self._failed_attempts.quarantine(item, error)
        self._unfinished.remove(item.id)

"""Holdings: the lanes that a process holds of an inbox in PostgreSQL, and how they come and go.

A lane is claimed when a run has a free place, or held from the beginning if this process stores its first entry; it is
given back when it has been idle for a moment, or when its run ends; and it is lost with the lease of the process.
"""

import asyncio
import logging
from collections.abc import Callable, Collection, Mapping, Sequence

import attrs

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.base import Entry
from greenapi_async.inbox.lane_feed import FedEntry, HeldLane, LaneFeed, LaneKey
from greenapi_async.inbox.notifier import Notifier
from greenapi_async.inbox.postgres.batches import Batches
from greenapi_async.inbox.postgres.lane_statements import LaneRow, LaneStatements, NewEntry
from greenapi_async.inbox.process_lease import ProcessLease

__all__ = ["Holdings", "Run"]

logger = logging.getLogger("greenapi_async")

PLACES_OF_READERS = 10
"""Lanes that a reader takes at once which does not run ``process``."""
IDLE = 1.0
"""Seconds for which a lane without entries is held, so that a busy chat stays where it is."""


@attrs.define(eq=False)
class Run:
    """A reader of the entries of some instances."""

    instances: Collection[int]
    free_places: Callable[[], int]
    lost: Callable[[Collection[int]], None] | None = None
    read: int = 0
    """Last id that it has read."""
    claimed: int = 0
    """The number of free lanes' news up to which it has claimed what it can."""


class Holdings:
    """The lanes that this process holds.

    Args:
        statements: The database.
        lease: The lease of this process.
        clock: Returns the seconds by a clock that is never set.

    Attributes:
        feed: Lanes and entries that were given to this process.
        notifier: Notified when there may be something to read or to claim.
        reads: Reads bodies again, for all handlers that start at the same moment together.
        retry_listeners: Called with the id of an entry of this process that is to be retried at once.
    """

    def __init__(self, statements: LaneStatements, lease: ProcessLease, clock: Callable[[], float]) -> None:
        self.feed = LaneFeed(clock)
        self.notifier = Notifier()
        self.reads = Batches(self._read_again)
        self.retry_listeners: set[Callable[[int], object]] = set()
        self._statements = statements
        self._lease = lease
        self._exclusive = asyncio.Lock()
        self._joined: list[Run] = []
        self._runs: dict[int, Run] = {}
        """The run that has, or had, each instance."""
        self._free_lanes = 1
        lease.on_loss(self._lose_everything)

    def join(self, run: Run) -> None:
        """Take lanes for a run."""
        self._joined.append(run)
        for instance in run.instances:
            self._runs[instance] = run

    async def leave(self, run: Run) -> None:
        """Return all lanes of a run to the store."""
        self._joined.remove(run)
        left = {instance for instance, each in self._runs.items() if each is run}
        for instance in left:
            del self._runs[instance]
        await self.give_back([lane for lane in self.feed.lanes.values() if lane.key[0] in left])

    def notice_room(self) -> None:
        """Wake the reader of a run that can claim lanes."""
        if any(run.claimed != self._free_lanes and run.free_places() > 0 for run in self._joined):
            self.notifier.notify()

    def reset(self) -> None:
        """Make the object usable in another event loop."""
        self._exclusive = asyncio.Lock()

    def note_news(self, lanes: Collection[LaneKey] | None) -> None:
        """Note that lanes of this process have new entries; None: any. Empty: lanes that nobody holds."""
        if not lanes:
            self._free_lanes += 1
        for key in self.feed.lanes if lanes is None else lanes:
            if (lane := self.feed.lanes.get(key)) is not None:
                lane.stale = True
        self.notifier.notify()

    def note_retry(self, id: int) -> None:  # noqa: A002  the name of the field
        """Note that an entry, by its id in the store, is to be retried at once; it may be another process's."""
        fed = self.feed.find_stored(id)
        if fed is None:
            return
        if fed.entry is not None:
            self.feed.keep(fed, attrs.evolve(fed.entry, due=None))
        for listener in tuple(self.retry_listeners):
            listener(fed.id)

    async def compare(self) -> float | None:
        """Compare what this process holds with the store, free what dead processes hold, and expire keys.

        Returns:
            Seconds until a lease of another process ends, if it is not renewed; None if there is none.
        """
        next_end = await self._statements.free_lost(self._lease.id)
        async with self._exclusive:
            me = self._lease.id
            before = list(self.feed.lanes.values())  # what is held from now on can be missing in the answer
            rows = {row.key: row for row in await self._statements.held(me)} if me else {}
            unserved: list[HeldLane] = []
            if me == self._lease.id:
                unserved = self._compare_with(rows, before)
        await self.give_back(unserved)
        await self._find_retries()
        self.note_news(())
        await self._statements.expire_keys()
        return next_end

    async def _find_retries(self) -> None:
        """Retry the entries at once for which that was asked while no message about it arrived."""
        delayed = self.feed.delayed()
        if not delayed:
            return
        hurried = await self._statements.hurried([fed.stored_id for fed in delayed])
        for fed in delayed:
            # An entry that has failed again meanwhile has more attempts.
            if fed.stored_id in hurried and (fed.entry is None or fed.entry.attempts == hurried[fed.stored_id]):
                self.note_retry(fed.stored_id)

    def _compare_with(self, rows: Mapping[LaneKey, LaneRow], lanes: Sequence[HeldLane]) -> list[HeldLane]:
        """Compare lanes of this process with those in the store; return those that no run wants."""
        lost: list[HeldLane] = []
        for lane in lanes:
            row = rows.get(lane.key)
            if self.feed.lanes.get(lane.key) is not lane:
                continue
            if row is None or row.fence != lane.fence:
                lost.append(lane)
            elif row.version != lane.version:
                lane.stale = True
        self._lose(lost)
        for row in rows.values():
            if (
                row.fence is not None and row.key not in self.feed.lanes
            ):  # claimed by a transaction whose answer was lost
                self.feed.hold(row.key, row.fence)
        return [lane for lane in self.feed.lanes.values() if not lane.pins and self._serving(lane.key[0]) is None]

    async def give_back_idle(self) -> None:
        """Delete lanes that were idle for a moment; at once if this process has no free place."""
        is_full = all(run.free_places() <= 0 for run in self._runs.values())
        async with self._exclusive:
            await self._delete_empty(self.feed.idle(0.0 if is_full else IDLE))

    def run_of(self, instances: Collection[int]) -> Run:
        """Return the run that reads the entries of these instances; a reader's own if there is none."""
        first = next(iter(instances))
        run = self._serving(first)
        if run is None:
            run = self._runs[first] = Run(instances, lambda: PLACES_OF_READERS)
        return run

    def _serving(self, instance: int) -> Run | None:
        """Return the run that has an instance now: the instances of a run come and go."""
        for run in (self._runs.get(instance), *self._joined):
            if run is not None and instance in run.instances:
                self._runs[instance] = run
                return run
        return None

    async def refresh(self, run: Run, instances: Collection[int]) -> None:
        """Read what is new in the lanes of this process, and claim lanes for its free places."""
        async with self._exclusive:
            if stale := self.feed.stale(instances):
                await self._read(stale)
            me = self._lease.id
            if run.claimed == self._free_lanes or not self._lease.check():
                return
            news = self._free_lanes
            number = run.free_places() - self.feed.undelivered(instances, run.read)
            if number <= 0:
                return
            claimed = await self._statements.claim(me, instances, number)
            if me != self._lease.id:
                return
            for lane in claimed:
                self.feed.hold(lane.key, lane.fence, interrupted=lane.interrupted)
            if len(claimed) < number:
                run.claimed = news
            if claimed:
                await self._read(self.feed.stale(instances))

    async def _read(self, lanes: Sequence[HeldLane]) -> None:
        """Read entries of lanes of this process, up to a limit."""
        for lane in lanes:
            lane.stale = False
        unread = set(lanes)
        new: list[tuple[HeldLane, Entry]] = []
        try:
            for lane, version, entries in await self._statements.read(lanes):
                if version is not None:
                    lane.version = max(lane.version, version)
                    unread.discard(lane)
                new += [(lane, entry) for entry in entries]
        finally:
            for lane in unread:
                lane.stale = True  # there is more; or it is lost, which the next comparison finds
        for lane, entry in sorted(new, key=lambda each: each[1].id):
            if self.feed.lanes.get(lane.key) is lane:
                self.feed.deliver(lane, [entry])

    async def with_bodies(self, found: Sequence[FedEntry]) -> list[Entry]:
        """Return entries of this process; those whose bodies were evicted are read again."""
        entries = {fed.id: fed.entry for fed in found if fed.entry is not None}
        evicted = [fed for fed in found if fed.entry is None]
        if evicted:
            again = await self.reads.add([fed.stored_id for fed in evicted])
            for fed in evicted:
                stored = again.get(fed.stored_id)
                if self.feed.find(fed.id) is not fed:
                    continue
                if stored is None:
                    self.feed.finish(fed.id)
                    continue
                entry = attrs.evolve(stored, id=fed.id, interrupted=fed.interrupted, lane=fed.lane.key[1])
                entries[fed.id] = entry
                self.feed.keep(fed, entry)  # which can evict others of these
        return [entries[fed.id] for fed in found if fed.id in entries and self.feed.find(fed.id) is fed]

    async def _read_again(self, batch: Sequence[Sequence[int]]) -> list[dict[int, Entry]]:
        found = await self._statements.read_again([id_ for ids in batch for id_ in ids])
        return [found] * len(batch)

    def mark_claims(self, batch: Sequence[NewEntry]) -> list[NewEntry]:
        """Mark the entries whose lanes this process holds from the beginning, if they are new: it has free places."""
        places: dict[int, int] = {}
        claimed: set[LaneKey] = set()
        marked: list[NewEntry] = []
        for new in batch:
            key = new.entry.id_instance, new.chat
            run = self._serving(key[0])
            if run is None or key in self.feed.lanes:
                marked.append(new)
                continue
            if id(run) not in places:
                places[id(run)] = run.free_places() - self.feed.undelivered(run.instances, run.read)
            if key not in claimed and places[id(run)] > 0:
                places[id(run)] -= 1
                claimed.add(key)
            marked.append(attrs.evolve(new, may_claim=key in claimed))
        return marked

    def note_stored(self, row: LaneRow, entries: Sequence[Entry], dropped: Collection[tuple[LaneKey, int]]) -> None:
        """Deliver entries that were stored in a lane of this process.

        Args:
            row: The lane as it was when they were stored.
            entries: The entries under their ids in the store.
            dropped: Lanes, with their fences, that were given back or lost since then.
        """
        if row.holder is None:
            self._free_lanes += 1
        if row.holder is None or row.holder != self._lease.id or row.fence is None:
            return
        lane = self.feed.lanes.get(row.key)
        if (row.key, row.fence) in dropped or (lane is not None and lane.fence > row.fence):
            return  # the answer was overtaken: the lane was given back, or lost, and perhaps held again
        if lane is None or lane.fence != row.fence:
            if lane is not None:
                self._lose([lane])
            lane = self.feed.hold(row.key, row.fence)
            lane.stale = row.version != 1
        if self.feed.is_next(lane, row.version):
            self.feed.deliver(lane, entries)
            lane.version = row.version
        elif lane.version < row.version:
            lane.stale = True

    async def find_lost(self, lanes: Collection[HeldLane]) -> None:
        """Find out which lanes are lost, because a write changed nothing."""
        await self._lease.acquire()
        rows = {(row.key, row.fence) for row in await self._statements.held(self._lease.id)}
        self._lose([lane for lane in lanes if (lane.key, lane.fence) not in rows])

    def _lose_everything(self) -> None:
        self._lose(list(self.feed.lanes.values()))

    def _lose(self, lanes: Sequence[HeldLane]) -> None:
        lanes = [lane for lane in lanes if self.feed.lanes.get(lane.key) is lane]
        for run in {id(run): run for run in self._runs.values()}.values():
            mine = [lane for lane in lanes if self._runs.get(lane.key[0]) is run]
            lost = self.feed.drop(mine)
            if lost:
                logger.warning("Lost %d notifications in %d chats to another process", len(lost), len(mine))
            if lost and run.lost is not None:
                run.lost(lost)
        self.feed.drop(lanes)
        self._free_lanes += 1
        self.notifier.notify()

    async def _delete_empty(self, lanes: Sequence[HeldLane]) -> None:
        if not lanes or not self._lease.check():
            return
        deleted = await self._statements.delete_empty(self._lease.id, lanes)
        for lane in lanes:
            if lane.key not in deleted:
                lane.stale = True
                self.notifier.notify()
        self.feed.drop([lane for lane in lanes if lane.key in deleted])

    async def give_back(self, lanes: Sequence[HeldLane]) -> None:
        """Give lanes back at once, with their unfinished entries."""
        async with self._exclusive:
            held = [lane for lane in lanes if self.feed.lanes.get(lane.key) is lane]
            me = self._lease.id if self._lease.check() else ""
            empty = [lane for lane in held if not lane.unfinished and not lane.stale]
            self.feed.drop(held)

            async def give_back() -> None:
                deleted = await self._statements.delete_empty(me, empty) if empty else set[LaneKey]()
                left = [lane for lane in held if lane.key not in deleted]
                if left:
                    await self._statements.give_back(me, left)

            if not held or not me:
                return
            try:
                await self._statements.run_to_completion(give_back)
            except InboxUnavailableError as error:
                logger.warning(
                    "Could not give back %d chats, which other processes take over later: %s", len(held), error
                )

"""Inbox in PostgreSQL, shared by any number of processes.

Each process holds some lanes, the chats whose entries it handles, for as long as they have entries and a moment longer.
A process claims lanes when it has free places. It holds the lane of an entry that it stores itself at once, if nobody
else does; so most chats stay where their instance is polled, and the surplus goes to whoever has room.

``lanes_sql`` explains the tables, ``lane_feed`` what a process knows of them, ``membership`` the tasks behind it.
"""

# ruff: noqa: A002, D102  documented in base.py and shared.py

import asyncio
import logging
import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import attrs

from greenapi_async.errors import InboxUnavailableError, InvalidArgumentError
from greenapi_async.inbox.base import Entry, Inbox
from greenapi_async.inbox.lane_feed import FIRST_STORED_ID, FedEntry, HeldLane, LaneFeed, LaneKey
from greenapi_async.inbox.notifier import Notifier
from greenapi_async.inbox.postgres.batches import Batches
from greenapi_async.inbox.postgres.connection import PostgresConnection
from greenapi_async.inbox.postgres.entry_rows import chat_of, seconds_until
from greenapi_async.inbox.postgres.lane_statements import Failure, LaneRow, LaneStatements, NewEntry
from greenapi_async.inbox.postgres.lease_store import PostgresLeaseStore
from greenapi_async.inbox.postgres.membership import Membership
from greenapi_async.inbox.postgres.pollers import PostgresPollers
from greenapi_async.inbox.process_lease import ProcessLease
from greenapi_async.inbox.shared import SharedInbox

__all__ = ["PostgresInbox"]

logger = logging.getLogger("greenapi_async")

PLACES_OF_READERS = 10
"""Lanes that a reader takes at once which does not run ``process``."""
IDLE = 1.0
"""Seconds for which a lane without entries is held, so that a busy chat stays where it is."""


@attrs.define(eq=False)
class _Run:
    """A reader of the entries of some instances."""

    instances: Collection[int]
    free_places: Callable[[], int]
    lost: Callable[[Collection[int]], None] | None = None
    read: int = 0
    """Last id that it has read."""
    claimed: int = 0
    """The number of free lanes' news up to which it has claimed what it can."""


class PostgresInbox(Inbox, SharedInbox):
    """Inbox in a PostgreSQL database that several processes share; needs the extra ``postgres`` and asyncio.

    ``run(router, clients=..., inbox=PostgresInbox("postgresql://..."))`` can be started any number of times, on any
    number of machines. Notifications of one chat are handled in order and by one process at a time. A process that
    dies, or is cut off from the database, loses its chats when its lease expires; others take over. A process that was
    suspended notices before it starts another handler, and what it writes about lost chats changes nothing.

    ``put`` and every other change survive a crash of the database server, with its default ``synchronous_commit``.
    While the server is down, operations raise ``InboxUnavailableError``, and a run repeats them.

    Ids: entries that a process was given are numbered in that process, from 1. ``quarantined`` returns the ids of the
    database, from 1,000,000,000,001, which are the same in all processes; ``release`` and ``drop`` expect these.

    The first operation connects, and applies missing migrations, or ``async with`` does. The first ``waiting`` makes
    the process take part in the work, until all contexts have been left.

    Args:
        dsn: Connection string, see ``PostgresConnection``.
        schema: PostgreSQL schema of the tables; created if it does not exist.
        lease: Seconds, at least 1, after which other processes take over from one that has died or lost contact.
        connections: Greatest number of connections in the pool; one more listens for news.
        clock: Returns the seconds by a clock that is never set, by which this process judges its lease.

    Attributes:
        connection: Connection to the database, for other tables in it.
        lease: The lease of this process, valid while it takes part.
        pollers: Which process polls which instance.
    """

    def __init__(
        self,
        dsn: str,
        *,
        schema: str = "greenapi",
        lease: float = 25.0,
        connections: int = 4,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.connection = PostgresConnection(dsn, schema=schema, connections=connections)
        self.lease = ProcessLease(PostgresLeaseStore(self.connection), lease, clock=clock)
        self.lease.on_loss(self._lost_everything)
        self.pollers = PostgresPollers(self.connection, self.lease)
        self._statements = LaneStatements(self.connection)
        self._feed = LaneFeed(clock)
        self._notifier = Notifier()
        self._membership = Membership(self.connection, self.lease, self)
        self._exclusive = asyncio.Lock()
        self._puts = Batches(self._write_new, lambda new: (*new.entry.keys, *new.entry.unless))
        self._done = Batches(self._write_done)
        self._failures = Batches(self._write_failures, lambda failure: (failure.fed.stored_id,))
        self._joined: list[_Run] = []
        self._runs: dict[int, _Run] = {}
        """The run that has, or had, each instance."""
        self._free_lanes = 1
        self._users = 0

    def __repr__(self) -> str:
        return f"PostgresInbox({self.connection.name}, schema={self.connection.schema!r})"

    async def put(self, entry: Entry) -> bool:
        self.connection.check_loop()
        return await self._puts.add(NewEntry(entry, chat_of(entry.body), may_claim=False))

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        self.connection.check_loop()
        await self._membership.start()
        if not instances or limit < 1:
            return []
        run = self._run_of(instances)
        run.read = max(run.read, min(after, self._feed.newest))
        found = self._feed.after(instances, after, limit)
        if len(found) < limit:
            await self._refresh(run, instances)
            found = self._feed.after(instances, after, limit)
        return await self._with_bodies(found)

    async def wait_for_change(self, after: int) -> int:
        await self._membership.start()
        return await self._notifier.wait(after)

    async def done(self, id: int) -> None:
        if id >= FIRST_STORED_ID:
            await self._statements.drop(id)
            return
        fed = self._feed.find(id)
        if fed is not None:
            await self.connection.run_to_completion(lambda: self._done.add(fed))

    async def failed(self, id: int, attempts: int, due: datetime, failure: str) -> None:
        due = due.astimezone(UTC)
        fed = self._feed.find(id)
        if fed is None:
            return
        change = Failure(fed, attempts, seconds_until(due), failure)
        await self.connection.run_to_completion(lambda: self._failures.add(change))
        if fed.entry is not None and self._feed.find(id) is fed:
            self._feed.keep(fed, attrs.evolve(fed.entry, attempts=attempts, due=due, failure=failure))

    async def quarantine(self, id: int, attempts: int, failure: str) -> None:
        fed = self._feed.find(id)
        if fed is not None:
            change = Failure(fed, attempts, None, failure)
            await self.connection.run_to_completion(lambda: self._failures.add(change))
            logger.info("Entry %d is entry %d of the database's quarantine", id, fed.stored_id)

    async def quarantined(self) -> Sequence[Entry]:
        return await self._statements.quarantined()

    async def count_others(self, instances: Collection[int]) -> Mapping[int, int]:
        """Return the number of waiting entries of each instance that is not among these, held by any process or none.

        Args:
            instances: Ids of instances.
        """
        return await self._statements.count_others(instances)

    async def release(self, id: int) -> None:
        if not await self._statements.requeue(id):
            raise InvalidArgumentError(f"entry {id} is not in quarantine")
        self.note_news(None)

    async def drop(self, id: int) -> None:
        if not await self._statements.drop(id):
            raise InvalidArgumentError(f"entry {id} is not in quarantine")

    @asynccontextmanager
    async def joined(
        self, instances: Collection[int], free_places: Callable[[], int], lost: Callable[[Collection[int]], None]
    ) -> AsyncGenerator[None]:
        run = _Run(instances, free_places, lost)
        self._joined.append(run)
        for instance in instances:
            self._runs[instance] = run
        try:
            await self._membership.start()
            yield
        finally:
            self._joined.remove(run)
            left = {instance for instance, each in self._runs.items() if each is run}
            for instance in left:
                del self._runs[instance]
            await self._give_back([lane for lane in self._feed.lanes.values() if lane.key[0] in left])

    def begin(self, id: int) -> bool:
        return self.lease.check() and self._feed.pin(id)

    def end(self, id: int) -> None:
        self._feed.unpin(id)

    def notice_room(self) -> None:
        for run in {id(run): run for run in self._runs.values()}.values():
            if run.claimed != self._free_lanes and run.free_places() > 0:
                self._notifier.notify()
                return

    async def __aenter__(self) -> Self:
        self._users += 1
        try:
            await self.connection.__aenter__()
        except BaseException:
            self._users -= 1
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._users -= 1
        if not self._users:
            await self._leave()
        await self.connection.__aexit__(kind, error, traceback)

    def note_news(self, lanes: Collection[LaneKey] | None) -> None:
        """Note that lanes of this process have new entries; None: any. Empty: lanes that nobody holds."""
        if not lanes:
            self._free_lanes += 1
        for key in self._feed.lanes if lanes is None else lanes:
            if (lane := self._feed.lanes.get(key)) is not None:
                lane.stale = True
        self._notifier.notify()

    async def compare(self) -> None:
        """Compare what this process holds with the store, free what dead processes hold, and expire keys."""
        await self._statements.free_lost()
        async with self._exclusive:
            me = self.lease.id
            known = set(self._feed.lanes.values())
            rows = {row.key: row for row in await self._statements.held(me)} if me else {}
            if me != self.lease.id:
                return
            lost: list[HeldLane] = []
            for lane in known & set(self._feed.lanes.values()):
                row = rows.pop(lane.key, None)
                if row is None or row.fence != lane.fence:
                    lost.append(lane)
                elif row.version != lane.version:
                    lane.stale = True
            self._lost(lost)
            unknown = [row for row in rows.values() if row.key not in self._feed.lanes and row.fence is not None]
            for row in unknown:  # claimed by a transaction whose answer was lost
                self._feed.hold(row.key, row.fence or 0)
            idle = [lane for lane in self._feed.lanes.values() if not lane.pins]
            unserved = [lane for lane in idle if self._serving(lane.key[0]) is None]
        await self._give_back(unserved)
        self.note_news(())
        await self._statements.expire_keys()

    async def give_back_idle(self) -> None:
        """Delete lanes that were idle for a moment; at once if this process has no free place."""
        is_full = all(run.free_places() <= 0 for run in self._runs.values())
        async with self._exclusive:
            await self._delete_empty(self._feed.idle(0.0 if is_full else IDLE))

    async def _leave(self) -> None:
        """Give everything back, so that other processes take over at once."""
        await self._membership.stop()
        for batches in self._puts, self._done, self._failures:
            await batches.settle()
        await self._give_back(list(self._feed.lanes.values()))
        try:
            await self.lease.release()
        except InboxUnavailableError as error:
            logger.warning("Could not give up the lease of this process, which expires: %s", error)
        self._exclusive = asyncio.Lock()  # for another event loop

    def _run_of(self, instances: Collection[int]) -> _Run:
        first = next(iter(instances))
        run = self._serving(first)
        if run is None:
            run = self._runs[first] = _Run(instances, lambda: PLACES_OF_READERS)
        return run

    def _serving(self, instance: int) -> _Run | None:
        """Return the run that has an instance now: the instances of a run come and go."""
        for run in (self._runs.get(instance), *self._joined):
            if run is not None and instance in run.instances:
                self._runs[instance] = run
                return run
        return None

    async def _refresh(self, run: _Run, instances: Collection[int]) -> None:
        """Read what is new in the lanes of this process, and claim lanes for its free places."""
        async with self._exclusive:
            if stale := self._feed.stale(instances):
                await self._read(stale)
            me = self.lease.id
            if run.claimed == self._free_lanes or not self.lease.check():
                return
            news = self._free_lanes
            number = run.free_places() - self._feed.undelivered(instances, run.read)
            if number <= 0:
                return
            claimed = await self._statements.claim(me, instances, number)
            if me != self.lease.id:
                return
            for lane in claimed:
                self._feed.hold(lane.key, lane.fence, interrupted=lane.interrupted)
            if len(claimed) < number:
                run.claimed = news
            if claimed:
                await self._read(self._feed.stale(instances))

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
            if self._feed.lanes.get(lane.key) is lane:
                self._feed.deliver(lane, [entry])

    async def _with_bodies(self, found: Sequence[FedEntry]) -> list[Entry]:
        evicted = [fed for fed in found if fed.entry is None]
        if evicted:
            again = await self._statements.read_again([fed.stored_id for fed in evicted])
            for fed in evicted:
                entry = again.get(fed.stored_id)
                if self._feed.find(fed.id) is not fed:
                    continue
                if entry is None:
                    self._feed.finish(fed.id)
                else:
                    self._feed.keep(fed, attrs.evolve(entry, id=fed.id, interrupted=False))
        return [fed.entry for fed in found if fed.entry is not None]

    async def _write_new(self, batch: Sequence[NewEntry]) -> list[bool]:
        me = self.lease.id if self.lease.is_valid else ""
        marked = self._mark_claims(batch) if me else batch
        stored = await self._statements.put(me or None, marked)
        entries: dict[LaneKey, list[Entry]] = {}
        moment = datetime.fromtimestamp(stored.stored, UTC)
        for new, stored_id, lane in zip(batch, stored.ids, stored.names, strict=True):
            if stored_id is not None:
                delivered = attrs.evolve(
                    new.entry, id=stored_id, stored=moment, unless=(), keys=(), attempts=0, due=None
                )
                entries.setdefault((new.entry.id_instance, lane), []).append(delivered)
        for row in stored.lanes:
            if row.key in entries:
                self._note_stored(row, entries[row.key])
        if entries:
            self._notifier.notify()
        return [stored_id is not None for stored_id in stored.ids]

    def _mark_claims(self, batch: Sequence[NewEntry]) -> list[NewEntry]:
        """Mark the entries whose lanes this process holds from the beginning, if they are new: it has free places."""
        places: dict[int, int] = {}
        claimed: set[LaneKey] = set()
        marked: list[NewEntry] = []
        for new in batch:
            key = new.entry.id_instance, new.chat
            run = self._serving(key[0])
            if run is None or key in self._feed.lanes:
                marked.append(new)
                continue
            if id(run) not in places:
                places[id(run)] = run.free_places() - self._feed.undelivered(run.instances, run.read)
            if key not in claimed and places[id(run)] > 0:
                places[id(run)] -= 1
                claimed.add(key)
            marked.append(attrs.evolve(new, may_claim=key in claimed))
        return marked

    def _note_stored(self, row: LaneRow, entries: Sequence[Entry]) -> None:
        """Deliver entries that were stored in a lane of this process."""
        if row.holder is None:
            self._free_lanes += 1
        if row.holder is None or row.holder != self.lease.id or row.fence is None:
            return
        lane = self._feed.lanes.get(row.key)
        if lane is None or lane.fence != row.fence:
            if lane is not None:
                self._lost([lane])
            lane = self._feed.hold(row.key, row.fence)
            lane.stale = row.version != 1
        if self._feed.is_next(lane, row.version):
            self._feed.deliver(lane, entries)
            lane.version = row.version
        elif lane.version < row.version:
            lane.stale = True

    async def _write_done(self, batch: Sequence[FedEntry]) -> list[None]:
        if not await self._statements.done(self.lease.id, batch):
            await self._find_lost({fed.lane for fed in batch})
        for fed in batch:
            self._feed.finish(fed.id)
        return [None] * len(batch)

    async def _write_failures(self, batch: Sequence[Failure]) -> list[None]:
        if not await self._statements.fail(self.lease.id, batch):
            await self._find_lost({failure.fed.lane for failure in batch})
        for failure in batch:
            if failure.seconds is None:
                self._feed.finish(failure.fed.id)
        return [None] * len(batch)

    async def _find_lost(self, lanes: Collection[HeldLane]) -> None:
        """Find out which lanes are lost, because a write changed nothing."""
        await self.lease.acquire()
        rows = {(row.key, row.fence) for row in await self._statements.held(self.lease.id)}
        self._lost([lane for lane in lanes if (lane.key, lane.fence) not in rows])

    def _lost_everything(self) -> None:
        self._lost(list(self._feed.lanes.values()))

    def _lost(self, lanes: Sequence[HeldLane]) -> None:
        lanes = [lane for lane in lanes if self._feed.lanes.get(lane.key) is lane]
        for run in {id(run): run for run in self._runs.values()}.values():
            mine = [lane for lane in lanes if self._runs.get(lane.key[0]) is run]
            lost = self._feed.drop(mine)
            if lost:
                logger.warning("Lost %d notifications in %d chats to another process", len(lost), len(mine))
            if lost and run.lost is not None:
                run.lost(lost)
        self._feed.drop(lanes)
        self._free_lanes += 1
        self._notifier.notify()

    async def _delete_empty(self, lanes: Sequence[HeldLane]) -> None:
        if not lanes or not self.lease.check():
            return
        deleted = await self._statements.delete_empty(self.lease.id, lanes)
        for lane in lanes:
            if lane.key not in deleted:
                lane.stale = True
                self._notifier.notify()
        self._feed.drop([lane for lane in lanes if lane.key in deleted])

    async def _give_back(self, lanes: Sequence[HeldLane]) -> None:
        """Give lanes back at once, with their unfinished entries."""
        async with self._exclusive:
            held = [lane for lane in lanes if self._feed.lanes.get(lane.key) is lane]
            me = self.lease.id if self.lease.check() else ""
            empty = [lane for lane in held if not lane.unfinished and not lane.stale]
            self._feed.drop(held)

            async def give_back() -> None:
                deleted = await self._statements.delete_empty(me, empty) if empty else set[LaneKey]()
                left = [lane for lane in held if lane.key not in deleted]
                if left:
                    await self._statements.give_back(me, left)

            if not held or not me:
                return
            try:
                await self.connection.run_to_completion(give_back)
            except InboxUnavailableError as error:
                logger.warning(
                    "Could not give back %d chats, which other processes take over later: %s", len(held), error
                )

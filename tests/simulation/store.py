"""A store of leases and holders in memory: what PostgreSQL does, with latencies, lost connections and a count."""

import random
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Collection, Mapping
from contextlib import asynccontextmanager

import anyio
import attrs

from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.poller_store import Assignment, Look, PollerStore, plan
from greenapi_async.inbox.process_lease import LeaseStore

__all__ = ["SimulatedConnection", "SimulatedStore"]

TIMEOUT = 15.0
"""As ``PostgresConnection`` has it."""
RECENT = 60.0
FORGOTTEN = 600.0


@attrs.define
class Row:
    holder: str | None = None
    wanted: str | None = None
    fence: int = 0
    freed: float = 0.0


class SimulatedStore:
    """The database. Its own clock is ahead of the processes' by an arbitrary amount."""

    def __init__(self, *, latency: float = 0.002, seed: int = 1) -> None:
        self.is_up = True
        self.statements: Counter[str] = Counter()
        self.leases: dict[str, float] = {}
        self.polling: set[str] = set()
        self.rows: dict[int, Row] = {}
        self.held: defaultdict[str, dict[int, Row]] = defaultdict(dict)
        self.free: dict[int, Row] = {}
        self.busy = 0.0
        """Seconds for which the lock of assignments was held."""
        self._latency = latency
        self._random = random.Random(seed)
        self._fence = 0
        self._lock = anyio.Lock()

    def now(self) -> float:
        return anyio.current_time() + 12345.0

    def is_live(self, process: str | None) -> bool:
        return process is not None and self.leases.get(process, 0.0) > self.now()

    def give(self, number: int, holder: str | None) -> None:
        """Change the holder of an instance, under a new fence."""
        row = self.rows[number]
        if row.holder is None:
            self.free.pop(number, None)
        else:
            self.held[row.holder].pop(number, None)
        row.holder, row.wanted, row.fence = holder, None, self.next_fence()
        if holder is None:
            row.freed = self.now()
            self.free[number] = row
        else:
            self.held[holder][number] = row

    def next_fence(self) -> int:
        self._fence += 1
        return self._fence

    def delay(self) -> float:
        return self._latency * self._random.expovariate(1.0) + self._latency / 2

    @asynccontextmanager
    async def locked(self, seconds: float) -> AsyncGenerator[None]:
        """Hold the advisory lock for the time that the statements take."""
        async with self._lock:
            self.busy += seconds
            await anyio.sleep(seconds)
            yield


class SimulatedConnection(LeaseStore, PollerStore):
    """The store, as one process reaches it."""

    def __init__(self, store: SimulatedStore) -> None:
        self.store = store
        self.is_reachable = True

    @asynccontextmanager
    async def _operation(self, name: str) -> AsyncGenerator[None]:
        """Wait for the latency before and after the operation; the answer can be lost as well as the request."""
        await self._travel()
        self.store.statements[name] += 1
        yield
        await self._travel()

    async def _travel(self) -> None:
        await anyio.sleep(self.store.delay())
        if not (self.is_reachable and self.store.is_up):
            await anyio.sleep(TIMEOUT if self.store.is_up else 0.05)  # a partition swallows packets, a host refuses
            raise InboxUnavailableError("the store does not answer")

    async def begin(self, process: str, seconds: float) -> None:
        async with self._operation("lease"):
            self.store.leases[process] = self.store.now() + seconds

    async def renew(self, process: str, seconds: float) -> bool:
        async with self._operation("lease"):
            store, is_live = self.store, self.store.is_live(process)
            if is_live:
                store.leases[process] = store.now() + seconds
            for expired in [name for name, end in store.leases.items() if end < store.now()]:
                del store.leases[expired]
        return is_live

    async def end(self, process: str) -> None:
        async with self._operation("lease"):
            self.store.leases.pop(process, None)

    async def look(self, process: str) -> Look:
        async with self._operation("look"):
            store, now = self.store, self.store.now()
            mine = store.held[process]
            ends = [end - now for name, end in store.leases.items() if name != process and end > now]
            return Look(
                processes=frozenset(filter(store.is_live, store.polling)),
                next_end=min(ends, default=None),
                free=sum(row.freed > now - RECENT for row in store.free.values()),
                asked=[number for number, row in mine.items() if row.wanted is not None],
                held=len(mine),
                fences=sum(row.fence for row in mine.values()),
            )

    async def held(self, process: str) -> Mapping[int, int]:
        async with self._operation("held"):
            return {number: row.fence for number, row in self.store.held[process].items()}

    async def assign(self, process: str, instances: Collection[int], *, register: bool, beyond: bool) -> Assignment:
        async with self._operation("assign"), self.store.locked(0.002 + 1e-6 * len(self.store.rows)):
            return self._assign(process, instances, register=register, beyond=beyond)

    def _assign(self, process: str, instances: Collection[int], *, register: bool, beyond: bool) -> Assignment:
        store, now = self.store, self.store.now()
        if not store.is_live(process):
            return Assignment(claimed=0, asked=0, total=0)
        store.polling = {name for name in store.polling if store.is_live(name)} | {process}
        self._clear(now)
        if register:
            for number in instances:
                if number not in store.rows:
                    store.free[number] = store.rows[number] = Row(freed=now)
        loads = {name: len(store.held[name]) for name in store.polling}
        for name in store.polling:
            for row in store.held[name].values():
                if row.wanted is not None:
                    loads[name] -= 1
                    loads[row.wanted] += 1
        total = sum(map(len, store.held.values())) + sum(row.freed > now - RECENT for row in store.free.values())
        served = set(instances)
        free = [number for number in store.free if number in served]
        decided = plan(process, loads, total, free=len(free), beyond=beyond)
        for number in free[: decided.claim]:
            store.give(number, process)
        left = dict(decided.ask)
        for donor in list(left):
            for number, row in store.held[donor].items():
                if left[donor] and row.wanted is None and number in served:
                    left[donor] -= 1
                    row.wanted = process
        return Assignment(decided.claim, sum(decided.ask.values()) - sum(left.values()), total)

    def _clear(self, now: float) -> None:
        store = self.store
        for holder in [holder for holder in store.held if holder not in store.polling]:
            for number in list(store.held[holder]):
                store.give(number, None)
            del store.held[holder]
        for rows in store.held.values():
            for row in rows.values():
                if row.wanted is not None and row.wanted not in store.polling:
                    row.wanted = None
        for number in [number for number, row in store.free.items() if row.freed < now - FORGOTTEN]:
            del store.free[number], store.rows[number]

    async def release(self, process: str, fences: Mapping[int, int]) -> None:
        async with self._operation("release"), self.store.locked(0.001):
            store = self.store
            for number, fence in fences.items():
                row = store.rows.get(number)
                if row is not None and row.holder == process and row.fence == fence:
                    wanted = row.wanted
                    store.give(number, wanted if store.is_live(wanted) and wanted in store.polling else None)

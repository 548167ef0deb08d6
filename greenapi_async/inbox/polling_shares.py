"""Shares of polling: which of several processes polls which instance.

Each instance is polled by one process at a time, and each process holds about as many as every other. What it holds
names its lease (``process_lease``), so one renewal keeps all of it. Every few seconds a process takes a look at the
store, one statement. Only if something has changed (a process came or went, an instance is free or new) it takes part
in an assignment: it claims free instances up to the rounded up average. If it has less than the average, it asks for
instances of those who have more. A holder that is asked ends its poll, settles the deletion, and then hands over: at no
time do two processes poll one instance. If nobody below the average takes what is free (processes may have clients for
different instances), others do after ``BEYOND_AFTER``.

The lease is judged by the process's own clock before each poll, and when it ends, polls are cancelled at once.
"""

import logging
import random
from collections.abc import Callable, Collection, Generator
from contextlib import contextmanager

import anyio

from greenapi_async._internal.concurrency import Background
from greenapi_async.errors import InboxUnavailableError
from greenapi_async.inbox.poller_store import Look, PollerStore
from greenapi_async.inbox.process_lease import ProcessLease

__all__ = ["PollingShares", "Share"]

logger = logging.getLogger("greenapi_async")

INTERVAL = 4.0
"""Seconds between two looks while nothing changes."""
SOON = 1.0
"""Seconds to the next look while something changes."""
ASSIGN_INTERVAL = 300.0
"""Seconds after which a process registers its instances again, and looks whether the shares are even."""
ASK_PATIENCE = 30.0
"""Seconds for which a process that has asked for instances looks for them often."""
BEYOND_AFTER = 10.0
"""Seconds for which instances are free before a process takes more than its share."""


class Share:
    """One instance that this process can poll.

    Args:
        id_instance: The instance.
        lease: The lease of this process.
        begin: Starts a task that polls in a block of ``polling``.
        changed: Called when the instance can be released.
    """

    __slots__ = ("_begin", "_changed", "_has_begun", "_lease", "_stop", "fence", "id_instance", "is_asked")

    def __init__(
        self, id_instance: int, lease: ProcessLease, *, begin: Callable[["Share"], None], changed: Callable[[], None]
    ) -> None:
        self.id_instance = id_instance
        self.fence: int | None = None
        """Fence under which this process holds it; None if it does not."""
        self.is_asked = False
        self._lease = lease
        self._begin = begin
        self._changed = changed
        self._has_begun = False
        self._stop: Callable[[], None] | None = None

    @property
    def may_poll(self) -> bool:
        """True if this process holds the instance and should not give it back; checks the lease."""
        return self._lease.check() and self.fence is not None and not self.is_asked

    @property
    def is_polling(self) -> bool:
        """True in the block of ``polling``."""
        return self._stop is not None

    @contextmanager
    def polling(self, stop: Callable[[], None]) -> Generator[None]:
        """Poll in the block while ``may_poll``, and have settled everything at its end.

        Args:
            stop: Ends the poll at once; called when the instance is lost or asked for.
        """
        self._stop = stop
        try:
            if not self.may_poll:
                stop()
            yield
        finally:
            self._stop = None
            self._has_begun = False
            self._changed()

    def grant(self, fence: int) -> None:
        """Note that this process holds the instance."""
        self.fence, self.is_asked = fence, False
        self.resume()

    def resume(self) -> None:
        """Start to poll if that is possible and has not begun."""
        if self.fence is not None and not self.is_asked and not self._has_begun:
            self._has_begun = True
            self._begin(self)

    def ask(self) -> None:
        """Release the instance as soon as its poll has ended."""
        self.is_asked = True
        self._end()

    def lose(self) -> None:
        """Note that another process may hold the instance."""
        self.fence, self.is_asked = None, False
        self._end()

    def _end(self) -> None:
        if self._stop is not None:
            self._stop()


class PollingShares:
    """The instances that this process can poll, and those of them that it polls.

    Args:
        store: Where the holders are.
        lease: The lease of this process; something else keeps it.
        jitter: Returns a random number from 0 to 1.
    """

    def __init__(
        self,
        store: PollerStore,
        lease: ProcessLease,
        *,
        jitter: Callable[[], float] = random.random,
    ) -> None:
        self._store = store
        self._lease = lease
        self._jitter = jitter
        self._shares: dict[int, Share] = {}
        self._held: dict[int, int] = {}
        """Fences, as the store knows them."""
        self._processes: frozenset[str] = frozenset()
        self._has_new = True
        self._registered = float("-inf")
        self._idle = float("-inf")
        """When an assignment changed nothing."""
        self._free_since: float | None = None
        self._has_moved = False
        self._asked = float("-inf")
        self._changed: float | None = None
        """When a process came or went, until the assignment after it has settled."""
        self._total = 0
        """Number of instances of all processes, at the last assignment."""
        self._is_unavailable = False
        self._wake: anyio.Event | None = None
        self._is_kept = anyio.Lock()
        lease.on_loss(self._lose_all)

    @property
    def polled(self) -> Collection[int]:
        """The instances that this process holds."""
        return [share.id_instance for share in self._shares.values() if share.fence is not None]

    def add(self, id_instance: int, begin: Callable[[Share], None]) -> Share:
        """Take part in the polling of an instance.

        Args:
            id_instance: An instance that was not added, or was discarded.
            begin: Called whenever it is this process's turn; starts a task that polls in a block of ``polling``.
        """
        share = Share(id_instance, self._lease, begin=begin, changed=self._wake_up)
        self._shares[id_instance] = share
        self._has_new = True
        if id_instance in self._held and self._lease.check():  # it was discarded a moment ago
            share.grant(self._held[id_instance])
        self._wake_up()
        return share

    def discard(self, share: Share) -> None:
        """Take part no longer, and release the instance; its poll must have ended.

        Args:
            share: What ``add`` returned.
        """
        if self._shares.get(share.id_instance) is share:
            del self._shares[share.id_instance]
            share.lose()
            self._wake_up()

    async def keep(self) -> None:
        """Take and hand over instances until cancelled; of several callers, one does the work.

        Raises:
            InboxError: The store cannot be used.
        """
        async with self._is_kept, Background(self._watch_lease):
            while True:
                self._wake = anyio.Event()
                pause = await self._try_round()
                with anyio.move_on_after(pause):
                    await self._wake.wait()
                    await anyio.sleep(self._jitter() * SOON / 10)  # collects what else changes

    async def _watch_lease(self) -> None:
        while True:
            await anyio.sleep(max(self._lease.remaining, SOON / 10) if self._lease.id else SOON)
            self._lease.check()

    async def _try_round(self) -> float:
        """Exchange with the store; return the seconds until the next time."""
        try:
            pause = await self._round()
        except InboxUnavailableError as error:
            if not self._is_unavailable:
                logger.warning("Cannot take part in the distribution of instances at the moment: %s", error)
            self._is_unavailable = True
            return SOON * (1 + self._jitter())
        if self._is_unavailable and self._lease.id:  # without a lease, nothing was asked
            logger.info("Takes part in the distribution of instances again")
            self._is_unavailable = False
        return pause

    async def _round(self) -> float:
        if not self._lease.check():
            return SOON / 2
        process = self._lease.id
        released = await self._release(process)
        look = await self._store.look(process)
        if process != self._lease.id:
            return 0.0
        moved = 0
        register = self._has_new or self._is_over(self._registered, ASSIGN_INTERVAL)
        if self._may_gain(look) or register:
            moved = await self._assign(process, register=register)
            look = await self._store.look(process)
        if look.processes != self._processes:
            self._changed = anyio.current_time()
        self._processes = look.processes
        await self._adopt(process, look)
        is_awaiting = look.held < self._average(look) and not self._is_over(self._asked, ASK_PATIENCE)
        if released or moved or look.free or look.asked or self._has_new or is_awaiting:
            return SOON * (0.5 + self._jitter())
        pause = INTERVAL * (0.75 + self._jitter() / 2)
        return pause if look.next_end is None else min(pause, max(look.next_end, 0.0) + SOON * self._jitter())

    def _may_gain(self, look: Look) -> bool:
        """Return whether an assignment may give instances to this process, or frees those of a dead one."""
        if look.free and self._free_since is None:
            self._free_since = anyio.current_time()
        elif not look.free:
            self._free_since = None
        if look.free and self._is_over(self._idle, 2 * SOON):
            return True
        average = self._average(look)
        has_news = look.processes != self._processes or self._has_moved
        if not look.processes.issuperset(self._processes) or (has_news and look.held < int(average)):
            return True
        return self._changed is not None and self._is_over(self._changed, INTERVAL) and look.held < average

    def _average(self, look: Look) -> float:
        return self._total / max(len(look.processes), 1)

    def _is_over(self, since: float, seconds: float) -> bool:
        return anyio.current_time() - since >= seconds * (0.75 + self._jitter() / 2)

    async def _assign(self, process: str, *, register: bool) -> int:
        """Take part in an assignment; return how many instances it moves."""
        beyond = self._free_since is not None and self._is_over(self._free_since, BEYOND_AFTER)
        self._has_new = False
        now, done = anyio.current_time(), False
        try:
            assignment = await self._store.assign(process, list(self._shares), register=register, beyond=beyond)
            done = True
        finally:
            self._has_new = self._has_new or (register and not done)
        moved = assignment.claimed + assignment.asked
        if assignment.asked:
            self._asked = now
        self._has_moved, self._total = moved > 0, assignment.total
        if self._changed is not None and now - self._changed >= INTERVAL / 2:
            self._changed = None
        if register:
            self._registered = now
        self._idle = float("-inf") if moved else now
        return moved

    async def _release(self, process: str) -> bool:
        """Release what was asked for or is no longer served, and is not being polled."""
        ended = {number: fence for number, fence in self._held.items() if self._has_ended(number)}
        if not ended:
            return False
        for number in ended:  # before others can hold them; if it fails, the next look shows that they are still held
            del self._held[number]
            if (share := self._shares.get(number)) is not None:
                share.lose()
        await self._store.release(process, ended)
        return True

    def _has_ended(self, id_instance: int) -> bool:
        share = self._shares.get(id_instance)
        return share is None or (share.is_asked and not share.is_polling)

    async def _adopt(self, process: str, look: Look) -> None:
        """Hold what the store says that this process holds, and give back what others ask for."""
        if process == self._lease.id and (look.held, look.fences) != (len(self._held), sum(self._held.values())):
            await self._read(process)
        if process == self._lease.id:
            for id_instance in look.asked:
                if (share := self._shares.get(id_instance)) is not None and share.fence is not None:
                    share.ask()
            for share in [share for share in self._shares.values() if share.fence is not None]:
                share.resume()

    async def _read(self, process: str) -> None:
        held = await self._store.held(process)
        if process != self._lease.id:
            return
        before, self._held = self._held, dict(held)
        for number, fence in held.items():
            if before.get(number) != fence and (share := self._shares.get(number)) is not None:
                share.grant(fence)
        for number in before.keys() - held.keys():
            if (share := self._shares.get(number)) is not None:
                share.lose()

    def _lose_all(self) -> None:
        self._held = {}
        self._processes = frozenset()
        self._has_new = True
        for share in list(self._shares.values()):
            share.lose()

    def _wake_up(self) -> None:
        if self._wake is not None:
            self._wake.set()

"""``ProcessLease``: tasks that renew and lose it at the same moment."""

import asyncio

import pytest

from greenapi_async.inbox.process_lease import LeaseStore, ProcessLease

pytestmark = pytest.mark.asyncio


class Store(LeaseStore):
    """Leases in memory, whose clock does not move; answers can be held back."""

    def __init__(self) -> None:
        self.leases: set[str] = set()
        self.answers = asyncio.Event()
        self.answers.set()
        self.asked = asyncio.Event()

    async def begin(self, process: str, seconds: float) -> None:
        self.leases.add(process)
        await self._answer()

    async def renew(self, process: str, seconds: float) -> bool:
        found = process in self.leases
        await self._answer()
        return found

    async def end(self, process: str) -> None:
        self.leases.discard(process)
        await self._answer()

    async def _answer(self) -> None:
        self.asked.set()
        await self.answers.wait()
        await asyncio.sleep(0)


async def test_tasks_that_find_the_lease_lost_at_once_take_one_new_lease() -> None:
    store, losses = Store(), 0

    def lose() -> None:
        nonlocal losses
        losses += 1

    lease = ProcessLease(store, 10)
    lease.on_loss(lose)
    await lease.acquire()
    store.leases.clear()
    await asyncio.gather(*(lease.acquire() for _ in range(3)))
    assert losses == 1
    assert lease.check()
    assert store.leases == {lease.id}


async def test_a_lease_that_expired_here_while_it_was_renewed_there_is_given_up() -> None:
    store, now = Store(), 0.0
    lease = ProcessLease(store, 10, clock=lambda: now)
    await lease.acquire()
    lost = lease.id
    store.answers.clear()
    store.asked.clear()
    renewing = asyncio.create_task(lease.acquire())
    await store.asked.wait()
    now = 11
    assert not lease.check()
    store.answers.set()
    await renewing
    assert lease.id != lost
    assert store.leases == {lease.id}, "what was held under the lost lease is free"

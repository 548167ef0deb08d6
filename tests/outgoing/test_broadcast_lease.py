"""The lease of a broadcast, when its store does not answer: the process stops before another one may take over."""

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

import anyio
import pytest

from greenapi_async import InboxUnavailableError
from greenapi_async._internal.concurrency import CLEAN_UP
from greenapi_async.inbox.records import Record
from greenapi_async.inbox.records_memory import MemoryRecords
from greenapi_async.outgoing.broadcast_turns import LEASE_SECONDS, BroadcastLease

pytestmark = pytest.mark.anyio


class SlowRecords(MemoryRecords):
    """Records of a database that stops to answer: an operation fails late, and when cancelled ends a little later."""

    def __init__(self, *, claim: float = 0, renew: float) -> None:
        super().__init__(lambda _: None)
        self._claim, self._renew = claim, renew

    async def claim(
        self, collection: str, *, lease: float, limit: int = 1, keys: Collection[str] | None = None
    ) -> Sequence[Record]:
        claimed = await super().claim(collection, lease=lease, limit=limit, keys=keys)
        await anyio.sleep(self._claim)
        return claimed

    async def renew(self, collection: str, versions: Mapping[str, int], *, lease: float) -> Sequence[str]:
        try:
            await anyio.sleep(self._renew)
        except BaseException:
            with anyio.CancelScope(shield=True):
                await anyio.sleep(CLEAN_UP)
            raise
        raise InboxUnavailableError("no response")


@pytest.mark.parametrize(
    "records",
    [
        lambda: SlowRecords(renew=1000),
        lambda: SlowRecords(renew=15),  # the next attempt would end after the lease
        lambda: SlowRecords(renew=0),
        lambda: SlowRecords(claim=8, renew=1000),  # the lease began before the answer
        lambda: SlowRecords(claim=40, renew=1000),
    ],
)
async def test_a_lease_that_cannot_be_renewed_is_lost_before_it_ends(records: Callable[[], Any]) -> None:
    lease, began, lost = BroadcastLease(records(), 1, "sale"), anyio.current_time(), list[float]()

    async def check() -> None: ...

    assert await lease.acquire()
    acquired = anyio.current_time()
    await lease.keep(lambda: lost.append(anyio.current_time()), check)
    assert lost[0] <= max(began + LEASE_SECONDS, acquired)
    assert lost[0] >= began + LEASE_SECONDS - 2 * CLEAN_UP

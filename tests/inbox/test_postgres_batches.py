"""``Batches``: what happens to operations when tasks are cancelled."""

# pyright: reportPrivateUsage=false

import asyncio
from collections.abc import Sequence

import pytest

from greenapi_async.inbox.postgres.batches import Batches

pytestmark = pytest.mark.asyncio


async def test_operations_that_arrive_while_the_writing_task_is_being_cancelled_are_written() -> None:
    written: list[str] = []
    begun, closed = asyncio.Event(), asyncio.Event()

    async def write(batch: Sequence[str]) -> list[None]:
        begun.set()
        if batch[0] == "first":
            try:
                await asyncio.Event().wait()
            finally:
                await closed.wait()  # as a connection takes a moment to cancel its statement
        written.extend(batch)
        return [None] * len(batch)

    batches: Batches[str, None] = Batches(write)
    first = asyncio.create_task(batches.add("first"))
    await begun.wait()
    assert batches._task is not None
    batches._task.cancel()  # as at the end of ``asyncio.run``
    await asyncio.sleep(0)
    second = asyncio.create_task(batches.add("second"))
    await asyncio.sleep(0)
    closed.set()
    async with asyncio.timeout(5):
        await second
    with pytest.raises(asyncio.CancelledError):
        await first
    assert written == ["second"]


async def test_an_operation_whose_caller_is_cancelled_before_it_is_written_is_not_written() -> None:
    written: list[str] = []
    release = asyncio.Event()

    async def write(batch: Sequence[str]) -> list[None]:
        await release.wait()
        written.extend(batch)
        return [None] * len(batch)

    batches: Batches[str, None] = Batches(write)
    tasks = [asyncio.create_task(batches.add(name)) for name in ("first", "second", "third")]
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    late = asyncio.create_task(batches.add("late"))
    await asyncio.sleep(0)
    late.cancel()
    release.set()
    await asyncio.gather(*tasks)
    await batches.settle()
    assert written == ["first", "second", "third"]

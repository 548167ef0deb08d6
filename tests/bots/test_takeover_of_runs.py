"""Human takeover, when several runs serve one client: the pause of one is that of the others."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from datetime import datetime
from pathlib import Path

import anyio
import pytest

from greenapi_async import MemoryInbox, SQLiteInbox
from greenapi_async.bots import Router, lifespan, takeover
from greenapi_async.inbox import Inbox
from greenapi_async.inbox.records_memory import MemoryRecords
from greenapi_async.testing import Sandbox, anyio_backend
from greenapi_async.testing.plugin import sandbox

from .takeover_bots import MINUTE, echo

__all__ = ["anyio_backend", "sandbox"]  # those of users, instead of those of this suite

pytestmark = pytest.mark.anyio


class SlowRecords(MemoryRecords):
    """Records of a database that does not answer yet."""

    def __init__(self, sandbox: Sandbox) -> None:
        super().__init__(lambda _: None, clock=sandbox.clock)
        self.answers = anyio.Event()

    async def now(self) -> datetime:
        await self.answers.wait()
        return await super().now()


def bot() -> Router:
    return echo(Router(takeover=takeover(minutes=30)))


@asynccontextmanager
async def second_run(sandbox: Sandbox, inbox: Inbox) -> AsyncGenerator[None]:
    async with lifespan(bot(), clients=sandbox.client, inbox=inbox, polling=False):
        yield


@pytest.mark.parametrize(("kill", "minutes"), [(True, 5), (False, 5), (False, 0)])
async def test_the_run_that_goes_on_stores_the_pauses_of_the_one_that_ends(
    sandbox: Sandbox, tmp_path: Path, kill: bool, minutes: int
) -> None:
    boris = sandbox.contact("79001234568")
    one, two = (SQLiteInbox(tmp_path / f"{number}.db", clock=sandbox.clock) for number in range(2))
    async with sandbox.runs(bot(), fix=True, inbox=one):
        async with second_run(sandbox, two):
            await sandbox.owner.says("Hello", to=boris)
            await anyio.sleep(5)
        await anyio.sleep(minutes * MINUTE)
        async with sandbox.restarted(kill=kill):
            pass
        await boris.says("hi")
        assert await boris.hears_nothing(timeout=20 * MINUTE)
        await anyio.sleep(10 * MINUTE)
        await boris.says("ho")
        assert await boris.hears("answer to ho")


async def test_a_run_stores_the_pauses_that_were_there_before_it_began(sandbox: Sandbox) -> None:
    boris, inbox = sandbox.contact("79001234568"), MemoryInbox(clock=sandbox.clock)
    async with sandbox.runs(bot(), fix=True, inbox=MemoryInbox(clock=sandbox.clock)):
        await sandbox.owner.says("Hello", to=boris)
        await anyio.sleep(5)
        async with second_run(sandbox, inbox):
            await anyio.sleep(5)
            assert [record.key for record in await inbox.records.page("takeovers")] == [
                f"{sandbox.instance.id_instance}/{boris.id}"
            ]


@pytest.mark.parametrize("answers", [True, False])
async def test_the_pauses_of_a_run_are_in_force_while_another_one_begins(sandbox: Sandbox, answers: bool) -> None:
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    inbox = MemoryInbox(clock=sandbox.clock)
    inbox.records = records = SlowRecords(sandbox)

    async def run() -> None:
        async with second_run(sandbox, inbox):
            await anyio.sleep_forever()

    async with sandbox.runs(bot(), fix=True, inbox=MemoryInbox(clock=sandbox.clock)):
        await sandbox.owner.says("Hello", to=anna)
        await anyio.sleep(5)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(run)
            await anyio.sleep(5)
            await anna.says("hi")
            assert await anna.hears_nothing()
            await sandbox.owner.says("Hello", to=boris)  # while the other run begins
            await anyio.sleep(5)
            if answers:
                records.answers.set()
                await anyio.sleep(5)
            await boris.says("hi")
            assert await boris.hears_nothing()
            tasks.cancel_scope.cancel()
        await boris.says("hi")
        assert await boris.hears_nothing(timeout=20 * MINUTE)
        await anyio.sleep(10 * MINUTE)
        await anna.says("ho")
        assert await anna.hears("answer to ho")

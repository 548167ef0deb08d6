"""Jobs and broadcasts among the metrics."""

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import Client, MemoryInbox, Notification
from greenapi_async._internal.concurrency import Background
from greenapi_async.monitoring import HealthApp
from greenapi_async.sandbox import Instance

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


async def ignore(_: Notification) -> None:
    await anyio.lowlevel.checkpoint()


async def test_jobs_and_broadcasts_are_counted(client: Client, instance: Instance) -> None:
    health, inbox = HealthApp(), MemoryInbox(clock=anyio.current_time)
    processing = client.process(ignore, inbox=inbox, monitor=health)

    async def run() -> None:
        await processing.run(signals=False)

    async with Background(run):
        await anyio.sleep(1)
        await client.send_later(ANNA, "later", delay=10)
        async with client.broadcast("sale", [79001234567, 79001234568], "Hello!") as broadcast:
            health.add_source(broadcast)
            await broadcast.wait()
        await anyio.sleep(60)
        text = health.metrics()
        processing.stop()
    assert 'greenapi_jobs_total{greenapi_job_name="send_later",greenapi_job_outcome="done"} 1\n' in text
    assert 'greenapi_broadcast_recipients{greenapi_broadcast="sale",status="delivered"} 2\n' in text
    assert "7900123" not in text

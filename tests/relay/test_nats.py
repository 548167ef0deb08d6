"""Notifications through a real nats-server."""

from collections.abc import Iterator
from pathlib import Path

import anyio
import pytest
from faststream.middlewares import AckPolicy
from faststream.nats import NatsBroker

from greenapi_async import Client
from greenapi_async.relay import NatsTarget, NotificationEvent, Relay
from greenapi_async.sandbox import Instance
from tests.relay.servers import NatsServer

pytestmark = [pytest.mark.anyio, pytest.mark.slow]


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with NatsServer(tmp_path) as server:
        yield server


async def test_a_notification_reaches_a_consumer_and_leaves_the_server(
    server: NatsServer, client: Client, instance: Instance
) -> None:
    broker = NatsBroker(server.url)
    received: list[NotificationEvent] = []
    target = NatsTarget(broker)
    relay = Relay(clients=client, to=target)

    @broker.subscriber("greenapi.*.*", stream="greenapi", durable="bot", pull_sub=True, ack_policy=AckPolicy.NACK_ON_ERROR)
    async def consume(event: NotificationEvent) -> None:
        received.append(event)
        relay.stop()

    instance.contact_writes("79001234567@c.us", "hi")
    async with broker:
        await broker.start()
        with anyio.fail_after(10):
            await relay.run(signals=False)
    [event] = received
    assert event.subject == "79001234567@c.us"
    assert event.id_instance == instance.id_instance
    assert event.notification().text == "hi"
    assert event.data["instanceData"]["idInstance"] == instance.id_instance

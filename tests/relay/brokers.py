"""The brokers that are tested with real servers, behind one interface."""

from abc import ABC, abstractmethod
from pathlib import Path
from typing import Any

import anyio
from faststream.nats import NatsBroker
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.redis import RedisBroker, StreamSub

from greenapi_async.relay import BrokerTarget, NatsTarget, NotificationEvent, RabbitTarget, RedisTarget
from tests.relay.servers import NatsServer, RabbitServer, RedisServer, Server


class BrokerCase(ABC):
    """A server, how to publish to it, and how to read what it has stored."""

    server: Server

    @abstractmethod
    def __init__(self, folder: Path) -> None: ...

    @abstractmethod
    def broker(self) -> Any:
        """Return a FastStream broker that is not started."""

    @abstractmethod
    def target(self, broker: Any) -> BrokerTarget: ...

    @abstractmethod
    def subscriber(self, broker: Any) -> Any:
        """Return the subscriber of everything that is stored."""

    async def prepare(self) -> None:  # noqa: B027  only RabbitMQ needs it
        """Create what must exist before the first publication."""

    async def consume(self, count: int) -> list[NotificationEvent]:
        """Return the stored events, when there are so many with different ids."""
        events: list[NotificationEvent] = []
        complete = anyio.Event()
        broker = self.broker()

        async def collect(event: NotificationEvent) -> None:
            events.append(event)
            if len({each.id for each in events}) >= count:
                complete.set()

        self.subscriber(broker)(collect)
        async with broker:
            await broker.start()
            with anyio.fail_after(30):
                await complete.wait()
        return events


class NatsCase(BrokerCase):
    def __init__(self, folder: Path) -> None:
        self.server = NatsServer(folder)

    def broker(self) -> NatsBroker:
        return NatsBroker(self.server.url, max_reconnect_attempts=-1, reconnect_time_wait=1)

    def target(self, broker: Any) -> BrokerTarget:
        return NatsTarget(broker, timeout=1)

    def subscriber(self, broker: NatsBroker) -> Any:
        return broker.subscriber("greenapi.*.*", stream="greenapi", durable="test", pull_sub=True)


class RabbitCase(BrokerCase):
    exchange = RabbitExchange("greenapi", type=ExchangeType.TOPIC, durable=True)
    queue = RabbitQueue("everything", durable=True, routing_key="greenapi.#")

    def __init__(self, folder: Path) -> None:
        self.server = RabbitServer(folder)

    def broker(self) -> RabbitBroker:
        return RabbitBroker(self.server.url, reconnect_interval=0.2)

    def target(self, broker: Any) -> BrokerTarget:
        return RabbitTarget(broker, exchange=self.exchange, timeout=2)

    def subscriber(self, broker: RabbitBroker) -> Any:
        return broker.subscriber(self.queue, self.exchange)

    async def prepare(self) -> None:
        async with self.broker() as broker:
            exchange = await broker.declare_exchange(self.exchange)
            queue = await broker.declare_queue(self.queue)
            await queue.bind(exchange, "greenapi.#")


class RedisCase(BrokerCase):
    def __init__(self, folder: Path) -> None:
        self.server = RedisServer(folder)

    def broker(self) -> RedisBroker:
        return RedisBroker(self.server.url)

    def target(self, broker: Any) -> BrokerTarget:
        return RedisTarget(broker, timeout=1)

    def subscriber(self, broker: RedisBroker) -> Any:
        return broker.subscriber(stream=StreamSub("greenapi.0", last_id="0"))


CASES: dict[str, type[BrokerCase]] = {"nats": NatsCase, "rabbit": RabbitCase, "redis": RedisCase}

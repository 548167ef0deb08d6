"""What each broker adds: deduplication, order for several consumers, and messages that nobody would get."""

import json
from collections import defaultdict
from collections.abc import Awaitable, Callable, Iterator

import anyio
import pytest
from faststream.middlewares import AckPolicy
from faststream.nats import ConsumerConfig, JStream, NatsBroker, RetentionPolicy
from faststream.rabbit import Channel, ExchangeType, RabbitBroker, RabbitExchange, RabbitQueue
from faststream.redis import RedisBroker, TestRedisBroker

from greenapi_async.errors import BrokerUnavailableError, InvalidArgumentError
from greenapi_async.polling.deduplication import pushed_entry
from greenapi_async.relay import NatsTarget, NotificationEvent, RabbitTarget, RedisTarget
from greenapi_async.types import Entry
from tests.relay.servers import NatsServer, RabbitServer
from tests.webhooks.webhook_requests import INSTANCE, notification

pytestmark = pytest.mark.anyio

CHATS = [f"{79001230000 + number}@c.us" for number in range(8)]
IN_CHAT = 5
IN_ORDER = {chat: [str(number) for number in range(IN_CHAT)] for chat in CHATS}


@pytest.fixture(scope="module")
def nats(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsServer]:
    with NatsServer(tmp_path_factory.mktemp("nats")) as server:
        yield server


@pytest.fixture(scope="module")
def rabbit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RabbitServer]:
    with RabbitServer(tmp_path_factory.mktemp("rabbit")) as server:
        yield server


def entry(text: str, chat_id: str = CHATS[0]) -> Entry:
    fields = notification(text)
    fields["senderData"] |= {"chatId": chat_id, "sender": chat_id}
    fields["idMessage"] = f"{chat_id} {text}"
    return pushed_entry(INSTANCE, json.dumps(fields).encode(), fields)


ENTRIES = [entry(str(number), chat) for number in range(IN_CHAT) for chat in CHATS]


class Texts:
    """Texts by chat, in the order of their first successful attempt, and who got the chat."""

    def __init__(self) -> None:
        self.texts: dict[str, list[str]] = defaultdict(list)
        self.consumers: dict[str, set[int]] = defaultdict(set)
        self.complete = anyio.Event()

    def consumer(self, number: int, *, failing: bool = False) -> Callable[[NotificationEvent], Awaitable[None]]:
        """Return a handler; with ``failing``, its first attempt of each event fails."""
        failed = set[str]()

        async def consume(event: NotificationEvent) -> None:
            if failing and event.id not in failed:
                failed.add(event.id)
                raise RuntimeError("every first attempt fails")
            self._add(event, number)

        return consume

    def _add(self, event: NotificationEvent, consumer: int) -> None:
        chat = event.subject or ""
        self.texts[chat].append(event.notification().text or "")
        self.consumers[chat].add(consumer)
        if sum(map(len, self.texts.values())) == len(ENTRIES):
            self.complete.set()


@pytest.mark.slow
async def test_jetstream_stores_what_two_relays_publish_once(nats: NatsServer) -> None:
    broker = NatsBroker(nats.url)
    targets = [NatsTarget(broker, stream="twice", prefix="twice") for _ in range(2)]  # as after a restart
    async with broker:
        await broker.start()
        for target in targets:
            assert await target.put(entry("hi"))
        assert broker.config.connection_state.stream is not None
        state = (await broker.config.connection_state.stream.stream_info("twice")).state
    assert state.messages == 1


@pytest.mark.slow
async def test_a_missing_stream_is_a_broker_that_is_unavailable(nats: NatsServer) -> None:
    broker = NatsBroker(nats.url)
    async with broker:
        await broker.start()
        target = NatsTarget(broker, stream="missing", prefix="missing")
        with pytest.raises(BrokerUnavailableError, match="NATS"):
            await target.put(entry("hi"))


async def test_a_jetstream_that_discards_what_nobody_consumes_is_rejected() -> None:
    stream = JStream("greenapi", retention=RetentionPolicy.INTEREST)
    with pytest.raises(InvalidArgumentError, match="retention interest"):
        NatsTarget(NatsBroker(), stream=stream)


@pytest.mark.slow
async def test_consumers_of_jetstream_shards_keep_the_order_of_chats_through_failures(nats: NatsServer) -> None:
    broker, got = NatsBroker(nats.url), Texts()
    target = NatsTarget(broker, stream="shards", prefix="shards", shards=3)
    for shard in range(3):
        subscriber = broker.subscriber(
            f"shards.{shard}.*.*",
            stream="shards",
            durable=f"bot-{shard}",
            pull_sub=True,
            config=ConsumerConfig(max_ack_pending=1),
            ack_policy=AckPolicy.NACK_ON_ERROR,
        )
        subscriber(got.consumer(shard, failing=True))
    async with broker:
        await broker.start()
        for each in ENTRIES:
            await target.put(each)
        with anyio.fail_after(30):
            await got.complete.wait()
    assert got.texts == IN_ORDER
    assert all(len(consumers) == 1 for consumers in got.consumers.values())


@pytest.mark.slow
async def test_a_consistent_hash_gives_each_chat_to_one_queue(rabbit: RabbitServer) -> None:
    broker, got = RabbitBroker(rabbit.url), Texts()
    exchange = RabbitExchange("hashed", type=ExchangeType.X_CONSISTENT_HASH, durable=True)
    target = RabbitTarget(broker, exchange=exchange)
    for number in range(3):
        queue = RabbitQueue(
            f"bot-{number}", durable=True, routing_key="1", arguments={"x-single-active-consumer": True}
        )
        broker.subscriber(queue, exchange, channel=Channel(prefetch_count=1))(got.consumer(number))

    async with broker:
        await broker.start()
        for each in ENTRIES:
            await target.put(each)
        with anyio.fail_after(30):
            await got.complete.wait()
    assert got.texts == IN_ORDER
    assert all(len(consumers) == 1 for consumers in got.consumers.values())
    assert len(set[int]().union(*got.consumers.values())) > 1


@pytest.mark.slow
async def test_rabbitmq_returns_what_no_queue_would_get(rabbit: RabbitServer) -> None:
    broker = RabbitBroker(rabbit.url)
    exchange = RabbitExchange("nobody", type=ExchangeType.TOPIC, durable=True)
    target = RabbitTarget(broker, exchange=exchange)
    async with broker:
        await broker.start()
        with pytest.raises(BrokerUnavailableError, match="no queue is bound to the exchange 'nobody'"):
            await target.put(entry("hi"))


@pytest.mark.slow
async def test_rabbitmq_without_publisher_confirms_is_rejected(rabbit: RabbitServer) -> None:
    broker = RabbitBroker(rabbit.url, default_channel=Channel(publisher_confirms=False))
    exchange = RabbitExchange("unconfirmed", type=ExchangeType.TOPIC, durable=True)
    target = RabbitTarget(broker, exchange=exchange)
    async with broker:
        await broker.start()
        with pytest.raises(InvalidArgumentError, match="publisher confirms"):
            await target.put(entry("hi"))


async def test_a_rabbitmq_exchange_must_be_durable() -> None:
    exchange = RabbitExchange("greenapi", type=ExchangeType.TOPIC, durable=False)
    with pytest.raises(InvalidArgumentError, match="is not durable"):
        RabbitTarget(RabbitBroker(), exchange=exchange)


async def test_a_chat_always_goes_to_the_same_redis_stream() -> None:
    broker, got = RedisBroker(), Texts()
    target = RedisTarget(broker, shards=3)
    for shard, stream in enumerate(target.streams):
        broker.subscriber(stream=stream)(got.consumer(shard))

    async with TestRedisBroker(broker):
        for each in ENTRIES:
            await target.put(each)
    assert got.texts == IN_ORDER
    assert all(len(consumers) == 1 for consumers in got.consumers.values())
    assert len(set[int]().union(*got.consumers.values())) > 1


@pytest.mark.parametrize("shards", [0, -1, True, 1.5])
def test_the_number_of_shards_is_checked(shards: int) -> None:
    with pytest.raises(InvalidArgumentError, match="shards"):
        RedisTarget(RedisBroker(), shards=shards)
    with pytest.raises(InvalidArgumentError, match="shards"):
        NatsTarget(NatsBroker(), shards=shards)

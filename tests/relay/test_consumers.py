"""What consumers get: events, notifications, and a router that handles them."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import anyio
import pytest
from faststream.kafka import KafkaBroker, TestKafkaBroker
from faststream.kafka.annotations import KafkaMessage
from faststream.middlewares import AckPolicy
from faststream.nats import NatsBroker
from faststream.rabbit import ExchangeType, RabbitBroker, RabbitExchange
from faststream.redis import RedisBroker
from faststream.specification import AsyncAPI
from nats.errors import ConnectionClosedError

from greenapi_async import Client, IncomingMessageReceived, parse_notification
from greenapi_async.bots import Context, MemoryStorage, Router, State, StateGroup, filters
from greenapi_async.errors import InboxError, InvalidArgumentError
from greenapi_async.relay import (
    ConsumedCommand,
    ConsumedNotification,
    KafkaTarget,
    NatsTarget,
    NotificationEvent,
    RabbitTarget,
    RedisTarget,
    Relay,
)
from greenapi_async.sandbox import Instance
from tests.relay.servers import NatsServer
from tests.webhooks.webhook_requests import notification

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[NatsServer]:
    with NatsServer(tmp_path) as server:
        yield server


def kafka_broker() -> KafkaBroker:
    return KafkaBroker("127.0.0.1:1", acks="all", enable_idempotence=True)


async def run_until_empty(relay: Relay, instance: Instance) -> None:
    with (
        instance.changes.listening(lambda: None if len(instance.notifications) else relay.stop()),
        anyio.fail_after(30),
    ):
        await relay.run(signals=False)


@pytest.mark.slow
async def test_a_router_consumes_and_what_its_handler_raises_is_delivered_again(
    server: NatsServer, client: Client, instance: Instance
) -> None:
    router, attempts, answered = Router(), list[str](), anyio.Event()

    @router.message(filters.text("ping"))
    async def ping(notification: IncomingMessageReceived, client: Client) -> None:
        attempts.append(notification.text or "")
        if len(attempts) == 1:
            raise RuntimeError("the first attempt fails")
        await client.send_message(notification.chat_id, "pong")
        answered.set()

    broker = NatsBroker(server.url)
    target = NatsTarget(broker)

    @broker.subscriber(
        "greenapi.*.*", stream="greenapi", durable="bot", pull_sub=True, ack_policy=AckPolicy.NACK_ON_ERROR
    )
    async def consume(notification: ConsumedNotification) -> None:
        await router.feed(notification, client)

    instance.contact_writes(ANNA, "ping")
    async with broker:
        await broker.start()
        await run_until_empty(Relay(clients=client, to=target), instance)
        with anyio.fail_after(10):
            await answered.wait()
    assert attempts == ["ping", "ping"]
    assert [message.text for message in instance.chat(ANNA) if message.type == "outgoing"] == ["pong"]


@pytest.mark.slow
async def test_a_connection_that_the_driver_gives_up_ends_the_relay(
    server: NatsServer, client: Client, instance: Instance
) -> None:
    broker = NatsBroker(server.url, max_reconnect_attempts=1, reconnect_time_wait=0)
    target = NatsTarget(broker, timeout=1)
    await broker.start()
    server.kill()
    instance.contact_writes(ANNA, "hi")
    with pytest.raises(InboxError, match="max_reconnect_attempts=-1"), anyio.fail_after(30):
        await Relay(clients=client, to=target).run(signals=False)
    with pytest.raises(ConnectionClosedError):
        await broker.stop()
    assert len(instance.notifications) == 1


class Order(StateGroup[Any]):
    address = State()


async def test_a_router_that_is_fed_keeps_states_in_the_storage(client: Client) -> None:
    router, heard = Router(), list[str]()

    @router.message(filters.state(Order.address))
    async def address(notification: IncomingMessageReceived, context: Context[Any]) -> None:
        heard.append(notification.text or "")
        await context.leave()

    @router.message(filters.text("order"))
    async def order(context: Context[Any]) -> None:
        await context.enter(Order.address)

    storage = MemoryStorage()
    for number, text in enumerate(("order", "Main Street 1", "Main Street 2")):
        body = notification(text, number=number, instance=client.id_instance)
        await router.feed(parse_notification(body), client, storage=storage)
    assert heard == ["Main Street 1"]


async def test_a_router_is_not_fed_with_the_client_of_another_instance(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="belongs to instance 7"):
        await Router().feed(parse_notification(notification("hi", instance=7)), client)


async def test_kafka_gets_the_chat_as_key_and_the_event_as_value(client: Client, instance: Instance) -> None:
    broker, received = kafka_broker(), list[tuple[Any, NotificationEvent]]()
    target = KafkaTarget(broker)

    @broker.subscriber("greenapi")
    async def consume(event: NotificationEvent, message: KafkaMessage) -> None:
        record = message.raw_message
        assert not isinstance(record, tuple)
        received.append((record.key, event))

    instance.contact_writes(ANNA, "hi")
    async with TestKafkaBroker(broker):
        await run_until_empty(Relay(clients=client, to=target), instance)
    [(key, event)] = received
    assert key == f"{client.id_instance}.79001234567@c%2Eus".encode()
    assert event.notification().text == "hi"


async def test_kafka_must_wait_for_all_replicas() -> None:
    with pytest.raises(InvalidArgumentError, match="all replicas"):
        KafkaTarget(KafkaBroker("127.0.0.1:1"))


def document(broker: Any) -> dict[str, Any]:
    schema: dict[str, Any] = json.loads(AsyncAPI(broker).to_specification().to_json())
    return schema


def targets() -> list[Any]:
    exchange = RabbitExchange("greenapi", type=ExchangeType.TOPIC, durable=True)
    return [
        pytest.param(NatsBroker, NatsTarget, {}, id="nats"),
        pytest.param(RabbitBroker, RabbitTarget, {"exchange": exchange}, id="rabbit"),
        pytest.param(RedisBroker, RedisTarget, {}, id="redis"),
        pytest.param(kafka_broker, KafkaTarget, {}, id="kafka"),
    ]


@pytest.mark.parametrize(("broker_class", "target_class", "options"), targets())
async def test_the_asyncapi_document_describes_the_published_notifications(
    broker_class: Any, target_class: Any, options: dict[str, Any]
) -> None:
    broker = broker_class()
    target_class(broker, **options)
    schema = document(broker)["components"]["schemas"]["NotificationEvent"]
    assert schema["properties"]["type"]["const"] == "com.green-api.notification.v1"
    assert schema["properties"]["source"]["pattern"] == "^/instances/[0-9]+$"
    assert set(schema["required"]) == {"specversion", "type", "source", "id", "data"}


async def test_the_asyncapi_document_describes_what_subscribers_get() -> None:
    broker = NatsBroker()

    @broker.subscriber("events")
    async def consume_events(event: NotificationEvent) -> None: ...

    @broker.subscriber("notifications")
    async def consume_notifications(notification: ConsumedNotification) -> None: ...

    @broker.subscriber("commands")
    async def consume_commands(command: ConsumedCommand) -> None: ...

    components = document(broker)["components"]
    payloads = {each["payload"]["$ref"].rpartition("/")[2] for each in components["messages"].values()}
    assert payloads == {"NotificationEvent", "Command"}
    command = components["schemas"]["CommandData"]
    assert "send_message" in command["properties"]["method"]["enum"]
    assert set(command["required"]) == {"idInstance", "method", "arguments"}

"""What a target publishes and when: events, repeats, webhooks, errors."""

import json
import subprocess
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import anyio
import anyio.lowlevel
import pytest
from faststream.kafka import KafkaBroker
from faststream.nats import NatsBroker
from faststream.rabbit import RabbitBroker, RabbitExchange
from faststream.redis import RedisBroker
from pydantic import ValidationError

from greenapi_async import Client, MalformedNotification
from greenapi_async.errors import BrokerUnavailableError, InvalidArgumentError, UnauthorizedError
from greenapi_async.polling.deduplication import pushed_entry, received_entry
from greenapi_async.relay import (
    BrokerTarget,
    KafkaTarget,
    NatsTarget,
    NotificationEvent,
    RabbitTarget,
    RedisTarget,
    Relay,
)
from greenapi_async.relay.events import OutgoingEvent, encode_event, routing_key
from greenapi_async.sandbox import Fault, Instance
from greenapi_async.types import Entry, ReceivedNotification
from greenapi_async.webhooks import WebhookReceiver
from tests.webhooks.webhook_requests import INSTANCE, body, notification, push

pytestmark = pytest.mark.anyio


class ListTarget(BrokerTarget):
    """A broker that keeps what it confirms in a list, and does with the next publications what a test says."""

    def __init__(self, timeout: float = 5) -> None:
        super().__init__("list", timeout)
        self.confirmed: list[OutgoingEvent] = []
        self.failures: list[BaseException | float] = []

    async def _publish(self, event: OutgoingEvent) -> None:
        failure = self.failures.pop(0) if self.failures else 0
        if isinstance(failure, BaseException):
            raise failure
        await anyio.sleep(failure)
        self.confirmed.append(event)


def entry(fields: dict[str, Any] | None = None) -> Entry:
    fields = fields or notification("hi")
    return pushed_entry(INSTANCE, json.dumps(fields).encode(), fields)


def test_an_event_is_a_cloud_event_around_the_body_as_received() -> None:
    text = '{"typeWebhook":  "incomingMessageReceived", "timestamp": 1588091580, "idMessage": "A", "odd": 1.10}'
    event = encode_event(pushed_entry(INSTANCE, text.encode(), json.loads(text)))
    assert f'"data": {text}'.encode() in event.content
    attributes = {name: value for name, value in json.loads(event.content).items() if name != "data"}
    assert attributes == {
        "specversion": "1.0",
        "type": "com.green-api.notification.v1",
        "source": f"/instances/{INSTANCE}",
        "id": event.id,
        "time": datetime.fromtimestamp(1588091580, UTC).isoformat().replace("+00:00", "Z"),
        "datacontenttype": "application/json",
    }


def test_a_notification_has_one_id_however_it_arrives() -> None:
    fields = notification("hi")
    polled = received_entry(INSTANCE, ReceivedNotification(receipt_id=17, body=fields, raw={}))
    assert encode_event(entry(fields)).id == encode_event(polled).id
    assert encode_event(entry(notification("hi", number=1))).id != encode_event(polled).id


def test_a_malformed_body_stays_malformed() -> None:
    malformed = pushed_entry(INSTANCE, b'{"deep": 1}', None, "nested too deeply")
    event = NotificationEvent.model_validate(encode_event(malformed).content)
    parsed = event.notification()
    assert isinstance(parsed, MalformedNotification)
    assert parsed.error == "nested too deeply"
    assert parsed.raw == {"unread": '{"deep": 1}'}


@pytest.mark.parametrize(
    ("chat_id", "key"),
    [
        ("79001234567@c.us", "7.79001234567@c%2Eus"),
        ("120363043968066561@g.us", "7.120363043968066561@g%2Eus"),
        ("-10000000000", "7.-10000000000"),
        ("a b*>#.c", "7.a%20b%2A%3E%23%2Ec"),
        (None, "7.-"),
        ("", "7.-"),
    ],
)
def test_the_routing_key_has_one_part_for_the_chat(chat_id: str | None, key: str) -> None:
    assert routing_key(7, chat_id) == key


def test_a_chat_that_is_not_unicode_is_published_and_can_be_consumed() -> None:
    fields = notification("hi")
    fields["senderData"]["chatId"] = "\ud800@c.us"
    event = encode_event(entry(fields))
    assert event.key == f"{INSTANCE}.%3F@c%2Eus"
    consumed = NotificationEvent.model_validate(event.content)
    assert consumed.subject == "?@c.us"
    assert consumed.notification().chat_id == "\ud800@c.us"


@pytest.mark.parametrize(
    "change", [{"type": "com.green-api.notification.v2"}, {"specversion": "2.0"}, {"source": "/x"}]
)
def test_an_event_of_another_format_is_rejected(change: dict[str, str]) -> None:
    event = json.loads(encode_event(entry()).content)
    with pytest.raises(ValidationError):
        NotificationEvent.model_validate({**event, **change})


async def test_a_repeat_is_not_published_again() -> None:
    target = ListTarget()
    assert await target.put(entry())
    assert not await target.put(entry())
    assert len(target.confirmed) == 1


async def test_what_was_not_confirmed_is_published_again() -> None:
    target = ListTarget()
    target.failures = [OSError("connection lost")]
    with pytest.raises(BrokerUnavailableError, match="list: connection lost"):
        await target.put(entry())
    assert await target.put(entry())


async def test_a_refusal_names_the_instance_whose_queue_waits() -> None:
    target = ListTarget()
    target.failures = [ValueError("maximum payload exceeded")]
    with pytest.raises(BrokerUnavailableError, match=rf"exceeded \(notification of instance {INSTANCE}, \d+ bytes\)"):
        await target.put(entry())


@pytest.mark.parametrize(
    "target",
    [
        pytest.param(lambda: NatsTarget(NatsBroker()), id="NATS"),
        pytest.param(lambda: RedisTarget(RedisBroker()), id="Redis"),
        pytest.param(lambda: KafkaTarget(KafkaBroker(acks="all")), id="Kafka"),
        pytest.param(
            lambda: RabbitTarget(RabbitBroker(), exchange=RabbitExchange("greenapi", durable=True)), id="RabbitMQ"
        ),
    ],
)
async def test_a_broker_that_was_not_started_is_named(target: Callable[[], BrokerTarget]) -> None:
    with pytest.raises(BrokerUnavailableError, match=r"await broker\.start\(\)"):
        await target().put(entry())


async def test_a_broker_that_does_not_answer_is_unavailable() -> None:
    target = ListTarget(timeout=0.01)
    target.failures = [60.0]
    with pytest.raises(BrokerUnavailableError, match=r"no confirmation within 0\.01 s"):
        await target.put(entry())


async def test_a_driver_that_cancels_the_publication_is_unavailable() -> None:
    target = ListTarget()
    target.failures = [anyio.get_cancelled_exc_class()()]
    with pytest.raises(BrokerUnavailableError, match="connection was lost"):
        await target.put(entry())


async def test_cancelling_the_caller_cancels_the_publication() -> None:
    target = ListTarget()
    target.failures = [60.0]
    with anyio.move_on_after(0.01) as scope:
        await target.put(entry())
    assert scope.cancelled_caught


async def test_a_webhook_is_answered_when_the_broker_has_confirmed(client: Client) -> None:
    target = ListTarget()
    receiver = WebhookReceiver(clients=client, inbox=target, addresses=None, tokens=["a" * 20])
    headers = ((b"authorization", b"Bearer " + b"a" * 20), (b"content-type", b"application/json"))
    content = body(instance=client.id_instance)
    target.failures = [OSError("down")]
    assert (await push(receiver, content, headers)).status == 503
    assert (await push(receiver, content, headers)).status == 200
    assert (await push(receiver, content, headers)).status == 200
    assert len(target.confirmed) == 1


async def test_stopping_leaves_what_is_not_confirmed_on_the_server(client: Client, instance: Instance) -> None:
    instance.contact_writes("79001234567@c.us", "hi")
    target = ListTarget()
    target.failures = [60.0]
    relay = Relay(clients=client, to=target)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(lambda: relay.run(signals=False))
        with anyio.fail_after(10):
            while target.failures:
                await anyio.lowlevel.checkpoint()
        relay.stop()
    assert target.confirmed == []
    assert len(instance.notifications) == 1


async def test_the_error_of_the_only_client_ends_the_relay(client: Client, instance: Instance) -> None:
    instance.fail("receiveNotification", Fault(status=401))
    relay = Relay(clients=client, to=ListTarget())
    with pytest.raises(UnauthorizedError):
        await relay.run(signals=False)
    assert list(relay.failures) == [client.id_instance]


async def test_no_token_is_published(client: Client, instance: Instance) -> None:
    instance.contact_writes("79001234567@c.us", "hi")
    target = ListTarget()
    relay = Relay(clients=client, to=target)
    with instance.changes.listening(lambda: None if len(instance.notifications) else relay.stop()):
        await relay.run(signals=False)
    [event] = target.confirmed
    assert instance.token.encode() not in event.content
    assert instance.token not in repr(event)


def test_trio_is_rejected() -> None:
    async def use_target() -> None:
        await ListTarget().put(entry())

    with pytest.raises(InvalidArgumentError, match="needs asyncio"):
        anyio.run(use_target, backend="trio")


def test_the_extra_is_named_if_it_is_missing() -> None:
    code = "import sys; sys.modules['faststream'] = None; import greenapi_async.relay"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert "MissingExtraError: faststream is not installed; run: pip install 'greenapi-async[relay]'" in run.stderr

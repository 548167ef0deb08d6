"""Counters with webhooks and of API calls, and their text for Prometheus."""

import re

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import Client, DeliveryUnknownError, MemoryInbox, NotFoundError, Notification, Retry, ServerError
from greenapi_async._internal.concurrency import Background
from greenapi_async._internal.metrics import Metric, Sample
from greenapi_async.monitoring import HealthApp
from greenapi_async.monitoring.prometheus import render
from greenapi_async.sandbox import Fault, Instance
from greenapi_async.webhooks import WebhookReceiver

pytestmark = pytest.mark.anyio

HEADERS = {"content-type": "application/json"}
BODY = """{"typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": 1101000001,
"wid": "79876543210@c.us", "typeInstance": "whatsapp"}, "timestamp": 1700000000, "idMessage": "%s",
"senderData": {"chatId": "79001234567@c.us",
"sender": "79001234567@c.us"}, "messageData": {"typeMessage": "textMessage",
"textMessageData": {"textMessage": "hi"}}}"""

LINE = re.compile(r'(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="([^"\\\n]|\\.)*",?)+\})? [0-9.e+-]+)')


async def ignore(_: Notification) -> None:
    await anyio.lowlevel.checkpoint()


async def push(receiver: WebhookReceiver, message: str) -> int:
    response = await receiver.handle("POST", HEADERS, (BODY % message).encode(), "127.0.0.1")
    return response.status


async def test_a_run_counts_what_is_pushed(client: Client) -> None:
    inbox = MemoryInbox()
    receiver = WebhookReceiver(clients=client, inbox=inbox, addresses=["127.0.0.1"])
    processing = client.process(ignore, inbox=inbox, polling=False)

    async def run() -> None:
        await processing.run(signals=False)

    async with Background(run):
        await anyio.sleep(1)  # until what was there at the start is known
        for message in ("A", "B", "B", "C"):
            assert await push(receiver, message) == 200
        await anyio.sleep(5)
        counters = processing.counters
        assert (counters.received, counters.duplicate, counters.acknowledged, counters.yielded) == (4, 1, 4, 3)
        assert counters.last_webhook is not None
        assert counters.handled.count == 3
        assert (await client.health()).last_webhook is not None
        processing.stop()
    assert receiver.counters.received == 4


async def test_what_waited_before_the_start_is_not_counted_as_received(client: Client) -> None:
    inbox = MemoryInbox()
    receiver = WebhookReceiver(clients=client, inbox=inbox, addresses=["127.0.0.1"])
    await push(receiver, "A")
    processing = client.process(ignore, inbox=inbox, polling=False)

    async def run() -> None:
        await processing.run(signals=False)

    async with Background(run):
        await anyio.sleep(5)
        assert (processing.counters.received, processing.counters.yielded) == (0, 1)
        processing.stop()


async def test_a_receiver_with_a_handler_counts_by_itself(client: Client) -> None:
    fails = True

    async def handler(_: Notification) -> None:
        await anyio.lowlevel.checkpoint()
        if fails:
            raise LookupError

    receiver = WebhookReceiver(clients=client, handler=handler, addresses=["127.0.0.1"])
    assert await push(receiver, "A") == 503
    fails = False
    assert await push(receiver, "A") == await push(receiver, "A") == 200
    assert (await receiver.handle("GET", HEADERS, b"", "127.0.0.1")).status == 405
    counters = receiver.counters
    assert (counters.received, counters.duplicate, counters.yielded, counters.retried) == (2, 1, 2, 1)
    assert (counters.handled.count, counters.failed.count, counters.running) == (1, 1, 0)
    text = HealthApp(client, sources=[receiver]).metrics()
    assert 'greenapi_notifications_received_total{greenapi_instances="1101000001"} 2' in text
    assert 'greenapi_webhooks_rejected_total{greenapi_instances="1101000001",http_response_status_code="405"} 1' in text
    assert (await client.health()).last_webhook is not None


async def test_calls_are_counted_by_outcome(client: Client, instance: Instance) -> None:
    instance.fail("getSettings", Fault(status=502), times=1)
    await client.get_settings()
    instance.fail("sendMessage", Fault(status=502), times=1)
    with pytest.raises(DeliveryUnknownError):
        await client.send_message("79001234567@c.us", "hi")
    instance.fail("getStateInstance", Fault(status=500), times=10)
    with pytest.raises(ServerError):
        await client.get_state_instance()
    text = HealthApp(client).metrics()
    method = 'greenapi_instance="1101000001",greenapi_method='
    for line in (
        f'greenapi_api_attempts_total{{{method}"getSettings",outcome="502"}} 1',
        f'greenapi_api_attempts_total{{{method}"getSettings",outcome="200"}} 1',
        f'greenapi_api_retries_total{{{method}"getSettings"}} 1',
        f'greenapi_api_unknown_deliveries_total{{{method}"sendMessage"}} 1',
        f'greenapi_api_attempts_total{{{method}"getStateInstance",outcome="500"}} 4',
        f'greenapi_api_duration_seconds_count{{{method}"getSettings"}} 2',
    ):
        assert f"{line}\n" in text
    assert all(LINE.fullmatch(line) for line in text.splitlines())
    assert instance.token not in text
    assert "79001234567" not in text


async def test_names_of_methods_are_limited(client: Client, instance: Instance) -> None:
    client = client.with_options(retry=Retry(repeats=0))
    for number in range(210):
        with pytest.raises(NotFoundError):
            await client.call("GET", f"method{number:03}")
    text = HealthApp(client).metrics()
    assert text.count("greenapi_api_attempts_total{") == 201
    assert 'greenapi_method="other",outcome="404"} 10\n' in text


def test_values_of_labels_are_escaped() -> None:
    metric = Metric("a.b", "gauge", "", 'with \\ and "', [Sample(1.5, {"x.y": 'one\n"two"\\'})])
    assert render([metric]) == '# HELP a_b with \\\\ and "\n# TYPE a_b gauge\na_b{x_y="one\\n\\"two\\"\\\\"} 1.5\n'

"""Through real brokers: nothing is deleted on the server before the broker's confirmation, nothing is lost."""

import logging
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path

import anyio
import pytest

from greenapi_async import Client
from greenapi_async.relay import Relay
from greenapi_async.sandbox import Instance
from tests.relay.brokers import CASES, BrokerCase

pytestmark = [pytest.mark.anyio, pytest.mark.slow]

ANNA = "79001234567@c.us"
CHATS = [f"{79001230000 + number}@c.us" for number in range(5)]
IN_CHAT = 60


@pytest.fixture(params=CASES)
def case(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[BrokerCase]:
    case = CASES[request.param](tmp_path)
    with case.server:
        yield case


async def run_until_empty(relay: Relay, instance: Instance) -> None:
    with (
        instance.changes.listening(lambda: None if len(instance.notifications) else relay.stop()),
        anyio.fail_after(150),
    ):
        await relay.run(signals=False)


async def test_a_notification_reaches_a_consumer_and_leaves_the_server(
    case: BrokerCase, client: Client, instance: Instance
) -> None:
    await case.prepare()
    instance.contact_writes(ANNA, "Привет")
    broker = case.broker()
    target = case.target(broker)
    async with broker:
        await broker.start()
        await run_until_empty(Relay(clients=client, to=target), instance)
    [event] = await case.consume(1)
    assert event.subject == ANNA
    assert event.id_instance == client.id_instance
    assert event.notification().text == "Привет"


async def test_a_notification_stays_on_the_server_until_the_broker_confirms_it(
    case: BrokerCase, client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    await case.prepare()
    broker = case.broker()
    relay = Relay(clients=client, to=case.target(broker))
    caplog.set_level(logging.INFO, "greenapi_async")
    unavailable = anyio.Event()

    class Watch(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            if "is unavailable" in record.getMessage():
                unavailable.set()

    watch = Watch()
    logging.getLogger("greenapi_async").addHandler(watch)
    try:
        async with broker:
            await broker.start()
            case.server.kill()
            instance.contact_writes(ANNA, "hi")
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(run_until_empty, relay, instance)
                await unavailable.wait()
                assert len(instance.notifications) == 1
                await anyio.to_thread.run_sync(case.server.start)
    finally:
        logging.getLogger("greenapi_async").removeHandler(watch)
    assert len(instance.notifications) == 0
    assert "is available again" in caplog.text
    events = await case.consume(1)
    assert {event.notification().text for event in events} == {"hi"}


async def test_nothing_is_lost_and_chats_stay_in_order_if_the_broker_is_killed(
    case: BrokerCase, client: Client, instance: Instance
) -> None:
    await case.prepare()
    for number in range(IN_CHAT):
        for chat in CHATS:
            instance.contact_writes(chat, str(number))
    total = len(CHATS) * IN_CHAT
    broker = case.broker()
    relay = Relay(clients=client, to=case.target(broker))
    half = anyio.Event()

    async def kill_and_start() -> None:
        await half.wait()
        case.server.kill()
        await anyio.to_thread.run_sync(case.server.start)

    def watch() -> None:
        if len(instance.notifications) <= total // 2:
            half.set()

    async with broker:
        await broker.start()
        with instance.changes.listening(watch):
            async with anyio.create_task_group() as tasks:
                tasks.start_soon(kill_and_start)
                await run_until_empty(relay, instance)
    events = await case.consume(total)
    assert len({event.id for event in events}) == total
    for chat in CHATS:
        texts = [event.notification().text for event in events if event.subject == chat]
        assert [text for text, _ in groupby(texts)] == [
            str(number) for number in range(IN_CHAT)
        ]  # repeats are adjacent

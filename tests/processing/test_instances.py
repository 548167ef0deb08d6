"""Instances that are added to a run and removed from it."""

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import anyio
import pytest

from greenapi_async import (
    Client,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    Notification,
    Processing,
    SQLiteInbox,
    UnauthorizedError,
)
from greenapi_async.inbox.consumers import active_consumer
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport

from .handling import ANNA, BORIS, left, nothing

pytestmark = pytest.mark.anyio


class Handled:
    """Handler that remembers what it handled, and holds those up whose text begins with "slow"."""

    def __init__(self) -> None:
        self.texts: list[tuple[int | None, str | None]] = []
        self.clients: list[object] = []
        self.release = anyio.Event()
        self.begun: list[str | None] = []

    async def __call__(self, notification: Notification) -> None:
        assert isinstance(notification, IncomingMessageReceived)
        self.begun.append(notification.text)
        if (notification.text or "").startswith("slow"):
            await self.release.wait()
        self.texts.append((notification.id_instance, notification.text))
        self.clients.append(notification.client)


@asynccontextmanager
async def running(processing: Processing) -> AsyncGenerator[Processing]:
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(1)
        try:
            yield processing
        finally:
            processing.stop()


@pytest.fixture
async def connect(sandbox: Sandbox) -> AsyncIterator[Callable[[Instance], Awaitable[Client]]]:
    clients: list[Client] = []

    async def connect(instance: Instance) -> Client:
        transport = InProcessTransport(create_app(sandbox))
        clients.append(Client(instance.id_instance, instance.token, "http://sandbox", transport=transport))
        return clients[-1]

    yield connect
    for client in clients:
        await client.aclose()


@pytest.fixture
async def other(sandbox: Sandbox) -> Instance:
    return sandbox.add_instance(1101000002)


@pytest.fixture
async def other_client(connect: Callable[[Instance], Awaitable[Client]], other: Instance) -> Client:
    return await connect(other)


async def test_an_added_instance_is_polled(
    client: Client, instance: Instance, other: Instance, other_client: Client
) -> None:
    handled = Handled()
    async with running(client.process(handled, inbox=MemoryInbox())) as processing:
        processing.add(other_client)
        assert processing.clients == [client, other_client]
        await anyio.sleep(1)
        other.contact_writes(ANNA, "one")
        instance.contact_writes(BORIS, "two")
        await anyio.sleep(1)
    assert sorted(handled.texts) == [(1101000001, "two"), (1101000002, "one")]


async def test_what_waits_in_the_inbox_for_an_added_instance_is_handled_in_order(
    client: Client, instance: Instance, other: Instance, other_client: Client
) -> None:
    inbox, handled = MemoryInbox(), Handled()
    for number in range(250):
        other.contact_writes(ANNA, str(number))
        received = await other_client.receive_notification()
        assert received is not None
        await inbox.put(received_entry(other.id_instance, received))
        await other_client.delete_notification(received.receipt_id)
    instance.contact_writes(BORIS, "newest")
    async with running(client.process(handled, inbox=inbox)) as processing:
        assert handled.texts == [(1101000001, "newest")]
        processing.add(other_client)
        other.contact_writes(ANNA, "250")
        await anyio.sleep(5)
    assert handled.texts[1:] == [(1101000002, str(number)) for number in range(251)]
    assert processing.counters.waiting == 0


async def test_a_removed_instance_is_not_polled_and_its_running_handler_finishes(
    client: Client, instance: Instance, other: Instance, other_client: Client
) -> None:
    inbox, handled = MemoryInbox(), Handled()
    async with running(client.process(handled, inbox=inbox)) as processing:
        processing.add(other_client)
        await anyio.sleep(1)
        other.contact_writes(ANNA, "slow")
        other.contact_writes(ANNA, "behind it")
        await anyio.sleep(1)
        removal = processing.remove(other.id_instance)
        other.contact_writes(ANNA, "on the server")
        await anyio.sleep(60)
        with anyio.move_on_after(0) as scope:
            await removal
        assert scope.cancelled_caught
        assert active_consumer(inbox, other.id_instance) is processing
        handled.release.set()
        await removal
        assert active_consumer(inbox, other.id_instance) is None
        instance.contact_writes(BORIS, "still served")
        await anyio.sleep(1)
    assert handled.texts == [(1101000002, "slow"), (1101000001, "still served")]
    assert [entry.body.count("behind it") for entry in await left(inbox, other)] == [1]
    assert len(other.notifications) == 1


@pytest.mark.parametrize("overlap", [False, True])
async def test_an_instance_that_returns_continues_in_order_with_the_new_client(
    client: Client,
    other: Instance,
    other_client: Client,
    connect: Callable[[Instance], Awaitable[Client]],
    *,
    overlap: bool,
) -> None:
    handled = Handled()
    async with running(client.process(handled, inbox=MemoryInbox(), overlap=overlap)) as processing:
        processing.add(other_client)
        await anyio.sleep(1)
        for text in ("slow", "1", "2"):
            other.contact_writes(ANNA, text)
        await anyio.sleep(1)
        processing.remove(other.id_instance)
        replacement = await connect(other)
        processing.add(replacement)
        other.contact_writes(ANNA, "3")
        await anyio.sleep(60)
        handled.release.set()
        await anyio.sleep(1)
        assert active_consumer(processing.inbox, other.id_instance) is processing
    assert [text for _, text in handled.texts] == ["slow", "1", "2", "3"]
    assert handled.clients == [other_client, replacement, replacement, replacement]
    assert len(other.notifications) == 0


async def test_what_a_removed_instance_left_is_handled_when_it_returns(
    client: Client, instance: Instance, other: Instance, other_client: Client
) -> None:
    handled = Handled()
    async with running(client.process(handled, inbox=MemoryInbox(), concurrency=1)) as processing:
        processing.add(other_client)
        await anyio.sleep(1)
        instance.contact_writes(BORIS, "slow")
        await anyio.sleep(1)
        for number in range(5):
            other.contact_writes(ANNA, str(number))
        await anyio.sleep(1)
        await processing.remove(other.id_instance)
        handled.release.set()
        instance.contact_writes(BORIS, "later")
        await anyio.sleep(1)
        assert [text for _, text in handled.texts] == ["slow", "later"]
        processing.add(other_client)
        await anyio.sleep(1)
    assert [text for _, text in handled.texts[2:]] == ["0", "1", "2", "3", "4"]


async def test_a_failed_instance_can_be_removed_and_added_again(client: Client, instance: Instance) -> None:
    handled = Handled()
    processing = client.process(handled, inbox=MemoryInbox())
    async with running(processing):
        with pytest.raises(InvalidArgumentError, match="served by this run already"):
            processing.add(client)
        await processing.remove(instance.id_instance)
        instance.fail("receiveNotification", Fault(status=401, body='{"message": "Unauthorized"}'), times=1)
    assert processing.failures == {}


async def test_a_run_without_instances_continues_until_a_failure_ends_it(
    client: Client, instance: Instance, other: Instance, other_client: Client
) -> None:
    processing = client.process(nothing, inbox=MemoryInbox())
    async with running(processing):
        processing.add(other_client)
        other.fail("receiveNotification", Fault(status=401, body='{"message": "Unauthorized"}'), times=1)
        await anyio.sleep(30)
        assert isinstance(processing.failures[other.id_instance], UnauthorizedError)
        await processing.remove(other.id_instance)
        assert processing.failures == {}
        processing.add(other_client)
        await processing.remove(instance.id_instance)
        await processing.remove(other.id_instance)
        await anyio.sleep(3600)
        assert not processing.stopped
        assert processing.clients == []
        processing.add(client)
        instance.contact_writes(ANNA, "one")
        await anyio.sleep(1)
        assert processing.counters.yielded == 1
    with pytest.raises(RuntimeError, match="was stopped"):
        processing.add(other_client)


async def test_the_last_instance_that_fails_ends_the_run(client: Client, instance: Instance) -> None:
    processing = client.process(nothing, inbox=MemoryInbox())
    instance.fail("receiveNotification", Fault(status=401, body='{"message": "Unauthorized"}'), times=1)
    with pytest.raises(UnauthorizedError):
        await processing


async def test_an_unknown_instance_cannot_be_removed(client: Client) -> None:
    processing = client.process(nothing, inbox=MemoryInbox())
    with pytest.raises(InvalidArgumentError, match="instance 7 is not served"):
        processing.remove(7)


async def test_instances_can_be_changed_before_the_run(
    client: Client, instance: Instance, other: Instance, other_client: Client
) -> None:
    handled = Handled()
    processing = client.process(handled, inbox=MemoryInbox())
    processing.add(other_client)
    await processing.remove(instance.id_instance)
    instance.contact_writes(ANNA, "one")
    other.contact_writes(ANNA, "two")
    async with running(processing):
        pass
    assert handled.texts == [(1101000002, "two")]


async def test_an_instance_of_another_run_is_refused(client: Client, other_client: Client) -> None:
    inbox = MemoryInbox()
    async with running(client.process(nothing, inbox=inbox)) as first:
        async with running(other_client.process(nothing, inbox=inbox)):
            with pytest.raises(RuntimeError, match="another process"):
                first.add(other_client)
        first.add(other_client)


async def test_a_handler_that_awaits_the_removal_of_its_own_instance_is_told(
    client: Client, instance: Instance
) -> None:
    inbox = MemoryInbox()

    async def handler(_: Notification) -> None:
        removal = processing.remove(instance.id_instance)
        with pytest.raises(RuntimeError, match="without awaiting"):
            await removal

    processing = client.process(handler, inbox=inbox)
    async with running(processing):
        instance.contact_writes(ANNA, "one")
        await anyio.sleep(1)
        assert processing.clients == []
        assert processing.counters.quarantined == processing.counters.retried == 0


async def test_an_inbox_file_keeps_what_a_removed_instance_left(
    client: Client, other: Instance, other_client: Client, tmp_path: object
) -> None:
    inbox, handled = SQLiteInbox(f"{tmp_path}/inbox.db"), Handled()
    async with running(client.process(handled, inbox=inbox)) as processing:
        processing.add(other_client)
        await anyio.sleep(1)
        for text in ("slow", "behind"):
            other.contact_writes(ANNA, text)
        await anyio.sleep(1)
        removal = processing.remove(other.id_instance)
        handled.release.set()
        await removal
        await anyio.sleep(1)
        processing.add(other_client)
        await anyio.sleep(1)
    assert [text for _, text in handled.texts] == ["slow", "behind"]

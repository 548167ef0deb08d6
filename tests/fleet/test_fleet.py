"""``Fleet``: the clients of a run follow a source."""

import logging
import traceback
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import asynccontextmanager

import anyio
import pytest

from greenapi_async import (
    Client,
    Fleet,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    Notification,
    Processing,
    process,
)
from greenapi_async.bots import Router, lifespan
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from greenapi_async.types import Credentials
from tests.processing.handling import ANNA

pytestmark = pytest.mark.anyio

URL = "http://sandbox"


def credentials(instance: Instance) -> Credentials:
    return Credentials(instance.id_instance, instance.token, URL, URL)


class Sets:
    """A source whose sets the test decides."""

    def __init__(self) -> None:
        self._send, self._receive = anyio.create_memory_object_stream[list[Credentials] | Exception](10)
        self.is_closed = False

    async def show(self, *instances: Instance | Credentials) -> None:
        rows = [each if isinstance(each, Credentials) else credentials(each) for each in instances]
        await self._send.send(rows)
        await anyio.sleep(1)

    async def fail(self, error: Exception) -> None:
        await self._send.send(error)
        await anyio.sleep(1)

    async def __aiter__(self) -> AsyncIterator[list[Credentials]]:
        try:
            with self._send, self._receive:
                async for each in self._receive:
                    if isinstance(each, Exception):
                        raise each
                    yield each
        finally:
            self.is_closed = True


@pytest.fixture
def sets() -> Sets:
    return Sets()


class Clients:
    """Creates the clients of a fleet, and knows which are open."""

    def __init__(self, sandbox: Sandbox) -> None:
        self._sandbox = sandbox
        self.created: list[Client] = []
        self.closed: list[Client] = []

    def __call__(self, given: Credentials) -> Client:
        closed = self.closed

        class Watched(Client):
            async def aclose(self) -> None:
                closed.append(self)
                await super().aclose()

        transport = InProcessTransport(create_app(self._sandbox))
        client = Watched(given.id_instance, given.api_token_instance, given.api_url, transport=transport)
        self.created.append(client)
        return client


@pytest.fixture
def clients(sandbox: Sandbox) -> Clients:
    return Clients(sandbox)


@pytest.fixture
async def instances(sandbox: Sandbox) -> list[Instance]:
    return [sandbox.add_instance(1101000001 + number) for number in range(3)]


class Handled(list[tuple[int | None, str | None]]):
    async def handle(self, notification: Notification) -> None:
        assert isinstance(notification, IncomingMessageReceived)
        if notification.text == "slow":
            await anyio.sleep(60)
        self.append((notification.id_instance, notification.text))


@pytest.fixture
def handled() -> Handled:
    return Handled()


@asynccontextmanager
async def running(handled: Handled, fleet: Fleet) -> AsyncGenerator[Processing]:
    processing = process(handled.handle, clients=fleet, inbox=MemoryInbox())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(1)
        try:
            yield processing
        finally:
            processing.stop()


async def test_the_instances_of_a_list_are_polled(
    instances: list[Instance], clients: Clients, handled: Handled
) -> None:
    for instance in instances:
        instance.contact_writes(ANNA, "hello")
    async with running(handled, Fleet([credentials(each) for each in instances], create=clients)):
        await anyio.sleep(1)
        assert clients.closed == []
    assert sorted(handled) == [(each.id_instance, "hello") for each in instances]
    assert clients.closed == clients.created


async def test_clients_follow_the_source(
    instances: list[Instance], clients: Clients, handled: Handled, sets: Sets
) -> None:
    first, second, third = instances
    async with running(handled, Fleet(sets, create=clients)) as processing:
        assert processing.clients == []
        await sets.show(first, second)
        second.contact_writes(ANNA, "slow")
        await anyio.sleep(1)
        await sets.show(third, first)
        assert [client.id_instance for client in processing.clients] == [first.id_instance, third.id_instance]
        assert clients.closed == []
        await anyio.sleep(60)
        assert [client.id_instance for client in clients.closed] == [second.id_instance]
        for instance in instances:
            instance.contact_writes(ANNA, "later")
        await anyio.sleep(1)
        await sets.show()
        assert processing.clients == []
        assert not processing.stopped
    assert sorted(handled) == [
        (first.id_instance, "later"),
        (second.id_instance, "slow"),
        (third.id_instance, "later"),
    ]
    assert sets.is_closed
    assert len(clients.closed) == 3


async def test_a_changed_token_replaces_the_client(
    instances: list[Instance], clients: Clients, handled: Handled, sets: Sets, caplog: pytest.LogCaptureFixture
) -> None:
    first = instances[0]
    wrong = Credentials(first.id_instance, "wrongwrongwrongwrong", URL, URL)
    async with running(handled, Fleet(sets, create=clients)) as processing:
        await sets.show(wrong)
        await anyio.sleep(60)
        assert list(processing.failures) == [first.id_instance]
        await sets.show(wrong)  # the same: nothing happens
        assert len(clients.created) == 1
        first.contact_writes(ANNA, "hello")
        await sets.show(first)
        assert processing.failures == {}
    assert handled == [(first.id_instance, "hello")]
    assert "wrongwrong" not in caplog.text


async def test_one_instance_that_cannot_be_served_stops_no_other(
    instances: list[Instance], clients: Clients, handled: Handled, sets: Sets, caplog: pytest.LogCaptureFixture
) -> None:
    first, second, third = instances

    def create(given: Credentials) -> Client:
        if given.id_instance == second.id_instance:
            raise LookupError("no proxy for this one")
        return clients(given)

    third.fail("receiveNotification", Fault(status=401, body='{"message": "Unauthorized"}'), times=1)
    async with running(handled, Fleet(sets, create=create)) as processing:
        await sets.show(first, second, third)
        await sets.show(first, second, third)
        first.contact_writes(ANNA, "hello")
        await anyio.sleep(1)
        assert list(processing.failures) == [third.id_instance]
    assert handled == [(first.id_instance, "hello")]
    assert caplog.text.count("no proxy for this one") == 1


async def test_the_last_set_stays_when_the_source_fails(
    instances: list[Instance], clients: Clients, handled: Handled, sets: Sets, caplog: pytest.LogCaptureFixture
) -> None:
    async with running(handled, Fleet(sets, create=clients)):
        await sets.show(instances[0])
        await sets.fail(LookupError("no such table"))
        instances[0].contact_writes(ANNA, "hello")
        await anyio.sleep(1)
    assert handled == [(instances[0].id_instance, "hello")]
    assert "source of a Fleet has failed; its last 1 instances are served" in caplog.text


async def test_the_first_of_two_rows_of_one_instance_is_used(
    instances: list[Instance], clients: Clients, handled: Handled, caplog: pytest.LogCaptureFixture
) -> None:
    rows = [credentials(instances[0]), Credentials(instances[0].id_instance, "another-token-than-that", URL, URL)]
    instances[0].contact_writes(ANNA, "hello")
    async with running(handled, Fleet(rows, create=clients)):
        await anyio.sleep(1)
    assert handled == [(instances[0].id_instance, "hello")]
    assert "different credentials" in caplog.text
    assert "another-token" not in caplog.text


async def test_a_bot_runs_over_a_fleet(instances: list[Instance], clients: Clients, sets: Sets) -> None:
    router = Router()
    hooks: list[object] = []

    @router.message()
    async def answer(notification: IncomingMessageReceived) -> None:
        await notification.reply("hi")

    @router.on_start
    async def start(clients: list[Client]) -> None:
        hooks.append(list(clients))

    @router.on_stop
    async def stop(served: list[Client]) -> None:
        hooks.append([client.id_instance for client in served])
        assert clients.closed == []

    async with lifespan(router, clients=Fleet(sets, create=clients), inbox=MemoryInbox()):
        await anyio.sleep(1)
        await sets.show(instances[0])
        instances[0].contact_writes(ANNA, "hello")
        await anyio.sleep(1)
    assert hooks == [[], [instances[0].id_instance]]
    assert len(clients.closed) == 1
    with pytest.raises(InvalidArgumentError, match="ensure_ready"):
        async with lifespan(router, clients=Fleet([]), inbox=MemoryInbox(), fix=True):
            pass


async def test_a_fleet_belongs_to_one_run(clients: Clients, handled: Handled, sets: Sets) -> None:
    fleet = Fleet(sets, create=clients)
    async with running(handled, fleet):
        with pytest.raises(RuntimeError, match="another run"):
            await process(handled.handle, clients=fleet, inbox=MemoryInbox())


def test_credentials_compare_by_value_and_show_no_token() -> None:
    one = Credentials(1101000001, "secretsecretsecret")
    assert one == Credentials("1101000001", "secretsecretsecret", "https://api.green-api.com/")
    assert hash(one) == hash(Credentials(1101000001, "secretsecretsecret"))
    assert one != Credentials(1101000001, "anothersecretsecret")
    assert one != Credentials(1101000001, "secretsecretsecret", "https://1101.api.green-api.com")
    assert "secretsecret" not in repr(one)


@pytest.mark.parametrize(
    "values", [(1101000001, "secret secret secret"), ("x", "secretsecret"), (1, "secretsecret", "y")]
)
def test_wrong_credentials_are_refused_without_showing_the_token(values: tuple[str, str]) -> None:
    with pytest.raises(InvalidArgumentError) as caught:
        Credentials(*values)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


@pytest.mark.parametrize(
    ("make", "words"),
    [
        (lambda: Fleet("1101000001"), "source is a str"),  # type: ignore[arg-type]  # wrong on purpose
        (lambda: Fleet([], create=Client, timeout=5.0), "create is given"),  # type: ignore[arg-type]  # wrong on purpose
    ],
)
def test_wrong_arguments_are_refused(make: Callable[[], Fleet], words: str) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        make()


async def test_a_fleet_creates_clients_with_its_options(
    instances: list[Instance], handled: Handled, caplog: pytest.LogCaptureFixture
) -> None:
    fleet = Fleet([credentials(instances[0])], timeout=5.0, messenger="max")
    with caplog.at_level(logging.CRITICAL):
        async with running(handled, fleet) as processing:
            [client] = processing.clients
            assert isinstance(client, Client)
            assert client.messenger == "max"
            assert repr(fleet) == "<Fleet of 1 instance>"

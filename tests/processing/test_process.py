"""``client.process``: lanes, failing handlers, quarantine, several clients."""

import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from itertools import pairwise

import anyio
import pytest

from greenapi_async import (
    Client,
    InvalidArgumentError,
    MemoryInbox,
    Notification,
    Processing,
    UnauthorizedError,
    process,
)
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.backends import ON_ASYNCIO
from tests.polling.test_random_faults import FAULTS, rain

from .handling import ANNA, BORIS, Stopping, left, nothing, run

pytestmark = pytest.mark.anyio


async def test_what_is_handled_leaves_the_server_and_the_inbox(client: Client, instance: Instance) -> None:
    inbox = MemoryInbox()
    for text in ("one", "two", "three"):
        instance.contact_writes(ANNA, text)
    assert await run(client, 3, nothing, inbox) == ["one", "two", "three"]
    assert len(instance.notifications) == 0
    assert await left(inbox, instance) == []


async def test_a_slow_chat_delays_no_other_and_each_keeps_its_order(client: Client, instance: Instance) -> None:
    for number in range(5):
        instance.contact_writes(ANNA, f"anna {number}")
        instance.contact_writes(BORIS, f"boris {number}")
    at: dict[str, float] = {}

    async def handler(notification: Notification) -> None:
        if notification.chat_id == ANNA:
            await anyio.sleep(3600)
        at[notification.text or ""] = anyio.current_time()

    start = anyio.current_time()
    seen = await run(client, 10, handler, MemoryInbox(), concurrency=2)
    assert seen == [f"boris {number}" for number in range(5)] + [f"anna {number}" for number in range(5)]
    assert at["boris 4"] - start < 60
    assert at["anna 4"] - start == pytest.approx(5 * 3600, rel=0.01)


async def test_no_more_handlers_run_at_once_than_allowed(client: Client, instance: Instance) -> None:
    for number in range(30):
        instance.contact_writes(f"7900123{number:04}@c.us", "hello")
    running = most = 0

    async def handler(_: Notification) -> None:
        nonlocal running, most
        running += 1
        most = max(most, running)
        await anyio.sleep(100)
        running -= 1

    await run(client, 30, handler, MemoryInbox(), concurrency=7)
    assert most == 7


def one_lane(_: Notification) -> str:
    return "one lane"


async def test_another_key_makes_other_lanes(client: Client, instance: Instance) -> None:
    for number in range(3):
        instance.contact_writes(f"7900123{number:04}@c.us", str(number))
    running = 0

    async def handler(notification: Notification) -> None:
        nonlocal running
        running += 1
        assert running == 1
        await anyio.sleep(10 - int(notification.text or 0))
        running -= 1

    assert await run(client, 3, handler, MemoryInbox(), key=one_lane) == ["0", "1", "2"]


@pytest.mark.parametrize(
    ("choice", "order"),
    [("wait", ["boris", "first", "second"]), ("pass", ["second", "boris", "first"])],
)
async def test_a_failed_notification_holds_its_chat_up_or_is_passed(
    client: Client, instance: Instance, choice: str, order: list[str]
) -> None:
    instance.contact_writes(ANNA, "first")
    instance.contact_writes(ANNA, "second")
    instance.contact_writes(BORIS, "boris")
    runs: dict[str, int] = defaultdict(int)

    async def handler(notification: Notification) -> None:
        runs[notification.text or ""] += 1
        if notification.text == "first" and runs["first"] < 3:
            raise LookupError

    inbox = MemoryInbox()
    assert await run(client, 3, handler, inbox, while_retrying=choice) == order
    assert runs == {"first": 3, "second": 1, "boris": 1}


async def test_delays_grow_and_the_last_failure_goes_into_quarantine(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    instance.contact_writes(ANNA, "poison")
    instance.contact_writes(ANNA, "fine")
    tried: list[float] = []

    async def handler(notification: Notification) -> None:
        if notification.text == "poison":
            tried.append(anyio.current_time())
            raise LookupError("what went wrong")

    inbox = MemoryInbox()
    stopping = Stopping(1)

    async def counted(notification: Notification) -> None:
        await handler(notification)
        stopping.note(notification)

    processing = stopping.processing = client.process(counted, inbox=inbox, attempts=4, retry_initial=2)
    with caplog.at_level(logging.INFO):
        await processing
    assert stopping.seen == ["fine"]
    waits = [later - earlier for earlier, later in pairwise(tried)]
    assert len(waits) == 3
    assert all(wait == pytest.approx(due, rel=0.26) for wait, due in zip(waits, [2, 8, 32], strict=True))
    assert (processing.counters.retried, processing.counters.quarantined) == (3, 1)
    [entry] = await inbox.quarantined()
    assert entry.attempts == 4
    assert "LookupError: what went wrong" in (entry.failure or "")
    assert "poison" not in caplog.text
    assert sum("Quarantined" in record.getMessage() for record in caplog.records) == 1


async def test_what_is_released_from_quarantine_is_handled_by_the_run_under_way(
    client: Client, instance: Instance
) -> None:
    instance.contact_writes(ANNA, "one")
    broken = True
    inbox = MemoryInbox()

    async def handler(_: Notification) -> None:
        if broken:
            raise LookupError

    async def mend() -> None:
        nonlocal broken
        await anyio.sleep(60)
        broken = False
        await inbox.release((await inbox.quarantined())[0].id)

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(mend)
        assert await run(client, 1, handler, inbox, attempts=1) == ["one"]
    assert await inbox.quarantined() == []
    assert await left(inbox, instance) == []


async def test_stopping_gives_handlers_their_time_and_leaves_the_rest_for_the_next_start(
    client: Client, instance: Instance
) -> None:
    inbox = MemoryInbox()
    instance.contact_writes(ANNA, "quick")
    instance.contact_writes(BORIS, "slow")
    instance.contact_writes(ANNA, "later")
    ended: list[str | None] = []

    async def handler(notification: Notification) -> None:
        await anyio.sleep({"quick": 5, "slow": 500}.get(notification.text or "", 0))
        ended.append(notification.text)

    processing = client.process(handler, inbox=inbox, drain=10)

    async def stop() -> None:
        await anyio.sleep(2)
        processing.stop()

    start = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stop)
        await processing
    assert anyio.current_time() - start == pytest.approx(12)
    assert ended == ["quick"]
    assert sorted(entry.body.count("slow") for entry in await left(inbox, instance)) == [0, 1]
    assert sorted(await run(client, 2, nothing, inbox)) == ["later", "slow"]


async def test_a_stop_before_the_start_handles_nothing(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    processing = client.process(nothing, inbox=MemoryInbox())
    processing.stop()
    await processing
    assert len(instance.notifications) == 1
    with pytest.raises(RuntimeError, match="was started before"):
        await processing


async def test_a_cancelled_run_leaves_what_it_was_at(client: Client, instance: Instance) -> None:
    inbox = MemoryInbox()
    instance.contact_writes(ANNA, "one")

    async def handler(_: Notification) -> None:
        await anyio.sleep_forever()

    with anyio.move_on_after(30):
        await client.process(handler, inbox=inbox)
    assert len(await left(inbox, instance)) == 1
    assert len(instance.notifications) == 0


async def test_what_was_acknowledged_is_not_handled_again_though_its_handler_fails(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = MemoryInbox()
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(ANNA, "two")

    async def handler(notification: Notification) -> None:
        if notification.text == "one":
            await notification.ack()
            raise LookupError

    assert await run(client, 1, handler, inbox) == ["two"]
    assert await left(inbox, instance) == []
    assert "after it acknowledged" in caplog.text


async def test_a_key_that_fails_puts_aside_what_it_fails_on(client: Client, instance: Instance) -> None:
    inbox = MemoryInbox()
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(BORIS, "two")

    def key(notification: Notification) -> str:
        if notification.text == "one":
            raise LookupError
        return "lane"

    assert await run(client, 1, nothing, inbox, key=key) == ["two"]
    assert len(await inbox.quarantined()) == 1


@pytest.mark.slow
@ON_ASYNCIO
async def test_nothing_is_lost_through_a_failing_server_and_failing_handlers(
    client: Client, sandbox: Sandbox, instance: Instance
) -> None:
    chance = rain(22)
    sandbox.chooser = lambda _: chance.choice(FAULTS) if chance.random() * 100 < 6 else None
    for number in range(2000):
        instance.contact_writes(f"790012345{number % 40:02}@c.us", str(number))
    handled: dict[str | None, list[int]] = defaultdict(list)

    async def handler(notification: Notification) -> None:
        await anyio.sleep(chance.random())
        if chance.random() < 0.05:
            raise LookupError
        handled[notification.chat_id].append(int(notification.text or -1))

    inbox = MemoryInbox()
    await run(client, 2000, handler, inbox, attempts=50, overlap=True)
    assert sum(map(len, handled.values())) == 2000
    assert all(numbers == sorted(set(numbers)) for numbers in handled.values())
    assert await left(inbox, instance) == []


async def test_more_than_is_kept_at_hand_is_read_again_from_the_inbox(client: Client, instance: Instance) -> None:
    for number in range(1300):
        instance.contact_writes(ANNA, str(number))
    first = True

    async def handler(_: Notification) -> None:
        nonlocal first
        if first:
            first = False
            await anyio.sleep(3600)  # the rest comes in meanwhile

    seen = await run(client, 1300, handler, MemoryInbox())
    assert seen == [str(number) for number in range(1300)]


async def test_counters_tell_what_happened(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.queue_notification(instance.notifications.bodies()[0])  # delivered twice
    processing: Processing | None = None

    async def handler(_: Notification) -> None:
        assert processing is not None
        assert processing.counters.waiting == 1
        assert processing.counters.lag >= 0
        await anyio.sleep(5)
        processing.stop()

    processing = client.process(handler, inbox=MemoryInbox())
    await processing
    counters = processing.counters
    assert (counters.received, counters.duplicate, counters.acknowledged, counters.yielded) == (2, 1, 2, 1)
    assert (counters.waiting, counters.lag) == (0, 0)
    assert counters.last_contact is not None
    assert counters.since_contact is not None


@pytest.fixture
async def second(sandbox: Sandbox) -> AsyncIterator[tuple[Instance, Client]]:
    instance = sandbox.add_instance(1101000002)
    transport = InProcessTransport(create_app(sandbox))
    async with Client(instance.id_instance, instance.token, "http://sandbox", transport=transport) as client:
        yield instance, client


async def test_several_clients_share_a_handler_and_one_that_fails_stops_no_other(
    client: Client, instance: Instance, second: tuple[Instance, Client], caplog: pytest.LogCaptureFixture
) -> None:
    other, other_client = second
    other.fail("receiveNotification", Fault(status=401, body='{"message": "Unauthorized"}'), times=1)
    seen: list[int | None] = []
    inbox = MemoryInbox()
    processing: Processing | None = None

    async def handler(notification: Notification) -> None:
        assert processing is not None
        seen.append(notification.id_instance)
        processing.stop()

    processing = process(handler, clients=[client, other_client], inbox=inbox)
    async with anyio.create_task_group() as tasks:

        async def write() -> None:
            await anyio.sleep(60)
            instance.contact_writes(ANNA, "one")

        tasks.start_soon(write)
        await processing
    assert seen == [instance.id_instance]
    assert isinstance(processing.failures[other.id_instance], UnauthorizedError)
    assert f"Stopped polling instance {other.id_instance}" in caplog.text


async def test_when_every_client_failed_their_errors_are_raised(
    client: Client, instance: Instance, second: tuple[Instance, Client]
) -> None:
    other, other_client = second
    for each in (instance, other):
        each.fail("receiveNotification", Fault(status=401, body='{"message": "Unauthorized"}'), times=5)
    with pytest.raises(UnauthorizedError):
        await client.process(nothing, inbox=MemoryInbox())
    with pytest.raises(ExceptionGroup) as caught:
        await process(nothing, clients=[client, other_client], inbox=MemoryInbox())
    assert [type(error) for error in caught.value.exceptions] == [UnauthorizedError, UnauthorizedError]


async def test_two_runs_over_the_same_inbox_and_instance_are_refused(client: Client) -> None:
    inbox = MemoryInbox()
    first = client.process(nothing, inbox=inbox)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(first.run)
        await anyio.sleep(1)
        with pytest.raises(RuntimeError, match="another process"):
            await client.process(nothing, inbox=inbox)
        first.stop()


def not_async(_: Notification) -> None: ...


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"concurrency": 0}, "concurrency is 0"),
        ({"concurrency": 2.5}, "a whole number"),
        ({"drain": -1}, "0 or more"),
        ({"attempts": -1}, "attempts is -1"),
        ({"while_retrying": "perhaps"}, "'wait' or 'pass'"),
        ({"receive_timeout": 1}, "receive_timeout is 1"),
    ],
)
async def test_wrong_options_are_refused_before_anything_is_sent(
    client: Client, instance: Instance, options: dict[str, object], words: str
) -> None:
    with pytest.raises(InvalidArgumentError, match=words):
        client.process(nothing, inbox=MemoryInbox(), **options)  # type: ignore[arg-type]  # wrong on purpose
    assert not instance.calls


async def test_a_handler_that_is_not_async_and_doubled_clients_are_refused(client: Client) -> None:
    with pytest.raises(InvalidArgumentError, match="is not async"):
        client.process(not_async, inbox=MemoryInbox())  # type: ignore[arg-type]  # wrong on purpose
    with pytest.raises(InvalidArgumentError, match="one per instance"):
        process(nothing, clients=[client, client], inbox=MemoryInbox())
    with pytest.raises(InvalidArgumentError, match="at least one"):
        process(nothing, clients=[], inbox=MemoryInbox())


async def test_without_polling_it_handles_what_others_put_into_the_inbox(client: Client, instance: Instance) -> None:
    inbox = MemoryInbox()
    instance.contact_writes(ANNA, "one")
    seen: list[str | None] = []

    async def handler(notification: Notification) -> None:
        seen.append(notification.text)
        processing.stop()

    processing = client.process(handler, inbox=inbox, polling=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(60)
        assert len(instance.notifications) == 1
        received = await client.receive_notification()
        assert received is not None
        await inbox.put(received_entry(client.id_instance, received))
    assert seen == ["one"]

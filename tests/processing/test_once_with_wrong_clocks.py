"""``once=`` on machines with wrong clocks: never a second message, and an answer if the server's clock is known."""

import math
from datetime import UTC, datetime

import anyio
import httpx
import pytest

from greenapi_async import Client, DeliveryUnknownError
from greenapi_async.inbox.outbox import OutboxRecord
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.processing.send_time import Elapsed, estimate_send_time
from greenapi_async.sandbox import Fault, Instance, Sandbox

from .once_sends import ANNA, KEY, ORDER, Change, LocalClock, open_client, sent_texts

pytestmark = pytest.mark.anyio

MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0
LOST = Fault(drop=True, after_effect=True)
NOT_EXECUTED = Fault(drop=True)
DIES_AFTER = Fault(delay=60, after_effect=True)
DIES_BEFORE = Fault(delay=60)
WRONG = pytest.mark.parametrize("wrong", [0, 130, HOUR, -HOUR, 3 * HOUR, 40 * DAY, -40 * DAY])
BEFORE_AND_AFTER = pytest.mark.parametrize(
    ("before", "after"),
    [
        (0, 0),
        (130, 130),
        (0, -HOUR),
        (-HOUR, 0),
        (130, 0),
        (0, 130),
        (HOUR, 0),
        (40 * DAY, 0),
        (0, 40 * DAY),
        (-40 * DAY, 0),
        (0, -40 * DAY),
        (HOUR, -HOUR),
    ],
)


@pytest.fixture
async def clock() -> LocalClock:
    await anyio.sleep(100 * DAY)
    return LocalClock()


@pytest.fixture
def outbox(clock: LocalClock) -> MemoryOutbox:
    return MemoryOutbox(clock=clock)


async def die_while_sending(client: Client, instance: Instance, fault: Fault, *, knows_time: bool) -> None:
    """Send, and end before there is an answer."""
    if knows_time:
        await client.get_state_instance()
    instance.fail("sendMessage", fault)
    with anyio.move_on_after(1):
        await client.send_message(ANNA, ORDER, once=KEY)


async def write_before(client: Client, seconds: float) -> None:
    await client.send_message(ANNA, ORDER)
    await anyio.sleep(seconds)


@WRONG
@pytest.mark.parametrize("fault", [LOST, NOT_EXECUTED], ids=["lost", "not executed"])
@pytest.mark.parametrize("older", [False, True])
async def test_in_one_process_the_message_is_sent_once(
    sandbox: Sandbox,
    instance: Instance,
    outbox: MemoryOutbox,
    clock: LocalClock,
    wrong: float,
    fault: Fault,
    older: bool,
) -> None:
    clock.wrong = wrong
    async with open_client(sandbox, instance, outbox) as other, open_client(sandbox, instance, outbox) as shop:
        if older:
            await write_before(other, 3 * HOUR)
        instance.fail("sendMessage", fault)
        sent = await shop.send_message(ANNA, ORDER, once=KEY)
        assert sent.id_message == instance.chats[ANNA].messages[-1].id_message
        assert await shop.send_message(ANNA, ORDER, once=KEY) == sent
    assert sent_texts(instance) == [ORDER] * (1 + older)


@BEFORE_AND_AFTER
@pytest.mark.parametrize("pause", [5, 20 * MINUTE, 5 * HOUR])
@pytest.mark.parametrize("fault", [DIES_AFTER, DIES_BEFORE], ids=["executed", "not executed"])
@pytest.mark.parametrize("older", [False, True])
async def test_after_a_restart_the_servers_time_in_the_record_decides(
    sandbox: Sandbox,
    instance: Instance,
    outbox: MemoryOutbox,
    clock: LocalClock,
    before: float,
    after: float,
    pause: float,
    fault: Fault,
    older: bool,
) -> None:
    clock.wrong = before
    async with open_client(sandbox, instance, outbox) as shop:
        if older:
            await write_before(shop, 3 * HOUR)
        await die_while_sending(shop, instance, fault, knows_time=True)
    await anyio.sleep(pause)
    clock.wrong = after
    async with open_client(sandbox, instance, outbox) as shop:
        sent = await shop.send_message(ANNA, ORDER, once=KEY)
    assert sent_texts(instance) == [ORDER] * (1 + older)
    assert sent.id_message == instance.chats[ANNA].messages[-1].id_message


@BEFORE_AND_AFTER
@pytest.mark.parametrize("pause", [5, 20 * MINUTE])
@pytest.mark.parametrize("older", [False, True])
async def test_a_first_request_of_a_process_that_dies_is_not_repeated_in_doubt(
    sandbox: Sandbox,
    instance: Instance,
    outbox: MemoryOutbox,
    clock: LocalClock,
    before: float,
    after: float,
    pause: float,
    older: bool,
) -> None:
    async with open_client(sandbox, instance, outbox) as other:
        if older:
            await write_before(other, 3 * HOUR)
    clock.wrong = before
    async with open_client(sandbox, instance, outbox) as shop:
        await die_while_sending(shop, instance, DIES_AFTER, knows_time=False)
    await anyio.sleep(pause)
    clock.wrong = after
    async with open_client(sandbox, instance, outbox) as shop:
        try:
            sent = await shop.send_message(ANNA, ORDER, once=KEY)
        except DeliveryUnknownError:
            assert (before, after) != (0, 0)
        else:
            assert sent.id_message == instance.chats[ANNA].messages[-1].id_message
    assert sent_texts(instance) == [ORDER] * (1 + older)


@pytest.mark.parametrize("older", [False, True])
async def test_with_right_clocks_a_first_request_that_was_not_executed_is_repeated(
    sandbox: Sandbox, instance: Instance, outbox: MemoryOutbox, older: bool
) -> None:
    async with open_client(sandbox, instance, outbox) as other:
        if older:
            await write_before(other, 3 * HOUR)
    async with open_client(sandbox, instance, outbox) as shop:
        await die_while_sending(shop, instance, DIES_BEFORE, knows_time=False)
    async with open_client(sandbox, instance, outbox) as shop:
        await shop.send_message(ANNA, ORDER, once=KEY)
    assert sent_texts(instance) == [ORDER] * (1 + older)


async def test_doubt_ends_when_the_clock_is_right(
    sandbox: Sandbox, instance: Instance, outbox: MemoryOutbox, clock: LocalClock
) -> None:
    async with open_client(sandbox, instance, outbox) as other:
        await write_before(other, 3 * HOUR)
    async with open_client(sandbox, instance, outbox) as shop:
        await die_while_sending(shop, instance, DIES_BEFORE, knows_time=False)
    clock.wrong = -HOUR
    async with open_client(sandbox, instance, outbox) as shop:
        for _ in range(2):
            with pytest.raises(DeliveryUnknownError, match="may be this one or an older one"):
                await shop.send_message(ANNA, ORDER, once=KEY)
        assert sent_texts(instance) == [ORDER]
        clock.wrong = 0
        await shop.send_message(ANNA, ORDER, once=KEY)
    assert sent_texts(instance) == [ORDER, ORDER]


async def test_a_message_of_another_key_raises_no_doubt(
    sandbox: Sandbox, instance: Instance, outbox: MemoryOutbox, clock: LocalClock
) -> None:
    async with open_client(sandbox, instance, outbox) as shop:
        await shop.send_message(ANNA, ORDER, once="yesterday")
    await anyio.sleep(20 * HOUR)
    async with open_client(sandbox, instance, outbox) as shop:
        await die_while_sending(shop, instance, DIES_BEFORE, knows_time=False)
    clock.wrong = -HOUR
    async with open_client(sandbox, instance, outbox) as shop:
        await shop.send_message(ANNA, ORDER, once=KEY)
    assert sent_texts(instance) == [ORDER, ORDER]


@pytest.mark.parametrize("jump", [HOUR, -HOUR, 40 * DAY, -40 * DAY])
async def test_a_clock_that_is_set_during_the_search_changes_nothing(
    sandbox: Sandbox, instance: Instance, outbox: MemoryOutbox, clock: LocalClock, jump: float
) -> None:
    instance.fail("sendMessage", LOST)
    instance.fail("lastOutgoingMessages", Fault(status=200, body="[]"), times=2)
    async with open_client(sandbox, instance, outbox) as shop, anyio.create_task_group() as tasks:

        async def set_clock() -> None:
            await anyio.sleep(10)
            clock.wrong = jump

        tasks.start_soon(set_clock)
        await shop.send_message(ANNA, ORDER, once=KEY)
    assert sent_texts(instance) == [ORDER]


async def _without_date(_: httpx.Request, response: httpx.Response) -> None:
    del response.headers["date"]


async def _with_two_dates(request: httpx.Request, response: httpx.Response) -> None:
    if request.url.path.count("lastOutgoingMessages"):
        response.headers["date"] = "Fri, 01 Jan 2100 00:00:00 GMT"


@WRONG
@pytest.mark.parametrize("change", [_without_date, _with_two_dates])
@pytest.mark.parametrize("dies", [False, True])
async def test_without_the_servers_clock_nothing_is_sent_twice(
    sandbox: Sandbox,
    instance: Instance,
    outbox: MemoryOutbox,
    clock: LocalClock,
    wrong: float,
    change: Change,
    dies: bool,
) -> None:
    clock.wrong = wrong
    async with open_client(sandbox, instance, outbox, change) as shop:
        await shop.last_outgoing_messages()
        if dies:
            await die_while_sending(shop, instance, DIES_AFTER, knows_time=True)
            clock.wrong = -wrong
        else:
            instance.fail("sendMessage", LOST)
        try:
            await shop.send_message(ANNA, ORDER, once=KEY)
        except DeliveryUnknownError:
            assert wrong != 0 or change is _with_two_dates
    assert sent_texts(instance) == [ORDER]


async def test_a_key_does_not_expire_because_the_clock_is_set(
    sandbox: Sandbox, instance: Instance, outbox: MemoryOutbox, clock: LocalClock
) -> None:
    clock.wrong = -90 * DAY
    async with open_client(sandbox, instance, outbox) as shop:
        sent = await shop.send_message(ANNA, ORDER, once=KEY)
    clock.wrong = 1000 * DAY
    async with open_client(sandbox, instance, outbox) as shop:
        assert await shop.send_message(ANNA, ORDER, once=KEY) == sent
        await shop.send_message(ANNA, ORDER, once="another")
        assert await shop.send_message(ANNA, ORDER, once=KEY) == sent
    assert sent_texts(instance) == [ORDER, ORDER]


NOW = 1_700_000_000.0


def record(begun: float, *, age: float = 0, server_time: float | None = None, is_new: bool = False) -> OutboxRecord:
    return OutboxRecord(
        is_new=is_new,
        chat_id=ANNA,
        digest=b"",
        begun=datetime.fromtimestamp(begun, UTC),
        age=age,
        server_time=None if server_time is None else datetime.fromtimestamp(server_time, UTC),
    )


def test_a_suspended_process_counts_the_longer_time() -> None:
    new = record(NOW - HOUR, is_new=True)
    sent = estimate_send_time(new, Elapsed(monotonic=10, local=HOUR), NOW)
    assert sent.earliest == NOW - HOUR
    assert not sent.excludes(NOW - HOUR)
    assert sent.is_doubtful(NOW - HOUR)
    assert not sent.is_doubtful(NOW - 10)
    assert sent.minutes >= 60


def test_a_known_time_of_the_server_leaves_no_doubt() -> None:
    sent = estimate_send_time(record(0, age=99 * DAY, server_time=NOW - HOUR), Elapsed(1, 1), NOW)
    assert sent.excludes(NOW - HOUR - 3 * MINUTE)
    assert not sent.is_doubtful(NOW - HOUR - MINUTE)
    assert 60 < sent.minutes < 65


@pytest.mark.parametrize("server_time", [None, NOW + HOUR])
def test_a_record_from_the_future_excludes_nothing(server_time: float | None) -> None:
    sent = estimate_send_time(record(NOW + HOUR, age=5, server_time=server_time), Elapsed(1, 1), NOW)
    assert sent.earliest == -math.inf
    assert sent.is_doubtful(0)
    assert not sent.is_doubtful(NOW)
    assert sent.minutes > 365 * 24 * 60

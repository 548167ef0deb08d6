"""``client.process``: what stops or cancels it, and what an inbox that fails makes of it."""

import asyncio
from collections.abc import Collection, Sequence

import anyio
import pytest

from greenapi_async import (
    Client,
    InboxUnavailableError,
    IncomingMessageReceived,
    MemoryInbox,
    MessageStatus,
    Notification,
    SentMessage,
    TimeoutExpiredError,
)
from greenapi_async.sandbox import Fault, Instance
from greenapi_async.types import Entry

from .handling import ANNA, BORIS, left, nothing, run

pytestmark = pytest.mark.anyio


async def test_a_handler_whose_task_is_cancelled_ends_no_run(
    client: Client, instance: Instance, anyio_backend_name: str
) -> None:
    if anyio_backend_name != "asyncio":
        pytest.skip("tasks are cancelled so on asyncio only")
    runs: list[str | None] = []

    async def handler(notification: Notification) -> None:
        runs.append(notification.text)
        task = asyncio.current_task()
        if task is not None and len(runs) < 3:
            task.cancel()
        if len(runs) == 1:
            await anyio.sleep(1)  # where it strikes; the second time it strikes nowhere in the handler

    for text in ("one", "two"):
        instance.contact_writes(ANNA, text)
    inbox = MemoryInbox()
    assert await run(client, 2, handler, inbox) == ["one", "two"]
    assert runs == ["one", "one", "two"]
    assert await left(inbox, instance) == []


async def test_a_wait_that_outlives_its_handler_gives_up_no_place(client: Client, instance: Instance) -> None:
    for number in range(5):
        instance.contact_writes(f"7900123{number:04}@c.us", "hello")
    running = most = 0

    async with anyio.create_task_group() as beside:

        async def watch(sent: SentMessage) -> None:
            await anyio.sleep(5)  # by then the handler has ended
            with pytest.raises(TimeoutExpiredError):
                await sent.wait_for(MessageStatus.READ, timeout=300)

        async def handler(notification: Notification) -> None:
            nonlocal running, most
            if isinstance(notification, IncomingMessageReceived):
                running += 1
                most = max(most, running)
                beside.start_soon(watch, await notification.reply("hi"))
                await anyio.sleep(3)
                running -= 1

        processing = client.process(handler, inbox=MemoryInbox(), concurrency=1)
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(processing.run)
            await anyio.sleep(500)
            processing.stop()
    assert most == 1


async def test_a_handler_that_ends_while_it_is_cancelled_is_done(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    ended: list[str | None] = []

    async def handler(notification: Notification) -> None:
        with anyio.CancelScope(shield=True):
            await anyio.sleep(100)
        ended.append(notification.text)

    inbox = MemoryInbox()
    processing = client.process(handler, inbox=inbox, drain=5)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(10)
        processing.stop()
    assert ended == ["one"]
    assert await left(inbox, instance) == []


async def test_the_drain_is_counted_from_the_stop_whatever_is_under_way(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(BORIS, "two")

    cancelled: list[float] = []

    async def slow(_: Notification) -> None:
        try:
            await anyio.sleep_forever()
        finally:
            cancelled.append(anyio.current_time())

    processing = client.process(slow, inbox=MemoryInbox(), drain=5)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(10)
        instance.fail("deleteNotification", Fault(delay=14), times=1)
        instance.contact_writes(ANNA, "three")
        await anyio.sleep(1)
        cancelled.append(anyio.current_time())
        processing.stop()
    stopped, *ends = cancelled
    assert [end - stopped for end in ends] == pytest.approx([5, 5])


async def test_a_cancelled_run_begins_no_more(client: Client, instance: Instance) -> None:
    for number in range(50):
        instance.contact_writes(f"7900123{number:04}@c.us", "hello")
    begun = 0

    async def handler(_: Notification) -> None:
        nonlocal begun
        begun += 1
        await anyio.sleep_forever()

    with anyio.move_on_after(100):
        await client.process(handler, inbox=MemoryInbox(), concurrency=5)
    assert begun == 5


class Full(MemoryInbox):
    """An inbox on a disk that is full."""

    async def put(self, entry: Entry) -> bool:
        raise InboxUnavailableError("bot.db: no room")


async def test_a_stop_while_the_inbox_is_not_available_ends_it_quietly(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    processing = client.process(nothing, inbox=Full())
    notifications = client.notifications(inbox=Full())
    for stop, wait in ((processing.stop, processing.run), (notifications.stop, lambda: anext(notifications, None))):
        start = anyio.current_time()
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(wait)
            await anyio.sleep(100)
            stop()
        assert anyio.current_time() - start == pytest.approx(100)
    assert len(instance.notifications) == 1


class Unreadable(MemoryInbox):
    """An inbox whose file cannot be read."""

    async def waiting(self, instances: Collection[int], after: int, limit: int) -> Sequence[Entry]:
        raise InboxUnavailableError("bot.db: input/output error")


async def test_a_stop_while_the_inbox_cannot_be_read_ends_it_quietly(client: Client) -> None:
    processing = client.process(nothing, inbox=Unreadable())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(100)
        processing.stop()
    assert processing.failures == {}


class Broken(MemoryInbox):
    """Somebody's inbox, with a mistake in it."""

    async def put(self, entry: Entry) -> bool:
        raise OSError("the store is away")


async def test_what_an_inbox_raises_comes_out_as_it_is(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    with pytest.raises(OSError, match="the store is away"):
        await client.process(nothing, inbox=Broken())
    assert len(instance.notifications) == 1


async def test_what_is_acknowledged_while_it_is_put_off_is_not_tried_again(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    runs: list[Notification] = []

    async def handler(notification: Notification) -> None:
        runs.append(notification)
        raise LookupError

    processing = client.process(handler, inbox=MemoryInbox(), retry_initial=10)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(2)
        await runs[0].ack()
        await anyio.sleep(100)
        processing.stop()
    assert len(runs) == 1


async def test_a_loop_and_a_run_do_not_take_the_same_out_of_one_inbox(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    inbox = MemoryInbox()
    first, second = client.notifications(inbox=inbox), client.notifications(inbox=inbox)
    await anext(first)
    assert (await anext(second)).text == "one"
    with pytest.raises(RuntimeError, match="another loop"):
        await anext(first)
    with pytest.raises(RuntimeError, match=r"aclose\(\)"):
        await client.process(nothing, inbox=inbox)
    await second.aclose()
    assert await run(client, 1, nothing, inbox) == ["one"]

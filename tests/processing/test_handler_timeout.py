"""Handlers that take long, never return, or ignore their cancellation."""

import logging
import math
from collections.abc import AsyncIterator

import anyio
import pytest

from greenapi_async import (
    Client,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    MessageStatus,
    Notification,
    TimeoutExpiredError,
)
from greenapi_async.sandbox import Instance

from .handling import ANNA, BORIS, left, nothing, run

pytestmark = pytest.mark.anyio


async def test_a_handler_that_never_returns_is_a_failed_attempt(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "hangs")
    instance.contact_writes(ANNA, "fine")
    cancelled: list[float] = []

    async def handler(notification: Notification) -> None:
        if notification.text == "hangs":
            start = anyio.current_time()
            try:
                await anyio.sleep_forever()
            finally:
                cancelled.append(anyio.current_time() - start)

    inbox = MemoryInbox()
    assert await run(client, 1, handler, inbox, attempts=2, handler_timeout=7) == ["fine"]
    assert cancelled == pytest.approx([7, 7])
    [entry] = await inbox.quarantined()
    assert entry.attempts == 2
    assert "TimeoutError: the handler did not finish within 7 s (handler_timeout)" in (entry.failure or "")


@pytest.mark.parametrize("value", [0, -1, True, "soon"])
async def test_a_wrong_timeout_is_refused(client: Client, value: object) -> None:
    with pytest.raises(InvalidArgumentError, match="handler_timeout"):
        client.process(nothing, inbox=MemoryInbox(), handler_timeout=value)  # type: ignore[arg-type]  # wrong on purpose


async def test_time_in_which_a_handler_waits_for_a_person_or_a_status_does_not_count(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    instance.contact_writes(ANNA, "hi")
    ended: list[float] = []
    limit = 5.0

    async def handler(notification: Notification) -> None:
        if not isinstance(notification, IncomingMessageReceived):
            return
        start = anyio.current_time()
        await anyio.sleep(2)
        async with notification.conversation(timeout=1000) as talk:
            await talk.ask("Name?")
        with pytest.raises(TimeoutExpiredError):
            await client.wait_for_status("none", MessageStatus.READ, timeout=500)
        try:
            await anyio.sleep_forever()
        finally:
            ended.append(anyio.current_time() - start)

    async def answer() -> None:
        await anyio.sleep(100)
        instance.contact_writes(ANNA, "Anna")

    inbox = MemoryInbox()
    processing = client.process(handler, inbox=inbox, handler_timeout=limit, attempts=1)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        tasks.start_soon(answer)
        await anyio.sleep(1000)
        processing.stop()
    assert len(await inbox.quarantined()) == 1
    assert ended == pytest.approx([100 + 500 + 3], abs=10)
    assert "has been running" not in caplog.text


async def test_a_handler_that_takes_long_is_logged_once(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    instance.contact_writes(ANNA, "private words")
    instance.contact_writes(BORIS, "quick")
    instance.contact_writes(BORIS, "quick too")

    async def handler(notification: Notification) -> None:
        await anyio.sleep(1000 if notification.chat_id == ANNA else 59)

    with caplog.at_level(logging.WARNING):
        await run(client, 3, handler, MemoryInbox())
    [record] = caplog.records
    message = record.getMessage()
    assert record.levelno == logging.WARNING
    assert message.startswith("A handler has been running for 60 s")
    assert str(instance.id_instance) in message
    assert ANNA in message
    assert "private words" not in message


@pytest.fixture
async def release() -> AsyncIterator[anyio.Event]:
    """Lets handlers return that ignore their cancellation; without it the event loop would not end."""
    event = anyio.Event()
    yield event
    event.set()
    await anyio.sleep(1)


async def ignore_cancellation(release: anyio.Event, cancellations: list[float]) -> None:
    while not release.is_set():
        try:
            await release.wait()
        except BaseException:  # noqa: BLE001  what must not be done
            cancellations.append(anyio.current_time())


async def test_a_handler_that_ignores_its_cancellation_does_not_keep_the_run(
    client: Client, instance: Instance, release: anyio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    instance.contact_writes(ANNA, "stubborn")
    instance.contact_writes(BORIS, "quick")
    returned = anyio.Event()
    cancellations: list[float] = []

    async def handler(notification: Notification) -> None:
        if notification.text == "stubborn":
            await ignore_cancellation(release, cancellations)
            returned.set()

    inbox = MemoryInbox()
    processing = client.process(handler, inbox=inbox, drain=10)
    stopped = math.inf
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(100)
        stopped = anyio.current_time()
        processing.stop()
    assert anyio.current_time() - stopped == pytest.approx(15, abs=0.1)
    [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
    [entry] = await left(inbox, instance)
    assert f"instance {instance.id_instance}, entry {entry.id}" in record.getMessage()
    # After the end nothing repeats the cancellation.
    assert cancellations[0] - stopped == pytest.approx(10)
    before = len(cancellations)
    await anyio.sleep(10)
    assert len(cancellations) <= before + 1
    release.set()
    await returned.wait()
    await anyio.sleep(1)
    assert len(await left(inbox, instance)) == 1
    assert await run(client, 1, nothing, inbox) == ["stubborn"]


async def test_a_cancelled_run_does_not_wait_for_such_a_handler(
    client: Client, instance: Instance, release: anyio.Event
) -> None:
    instance.contact_writes(ANNA, "stubborn")

    async def handler(_: Notification) -> None:
        await ignore_cancellation(release, [])

    start = anyio.current_time()
    with anyio.move_on_after(20) as scope:
        await client.process(handler, inbox=MemoryInbox())
    assert scope.cancelled_caught
    assert anyio.current_time() - start == pytest.approx(25, abs=0.1)


async def test_a_handler_that_ignores_its_timeout_does_not_keep_the_event_loop_busy(
    client: Client, instance: Instance, release: anyio.Event, caplog: pytest.LogCaptureFixture
) -> None:
    instance.contact_writes(ANNA, "stubborn")
    instance.contact_writes(BORIS, "quick")
    cancellations: list[float] = []

    async def handler(notification: Notification) -> None:
        if notification.text == "stubborn":
            await ignore_cancellation(release, cancellations)

    processing = client.process(handler, inbox=MemoryInbox(), handler_timeout=3, drain=5)
    stopped = math.inf
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(20)
        before = len(cancellations)
        assert before
        [record] = [record for record in caplog.records if record.levelno == logging.ERROR]
        assert "ignores its cancellation after handler_timeout=3 s" in record.getMessage()
        await anyio.sleep(500)
        assert len(cancellations) <= before + 1
        stopped = anyio.current_time()
        processing.stop()
    assert anyio.current_time() - stopped == pytest.approx(10, abs=0.1)


async def test_a_shielded_handler_has_longer_but_not_for_ever(
    client: Client, instance: Instance, release: anyio.Event
) -> None:
    instance.contact_writes(ANNA, "shielded")

    async def handler(_: Notification) -> None:
        with anyio.CancelScope(shield=True):
            await release.wait()

    processing = client.process(handler, inbox=MemoryInbox(), drain=5)
    stopped = math.inf
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        await anyio.sleep(10)
        stopped = anyio.current_time()
        processing.stop()
    assert anyio.current_time() - stopped == pytest.approx(125, abs=0.1)

"""``overlap=True``: the deletion of one notification and the poll for the next are sent concurrently."""

import anyio
import pytest

from greenapi_async import Client, UnauthorizedError
from greenapi_async.sandbox import Fault, Instance, Sandbox

from .test_acknowledgement import ANNA, waiting
from .test_random_faults import read, write

pytestmark = pytest.mark.anyio


async def test_a_notification_needs_one_round_trip(client: Client, sandbox: Sandbox, instance: Instance) -> None:
    sandbox.latency = lambda: (0.025, 0.025)
    write(instance, 100)
    start = anyio.current_time()
    assert await read(client, 100, overlap=True) == list(range(100))
    assert anyio.current_time() - start < 100 * 0.05 * 1.1
    assert len(instance.notifications) == 0


async def test_the_acknowledgement_waits_for_the_body(client: Client, instance: Instance) -> None:
    for text in ("one", "two", "three"):
        instance.contact_writes(ANNA, text)
    kept: list[list[str]] = []
    async for notification in client.notifications(overlap=True):
        await anyio.sleep(60)
        kept.append(waiting(instance))
        if notification.text == "three":
            break
    assert kept == [["one", "two", "three"], ["two", "three"], ["three"]]


async def test_a_notification_received_twice_is_yielded_once(
    client: Client, sandbox: Sandbox, instance: Instance
) -> None:
    sandbox.latency = lambda: (0.05, 0.05)
    slow = Fault(delay=0.05)  # so that the request overtakes it
    instance.fail("deleteNotification", slow, times=5)
    write(instance, 10)
    notifications = client.notifications(overlap=True)
    seen: list[str | None] = []
    async for notification in notifications:
        seen.append(notification.text)
        if notification.text == "9":
            notifications.stop()
    assert seen == [str(number) for number in range(10)]
    assert notifications.counters.duplicate == 5
    assert notifications.counters.acknowledged == 10
    assert len(instance.notifications) == 0


async def test_an_exception_in_the_body_leaves_the_notification_on_the_server(
    client: Client, instance: Instance
) -> None:
    write(instance, 3)
    with pytest.raises(LookupError):
        async for notification in client.notifications(overlap=True):
            if notification.text == "1":
                raise LookupError
    assert waiting(instance) == ["1", "2"]


async def test_cancelling_the_poll_keeps_the_acknowledgement_of_the_previous_notification(
    client: Client, instance: Instance
) -> None:
    write(instance, 1)
    with anyio.move_on_after(5):
        async for _ in client.notifications(overlap=True):
            pass
    assert len(instance.notifications) == 0


async def test_stop_interrupts_a_concurrent_poll_and_acknowledgement(client: Client, instance: Instance) -> None:
    write(instance, 1)
    notifications = client.notifications(overlap=True)

    async def stop() -> None:
        await anyio.sleep(5)
        notifications.stop()

    start = anyio.current_time()
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stop)
        assert [notification.text async for notification in notifications] == ["0"]
    assert anyio.current_time() - start == pytest.approx(5)
    assert len(instance.notifications) == 0


@pytest.mark.parametrize("method", ["receiveNotification", "deleteNotification"])
async def test_errors_that_need_intervention_are_raised_unchanged(
    client: Client, instance: Instance, method: str
) -> None:
    write(instance, 2)
    with pytest.raises(UnauthorizedError):
        async for _ in client.notifications(overlap=True):
            instance.fail(method, Fault(status=401, body='{"message": "Unauthorized"}'), times=1)

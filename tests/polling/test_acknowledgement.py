import asyncio
import copy
import pickle
from collections.abc import Awaitable, Callable

import anyio
import httpx
import pytest
import respx

from greenapi_async import (
    Client,
    IncomingMessageReceived,
    InvalidArgumentError,
    MalformedNotification,
    Notification,
    ServerError,
)
from greenapi_async.sandbox import Fault, Instance, Sandbox

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


def waiting(instance: Instance) -> list[str]:
    """Return the texts in the server's queue."""
    return [
        body["messageData"]["textMessageData"]["textMessage"]
        for body in instance.notifications.bodies()
        if "messageData" in body
    ]


async def test_asking_for_the_next_acknowledges_the_previous_one(client: Client, instance: Instance) -> None:
    for text in ("one", "two", "three"):
        instance.contact_writes(ANNA, text)
    kept: list[list[str]] = []
    async for notification in client.notifications():
        kept.append(waiting(instance))
        if notification.text == "three":
            break
    assert kept == [["one", "two", "three"], ["two", "three"], ["three"]]


async def test_an_exception_in_the_body_leaves_the_notification_on_the_server(
    client: Client, instance: Instance
) -> None:
    instance.contact_writes(ANNA, "one")
    with pytest.raises(LookupError):
        async for _ in client.notifications():
            raise LookupError
    assert waiting(instance) == ["one"]


async def test_breaking_the_loop_redelivers_the_notification(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    notifications = client.notifications()
    for _ in range(2):
        async for notification in notifications:
            assert notification.text == "one"
            break
    assert waiting(instance) == ["one"]


async def test_cancelling_the_body_leaves_the_notification_on_the_server(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    with anyio.move_on_after(60):
        async for _ in client.notifications():
            await anyio.sleep_forever()
    assert waiting(instance) == ["one"]


async def test_stop_ends_the_loop_after_acknowledging_the_current_notification(
    client: Client, instance: Instance
) -> None:
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(ANNA, "two")
    notifications = client.notifications()
    seen: list[str | None] = []
    async for notification in notifications:
        notifications.stop()
        seen.append(notification.text)
    assert seen == ["one"]
    assert waiting(instance) == ["two"]


async def test_stop_interrupts_a_pending_poll(client: Client) -> None:
    notifications = client.notifications(receive_timeout=60)
    start = anyio.current_time()

    async def stop() -> None:
        await anyio.sleep(1)
        notifications.stop()

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(stop)
        async for _ in notifications:
            pytest.fail("the loop yielded a notification")
    assert anyio.current_time() - start == pytest.approx(1)


async def test_a_stopped_loop_yields_nothing_more(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    notifications = client.notifications()
    notifications.stop()
    assert [notification async for notification in notifications] == []
    assert waiting(instance) == ["one"]


async def test_leaving_the_context_ends_the_loop_without_an_acknowledgement(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    async with client.notifications() as notifications:
        assert (await anext(notifications)).text == "one"
    with pytest.raises(StopAsyncIteration):
        await anext(notifications)
    assert waiting(instance) == ["one"]


async def test_ack_acknowledges_immediately_and_only_once(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    async for notification in client.notifications():
        await notification.ack()
        assert waiting(instance) == []
        await notification.ack()
        break
    assert [call.method for call in instance.calls].count("deleteNotification") == 1


async def test_ack_works_after_the_loop_has_ended(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    notification = await anext(client.notifications())
    await notification.ack()
    assert waiting(instance) == []


async def test_cancellation_does_not_interrupt_an_acknowledgement(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.fail("deleteNotification", Fault(delay=2))
    notifications = client.notifications()
    await anext(notifications)
    start = anyio.current_time()
    with anyio.move_on_after(1) as scope:
        await anext(notifications)
    assert scope.cancelled_caught
    assert anyio.current_time() - start == pytest.approx(2)
    assert waiting(instance) == []


def the_end_of_a_task(how: str) -> Callable[[Callable[[], Awaitable[object]]], Awaitable[None]]:
    async def cancelled(work: Callable[[], Awaitable[object]]) -> None:
        task = asyncio.ensure_future(work())
        await asyncio.sleep(1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def timed_out(work: Callable[[], Awaitable[object]]) -> None:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(1):
                await work()

    return {"task.cancel": cancelled, "asyncio.timeout": timed_out}[how]


@pytest.mark.parametrize("how", ["task.cancel", "asyncio.timeout"])
async def test_asyncio_cancellation_does_not_interrupt_an_acknowledgement(
    client: Client, instance: Instance, how: str, anyio_backend_name: str
) -> None:
    if anyio_backend_name != "asyncio":
        pytest.skip("trio has no such cancellation")
    instance.contact_writes(ANNA, "one")
    instance.fail("deleteNotification", Fault(delay=2))
    notifications = client.notifications()
    await anext(notifications)
    await the_end_of_a_task(how)(lambda: anext(notifications))
    assert waiting(instance) == []


async def test_a_failed_ack_does_not_mark_the_notification_as_seen(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.fail("deleteNotification", Fault(status=502), times=4)
    notifications = client.notifications()
    notification = await anext(notifications)
    with pytest.raises(ServerError):
        await notification.ack()
    assert (await anext(aiter(notifications))).text == "one"


async def test_concurrent_acks_send_one_request(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    notification = await anext(client.notifications())
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(notification.ack)
        tasks.start_soon(notification.ack)
    assert [call.method for call in instance.calls].count("deleteNotification") == 1


async def test_bodies_without_id_and_time_are_deduplicated_by_receipt_id(client: Client, instance: Instance) -> None:
    body = {"typeWebhook": "quotaExceeded", "quotaData": {"method": "correspondents"}}
    instance.queue_notification(body)
    instance.queue_notification(body)
    notifications = client.notifications()
    assert [(await anext(notifications)).raw for _ in range(2)] == [body, body]


async def test_a_notification_can_be_copied_and_pickled(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    notification = await anext(client.notifications())
    for other in (copy.deepcopy(notification), pickle.loads(pickle.dumps(notification))):
        assert other == notification
        assert other.raw == notification.raw
        with pytest.raises(InvalidArgumentError, match="not received by a loop"):
            await other.ack()


async def test_a_cancelled_task_waits_a_limited_time_for_an_acknowledgement(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.fail("deleteNotification", Fault(delay=3600))
    notifications = client.notifications()
    await anext(notifications)
    start = anyio.current_time()
    with anyio.move_on_after(1):
        await anext(notifications)
    assert anyio.current_time() - start == pytest.approx(15)


async def test_an_acknowledgement_without_answer_is_repeated_by_the_loop(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(ANNA, "two")
    instance.fail("deleteNotification", Fault(delay=3600))
    notifications = client.notifications()
    await anext(notifications)
    start = anyio.current_time()
    assert (await anext(notifications)).text == "two"
    assert 15 < anyio.current_time() - start < 20
    assert notifications.counters.acknowledged == 1
    assert notifications.counters.duplicate == 1


async def test_stopping_lets_an_acknowledgement_finish(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.fail("deleteNotification", Fault(delay=2))
    notifications = client.notifications()
    await anext(notifications)
    async with anyio.create_task_group() as tasks:

        async def stop() -> None:
            await anyio.sleep(1)
            notifications.stop()

        tasks.start_soon(stop)
        start = anyio.current_time()
        with pytest.raises(StopAsyncIteration):
            await anext(notifications)
        assert anyio.current_time() - start == pytest.approx(2)
    assert waiting(instance) == []


async def test_stopping_cuts_the_poll_after_an_acknowledgement_short(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    notifications = client.notifications(receive_timeout=60)
    await anext(notifications)
    async with anyio.create_task_group() as tasks:

        async def stop() -> None:
            await anyio.sleep(1)
            notifications.stop()

        tasks.start_soon(stop)
        start = anyio.current_time()
        with pytest.raises(StopAsyncIteration):
            await anext(notifications)
        assert anyio.current_time() - start == pytest.approx(1)
    assert waiting(instance) == []


async def test_a_cancelled_poll_after_an_acknowledgement_deletes_it_once(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    notifications = client.notifications(receive_timeout=60)
    await anext(notifications)
    with anyio.move_on_after(1) as scope:
        await anext(notifications)
    assert scope.cancelled_caught
    instance.contact_writes(ANNA, "two")
    assert (await anext(notifications)).text == "two"
    assert [call.method for call in instance.calls].count("deleteNotification") == 1


async def test_a_notification_deleted_by_someone_else_is_logged_not_raised(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "greenapi_async")
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(ANNA, "two")
    notifications = client.notifications()
    first = await anext(notifications)
    assert instance.notifications.delete(first.receipt_id)
    assert (await anext(notifications)).text == "two"
    assert "already deleted" in caplog.text


async def test_a_duplicate_is_yielded_once_and_deleted_twice(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.queue_notification(instance.notifications.bodies()[0])
    instance.contact_writes(ANNA, "two")
    notifications = client.notifications()
    seen: list[str | None] = []
    async for notification in notifications:
        seen.append(notification.text)
        if notification.text == "two":
            notifications.stop()
    assert seen == ["one", "two"]
    assert waiting(instance) == []


async def test_an_unacknowledged_notification_is_not_marked_as_seen(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    notifications = client.notifications()
    async for _ in notifications:
        break
    assert (await anext(aiter(notifications))).text == "one"


async def test_two_statuses_of_one_message_are_two_notifications(client: Client, instance: Instance) -> None:
    await client.send_message(ANNA, "hello")
    notifications = client.notifications()
    statuses = [(await anext(notifications)) for _ in range(2)]
    assert [status.raw["status"] for status in statuses] == ["sent", "delivered"]
    assert len({status.id_message for status in statuses}) == 1


@pytest.mark.parametrize(
    "body",
    [
        {"typeWebhook": "somethingNew", "x": 1},
        {"typeWebhook": "incomingMessageReceived", "messageData": "broken"},
        {"typeWebhook": 5},
        {},
    ],
)
async def test_an_unparsable_notification_does_not_block_the_queue(
    client: Client, instance: Instance, body: dict[str, object]
) -> None:
    instance.queue_notification(body)
    instance.contact_writes(ANNA, "after")
    notifications = client.notifications()
    assert (await anext(notifications)).raw == body
    assert (await anext(notifications)).text == "after"


@pytest.mark.parametrize("body", [None, [], "text", 5])
async def test_a_body_that_is_not_an_object_is_yielded_and_deleted(sandbox: Sandbox, body: object) -> None:
    served: list[object] = [{"receiptId": 1, "body": body}]

    def server(request: httpx.Request) -> httpx.Response:
        if request.method == "DELETE":
            served.clear()
            return httpx.Response(200, json={"result": True})
        return httpx.Response(200, json=served[0] if served else None)

    with respx.mock as wire:
        wire.route().mock(side_effect=server)
        async with Client(1, "token") as client:
            notification = await anext(client.notifications())
            assert isinstance(notification, MalformedNotification)
            assert notification.raw == {"receiptId": 1, "body": body}
            await notification.ack()
    assert served == []


async def test_a_reply_is_sent_to_the_chat_of_the_notification(client: Client, instance: Instance) -> None:
    asked = instance.contact_writes(ANNA, "ping")
    notification = await anext(client.notifications())
    assert isinstance(notification, IncomingMessageReceived)
    sent = await notification.reply("pong", quote=True)
    answer = instance.chat(ANNA)[-1]
    assert (answer.id_message, answer.text, answer.quoted_message_id) == (sent.id_message, "pong", asked)


async def test_two_tasks_cannot_share_one_loop(client: Client) -> None:
    notifications = client.notifications()

    async def other() -> None:
        with pytest.raises(RuntimeError, match="another task"):
            await anext(notifications)
        notifications.stop()

    received: list[Notification] = []
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(other)
        received += [notification async for notification in notifications]
    assert received == []

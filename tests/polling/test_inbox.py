"""``client.notifications(inbox=...)``: notifications are stored, deleted on the server, then yielded."""

import logging

import anyio
import pytest

from greenapi_async import Client, MalformedNotification, MemoryInbox, Notification
from greenapi_async.sandbox import Fault, Instance, Sandbox

from .test_acknowledgement import ANNA, waiting
from .test_random_faults import FAULTS, IN_A_HUNDRED, proven, rain, write

pytestmark = pytest.mark.anyio


async def read(client: Client, inbox: MemoryInbox, until: str, *, overlap: bool = False) -> list[str | None]:
    notifications = client.notifications(inbox=inbox, overlap=overlap)
    seen: list[str | None] = []
    async for notification in notifications:
        seen.append(notification.text)
        if notification.text == until:
            notifications.stop()
    return seen


async def test_a_notification_is_deleted_on_the_server_before_the_body_runs(client: Client, instance: Instance) -> None:
    write(instance, 3)
    inbox = MemoryInbox()
    async for notification in client.notifications(inbox=inbox):
        assert str(notification.text) not in waiting(instance)
        if notification.text == "2":
            break
    [entry] = await inbox.waiting({instance.id_instance}, 0, 10)
    assert '"2"' in entry.body


async def test_the_unfinished_notification_is_delivered_first_after_a_restart(
    client: Client, instance: Instance
) -> None:
    write(instance, 3)
    inbox = MemoryInbox()
    with pytest.raises(LookupError):
        async for notification in client.notifications(inbox=inbox):
            if notification.text == "1":
                raise LookupError
    assert await read(client, inbox, "2") == ["1", "2"]
    assert len(instance.notifications) == 0
    assert await inbox.waiting({instance.id_instance}, 0, 10) == []


async def test_a_new_loop_redelivers_unfinished_notifications(client: Client, instance: Instance) -> None:
    write(instance, 2)
    notifications = client.notifications(inbox=MemoryInbox())
    for _ in range(2):
        async for notification in notifications:
            assert notification.text == "0"
            break


async def test_a_duplicate_after_a_restart_is_dropped(client: Client, instance: Instance) -> None:
    write(instance, 2)
    bodies = list(instance.notifications.bodies())
    inbox = MemoryInbox()
    await read(client, inbox, "1")
    for body in bodies:
        instance.queue_notification(body)
    instance.contact_writes(ANNA, "news")
    assert await read(client, inbox, "news") == ["news"]
    assert len(instance.notifications) == 0


async def test_two_statuses_of_one_message_are_two_notifications(client: Client, instance: Instance) -> None:
    sent = await client.send_message(ANNA, "hello")
    inbox = MemoryInbox()
    notifications = client.notifications(inbox=inbox)
    seen: list[str] = []
    async for notification in notifications:
        if notification.type_webhook == "outgoingMessageStatus":
            assert notification.id_message == sent.id_message
            seen.append(str(notification.raw["status"]))
        if len(seen) == 2:
            notifications.stop()
    assert len(set(seen)) == 2


@pytest.mark.slow
@pytest.mark.parametrize("overlap", [False, True])
async def test_a_failing_server_causes_no_loss_and_no_duplicates(
    client: Client, sandbox: Sandbox, instance: Instance, caplog: pytest.LogCaptureFixture, overlap: bool
) -> None:
    caplog.set_level(logging.INFO)
    chance = rain(24)
    sandbox.chooser = lambda _: chance.choice(FAULTS) if chance.random() * 100 < IN_A_HUNDRED else None
    write(instance, 3000)
    seen = [int(text or -1) for text in await read(client, MemoryInbox(), "2999", overlap=overlap)]
    proven(seen, 3000, instance, caplog)
    assert len(seen) == 3000


async def test_overlap_needs_one_round_trip_per_notification(
    client: Client, sandbox: Sandbox, instance: Instance
) -> None:
    sandbox.latency = lambda: (0.025, 0.025)
    write(instance, 100)
    start = anyio.current_time()
    await read(client, MemoryInbox(), "99", overlap=True)
    assert anyio.current_time() - start < 100 * 0.05 * 1.1
    assert len(instance.notifications) == 0


async def test_ack_removes_the_entry_immediately(client: Client, instance: Instance) -> None:
    write(instance, 1)
    inbox = MemoryInbox()
    async for notification in client.notifications(inbox=inbox):
        await notification.ack()
        assert await inbox.waiting({instance.id_instance}, 0, 10) == []
        assert notification.receipt_id
        assert not notification.recovered
        break


async def test_unparsable_notifications_are_stored_in_the_inbox(client: Client, instance: Instance) -> None:
    body = {"typeWebhook": "incomingMessageReceived", "timestamp": 1, "messageData": 5, "idMessage": "A" * 20}
    instance.queue_notification(body)
    deep = "[" * 100_000 + "]" * 100_000
    too_deep = Fault(status=200, body='{"receiptId": 7, "body": {"a": ' + deep + "}}")
    instance.fail("receiveNotification", too_deep, times=1)
    instance.contact_writes(ANNA, "after")
    notifications = client.notifications(inbox=MemoryInbox())
    seen: list[Notification] = []
    async for notification in notifications:
        seen.append(notification)
        if notification.text == "after":
            notifications.stop()
    assert [type(each) for each in seen[:2]] == [MalformedNotification, MalformedNotification]
    assert seen[1].raw == body
    assert deep[:1000] in str(seen[0].raw)


async def test_leaving_the_context_closes_the_inbox_and_keeps_the_current_notification(
    client: Client, instance: Instance
) -> None:
    write(instance, 1)
    inbox = MemoryInbox()
    async with client.notifications(inbox=inbox) as notifications:
        assert (await anext(notifications)).text == "0"
    assert len(await inbox.waiting({instance.id_instance}, 0, 10)) == 1

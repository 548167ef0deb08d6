"""``client.notifications(inbox=SQLiteInbox(...))``: asking for the next notification removes the previous one."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import Client, UnauthorizedError
from greenapi_async.inbox import SQLiteInbox
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.polling.notifications import Notifications
from greenapi_async.sandbox import Fault, Instance

from .test_acknowledgement import ANNA
from .test_random_faults import write

pytestmark = pytest.mark.anyio


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[SQLiteInbox]:
    async with SQLiteInbox(tmp_path / "inbox.db") as inbox:
        yield inbox


async def kept(inbox: SQLiteInbox) -> list[str]:
    """Return the texts of the entries in the file."""
    rows = await inbox.connection.run(
        inbox.connection.bare,
        lambda opened: opened.execute("SELECT body ->> '$.messageData.textMessageData.textMessage' FROM entries"),
        durable=False,
    )
    return [text for (text,) in rows]


async def take(notifications: Notifications, text: str) -> None:
    assert (await anext(notifications)).text == text


async def test_the_previous_one_is_gone_when_the_next_is_returned(
    client: Client, instance: Instance, inbox: SQLiteInbox
) -> None:
    write(instance, 5)
    notifications = client.notifications(inbox=inbox)
    seen: list[list[str]] = []
    async for notification in notifications:
        seen.append(await kept(inbox))
        if notification.text == "4":
            notifications.stop()
    assert seen == [["0"], ["1"], ["2"], ["3"], ["4"]]
    assert await kept(inbox) == []


async def test_entries_that_were_stored_before_are_removed_one_by_one(
    client: Client, instance: Instance, inbox: SQLiteInbox
) -> None:
    write(instance, 3)
    for body in instance.notifications.bodies():
        received = ReceivedNotification(receipt_id=1, body=body, raw={})
        await inbox.put(received_entry(instance.id_instance, received))
    notifications = client.notifications(inbox=inbox)
    for text, left in (("0", ["0", "1", "2"]), ("1", ["1", "2"]), ("2", ["2"])):
        await take(notifications, text)
        assert await kept(inbox) == left
    await notifications.aclose()


async def test_the_previous_one_is_removed_while_the_loop_waits_for_the_next(
    client: Client, instance: Instance, inbox: SQLiteInbox
) -> None:
    write(instance, 1)
    notifications = client.notifications(inbox=inbox, receive_timeout=60)
    await take(notifications, "0")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take, notifications, "news")
        await anyio.sleep(1)
        assert await kept(inbox) == []
        instance.contact_writes(ANNA, "news")


@pytest.mark.parametrize("moment", range(8))
async def test_cancellation_of_the_poll_does_not_prevent_the_removal(
    client: Client, instance: Instance, inbox: SQLiteInbox, moment: int
) -> None:
    write(instance, 1)
    notifications = client.notifications(inbox=inbox)
    await take(notifications, "0")
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(take, notifications, "nothing")
        for _ in range(moment + 1):
            await anyio.lowlevel.checkpoint()
        tasks.cancel_scope.cancel()
    assert await kept(inbox) == []


@pytest.mark.parametrize("moment", range(8))
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_cancellation_of_the_task_does_not_prevent_the_removal(
    client: Client, instance: Instance, inbox: SQLiteInbox, moment: int
) -> None:
    write(instance, 1)
    notifications = client.notifications(inbox=inbox)
    await take(notifications, "0")
    task = asyncio.ensure_future(take(notifications, "nothing"))
    for _ in range(moment + 1):
        await asyncio.sleep(0)
    task.cancel()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert await kept(inbox) == []


async def test_an_error_of_the_poll_does_not_prevent_the_removal(
    client: Client, instance: Instance, inbox: SQLiteInbox
) -> None:
    write(instance, 1)
    notifications = client.notifications(inbox=inbox)
    await take(notifications, "0")
    instance.fail("receiveNotification", Fault(status=401))
    with pytest.raises(UnauthorizedError):
        await anext(notifications)
    assert await kept(inbox) == []


async def test_a_loop_that_is_dropped_while_it_polls_has_removed_the_previous_one(
    client: Client, instance: Instance, inbox: SQLiteInbox
) -> None:
    write(instance, 1)
    notifications = client.notifications(inbox=inbox)
    await take(notifications, "0")
    waiting = anext(notifications)
    waiting.__await__().__next__()  # type: ignore[attr-defined]  # it waits for the server
    waiting.close()  # type: ignore[attr-defined]
    assert await kept(inbox) == []


async def test_a_file_that_is_lost_while_a_removal_waits_delays_the_loop_only(
    client: Client, instance: Instance, inbox: SQLiteInbox
) -> None:
    write(instance, 4)
    notifications = client.notifications(inbox=inbox)
    seen: list[str | None] = []
    async for notification in notifications:
        seen.append(notification.text)
        if notification.text == "1":
            inbox.connection.path.unlink()
        if notification.text == "3":
            notifications.stop()
    assert seen == ["0", "1", "2", "3"]
    assert await kept(inbox) == []


async def test_an_overridden_done_is_called(client: Client, instance: Instance, tmp_path: Path) -> None:
    class Audited(SQLiteInbox):
        """An inbox that counts what is done."""

        removed = 0

        async def done(self, id: int) -> None:  # noqa: A002
            self.removed += 1
            await super().done(id)

    write(instance, 3)
    async with Audited(tmp_path / "audited.db") as inbox:
        notifications = client.notifications(inbox=inbox)
        async for notification in notifications:
            if notification.text == "2":
                notifications.stop()
        assert inbox.removed == 3

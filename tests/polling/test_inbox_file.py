"""``client.notifications(inbox=SQLiteInbox(...))``: asking for the next notification removes the previous one."""

import asyncio
import math
from collections.abc import AsyncIterator
from pathlib import Path

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import Client, UnauthorizedError, parse_notification
from greenapi_async.http.retry import Retry, RetryPolicy
from greenapi_async.inbox import SQLiteInbox, connection
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.models.receiving import DeletedNotification, ReceivedNotification
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.polling.ingest import Ingest
from greenapi_async.polling.notifications import InboxSource, Notifications
from greenapi_async.polling.parsing import NotificationParser
from greenapi_async.polling.poller import Poller
from greenapi_async.sandbox import Fault, Instance

from .test_acknowledgement import ANNA
from .test_random_faults import write

pytestmark = pytest.mark.anyio


@pytest.fixture
async def inbox(tmp_path: Path) -> AsyncIterator[SQLiteInbox]:
    async with SQLiteInbox(tmp_path / "inbox.db") as inbox:
        yield inbox


@pytest.fixture
def never_by_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """A removal that waits for another operation waits for ever."""
    monkeypatch.setattr(connection, "DEFERRAL", math.inf)


def kept(inbox: SQLiteInbox) -> list[str]:
    """Return the texts of the entries in the file, without an operation that a removal could wait for."""
    entries = inbox.read_cached({1101000001}, 0, 100)
    assert entries is not None
    return [str(parse_notification(entry.body).text) for entry in entries]


async def take(notifications: Notifications, text: str) -> None:
    assert (await anext(notifications)).text == text


@pytest.mark.usefixtures("never_by_itself")
async def test_the_previous_one_is_gone_when_the_next_is_returned(
    client: Client, instance: Instance, inbox: SQLiteInbox
) -> None:
    write(instance, 5)
    notifications = client.notifications(inbox=inbox)
    seen: list[list[str]] = []
    async for notification in notifications:
        seen.append(kept(inbox))
        if notification.text == "4":
            notifications.stop()
    assert seen == [["0"], ["1"], ["2"], ["3"], ["4"]]
    assert kept(inbox) == []


@pytest.mark.usefixtures("never_by_itself")
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
        assert kept(inbox) == left
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
        assert kept(inbox) == []
        instance.contact_writes(ANNA, "news")


@pytest.mark.usefixtures("never_by_itself")
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
    assert kept(inbox) == []


@pytest.mark.usefixtures("never_by_itself")
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
    assert kept(inbox) == []


@pytest.mark.usefixtures("never_by_itself")
async def test_an_error_of_the_poll_does_not_prevent_the_removal(
    client: Client, instance: Instance, inbox: SQLiteInbox
) -> None:
    write(instance, 1)
    notifications = client.notifications(inbox=inbox)
    await take(notifications, "0")
    instance.fail("receiveNotification", Fault(status=401))
    with pytest.raises(UnauthorizedError):
        await anext(notifications)
    assert kept(inbox) == []


@pytest.mark.usefixtures("never_by_itself")
@pytest.mark.parametrize("anyio_backend", ["asyncio"])
async def test_a_loop_that_is_dropped_while_it_polls_removes_the_previous_one(inbox: SQLiteInbox) -> None:
    async def delete(_: int) -> DeletedNotification:
        return DeletedNotification(result=True)

    async def receive(_: RetryPolicy) -> ReceivedNotification | None:
        if not queue:
            await anyio.sleep_forever()
        return queue.pop()

    queue = [ReceivedNotification(receipt_id=1, body={"typeWebhook": "any", "timestamp": 1}, raw={})]
    poller = Poller(receive, delete, identities=ClientIdentities(1101000001), retry=Retry())
    ingest = Ingest(inbox, overlap=False, stopped=lambda: False)
    notifications = Notifications(InboxSource(ingest, poller, NotificationParser(None)), poller)
    await anext(notifications)
    waiting = notifications.__anext__()
    waiting.send(None)
    waiting.close()
    with anyio.fail_after(60):
        while kept(inbox):
            await anyio.lowlevel.checkpoint()


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
    assert await inbox.waiting({instance.id_instance}, -1, 10) == []


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

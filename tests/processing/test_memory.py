"""Memory of a run: bounded by what is in progress, in characters as well as in number."""

import gc
import json
import logging
import tracemalloc
from collections.abc import Collection, Mapping
from pathlib import Path

import anyio
import pytest

from greenapi_async import (
    Client,
    IncomingMessageReceived,
    MemoryInbox,
    MessageStatus,
    Notification,
    OutgoingMessageStatus,
    TimeoutExpiredError,
    parse_notification,
)
from greenapi_async.inbox import SQLiteInbox
from greenapi_async.processing import unfinished
from greenapi_async.processing.mailbox import Offer
from greenapi_async.processing.statuses import MAX_PER_MESSAGE, MAX_TOTAL, RecentStatuses
from greenapi_async.processing.unserved import CountsOthers
from greenapi_async.processing.waiters import Waiters
from greenapi_async.sandbox import Instance
from greenapi_async.types import Entry

from .handling import ANNA, nothing, run

MEGABYTE = 1_000_000


def no_offer(_: IncomingMessageReceived) -> Offer:
    raise AssertionError("a status is no answer")


def status(number: int, value: str = "delivered", **more: object) -> OutgoingMessageStatus:
    body = {
        "typeWebhook": "outgoingMessageStatus",
        "chatId": f"7900123{number % 1000:04}@c.us",
        "instanceData": {"idInstance": 1101000001, "wid": "79001230000@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1588091580 + number,
        "idMessage": f"BAE5F4886F6F{number:08}",
        "status": value,
        "sendByApi": True,
        **more,
    }
    notification = parse_notification(json.dumps(body))
    assert isinstance(notification, OutgoingMessageStatus)
    return notification


def test_statuses_that_nobody_waits_for_take_little_memory() -> None:
    waiters = Waiters()
    with waiters.active():
        gc.collect()
        tracemalloc.start()
        try:
            for number in range(15_000):
                waiters.offer(status(number), no_offer)
            gc.collect()
            own = [tracemalloc.Filter(True, pattern) for pattern in ("*greenapi_async*", "*test_memory*", "<attrs*")]
            traces = tracemalloc.take_snapshot().filter_traces(own)  # without what other tests left to run
        finally:
            tracemalloc.stop()
        assert sum(trace.size for trace in traces.traces) < 5 * MEGABYTE
        del waiters


def test_statuses_are_limited_per_message_and_in_total() -> None:
    statuses = RecentStatuses()
    for _ in range(100):
        statuses.add("one", status(1, "sent", description="x" * 10_000))
    kept = list(statuses.of("one"))
    assert len(kept) == MAX_PER_MESSAGE
    assert len(kept[0].description or "") < 1000
    for number in range(MAX_TOTAL):
        statuses.add(str(number), status(number))
    assert list(statuses.of("one")) == []
    assert len(list(statuses.of("0"))) == 1


def test_a_remembered_status_is_the_notification_again() -> None:
    statuses = RecentStatuses()
    given = status(7, "failed", description="no such number")
    statuses.add(given.id_message or "", given)
    assert list(statuses.of(given.id_message or "")) == [given]
    statuses.clear()
    assert list(statuses.of(given.id_message or "")) == []


@pytest.mark.anyio
async def test_the_end_of_the_run_forgets_the_statuses() -> None:
    waiters = Waiters()
    with waiters.active():
        waiters.offer(status(1), no_offer)
        found = await waiters.wait_for_status("BAE5F4886F6F00000001", MessageStatus.SENT, 1)
        assert found.status == MessageStatus.DELIVERED
    with waiters.active(), pytest.raises(TimeoutExpiredError, match="no status arrived"):
        await waiters.wait_for_status("BAE5F4886F6F00000001", MessageStatus.SENT, 1)


@pytest.mark.anyio
async def test_large_bodies_are_read_again_when_they_are_due(
    client: Client, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(unfinished, "MAX_CHARACTERS_IN_MEMORY", 100_000)
    texts = [f"{number} {'x' * 10_000}" for number in range(50)]
    for text in texts:
        instance.contact_writes(ANNA, text)
    started = False
    inbox = MemoryInbox()

    async def handler(_: Notification) -> None:
        nonlocal started
        if not started:
            started = True
            await anyio.sleep(3600)  # the rest arrives meanwhile
            in_memory = [item for item in processing_items() if item is not None]
            assert 5 < len(in_memory) < 15

    def processing_items() -> list[Notification | None]:
        gc.collect()
        return [item.notification for item in gc.get_objects() if type(item).__name__ == "Item"]

    assert await run(client, 50, handler, inbox) == texts


class CountingInbox(MemoryInbox):
    """An inbox that knows how many entries wait for other instances."""

    def __init__(self, others: Mapping[int, int]) -> None:
        super().__init__()
        self._others = others

    async def count_others(self, instances: Collection[int]) -> Mapping[int, int]:
        return {number: count for number, count in self._others.items() if number not in instances}


@pytest.mark.anyio
async def test_entries_of_an_instance_without_a_client_are_logged_once(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    inbox = CountingInbox({instance.id_instance: 2, 1101000077: 5})
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            instance.contact_writes(ANNA, "hello")
        await run(client, 3, nothing, inbox)
    [record] = caplog.records
    assert record.getMessage() == (
        "Instance 1101000077 has entries in the inbox (5), but no client of this run serves it"
    )


@pytest.mark.anyio
async def test_both_inboxes_count_the_entries_of_other_instances(tmp_path: Path) -> None:
    async with SQLiteInbox(tmp_path / "inbox.db") as in_file:
        for inbox in (in_file, MemoryInbox()):
            assert isinstance(inbox, CountsOthers)
            for number in (1, 2, 2, 3):
                await inbox.put(Entry(id_instance=number, body="{}"))
            assert await inbox.count_others({1}) == {2: 2, 3: 1}
            await inbox.done(4)
            await inbox.quarantine(3, 1, "")
            assert await inbox.count_others({1}) == {2: 1}

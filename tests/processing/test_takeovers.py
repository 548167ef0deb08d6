"""Pauses that are read while they begin, from an inbox that several processes share."""

import json
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import TypeVar

import anyio
import pytest

from greenapi_async.bots import takeover
from greenapi_async.http.server_clock import ServerClock
from greenapi_async.inbox import Entry
from greenapi_async.inbox.records import Record
from greenapi_async.inbox.records_memory import MemoryRecords
from greenapi_async.models.identities import Identities
from greenapi_async.models.notifications import OutgoingMessageReceived
from greenapi_async.processing.takeovers import Takeovers
from greenapi_async.serialization.notifications import parse_notification

pytestmark = pytest.mark.anyio

T = TypeVar("T")

ANNA = "79001234567@c.us"


async def retry(operation: str, work: Callable[[], Awaitable[T]]) -> T:
    return await work()


class SlowRecords(MemoryRecords):
    """Records of a database far away: what is read can be old when it arrives."""

    def __init__(self) -> None:
        super().__init__(lambda _: None)
        self.reading = anyio.Event()
        self.arriving = anyio.Event()

    async def get(self, collection: str, key: str) -> Record | None:
        found = await super().get(collection, key)
        if not self.reading.is_set():
            self.reading.set()
            await self.arriving.wait()
        return found


async def test_a_pause_that_begins_while_the_stored_one_is_read_stays() -> None:
    records = SlowRecords()

    takeovers = Takeovers(takeover(), 7, Identities(), ServerClock(), records=records, retry=retry, is_shared=True)
    body = {
        "typeWebhook": "outgoingMessageReceived",
        "idMessage": "1",
        "timestamp": int(time.time()),
        "senderData": {"chatId": ANNA, "sender": ANNA},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "I am here"}},
    }
    owners = parse_notification(body)
    assert isinstance(owners, OutgoingMessageReceived)
    entry = Entry(id_instance=7, body=json.dumps(body), stored=datetime.now(UTC))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(takeovers.settle, ANNA)  # before a send
        await records.reading.wait()
        await takeovers.observe(owners, entry)
        records.arriving.set()
    assert takeovers.seconds_left(ANNA) > 0

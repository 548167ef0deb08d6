"""The contract of ``Outbox``, kept by both implementations."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Protocol

import anyio
import pytest

from greenapi_async.inbox import SQLiteInbox
from greenapi_async.inbox.outbox import KEEP_SECONDS, RECORDS_AT_ONCE, Outbox, OutboxRecord
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.inbox.outbox_sqlite import SQLiteOutbox

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
DAY = 24 * 3600


class Clock(Protocol):
    now: float

    def __call__(self) -> float: ...


@pytest.fixture(params=["memory", "sqlite"])
def outbox(request: pytest.FixtureRequest, path: Path, clock: Clock) -> Outbox:
    if request.param == "memory":
        return MemoryOutbox(clock=clock)
    return SQLiteOutbox(SQLiteInbox(path).connection, clock=clock)


async def test_a_key_is_new_once_and_keeps_its_first_record(outbox: Outbox, clock: Clock) -> None:
    begun = datetime.fromtimestamp(clock.now, UTC)
    new = OutboxRecord(is_new=True, chat_id=ANNA, digest=b"one", begun=begun, age=0)
    assert await outbox.begin(1101, "order-17", ANNA, b"one") == new
    clock.now += 90
    again = OutboxRecord(is_new=False, chat_id=ANNA, digest=b"one", begun=begun, age=90)
    assert await outbox.begin(1101, "order-17", "another chat", b"two") == again
    assert (await outbox.begin(1101, "order-18", ANNA, b"one")).is_new
    assert (await outbox.begin(1102, "order-17", ANNA, b"one")).is_new


async def test_a_sent_message_has_its_id(outbox: Outbox) -> None:
    await outbox.begin(1101, "order-17", ANNA, b"one")
    for _ in range(2):
        await outbox.sent(1101, "order-17", "BAE5F4886F6F2D05")
    attempt = await outbox.begin(1101, "order-17", ANNA, b"one")
    assert (attempt.is_new, attempt.id_message) == (False, "BAE5F4886F6F2D05")


async def test_a_forgotten_key_is_new_again(outbox: Outbox) -> None:
    await outbox.begin(1101, "order-17", ANNA, b"one")
    for _ in range(2):
        await outbox.forget(1101, "order-17")
    attempt = await outbox.begin(1101, "order-17", ANNA, b"two")
    assert (attempt.is_new, attempt.digest) == (True, b"two")


async def test_a_message_belongs_to_one_key_of_an_instance(outbox: Outbox) -> None:
    for id_instance, key in ((1101, "order-17"), (1101, "order-18"), (1102, "order-17")):
        await outbox.begin(id_instance, key, ANNA, b"one")
    await outbox.sent(1101, "order-17", "BAE5F4886F6F2D05")
    assert not await outbox.claim(1101, "order-18", "BAE5F4886F6F2D05")
    assert (await outbox.begin(1101, "order-18", ANNA, b"one")).id_message is None
    assert await outbox.claim(1101, "order-18", "BAE5F4886F6F2D06")
    assert await outbox.claim(1101, "order-17", "BAE5F4886F6F2D05")
    assert await outbox.claim(1102, "order-17", "BAE5F4886F6F2D05")
    assert (await outbox.begin(1101, "order-18", ANNA, b"one")).id_message == "BAE5F4886F6F2D06"


async def test_keys_are_kept_for_366_days_and_deleted_in_small_steps(outbox: Outbox, clock: Clock) -> None:
    for number in range(RECORDS_AT_ONCE + 50):
        await outbox.begin(1101, f"old {number}", ANNA, b"one")
    clock.now += DAY
    await outbox.begin(1101, "young", ANNA, b"one")
    clock.now += KEEP_SECONDS - DAY
    assert not (await outbox.begin(1101, "old 0", ANNA, b"one")).is_new
    clock.now += 1
    assert (await outbox.begin(1101, "old 0", ANNA, b"one")).is_new
    kept = [number for number in range(1, 150) if not (await outbox.begin(1101, f"old {number}", ANNA, b"one")).is_new]
    assert kept == []
    assert not (await outbox.begin(1101, "young", ANNA, b"one")).is_new


async def test_an_attempt_is_replaced_only_while_it_is_the_current_one_and_has_no_outcome(
    outbox: Outbox, clock: Clock
) -> None:
    await outbox.begin(1101, "order-17", ANNA, b"one", attempt="first")
    clock.now += 90
    assert not (await outbox.begin(1101, "order-17", ANNA, b"one", attempt="second")).is_new
    replaced = await outbox.begin(1101, "order-17", ANNA, b"one", attempt="second", replaces="first")
    assert (replaced.is_new, replaced.attempt, replaced.age) == (True, "second", 0)
    lost = await outbox.begin(1101, "order-17", ANNA, b"one", attempt="third", replaces="first")
    assert (lost.is_new, lost.attempt) == (False, "second")
    await outbox.sent(1101, "order-17", "BAE5F4886F6F2D05")
    sent = await outbox.begin(1101, "order-17", ANNA, b"one", attempt="third", replaces="second")
    assert (sent.is_new, sent.id_message) == (False, "BAE5F4886F6F2D05")


async def test_of_concurrent_callers_one_replaces_an_attempt(outbox: Outbox) -> None:
    await outbox.begin(1101, "order-17", ANNA, b"one", attempt="first")
    won: list[bool] = []

    async def replace(attempt: str) -> None:
        won.append((await outbox.begin(1101, "order-17", ANNA, b"one", attempt=attempt, replaces="first")).is_new)

    async with anyio.create_task_group() as tasks:
        for number in range(50):
            tasks.start_soon(replace, f"attempt {number}")
    assert won.count(True) == 1


async def test_an_attempt_that_was_replaced_or_sent_is_not_forgotten(outbox: Outbox) -> None:
    await outbox.begin(1101, "order-17", ANNA, b"one", attempt="first")
    await outbox.begin(1101, "order-17", ANNA, b"one", attempt="second", replaces="first")
    await outbox.forget(1101, "order-17", "first")
    assert not (await outbox.begin(1101, "order-17", ANNA, b"one")).is_new
    await outbox.sent(1101, "order-17", "BAE5F4886F6F2D05")
    await outbox.forget(1101, "order-17", "second")
    assert (await outbox.begin(1101, "order-17", ANNA, b"one")).id_message == "BAE5F4886F6F2D05"


async def test_the_servers_time_of_an_attempt_is_kept_or_added_once(outbox: Outbox) -> None:
    first, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    for key, at_first in (("known", first), ("unknown", None)):
        new = await outbox.begin(1101, key, ANNA, b"one", attempt="first", server_time=at_first)
        assert new.server_time == at_first
        other = await outbox.begin(1101, key, ANNA, b"one", attempt="other", server_time=later)
        assert other.server_time == at_first
        for time in (first, later):
            same = await outbox.begin(1101, key, ANNA, b"one", attempt="first", server_time=time)
            assert (same.is_new, same.server_time) == (False, first)


async def test_a_key_with_the_servers_time_expires_by_that(outbox: Outbox, clock: Clock) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    await outbox.begin(1101, "order-17", ANNA, b"one", server_time=begun)
    clock.now += 10 * KEEP_SECONDS  # the clock was set
    for now in (None, begun + timedelta(seconds=KEEP_SECONDS)):
        await outbox.begin(1101, "another", ANNA, b"one", server_time=now)
        assert not (await outbox.begin(1101, "order-17", ANNA, b"one")).is_new
    expired = begun + timedelta(seconds=KEEP_SECONDS + 1)
    assert (await outbox.begin(1101, "order-17", ANNA, b"one", server_time=expired)).is_new


async def test_a_message_is_claimed_only_by_a_key_without_another(outbox: Outbox) -> None:
    assert not await outbox.claim(1101, "order-17", "BAE5F4886F6F2D05")
    await outbox.sent(1101, "order-17", "BAE5F4886F6F2D05")
    assert not await outbox.is_claimed(1101, "BAE5F4886F6F2D05")
    await outbox.begin(1101, "order-17", ANNA, b"one")
    assert await outbox.claim(1101, "order-17", "BAE5F4886F6F2D05")
    assert not await outbox.claim(1101, "order-17", "BAE5F4886F6F2D06")
    assert await outbox.is_claimed(1101, "BAE5F4886F6F2D05")
    assert not await outbox.is_claimed(1102, "BAE5F4886F6F2D05")
    assert not await outbox.is_claimed(1101, "BAE5F4886F6F2D06")


async def test_concurrent_begins_create_one_record(outbox: Outbox) -> None:
    first: list[bool] = []

    async def begin() -> None:
        first.append((await outbox.begin(1101, "order-17", ANNA, b"one")).is_new)

    async with anyio.create_task_group() as tasks:
        for _ in range(50):
            tasks.start_soon(begin)
    assert first.count(True) == 1

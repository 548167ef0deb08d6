"""The contract of ``Outbox``, kept by all implementations."""

import time
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING

import anyio
import attrs
import pytest

from greenapi_async.inbox import SQLiteInbox
from greenapi_async.inbox.outbox import KEEP_SECONDS, RECORDS_AT_ONCE, Outbox
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.inbox.outbox_sql import SQLOutbox
from greenapi_async.inbox.sql_sqlite import SQLiteDatabase
from tests.postgres_time import pass_time

from .conftest import SQL_CASES, Clock

if TYPE_CHECKING:
    from greenapi_async.inbox.postgres.connection import PostgresConnection

pytestmark = [pytest.mark.anyio, pytest.mark.parametrize(("kind", "anyio_backend"), SQL_CASES)]

ANNA = "79001234567@c.us"
DAY = 24 * 3600


@attrs.frozen
class Kept:
    """An outbox and its time."""

    outbox: Outbox
    clock: Clock
    postgres: "PostgresConnection | None" = None

    @property
    def now(self) -> float:
        return self.clock.now if self.postgres is None else time.time()

    async def wait(self, seconds: float) -> None:
        self.clock.now += seconds
        if self.postgres is not None:
            await pass_time(self.postgres, seconds)


@pytest.fixture
async def kept(kind: str, path: Path, clock: Clock, request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    async with AsyncExitStack() as stack:
        if kind == "postgres":
            from greenapi_async.inbox.postgres.connection import PostgresConnection

            dsn: str = request.getfixturevalue("postgres_dsn")
            connection = await stack.enter_async_context(PostgresConnection(dsn, schema=f"outbox {path}"[-60:]))
            yield Kept(SQLOutbox(connection), clock, connection)
        elif kind == "sqlite":
            yield Kept(SQLOutbox(SQLiteDatabase(SQLiteInbox(path).connection, clock=clock)), clock)
        else:
            yield Kept(MemoryOutbox(clock=clock), clock)


@pytest.fixture
def outbox(kept: Kept) -> Outbox:
    return kept.outbox


async def test_a_key_is_new_once_and_keeps_its_first_record(outbox: Outbox, kept: Kept) -> None:
    new = await outbox.begin(1101, "order-17", ANNA, b"one")
    assert (new.is_new, new.chat_id, new.digest, new.age) == (True, ANNA, b"one", 0)
    assert (new.server_time, new.id_message) == (None, None)
    assert new.begun.timestamp() == pytest.approx(kept.now, abs=0 if kept.postgres is None else 30)
    await kept.wait(90)
    again = await outbox.begin(1101, "order-17", "another chat", b"two")
    assert (again.is_new, again.chat_id, again.digest) == (False, ANNA, b"one")
    assert again.age == pytest.approx(90, abs=0 if kept.postgres is None else 30)
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


async def test_keys_are_kept_for_366_days_and_deleted_in_small_steps(outbox: Outbox, kept: Kept) -> None:
    for number in range(RECORDS_AT_ONCE + 50):
        await outbox.begin(1101, f"old {number}", ANNA, b"one")
    await kept.wait(DAY)
    await outbox.begin(1101, "young", ANNA, b"one")
    await kept.wait(KEEP_SECONDS - DAY - 60)
    assert not (await outbox.begin(1101, "old 0", ANNA, b"one")).is_new
    await kept.wait(61)
    assert (await outbox.begin(1101, "old 0", ANNA, b"one")).is_new
    left = [number for number in range(1, 150) if not (await outbox.begin(1101, f"old {number}", ANNA, b"one")).is_new]
    assert left == []
    assert not (await outbox.begin(1101, "young", ANNA, b"one")).is_new


async def test_an_attempt_is_replaced_only_while_it_is_the_current_one_and_has_no_outcome(
    outbox: Outbox, kept: Kept
) -> None:
    await outbox.begin(1101, "order-17", ANNA, b"one", attempt="first")
    await kept.wait(90)
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
        for now in (first, later):
            same = await outbox.begin(1101, key, ANNA, b"one", attempt="first", server_time=now)
            assert (same.is_new, same.server_time) == (False, first)


async def test_a_key_with_the_servers_time_expires_by_that(outbox: Outbox, kept: Kept) -> None:
    begun = datetime(2026, 1, 1, tzinfo=UTC)
    await outbox.begin(1101, "order-17", ANNA, b"one", server_time=begun)
    await kept.wait(10 * KEEP_SECONDS)  # the clock was set
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

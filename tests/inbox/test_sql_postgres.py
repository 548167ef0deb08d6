"""What several processes do at once with the tables that SQLite and PostgreSQL share, on a real server."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from psycopg import AsyncConnection

from greenapi_async import Client, InboxError, InboxUnavailableError, InvalidArgumentError
from greenapi_async.bots.storage import PostgresStorage
from greenapi_async.inbox.identities_sql import SQLIdentities
from greenapi_async.inbox.outbox_sql import SQLOutbox
from greenapi_async.inbox.postgres.connection import PostgresConnection
from greenapi_async.inbox.postgres.sql import drive
from greenapi_async.inbox.records import PutRecord
from greenapi_async.inbox.records_sql import SQLRecords, change_records
from greenapi_async.inbox.sql import Exclusive, Work

pytestmark = [pytest.mark.slow, pytest.mark.asyncio]

ANNA, LID, NEW_LID = "79001234567@c.us", "150000000000001@lid", "150000000000002@lid"


@pytest_asyncio.fixture
async def processes(postgres_dsn: str, tmp_path: Path) -> AsyncIterator[list[PostgresConnection]]:
    """Two connections, as of two processes, each with a pool of its own."""
    async with AsyncExitStack() as stack:
        yield [
            await stack.enter_async_context(PostgresConnection(postgres_dsn, schema=f"shared {tmp_path}"[-60:]))
            for _ in range(2)
        ]


class Held:
    """A transaction that has done its work and is not committed yet."""

    def __init__(self) -> None:
        self.worked = asyncio.Event()
        self.released = asyncio.Event()
        self.fails = False

    async def run(self, process: PostgresConnection, work: Callable[[], Work[Any]]) -> object:
        async def hold(connection: AsyncConnection[Any]) -> object:
            result = await drive(connection, work())
            self.worked.set()
            await self.released.wait()
            if self.fails:
                raise ValueError("the process gives up")
            return result

        return await process.run(hold)


class _Captured(Exception):  # noqa: N818  no error
    """Carries the operation of a call."""


async def work_of(call: Callable[[Any], Any]) -> Callable[[], Work[Any]]:
    """Return the operation that a method executes on its database."""

    class Recorder:
        owner = None

        async def execute(self, work: Callable[..., Work[Any]], *arguments: Any, **_: Any) -> Any:
            raise _Captured(lambda: work(*arguments))

    try:
        await call(Recorder())
    except _Captured as captured:
        found: Callable[[], Work[Any]] = captured.args[0]
        return found
    raise AssertionError


async def race(
    processes: list[PostgresConnection],
    first: Callable[[Any], Any],
    second: Callable[[Any], Any],
    *,
    fails: bool = False,
) -> list[Any]:
    """Begin ``second`` while the transaction of ``first`` is open, and return the results of both."""
    held = Held()
    held.fails = fails
    earlier = asyncio.create_task(held.run(processes[0], await work_of(first)))
    await held.worked.wait()
    later = asyncio.create_task(second(processes[1]))
    await waits_for_lock(processes[0])
    held.released.set()
    return list(await asyncio.gather(earlier, later, return_exceptions=True))


async def waits_for_lock(process: PostgresConnection) -> None:
    """Return when a transaction waits for another one."""

    async def count(connection: AsyncConnection[Any]) -> int:
        found = await connection.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return int((await found.fetchone() or [0])[0])

    async with asyncio.timeout(20):
        while not await process.run(count):
            pass


@pytest.mark.parametrize("replaces", [None, "old"])
@pytest.mark.parametrize("fails", [False, True])
async def test_of_two_processes_that_begin_a_key_at_once_one_is_new(
    processes: list[PostgresConnection], replaces: str | None, *, fails: bool
) -> None:
    if replaces is not None:
        await SQLOutbox(processes[0]).begin(1101, "order-17", ANNA, b"one", attempt=replaces)

    def begin(attempt: str) -> Callable[[Any], Any]:
        return lambda database: SQLOutbox(database).begin(
            1101, "order-17", ANNA, b"one", attempt=attempt, replaces=replaces
        )

    first, second = await race(processes, begin("first"), begin("second"), fails=fails)
    if fails:
        assert isinstance(first, ValueError)
        assert (second.is_new, second.attempt) == (True, "second")
    else:
        assert (first.is_new, first.attempt) == (True, "first")
        assert (second.is_new, second.attempt, second.age >= 0) == (False, "first", True)


async def test_a_key_that_is_forgotten_while_another_process_begins_it_is_new(
    processes: list[PostgresConnection],
) -> None:
    await SQLOutbox(processes[0]).begin(1101, "order-17", ANNA, b"one", attempt="old")
    _, second = await race(
        processes,
        lambda database: SQLOutbox(database).forget(1101, "order-17", "old"),
        lambda database: SQLOutbox(database).begin(1101, "order-17", ANNA, b"two", attempt="new"),
    )
    assert (second.is_new, second.digest) == (True, b"two")


async def test_of_two_processes_that_claim_a_message_for_two_keys_one_gets_it(
    processes: list[PostgresConnection],
) -> None:
    for key in "ab":
        await SQLOutbox(processes[0]).begin(1101, key, ANNA, b"one")
    claimed = await race(
        processes,
        lambda database: SQLOutbox(database).claim(1101, "a", "BAE5F4886F6F2D05"),
        lambda database: SQLOutbox(database).claim(1101, "b", "BAE5F4886F6F2D05"),
    )
    assert claimed == [True, False]


async def test_many_begins_of_two_processes_create_one_record(processes: list[PostgresConnection]) -> None:
    records = await asyncio.gather(
        *(SQLOutbox(processes[number % 2]).begin(1101, "order-17", ANNA, b"one") for number in range(50))
    )
    assert [record.is_new for record in records].count(True) == 1


async def test_identities_are_kept_per_instance_in_the_order_in_which_they_were_saved(
    processes: list[PostgresConnection],
) -> None:
    first, second = map(SQLIdentities, processes)
    await first.save(1, {LID: ANNA, NEW_LID: ANNA})
    await second.save(2, {LID: "79001234568@c.us"})
    await second.save(1, {LID: ANNA, "unknown": None})
    assert list((await first.load(1)).items()) == [(NEW_LID, ANNA), (LID, ANNA)]
    await second.save(1, {LID: None})
    assert await first.load(1) == {NEW_LID: ANNA}
    assert await first.load(3) == {}


async def test_two_processes_that_learn_a_pair_at_once_store_it(processes: list[PostgresConnection]) -> None:
    for _ in range(2):
        await race(
            processes,
            lambda database: SQLIdentities(database).save(1, {LID: ANNA}),
            lambda database: SQLIdentities(database).save(1, {LID: ANNA}),
        )
    assert await SQLIdentities(processes[0]).load(1) == {LID: ANNA}


async def test_of_two_processes_that_create_or_replace_a_record_one_succeeds(
    processes: list[PostgresConnection],
) -> None:
    version = None
    for _ in range(2):
        first, second = (PutRecord(collection="jobs", key="a", value=each, replaces=version) for each in (1, 2))
        other = PutRecord(collection="jobs", key="0", value=None, replaces="any")
        held = Held()
        earlier = asyncio.create_task(held.run(processes[0], partial(change_records, [first])))
        await held.worked.wait()
        later = asyncio.create_task(SQLRecords(processes[1]).apply([other, second]))
        await waits_for_lock(processes[0])
        held.released.set()
        assert (await earlier, await later) == (True, False)
        stored = await SQLRecords(processes[0]).get("jobs", "a")
        assert stored is not None
        assert (stored.value, stored.version) == (1, first.version)
        assert await SQLRecords(processes[0]).get("jobs", "0") is None
        version = first.version


async def test_processes_claim_different_records_and_wait_for_nobody(processes: list[PostgresConnection]) -> None:
    due = datetime(2020, 1, 1, tzinfo=UTC)
    changes = [PutRecord(collection="jobs", key=str(number), value=number, due=due) for number in range(4)]
    await SQLRecords(processes[0]).apply(changes)
    held = Held()
    claim = await work_of(lambda database: SQLRecords(database).claim("jobs", lease=60, limit=2))
    earlier: asyncio.Task[Any] = asyncio.create_task(held.run(processes[0], claim))
    await held.worked.wait()
    second = await SQLRecords(processes[1]).claim("jobs", lease=60, limit=4)
    held.released.set()
    assert [each.key for each in await earlier] == ["0", "1"]
    assert [each.key for each in second] == ["2", "3"]
    assert await SQLRecords(processes[1]).claim("jobs", lease=60, limit=4) == []


async def test_records_without_an_inbox_remove_no_entries(processes: list[PostgresConnection]) -> None:
    with pytest.raises(InvalidArgumentError, match="records of an inbox"):
        await SQLRecords(processes[0]).apply([], done=[1])


@pytest.mark.parametrize("bad", ["NUL \0", "lone \ud83d"])
async def test_a_text_that_postgresql_cannot_store_is_an_error_that_says_so(
    processes: list[PostgresConnection], bad: str
) -> None:
    storage = PostgresStorage(processes[0])
    with pytest.raises(InboxError, match=r"NUL|cannot store") as caught:
        await storage.set("anna", bad, None)
    assert not isinstance(caught.value, InboxUnavailableError)
    await storage.set("anna", "fine", None)
    assert await storage.get("anna") == "fine"


async def test_a_client_sends_once_by_an_outbox_in_postgresql(processes: list[PostgresConnection]) -> None:
    from greenapi_async.sandbox import Sandbox, create_app
    from greenapi_async.testing.transport import InProcessTransport

    sandbox = Sandbox(seed=1)
    instance = sandbox.add_instance()

    async def send(process: PostgresConnection) -> str:
        transport = InProcessTransport(create_app(sandbox))
        outbox = SQLOutbox(process)
        async with Client(
            instance.id_instance, instance.token, "http://sandbox", transport=transport, outbox=outbox
        ) as client:
            return (await client.send_message(ANNA, "Your order is ready", once="order-17")).id_message

    assert await send(processes[0]) == await send(processes[1])
    assert [call.method for call in instance.calls].count("sendMessage") == 1


async def test_a_name_is_held_until_the_transaction_ends(processes: list[PostgresConnection]) -> None:
    def hold() -> Work[str]:
        yield Exclusive("a name")
        return "held"

    held = Held()
    earlier = asyncio.create_task(held.run(processes[0], hold))
    await held.worked.wait()
    later = asyncio.create_task(processes[1].execute(hold))
    await waits_for_lock(processes[0])
    assert not later.done()
    held.released.set()
    assert (await earlier, await later) == ("held", "held")

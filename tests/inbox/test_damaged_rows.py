"""A damaged row of ``SQLiteInbox`` concerns only itself, and nothing of it is lost."""

import json
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from greenapi_async import Client, InvalidArgumentError, MalformedNotification, Notification
from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.sandbox import Instance

if TYPE_CHECKING:
    from tests.inbox.conftest import Clock

pytestmark = pytest.mark.anyio

Make = Callable[..., Entry]

BODY = '{"n": "b"}'
DAMAGES: dict[str, tuple[str, str, str]] = {  # the statement, what the error quotes, the body
    "invalid UTF-8 in the body": (
        "body = CAST(x'7b226e223a2022ff227d' AS TEXT)",
        "body is unreadable",
        json.dumps({"body": '{"n": "\\xff"}'}),
    ),
    "a blob as the body": ("body = x'ff'", "body is unreadable", '{"body": "\\\\xff"}'),
    "no body": ("body = NULL", "body is unreadable", '{"body": null}'),
    "an error and no body": ("body = NULL, error = 'bad'", "body is unreadable", '{"body": null}'),
    "a time out of range": ("stored = 9000000000000000000", "stored is 9000000000000000000", BODY),
    "a due time out of range": ("due = -9000000000000000000", "due is -9000000000000000000", BODY),
    "no time": ("stored = NULL", "stored is None", BODY),
    "a text as the time": ("stored = 'abc'", "stored is 'abc'", BODY),
    "a fraction as the time": ("stored = 0.5", "stored is 0.5", BODY),
    "a text as the attempts": ("attempts = 'many'", "attempts is 'many'", BODY),
    "negative attempts": ("attempts = -1", "attempts is -1", BODY),
    "no attempts": ("attempts = NULL", "attempts is None", BODY),
    "a text as the receipt": ("receipt = 'abc'", "receipt is 'abc'", BODY),
    "invalid UTF-8 in a number": ("receipt = CAST(x'ff' AS TEXT)", r"receipt is b'\xff'", BODY),
    "invalid UTF-8 in the failure": ("failure = CAST(x'ff' AS TEXT)", r"failure is b'\xff'", BODY),
    "a blob as the error": ("error = x'ff'", r"error is b'\xff'", BODY),
    "a text as a flag": ("recovered = 'yes'", "recovered is 'yes'", BODY),
    "an error and a truncated body": ("error = 'bad', body = '{\"n\"'", "bad", '{"body": "{\\"n\\""}'),
    "an error and a body that is no object": ("error = 'bad', body = '[1]'", "bad", '{"body": "[1]"}'),
}


def alter(path: Path, *statements: str) -> None:
    """Execute statements in the closed file, without its constraints."""
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA writable_schema = 1")
    connection.execute("UPDATE sqlite_master SET sql = replace(sql, 'NOT NULL', '') WHERE name = 'entries'")
    connection.commit()
    connection.close()
    connection = sqlite3.connect(path)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    connection.close()


async def fill(path: Path, make_entry: Make) -> None:
    async with SQLiteInbox(path) as inbox:
        for name in "abc":
            await inbox.put(make_entry(name))


@pytest.mark.parametrize(("change", "quoted", "body"), DAMAGES.values(), ids=DAMAGES.keys())
async def test_a_damaged_row_is_an_entry_with_an_error(
    path: Path, make_entry: Make, change: str, quoted: str, body: str
) -> None:
    await fill(path, make_entry)
    alter(path, f"UPDATE entries SET {change} WHERE id = 2")
    async with SQLiteInbox(path) as inbox:
        first, damaged, third = await inbox.waiting((1101,), 0, 10)
        assert [first.body, damaged.body, third.body] == ['{"n": "a"}', body, '{"n": "c"}']
        assert (first.error, third.error) == (None, None)
        assert quoted in str(damaged.error)
        assert isinstance(json.loads(damaged.body), dict)
        assert (damaged.id, damaged.id_instance, damaged.due) == (2, 1101, None)
        assert damaged.attempts == 0
        await inbox.failed(2, 1, first.stored, "failure")
        await inbox.quarantine(2, 5, "failure")
        [quarantined] = await inbox.quarantined()
        assert quarantined.body == body
        await inbox.release(2)
        [released] = await inbox.waiting((1101,), 3, 10)
        assert released.body in {body, '{"body": ""}', ""}
        await inbox.done(released.id)
        assert len(await inbox.waiting((1101,), 0, 10)) == 2


async def test_a_truncated_body_is_returned_as_it_is(path: Path, make_entry: Make) -> None:
    """The parser wraps what is no JSON object."""
    await fill(path, make_entry)
    alter(path, "UPDATE entries SET body = substr(body, 1, 4) WHERE id = 2")
    async with SQLiteInbox(path) as inbox:
        assert [entry.body for entry in await inbox.waiting((1101,), 0, 10)] == ['{"n": "a"}', '{"n"', '{"n": "c"}']


@pytest.mark.parametrize("change", ["instance = 'abc'", "instance = NULL", "quarantined = 'x'", "quarantined = NULL"])
async def test_an_entry_that_nobody_waits_for_is_found_in_quarantine(path: Path, make_entry: Make, change: str) -> None:
    await fill(path, make_entry)
    alter(path, f"UPDATE entries SET {change} WHERE id = 2")
    async with SQLiteInbox(path) as inbox:
        assert [entry.id for entry in await inbox.waiting((1101,), 0, 10)] == [1, 3]
        [entry] = await inbox.quarantined()
        assert (entry.id, entry.body) == (2, BODY)
        if "instance" in change:
            with pytest.raises(InvalidArgumentError):
                await inbox.release(2)
        else:
            await inbox.release(2)
            [released] = await inbox.waiting((1101,), 3, 10)
            assert released.body == BODY
            await inbox.quarantine(released.id, 1, "failure")
        [entry] = await inbox.quarantined()
        await inbox.drop(entry.id)
        assert await inbox.quarantined() == []


async def test_damaged_bookkeeping_does_not_prevent_the_start(path: Path, make_entry: Make, clock: "Clock") -> None:
    await fill(path, make_entry)
    alter(
        path,
        "INSERT OR REPLACE INTO retention (id, last_run) VALUES (1, 'abc')",
        "INSERT OR REPLACE INTO inbox_state (name, value) VALUES ('drift', 'abc'), ('owner', 7), ('issued_ids', 'abc')",
        "UPDATE dedup_keys SET stored = 'abc'",
    )
    inbox = SQLiteInbox(path, clock=clock)
    async with inbox:
        assert await inbox.put(make_entry("d"))
        assert [entry.id for entry in await inbox.waiting((1101,), 0, 10)] == [1, 2, 3, 4]
        assert not await inbox.put(make_entry("a"))
        for hour in range(27):
            clock.pass_hours(1)
            await inbox.put(make_entry(f"hour {hour}"))
        assert await inbox.put(make_entry("a"))


@pytest.mark.slow
@pytest.mark.parametrize("change", [change for change, _, _ in DAMAGES.values()] + ["body = '{'"])
async def test_a_run_handles_the_others_and_gets_a_malformed_notification(
    path: Path, change: str, client: Client, instance: Instance
) -> None:
    for text in ("one", "two", "three"):
        instance.contact_writes("79001234567@c.us", text)
    inbox = SQLiteInbox(path)

    async def fail(_: Notification) -> None:
        if len(await inbox.waiting({instance.id_instance}, 0, 10)) == 3:
            processing.stop()
        raise ValueError

    processing = client.process(fail, inbox=inbox, key=id)
    await processing
    alter(path, f"UPDATE entries SET {change} WHERE id = 2", "UPDATE entries SET due = NULL WHERE id <> 2")
    handled: list[Notification] = []

    async def handle(notification: Notification) -> None:
        handled.append(notification)
        if len(handled) == 3:
            processing.stop()

    processing = client.process(handle, inbox=inbox)
    await processing
    assert {each.text for each in handled} == {"one", None, "three"}
    [malformed] = [each for each in handled if isinstance(each, MalformedNotification)]
    assert malformed.raw
    async with inbox:
        assert await inbox.waiting({instance.id_instance}, 0, 10) == []

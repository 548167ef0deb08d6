"""The commands ``greenapi inbox``: from another process, while a bot runs, and when none does."""

import json
import sqlite3
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

import anyio
import pytest

from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.inbox.identities import ClientIdentities
from greenapi_async.outgoing.broadcast_progress import BroadcastState
from greenapi_async.outgoing.broadcast_recipients import Recipient
from greenapi_async.outgoing.broadcast_store import BroadcastStore, Header
from greenapi_async.outgoing.broadcast_turns import BroadcastLease
from greenapi_async.outgoing.jobs import Jobs
from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer

from .conftest import Greenapi, Session, Terminal

BODY = {
    "typeWebhook": "incomingMessageReceived",
    "idMessage": "3EB0C767D0",
    "senderData": {"chatId": "79001234567@c.us", "senderName": "Анна"},
}

BOT = """
import sys, anyio
from greenapi_async import Client, PostgresInbox, SQLiteInbox

async def handle(notification):
    if "bad" in (notification.text or ""):
        raise ValueError("no such order")
    print(notification.text, flush=True)

async def main():
    async with Client.from_env() as client, INBOX as inbox:
        await client.process(handle, inbox=inbox, **OPTIONS)

anyio.run(main)
"""


def bot_program(options: str, inbox: str = "SQLiteInbox('bot.db')") -> str:
    """A bot whose handler fails for some messages, with options of ``process``."""
    return BOT.replace("OPTIONS", options).replace("INBOX", inbox)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    """An inbox that no process uses: entries 1 and 2 are in quarantine, 3 waits for a retry, 4 for its handler."""
    path = tmp_path / "bot.db"

    async def fill() -> None:
        async with SQLiteInbox(path) as opened:
            for _ in range(4):
                await opened.put(Entry(id_instance=1101000001, body=json.dumps(BODY, ensure_ascii=False)))
            for number in 1, 2:
                await opened.quarantine(number, 5, "Traceback\nValueError: no such order")
            entries = await opened.waiting({1101000001}, 2, 1)
            await opened.failed(3, 1, entries[0].stored, "Traceback\nTimeoutError")

    anyio.run(fill)
    return path


def test_entries_are_listed(greenapi: Greenapi, inbox: Path) -> None:
    done = greenapi("inbox", "list", "--inbox", inbox)
    assert done.status == 0
    header, *rows, summary = done.out.splitlines()
    assert header.split() == ["id", "state", "stored", "(UTC)", "attempts", "notification"]
    assert [row.split()[:2] for row in rows] == [
        ["1", "quarantined"],
        ["2", "quarantined"],
        ["3", "to"],
        ["4", "waiting"],
    ]
    about = "incomingMessageReceived, chat 79001234567@c.us, message 3EB0C767D0"
    assert rows[0].endswith(f"{about}: ValueError: no such order")
    assert rows[3].endswith(about)
    assert summary == "2 waiting or in progress, 1 of them to be retried; 2 in quarantine."
    assert [row["id"] for row in greenapi("inbox", "list", "--waiting", "--json", "--inbox", inbox).json] == [3, 4]
    assert [row["id"] for row in greenapi("inbox", "list", "--quarantined", "--json", "--inbox", inbox).json] == [1, 2]
    assert len(greenapi("inbox", "list", "--limit", 3, "--json", "--inbox", inbox).json) == 3


def test_a_single_notification_is_counted_as_one(greenapi: Greenapi, tmp_path: Path) -> None:
    async def fill() -> None:
        async with SQLiteInbox(tmp_path / "bot.db") as opened:
            for _ in range(2):
                await opened.put(Entry(id_instance=1101000001, body=json.dumps(BODY)))
            await opened.quarantine(1, 5, "Traceback\nValueError: no such order")

    anyio.run(fill)
    out = greenapi("doctor", "--inbox", tmp_path / "bot.db").out
    assert "1 notification is in quarantine" in out
    assert "1 notification waits\n" in out


def test_an_entry_is_shown_with_its_failure(greenapi: Greenapi, inbox: Path) -> None:
    out = greenapi("inbox", "show", 1, "--inbox", inbox).out
    assert "ValueError: no such order" in out
    assert '"senderName": "Анна"' in out
    shown = greenapi("inbox", "show", 1, "--json", "--inbox", inbox).json
    assert shown["body"] == BODY
    assert shown["failure"] == "Traceback\nValueError: no such order"
    assert (shown["chatId"], shown["idMessage"], shown["attempts"]) == ("79001234567@c.us", "3EB0C767D0", 5)


def test_entries_are_released_and_dropped_while_no_bot_runs(greenapi: Greenapi, inbox: Path) -> None:
    assert greenapi("inbox", "release", 1, "--inbox", inbox).out == "Released entry 1.\n"
    assert greenapi("inbox", "drop", 2, "--json", "--inbox", inbox).json == {"action": "drop", "entries": [2]}
    rows = greenapi("inbox", "list", "--json", "--inbox", inbox).json
    assert [(row["quarantined"], row["attempts"]) for row in rows] == [(False, 1), (False, 0), (False, 0)]
    assert not Path(f"{inbox}.requests").exists()


def test_the_inbox_is_exported_and_kept(greenapi: Greenapi, inbox: Path, tmp_path: Path) -> None:
    file = tmp_path / "export.jsonl"
    assert greenapi("inbox", "export", file, "--inbox", inbox).status == 0
    rows = [json.loads(line) for line in file.read_text("utf-8").splitlines()]
    assert [row["id"] for row in rows] == [1, 2, 3, 4]
    assert rows[0]["body"] == BODY
    assert file.stat().st_mode & 0o077 == 0
    assert greenapi("inbox", "export", file, "--inbox", inbox).status == 2  # it is not overwritten
    assert len(greenapi("inbox", "export", "-", "--quarantined", "--inbox", inbox).out.splitlines()) == 2
    assert len(greenapi("inbox", "list", "--json", "--inbox", inbox).json) == 4


def test_no_text_controls_the_terminal_or_stops_an_export(greenapi: Greenapi, tmp_path: Path) -> None:
    """A half of a surrogate pair is left of an emoji that was cut; a message may have any control character."""
    text = "cut \ud83d, red \x1b[31m, C1 \x9b31m, backwards \u202ecod"

    async def fill() -> None:
        async with SQLiteInbox(tmp_path / "bot.db") as opened:
            await opened.put(Entry(id_instance=1101000001, body=json.dumps({**BODY, "text": text})))
            await opened.quarantine(1, 5, f"Traceback\n  File x\nValueError: no order {text}")

    anyio.run(fill)
    location = ("--inbox", tmp_path / "bot.db")
    shown = greenapi("inbox", "show", 1, *location).out
    assert not set("\x1b\x9b\u202e") & set(shown)
    assert "\n  File x\nValueError: no order cut" in shown
    assert greenapi("inbox", "show", 1, "--json", *location).json["body"]["text"] == text
    assert not set("\x1b\x9b\u202e") & set(greenapi("inbox", "show", 1, "--json", *location).out)
    file = tmp_path / "export.jsonl"
    done = greenapi("inbox", "export", file, *location)
    assert done.status == 0, done.err
    assert json.loads(file.read_text("utf-8"))["body"]["text"] == text


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["list"], "no inbox is given"),
        (["list", "--inbox", "nowhere.db"], "nowhere.db does not exist"),
        (["list", "--quarantined", "--waiting", "--inbox", "bot.db"], "exclude each other"),
        (["list", "--limit", "0", "--inbox", "bot.db"], "'--limit': expected at least 1. See"),
        (["show", "x", "--inbox", "bot.db"], "'ID': expected a whole number. See"),
        (["list", "--limit", str(10**20), "--inbox", "bot.db"], "--limit"),
        (["list", "--inbox", "."], " is not a file"),
        (["show", "99", "--inbox", "bot.db"], "no entry has the id 99"),
        (["show", str(10**20), "--inbox", "bot.db"], "'ID'"),
        (["release", str(10**20), "--inbox", "bot.db"], "'ID...'"),
        (["release", "3", "--inbox", "bot.db"], "entry 3 is not in quarantine"),
        (["drop", "99", "--inbox", "bot.db"], "entry 99 is not in quarantine"),
        (["release", "--inbox", "bot.db"], "Missing argument"),
        ([], "a command is missing: list, show"),
        (["empty"], "No such command 'empty'"),
    ],
)
def test_wrong_use_is_one_line(greenapi: Greenapi, inbox: Path, command: list[str], message: str) -> None:
    done = greenapi("inbox", *command)
    assert done.status == (1 if {"nowhere.db", "."} & set(command) else 2)
    assert message in done.err
    assert done.err.startswith("greenapi inbox")
    assert done.err.count("\n") == 1


def test_a_file_that_is_no_inbox_is_refused(greenapi: Greenapi, tmp_path: Path) -> None:
    path = tmp_path / "other.db"
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE theirs (a)")
    connection.close()
    done = greenapi("inbox", "list", "--inbox", path)
    assert done.status == 1
    assert "is not an inbox" in done.err


@pytest.mark.slow
def test_a_running_bot_loses_nothing_while_it_is_inspected(
    terminal: Terminal, server: SandboxServer, instance: Instance, greenapi: Greenapi, tmp_path: Path
) -> None:
    """50 messages arrive per second; one entry is released, one dropped, and the inbox listed, from this process."""
    (tmp_path / "bot.py").write_text(bot_program("{'attempts': 1}"), "utf-8")
    total = 400

    def write(number: int) -> None:
        text = f"bad {number}" if number in {20, 40} else str(number)
        instance.contact_writes(f"7900123{number % 50:04}@c.us", text)

    def quarantined() -> list[int]:
        done = greenapi("inbox", "list", "--quarantined", "--json")
        assert done.status == 0, done.err
        return [row["id"] for row in done.json]

    with terminal.started(script=str(tmp_path / "bot.py")) as bot, pytest.MonkeyPatch.context() as patch:
        patch.setenv("GREENAPI_INBOX", "bot.db")
        started = time.monotonic()
        released = dropped = None
        for number in range(total):
            server.call(partial(write, number))
            if number == 80:
                bot.wait_until((tmp_path / "bot.db").exists)
                bot.wait_until(lambda: len(quarantined()) == 2)
                released, dropped = quarantined()
                assert greenapi("inbox", "release", released).status == 0
            if number == 150:
                assert dropped is not None
                assert greenapi("inbox", "drop", dropped).status == 0
            if number % 100 == 99:
                assert greenapi("inbox", "list").status == 0
            time.sleep(max(0.0, started + number / 50 - time.monotonic()))
        expected = [str(number) for number in range(total) if number not in {20, 40}]
        bot.wait_until(lambda: len(bot.output.splitlines()) >= len(expected))
        bot.wait_until(lambda: len(quarantined()) == 1)  # the released one has failed again
        assert quarantined() != [released]
        assert sorted(bot.output.splitlines()) == sorted(expected)
        assert bot.errors.count("Quarantined") == 3
        assert "locked" not in bot.errors


@pytest.mark.slow
@pytest.mark.parametrize("while_retrying", ["wait", "pass"])
def test_a_running_bot_retries_at_once_what_waits_for_a_retry(
    terminal: Terminal,
    server: SandboxServer,
    instance: Instance,
    greenapi: Greenapi,
    tmp_path: Path,
    while_retrying: str,
) -> None:
    options = f"{{'retry_initial': 300, 'while_retrying': {while_retrying!r}}}"
    (tmp_path / "bot.py").write_text(bot_program(options), "utf-8")
    with terminal.started(script=str(tmp_path / "bot.py")) as bot:
        retry_at_once(bot, server, instance, greenapi, "bot.db")


@pytest.mark.slow
def test_a_running_bot_with_postgresql_retries_at_once_what_waits_for_a_retry(
    terminal: Terminal,
    server: SandboxServer,
    instance: Instance,
    greenapi: Greenapi,
    postgres_dsn: str,
    tmp_path: Path,
) -> None:
    program = bot_program("{'retry_initial': 300}", f"PostgresInbox({postgres_dsn!r})")
    (tmp_path / "bot.py").write_text(program, "utf-8")
    with terminal.started(script=str(tmp_path / "bot.py")) as bot:
        retry_at_once(bot, server, instance, greenapi, postgres_dsn)


def retry_at_once(bot: Session, server: SandboxServer, instance: Instance, greenapi: Greenapi, location: str) -> None:
    """Let a handler fail whose next attempt is far away, and retry it from this process."""
    server.call(lambda: instance.contact_writes("79001234567@c.us", "bad"))
    bot.wait_until(lambda: "attempt 1 of 5" in bot.errors)
    bot.wait_until(lambda: "to retry" in greenapi("inbox", "list", "--inbox", location).out)
    [row] = greenapi("inbox", "list", "--inbox", location, "--json").json
    assert greenapi("inbox", "retry", row["id"], "--inbox", location).out == f"Retrying entry {row['id']}.\n"
    bot.wait_until(lambda: "attempt 2 of 5" in bot.errors)
    assert greenapi("inbox", "retry", 99, "--inbox", location).status == 2


def test_a_request_that_nobody_answers_is_withdrawn(inbox: Path) -> None:
    from greenapi_async import InboxUnavailableError
    from greenapi_async.inbox.requests import RequestFolder

    with pytest.raises(InboxUnavailableError, match="nothing was changed"):
        anyio.run(partial(RequestFolder(inbox).ask, "drop", 1, timeout=0.1))
    assert not Path(f"{inbox}.requests").exists()


@pytest.mark.parametrize("is_running", [False, True])
def test_jobs_are_listed_also_while_a_bot_runs(greenapi: Greenapi, inbox: Path, is_running: bool) -> None:
    async def schedule() -> None:
        async with SQLiteInbox(inbox) as opened:
            jobs = Jobs(opened)
            await jobs.add("report", {}, instance=None, at=datetime(2030, 1, 2, 3, tzinfo=UTC))
            await jobs.add("clean", {}, instance=None, delay=60, every=3600)
            if is_running:
                await anyio.to_thread.run_sync(check)

    def check() -> None:
        rows = greenapi("jobs", "--inbox", inbox, "--json").json
        assert [(row["name"], row["status"]) for row in rows] == [("clean", "waiting"), ("report", "waiting")]
        assert rows[1]["nextRun"] == "2030-01-02T03:00:00+00:00"
        assert "_" not in "".join(rows[1])  # all keys are spelt as the server spells its own
        out = greenapi("jobs", "--inbox", inbox, "--name", "report").out
        assert "waiting  2030-01-02 03:00:00" in out
        assert out.endswith("1 job.\n")
        assert greenapi("jobs", "--inbox", inbox, "--status", "failed").out == "0 jobs.\n"
        done = greenapi("jobs", "--inbox", inbox, "--status", "nonsense")
        assert (done.status, done.err.count("\n")) == (2, 1)
        assert "'--status': 'nonsense' is not one of 'waiting', 'retrying'" in done.err

    anyio.run(schedule)
    if not is_running:
        check()


def test_broadcasts_are_shown(greenapi: Greenapi, inbox: Path) -> None:
    async def recipients() -> AsyncIterator[Recipient]:
        for number in range(3):
            yield Recipient(f"7900123456{number}@c.us")

    async def store() -> None:
        async with SQLiteInbox(inbox) as opened:
            broadcast = BroadcastStore(opened.records, 1101000001, "spring sale")
            header = Header(state=BroadcastState.SENDING, created=datetime(2030, 1, 2, 3, tzinfo=UTC), content=None)
            await broadcast.load(header, recipients(), None, ClientIdentities(1101000001))
            assert await BroadcastLease(opened.records, 1101000001, "spring sale").acquire()

    anyio.run(store)
    [row] = greenapi("broadcast", "status", "--inbox", inbox, "--json").json
    assert (row["name"], row["state"], row["total"]) == ("spring sale", "sending", 3)
    out = greenapi("broadcast", "status", "spring sale", "--inbox", inbox).out
    assert "spring sale  1101000001  sending  2030-01-02 03:00:00  3: 3 waiting" in out
    done = greenapi("broadcast", "status", "autumn sale", "--inbox", inbox)
    assert (done.status, done.err.count("\n")) == (2, 1)


@pytest.mark.parametrize("end", ["never started", "released", "expired", "computer restarted"])
def test_a_broadcast_without_a_process_is_shown_as_interrupted(greenapi: Greenapi, inbox: Path, end: str) -> None:
    async def store() -> None:
        now = time.monotonic()
        clock = {"expired": now - 60, "computer restarted": now + 1_000_000}.get(end, now)
        async with SQLiteInbox(inbox, monotonic=lambda: clock) as opened:
            header = Header(state=BroadcastState.SENDING, created=datetime(2030, 1, 2, 3, tzinfo=UTC), content=None)
            await BroadcastStore(opened.records, 1101000001, "sale").put_header(header)
            lease = BroadcastLease(opened.records, 1101000001, "sale")
            if end != "never started":
                assert await lease.acquire()
                assert await lease.is_held()
            if end == "released":
                await lease.release()

    anyio.run(store)
    [row] = greenapi("broadcast", "status", "--inbox", inbox, "--json").json
    assert row["state"] == "interrupted"
    out = greenapi("broadcast", "status", "--inbox", inbox).out
    assert ["sale", "1101000001", "interrupted"] in [line.split()[:3] for line in out.splitlines()]
    assert "An interrupted broadcast continues when it is started again under its name." in out

"""Every command, as a person sees it in a terminal, as text in a pipe, and as JSON."""

import json
import re
from collections.abc import Generator, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest
from typer.main import get_command

from greenapi_async.cli.commands import app
from greenapi_async.inbox import Entry, SQLiteInbox
from greenapi_async.outgoing.broadcast_progress import BroadcastState
from greenapi_async.outgoing.broadcast_store import BroadcastStore, Header
from greenapi_async.outgoing.jobs import Jobs
from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer

from .conftest import Greenapi, Terminal
from .pseudo_terminal import in_terminal, shown_in_process
from .test_receive import receiver

ANNA = "79001234567@c.us"
ID = 1101000001


@attrs.frozen
class Case:
    """A use of a command.

    Attributes:
        options: Its arguments; ``{hook}`` is the URL of a receiver.
        shown: What the text contains, a regular expression.
        json: What the JSON contains.
        colours: Whether the text has colours in a terminal.
        typed: What is typed in a terminal; elsewhere ``--yes`` is given.
        is_linked: Whether a phone is linked to the instance.
        status: The exit status.
    """

    options: str
    shown: str
    json: str
    colours: bool = False
    typed: str = ""
    is_linked: bool = True
    status: int = 0


CASES = {
    "status": Case("", "state +authorized", f'"idInstance": {ID}', colours=True),
    "doctor": Case("", r"No errors", '"level": "ok"', colours=True),
    "send": Case("79001234567 Hi", r"^[0-9A-F]{20}", f'"chatId": "{ANNA}"'),
    "tail": Case("--consume --count 1", rf"{ANNA} \(Anna\): Hello", '"textMessage": "Hello"', colours=True),
    "listen": Case("--forward-to {hook} --count 1", r"\(Anna\): Hello  200  \d+ ms", '"status": 200', colours=True),
    "qr": Case("--timeout 3", r"[█▄▀ ]{20}", '"type": "qrCode"', colours=True, is_linked=False, status=1),
    "code": Case("79001234567 --timeout 0", "Enter it in WhatsApp", '"code": "', colours=True, is_linked=False),
    "settings get": Case("", r"incomingWebhook +yes", '"incomingWebhook": "yes"'),
    "settings set": Case("incomingWebhook=no", "Saved", '"saveSettings": true'),
    "webhook set": Case("http://127.0.0.1:1/", "are pushed to http://127.0.0.1:1/", '"webhookUrl": "http'),
    "webhook off": Case("", "until they are polled", '"webhookUrl": ""'),
    "queue show": Case("", r"0 messages to send, \d notifications", '"messages": []'),
    "queue clear": Case("", "Dropped the messages", '"isCleared": true', typed="y\n"),
    "history": Case("79001234567", "<-  Hello", '"textMessage": "Hello"'),
    "contacts": Case("", f"{ANNA}  Anna", f'"id": "{ANNA}"'),
    "groups": Case("", r"@g\.us  Friends", '"name": "Friends"'),
    "call": Case("getStateInstance", '"stateInstance": "authorized"', '"stateInstance": "authorized"'),
    "new": Case("shop-bot", "Next: cd shop-bot", '"folder": "shop-bot"'),
    "jobs": Case("--inbox bot.db", r"waiting  2030-01-02 03:00:00 +report\n1 job", '"name": "report"'),
    "broadcast status": Case("--inbox bot.db", r"sale +1101000001 +interrupted", '"state": "interrupted"'),
    "mcp": Case("--list", "get_chats", '"name": "get_chats"'),
    "inbox list": Case("--inbox bot.db", "2 in quarantine", '"quarantined": true'),
    "inbox show": Case("1 --inbox bot.db", "ValueError: no such order", '"failure": "Traceback'),
    "inbox release": Case("1 --inbox bot.db", "Released entry 1", '"entries": [1]'),
    "inbox drop": Case("1 2 --inbox bot.db", r"entry 1\.\nDropped entry 2", '"entries": [1, 2]'),
    "inbox retry": Case("3 --inbox bot.db", "Retrying entry 3", '"entries": [3]'),
    "inbox export": Case("a.jsonl --inbox bot.db", r"Wrote 3 entries to a\.jsonl", '"entries": 3'),
}
"""Commands that end by themselves. They run in this process, which saves the starts of many."""

PROCESSES = {
    "sandbox": ("--port 0", "Press Ctrl-C to stop.", r"Open it in a browser.*\nStopped\."),
    "record": ("a.jsonl", "incomingMessageReceived", r"1 notification recorded in a\.jsonl"),
    "replay": ("b.jsonl --port 0", "Press Ctrl-C to stop.", r"Replayed 0 of 1 notification:|before the replay started"),
    "demo": ("", "", r"4 messages received, 4 replies sent, 0 lost, 0 duplicated"),
}
"""Commands with processes or signals: options, the text after which Ctrl-C is pressed, and what is shown.

Their tests of JSON are next to those of what they do.
"""


def leaves(group: Any, path: str = "") -> Iterator[tuple[str, set[str]]]:
    """Yield the names of all commands that are no groups, and their options."""
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from leaves(command, f"{path}{name} ")
        else:
            yield f"{path}{name}", {option for parameter in command.params for option in parameter.opts}


OPTIONS = dict(leaves(get_command(app)))


@pytest.fixture(params=CASES)
def case(
    request: pytest.FixtureRequest,
    server: SandboxServer,
    instance: Instance,
    greenapi: Greenapi,
    tmp_path: Path,
) -> Generator[tuple[Case, list[str]]]:
    """A command with its options, and an instance and an inbox with something to see."""
    name: str = request.param
    found = CASES[name]
    if "bot.db" in found.options:
        anyio.run(_fill, tmp_path / "bot.db")

    def prepare() -> None:
        instance.groups.create("Friends", instance.own_id, [ANNA])
        if name in {"tail", "listen", "history", "contacts"}:
            instance.contact_writes(ANNA, "Hello", sender_name="Anna")
        if not found.is_linked:
            instance.set_state("notAuthorized")

    server.call(prepare)
    if "{hook}" not in found.options:
        yield found, [*name.split(), *found.options.split()]
        return
    with receiver(200) as target:
        yield found, [*name.split(), *found.options.format(hook=target.url).split()]


async def _fill(path: Path) -> None:
    """Create an inbox: entries 1 and 2 are in quarantine, 3 waits for a retry; a job and a broadcast."""
    body = {"typeWebhook": "incomingMessageReceived", "senderData": {"chatId": ANNA}}
    async with SQLiteInbox(path) as inbox:
        for _ in range(3):
            await inbox.put(Entry(id_instance=ID, body=json.dumps(body)))
        for number in 1, 2:
            await inbox.quarantine(number, 5, "Traceback\nValueError: no such order")
        [entry] = await inbox.waiting({ID}, 1, 1)
        await inbox.failed(3, 1, entry.stored, "Traceback\nTimeoutError")
        begin = datetime(2030, 1, 2, 3, tzinfo=UTC)
        await Jobs(inbox).add("report", {}, instance=None, at=begin)
        header = Header(state=BroadcastState.SENDING, created=begin, content=None)
        await BroadcastStore(inbox.records, ID, "sale").put_header(header)


def test_the_help_names_every_command_on_a_line_of_its_own(greenapi: Greenapi) -> None:
    listed = greenapi("--help").out.partition("Commands:")[2].strip().partition("\n\n")[0].splitlines()
    names = [line.split()[0] for line in listed]
    assert (set(names), names[0]) == ({name.split()[0] for name in OPTIONS}, "status")
    assert not [line for line in listed if line.endswith("...")]


def test_every_command_is_in_the_tables() -> None:
    assert {*CASES, *PROCESSES} == set(OPTIONS)
    assert [name for name, options in OPTIONS.items() if "--json" not in options] == []


@pytest.mark.slow
def test_a_terminal_shows_what_a_person_reads(
    case: tuple[Case, list[str]], monkeypatch: pytest.MonkeyPatch, instance: Instance
) -> None:
    expected, command = case
    status, shown = shown_in_process(monkeypatch, *command, typed=expected.typed)
    assert status == expected.status, shown
    assert re.search(expected.shown, re.sub(r"\x1b\[[0-9;]*m", "", shown), re.MULTILINE), shown
    assert ("\x1b[" in shown) is expected.colours, shown
    assert "most recent call" not in shown
    assert instance.token not in shown


@pytest.mark.slow
def test_a_pipe_gets_the_same_without_colours(case: tuple[Case, list[str]], greenapi: Greenapi) -> None:
    expected, command = case
    done = greenapi(*command, *(["--yes"] if expected.typed else []))
    assert done.status == expected.status, done.err
    assert re.search(expected.shown, done.out, re.MULTILINE), done.out
    assert "\x1b" not in done.out + done.err


@pytest.mark.slow
def test_json_is_all_that_is_printed(case: tuple[Case, list[str]], greenapi: Greenapi) -> None:
    expected, command = case
    done = greenapi(*command, "--json", *(["--yes"] if expected.typed else []))
    assert done.status == expected.status, done.err
    assert expected.json in done.out
    assert [json.loads(line) for line in done.out.splitlines()]


@pytest.mark.parametrize("name", OPTIONS)
def test_a_wrong_option_is_one_line(greenapi: Greenapi, name: str) -> None:
    done = greenapi(*name.split(), "--nonsense")
    assert (done.status, done.out, done.err.count("\n")) == (2, "", 1)
    assert done.err.startswith(f"greenapi {name}: No such option: --nonsense")
    assert done.err.endswith(f". See greenapi {name} --help.\n")


@pytest.mark.slow
@pytest.mark.parametrize("name", PROCESSES)
def test_a_terminal_shows_a_command_until_ctrl_c(
    terminal: Terminal, server: SandboxServer, instance: Instance, name: str
) -> None:
    options, until, expected = PROCESSES[name]
    server.call(lambda: instance.contact_writes(ANNA, "Hello", sender_name="Anna"))
    (terminal.folder / "b.jsonl").write_text('{"greenapi_recording": 1}\n{"at": 1, "body": {"a": 1}}\n', "utf-8")
    shown = in_terminal(terminal, name, *options.split(), until=until)
    assert re.search(expected, shown, re.DOTALL), shown
    assert "Traceback" not in shown
    assert ("\x1b[" in shown) is (name == "demo")
    assert instance.token not in shown


@pytest.mark.slow
@pytest.mark.parametrize(
    ("command", "until"), [("queue clear", "[y/N] "), (f"send {ANNA} -", "Ctrl-D"), ("mcp", "Press Ctrl-C to stop.")]
)
def test_ctrl_c_ends_a_wait_for_a_person(
    terminal: Terminal, server: SandboxServer, instance: Instance, command: str, until: str
) -> None:
    shown = in_terminal(terminal, *command.split(), until=until)
    assert "Traceback" not in shown
    assert server.call(lambda: instance.chat(ANNA)) == []

"""`greenapi record`, as a person starts and ends it."""

import json
import os
import shlex
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

from greenapi_async.recordings import read_recording
from greenapi_async.sandbox import Fault, Instance
from greenapi_async.sandbox.server import SandboxServer

CODE = "from greenapi_async.cli import main; main()"
ANNA = "79001234567@c.us"


def write(server: SandboxServer, instance: Instance, *texts: str) -> list[str]:
    return server.call(lambda: [instance.contact_writes(ANNA, text, sender_name="Anna") for text in texts])


def waiting(server: SandboxServer, instance: Instance) -> list[str]:
    return server.call(lambda: [body["idMessage"] for body in instance.notifications.bodies()])


def ids(path: Path) -> list[str]:
    return [recorded.body["idMessage"] for recorded in read_recording(path)]


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def _has_lines(path: Path, count: int) -> bool:
    return lines(path) == count


def test_it_records_until_a_signal_and_goes_on_later(terminal: Any, server: SandboxServer, instance: Instance) -> None:
    path = terminal.folder / "a.jsonl"
    first = write(server, instance, "a letter", "and another")
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: not waiting(server, instance))
        assert session.end(signal.SIGINT) == 0
    assert "2 notifications kept in a.jsonl" in session.said
    assert session.complained == ""
    assert "misses those that are\nrecorded here" in session.said
    assert "0600: only you can read it" in session.said
    assert "letter" not in session.said.replace("people's letters", "")
    assert max(map(len, session.said.splitlines())) <= 80
    second = write(server, instance, "later")
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: not waiting(server, instance))
        assert session.end(signal.SIGTERM) == 0
    assert "1 notification kept" in session.said
    assert ids(path) == [*first, *second]


def test_killed_in_the_middle_nothing_is_lost_and_nothing_doubled(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    path = terminal.folder / "a.jsonl"
    expected = write(server, instance, *map(str, range(60)))
    for deleted in (7, 21):
        left = 60 - deleted

        def stall(method: str, left: int = left) -> Fault | None:
            late = method == "deleteNotification" and len(instance.notifications) == left
            return Fault(delay=3600) if late else None

        server.sandbox.chooser = stall
        with terminal.started("record", "a.jsonl") as session:
            session.wait_until(partial(_has_lines, path, 1 + deleted + 1))
            session.process.kill()
            session.process.wait()
        server.sandbox.chooser = None
        assert waiting(server, instance) == expected[deleted:]
        with path.open("ab") as file:
            file.write(b'{"at": 1700000000.5, "receiptId": 77, "bo')
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: not waiting(server, instance))
        assert session.end(signal.SIGINT) == 0
    assert ids(path) == expected


def test_on_a_full_disk_it_stays_at_the_server(terminal: Any, server: SandboxServer, instance: Instance) -> None:
    path = terminal.folder / "a.jsonl"
    expected = write(server, instance, *("x" * 1000 for _ in range(20)))
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))"
    session = terminal.run("record", "a.jsonl", before=full)
    assert session.process.returncode == 1
    assert "a.jsonl cannot be written to: File too large" in session.complained
    assert "Traceback" not in session.complained
    assert path.read_bytes().endswith(b"}\n")
    kept = ids(path)
    assert 0 < len(kept) < 20
    assert f"{len(kept)} notifications kept" in session.said
    assert [*kept, *waiting(server, instance)] == expected


def test_where_it_cannot_write_nothing_is_taken(terminal: Any, server: SandboxServer, instance: Instance) -> None:
    expected = write(server, instance, "a")
    session = terminal.run("record", "no/folder")
    assert session.process.returncode == 1
    assert "No such file" in session.complained
    assert "Traceback" not in session.complained
    assert waiting(server, instance) == expected


def test_no_token_is_in_the_file(terminal: Any, server: SandboxServer, instance: Instance) -> None:
    path = terminal.folder / "a.jsonl"
    hook = "a-token-for-webhooks"
    escaped = hook.replace("-", "%2D")
    write(server, instance, f"https://x/{instance.token}?a={escaped}", f"Bearer {hook}", "%73" + instance.token[1:])
    server.call(lambda: instance.queue_notification({"webhookUrlToken": "old", instance.token: [{"idMessage": hook}]}))
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: lines(path) == 5)
        assert session.end(signal.SIGINT) == 0
    told = path.read_text("utf-8") + session.said + session.complained
    for secret in (instance.token, instance.token[1:], hook, escaped, '"old"'):
        assert secret not in told
    assert told.count("***") >= 6


def test_phone_numbers_are_replaced_and_with_a_key_alike_in_the_next_run(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    path = terminal.folder / "a.jsonl"
    terminal.variables["GREENAPI_RECORDING_KEY"] = "correct horse battery"
    for text in ("call +7 900 123-45-67", "or 8 900 1234567"):
        write(server, instance, text)
        with terminal.started("record", "a.jsonl", "--hide-phones") as session:
            session.wait_until(lambda: not waiting(server, instance))
            assert session.end(signal.SIGINT) == 0
    first, second = (recorded.body for recorded in read_recording(path))
    assert first["senderData"] == second["senderData"]
    assert first["senderData"]["senderName"] == "Anna"
    told = path.read_text("utf-8").replace(" ", "").replace("-", "")
    for secret in ("9001234567", "9876543210", "correct"):
        assert secret not in told
    plain = terminal.run("record", "a.jsonl")
    assert plain.process.returncode == 1
    assert "record into another file" in plain.complained


def test_when_nobody_reads_what_it_prints_it_ends(terminal: Any, server: SandboxServer, instance: Instance) -> None:
    expected = write(server, instance, *map(str, range(5)))
    command = f"{shlex.quote(sys.executable)} -c {shlex.quote(CODE)} record a.jsonl | head -n 1"
    environment = {**os.environ, "NO_PROXY": "*", "no_proxy": "*", **terminal.variables}
    done = subprocess.run(
        ["sh", "-c", command],
        check=False,
        capture_output=True,
        text=True,
        cwd=terminal.folder,
        env=environment,
        timeout=120,
    )
    assert (done.stdout.count("\n"), done.stderr) == (1, "")
    path = terminal.folder / "a.jsonl"
    assert [*ids(path), *waiting(server, instance)] == expected


def test_output_that_cannot_be_written_ends_it_and_what_an_encoding_lacks_is_escaped(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    for each in "ab":
        server.call(partial(instance.queue_notification, {"typeWebhook": "\u0439", "idMessage": each}))
    lost = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
    session = terminal.run("record", "a.jsonl", before=lost)
    assert (session.process.returncode, session.complained, len(waiting(server, instance))) == (0, "", 2)
    terminal.variables["PYTHONIOENCODING"] = "ascii"
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: not waiting(server, instance))
        assert session.end(signal.SIGINT) == 0
    assert session.said.count("\\u0439") == 2
    assert session.complained == ""


def test_a_server_that_cannot_be_reached_is_told_soon(terminal: Any) -> None:
    terminal.variables["GREENAPI_API_URL"] = "http://127.0.0.1:1"
    session = terminal.run("record", "a.jsonl")
    assert session.process.returncode == 1
    assert "Check the network" in session.complained
    assert not (terminal.folder / "a.jsonl").exists()


def test_without_its_variables_it_says_which(terminal: Any) -> None:
    del terminal.variables["GREENAPI_ID_INSTANCE"]
    session = terminal.run("record", "a.jsonl", before="import os; os.environ.pop('GREENAPI_ID_INSTANCE', None)")
    assert session.process.returncode == 1
    assert "GREENAPI_ID_INSTANCE is not set" in session.complained
    assert not (terminal.folder / "a.jsonl").exists()


def test_a_wrong_token_ends_it_before_it_begins(terminal: Any) -> None:
    terminal.variables["GREENAPI_API_TOKEN_INSTANCE"] = "another"
    session = terminal.run("record", "a.jsonl")
    assert session.process.returncode == 1
    assert "Check the token" in session.complained
    assert not (terminal.folder / "a.jsonl").exists()


def test_what_is_recorded_can_be_read_by_anybody_who_reads_json(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    path = terminal.folder / "a.jsonl"
    [id_message] = write(server, instance, "Привет \U0001f60a")
    body = server.call(lambda: instance.notifications.bodies()[0])
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: lines(path) == 2)
        session.end(signal.SIGINT)
    header, line = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    assert (header["greenapi_recording"], header["idInstance"]) == (1, instance.id_instance)
    assert (line["body"], line["body"]["idMessage"]) == (body, id_message)

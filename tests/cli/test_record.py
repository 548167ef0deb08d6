"""`greenapi record`, from start to signal."""

import json
import os
import shlex
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from greenapi_async.sandbox import Fault, Instance
from greenapi_async.sandbox.server import SandboxServer
from greenapi_async.testing.recordings import read_recording

pytestmark = pytest.mark.slow

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


def test_it_records_until_a_signal_and_continues_later(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    path = terminal.folder / "a.jsonl"
    first = write(server, instance, "a secret text", "and another")
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: not waiting(server, instance))
        assert session.end(signal.SIGINT) == 0
    assert "2 notifications recorded in a.jsonl" in session.output
    assert session.errors == ""
    assert "each of them gets\nonly a part" in session.output
    assert "0600: only you can read it" in session.output
    assert "secret text" not in session.output
    assert max(map(len, session.output.splitlines())) <= 80
    second = write(server, instance, "later")
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: not waiting(server, instance))
        assert session.end(signal.SIGTERM) == 0
    assert "1 notification recorded" in session.output
    assert ids(path) == [*first, *second]


def test_nothing_is_lost_or_duplicated_when_the_process_is_killed(
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


def test_on_a_full_disk_notifications_stay_on_the_server(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    path = terminal.folder / "a.jsonl"
    expected = write(server, instance, *("x" * 1000 for _ in range(20)))
    full = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (8000, 8000))"
    session = terminal.run("record", "a.jsonl", before=full)
    assert session.process.returncode == 1
    assert "cannot write to a.jsonl: File too large" in session.errors
    assert "Traceback" not in session.errors
    assert path.read_bytes().endswith(b"}\n")
    recorded = ids(path)
    assert 0 < len(recorded) < 20
    assert f"{len(recorded)} notifications recorded" in session.output
    assert [*recorded, *waiting(server, instance)] == expected


def test_an_unwritable_path_takes_nothing_from_the_queue(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    expected = write(server, instance, "a")
    session = terminal.run("record", "no/folder")
    assert session.process.returncode == 1
    assert "No such file" in session.errors
    assert "Traceback" not in session.errors
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
    written = path.read_text("utf-8") + session.output + session.errors
    for secret in (instance.token, instance.token[1:], hook, escaped, '"old"'):
        assert secret not in written
    assert written.count("***") >= 6


def test_phone_numbers_are_replaced_consistently_across_runs_with_a_key(
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
    written = path.read_text("utf-8").replace(" ", "").replace("-", "")
    for secret in ("9001234567", "9876543210", "correct"):
        assert secret not in written
    plain = terminal.run("record", "a.jsonl")
    assert plain.process.returncode == 1
    assert "record into another file" in plain.errors


def test_it_stops_when_the_output_pipe_is_closed(terminal: Any, server: SandboxServer, instance: Instance) -> None:
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


def test_it_stops_when_the_output_fails_and_escapes_unencodable_characters(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    for each in "ab":
        server.call(partial(instance.queue_notification, {"typeWebhook": "\u0439", "idMessage": each}))
    lost = "import os; os.dup2(os.open('/dev/full', os.O_WRONLY), 1)"
    session = terminal.run("record", "a.jsonl", before=lost)
    assert (session.process.returncode, session.errors, len(waiting(server, instance))) == (0, "", 2)
    terminal.variables["PYTHONIOENCODING"] = "ascii"
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: not waiting(server, instance))
        assert session.end(signal.SIGINT) == 0
    assert session.output.count("\\u0439") == 2
    assert session.errors == ""


def test_an_unreachable_server_is_reported_quickly(terminal: Any) -> None:
    terminal.variables["GREENAPI_API_URL"] = "http://127.0.0.1:1"
    session = terminal.run("record", "a.jsonl")
    assert session.process.returncode == 1
    assert "Check the network" in session.errors
    assert not (terminal.folder / "a.jsonl").exists()


def test_a_missing_variable_is_named(terminal: Any) -> None:
    del terminal.variables["GREENAPI_ID_INSTANCE"]
    session = terminal.run("record", "a.jsonl", before="import os; os.environ.pop('GREENAPI_ID_INSTANCE', None)")
    assert session.process.returncode == 2
    assert session.errors.startswith("greenapi record: GREENAPI_ID_INSTANCE is not set in the environment")
    assert session.errors.count("\n") == 1
    assert not (terminal.folder / "a.jsonl").exists()


def test_the_instance_of_a_profile_is_recorded_and_summarized_as_json(
    terminal: Any, server: SandboxServer, instance: Instance
) -> None:
    (terminal.folder / "secret").write_text(instance.token, "utf-8")
    (terminal.folder / "shops.toml").write_text(
        f'[profiles.shop]\nid_instance = {instance.id_instance}\napi_url = "{server.url}"\n'
        'api_token_instance_file = "secret"\n',
        "utf-8",
    )
    terminal.variables.clear()
    write(server, instance, f"my token is {instance.token}", "and another")
    options = ("--profile", "shop", "--config", "shops.toml", "--json")
    with terminal.started("record", "a.jsonl", *options) as session:
        session.wait_until(lambda: not waiting(server, instance))
        assert session.end(signal.SIGINT) == 0
    assert json.loads(session.output) == {"file": "a.jsonl", "recorded": 2}
    assert session.errors == ""
    assert instance.token not in (terminal.folder / "a.jsonl").read_text("utf-8")


def test_a_wrong_token_is_reported_before_recording(terminal: Any) -> None:
    terminal.variables["GREENAPI_API_TOKEN_INSTANCE"] = "another"
    session = terminal.run("record", "a.jsonl")
    assert session.process.returncode == 1
    assert "Check the token" in session.errors
    assert not (terminal.folder / "a.jsonl").exists()


def test_a_recording_is_json_lines(terminal: Any, server: SandboxServer, instance: Instance) -> None:
    path = terminal.folder / "a.jsonl"
    [id_message] = write(server, instance, "Привет \U0001f60a")
    body = server.call(lambda: instance.notifications.bodies()[0])
    with terminal.started("record", "a.jsonl") as session:
        session.wait_until(lambda: lines(path) == 2)
        session.end(signal.SIGINT)
    header, line = (json.loads(line) for line in path.read_text("utf-8").splitlines())
    assert (header["greenapi_recording"], header["idInstance"]) == (1, instance.id_instance)
    assert (line["body"], line["body"]["idMessage"]) == (body, id_message)

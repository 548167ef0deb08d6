"""`greenapi replay` with a bot in another process."""

import json
import re
import signal
import socket
from pathlib import Path
from typing import Any

import httpx
import pytest

pytestmark = pytest.mark.slow

ECHO_BOT = str(Path(__file__).parents[2] / "examples" / "echo_bot.py")
HEADER = '{"greenapi_recording": 1, "idInstance": 7103000001}\n'


def text(number: int, chat_id: str = "79001234567@c.us") -> str:
    body = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 7103000001, "wid": "79876500000@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1_600_000_000 + number,
        "idMessage": f"F7AEC1B7086ECDC7E6E45923F5ED{number:04}",
        "senderData": {"chatId": chat_id, "sender": "79001234567@c.us", "senderName": "Anna"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": f"text {number}"}},
    }
    return json.dumps({"at": 1_600_000_000 + number, "body": body}) + "\n"


@pytest.fixture
def recording(terminal: Any) -> str:
    path = terminal.folder / "a.jsonl"
    path.write_text(HEADER + "".join(map(text, range(5))) + text(5, "120363347693198097@g.us"), "utf-8")
    return str(path)


def variables(session: Any) -> dict[str, str]:
    output = session.wait_for("Press Ctrl-C to stop.")
    return dict(re.findall(r"export (\w+)=(\S+)", output))


@pytest.mark.parametrize("options", [["--step"], ["--speed", "20"]])
def test_everything_is_replayed_and_summarized(terminal: Any, recording: str, options: list[str]) -> None:
    with terminal.started("replay", recording, "--port", "0", *options) as session:
        terminal.variables.update(variables(session))
        assert terminal.variables["GREENAPI_ID_INSTANCE"] == "7103000001"
        with terminal.started(script=ECHO_BOT):
            assert session.process.wait(120) == 0
    assert re.search(r"1/6  \d\d:\d\d:\d\d  incomingMessageReceived  79001234567@c\.us  \d+ ms", session.output)
    assert "Replayed 6 of 6 notifications: 6 acknowledged, 0 not acknowledged." in session.output
    assert "The bot sent 6 messages:\n  5 to 79001234567@c.us\n  1 to 120363347693198097@g.us" in session.output
    assert "Failed API calls: none" in session.output
    assert session.errors == ""
    assert "text 1" not in session.output


def test_the_address_and_the_summary_are_json(terminal: Any, recording: str) -> None:
    with terminal.started("replay", recording, "--port", "0", "--step", "--json") as session:
        address = json.loads(session.wait_for("\n"))
        [instance] = address["instances"]
        terminal.variables.update(
            {
                "GREENAPI_API_URL": address["url"],
                "GREENAPI_MEDIA_URL": address["url"],
                "GREENAPI_ID_INSTANCE": str(instance["idInstance"]),
                "GREENAPI_API_TOKEN_INSTANCE": instance["apiTokenInstance"],
            }
        )
        with terminal.started(script=ECHO_BOT):
            assert session.process.wait(120) == 0
    _, summary = session.output.splitlines()
    assert json.loads(summary) == {
        "complete": True,
        "notifications": 6,
        "replayed": 6,
        "acknowledged": 6,
        "skipped": 0,
        "sentMessages": {"79001234567@c.us": 5, "120363347693198097@g.us": 1},
        "failedCalls": {},
    }
    assert session.errors == ""


def poll(exported: dict[str, str], method: str = "receiveNotification") -> httpx.Response:
    url, instance, token = (exported[f"GREENAPI_{name}"] for name in ("API_URL", "ID_INSTANCE", "API_TOKEN_INSTANCE"))
    return httpx.get(f"{url}/waInstance{instance}/{method}/{token}", timeout=60)


def test_ctrl_c_stops_with_a_summary(terminal: Any, recording: str) -> None:
    with terminal.started("replay", recording, "--port", "0", "--step") as session:
        served = poll(variables(session)).json()
        assert served["body"]["messageData"]["textMessageData"]["textMessage"] == "text 0"
        assert served["body"]["timestamp"] > 1_700_000_000
        assert session.end(signal.SIGINT) == 1
    assert "incomingMessageReceived  79001234567@c.us  not acknowledged" in session.output
    assert "Replayed 1 of 6 notifications: 0 acknowledged, 1 not acknowledged." in session.output
    assert session.errors == ""


def test_a_signal_before_the_bot_connects_stops_it(terminal: Any, recording: str) -> None:
    with terminal.started("replay", recording, "--port", "0") as session:
        variables(session)
        assert session.end(signal.SIGTERM) == 1
    assert re.search(
        r"Replayed 0 of 6|Stopped before the replay started\.", session.output
    )  # depends on when the signal arrives
    assert session.errors == ""


def test_missing_acknowledgements_and_failed_calls_are_reported(terminal: Any, recording: str) -> None:
    options = ("--port", "0", "--speed", "0", "--patience", "0.2", "--keep-times")
    with terminal.started("replay", recording, *options) as session:
        exported = variables(session)
        assert poll(exported, "nonsense").status_code == 404
        assert poll(exported).json()["body"]["timestamp"] == 1_600_000_000
        assert session.process.wait(60) == 1
    assert "Replayed 6 of 6 notifications: 0 acknowledged, 6 not acknowledged." in session.output
    assert "Failed API calls: 1\n  1 unknown: 404" in session.output
    assert "The bot acknowledged nothing within the time set by --patience." in session.output
    assert session.errors == ""


def test_a_webhook_receiver_gets_the_replay(terminal: Any, recording: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(60)
        with terminal.started("replay", recording, "--port", "0", "--step") as session:
            exported = variables(session)
            url, instance = exported["GREENAPI_API_URL"], exported["GREENAPI_ID_INSTANCE"]
            settings = {"webhookUrl": f"http://127.0.0.1:{listener.getsockname()[1]}/"}
            path = f"/waInstance{instance}/setSettings/{exported['GREENAPI_API_TOKEN_INSTANCE']}"
            assert httpx.post(url + path, json=settings, timeout=60).json() == {"saveSettings": True}
            for _ in range(6):
                connection, _ = listener.accept()
                with connection:
                    connection.settimeout(60)
                    got = b""
                    while b"messageData" not in got or not got.endswith(b"}}}"):
                        got += connection.recv(65_536)
                    connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
            assert session.process.wait(60) == 0
    assert "Replayed 6 of 6 notifications: 6 acknowledged, 0 not acknowledged." in session.output


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot read a.jsonl: No such file or directory"),
        (HEADER + text(1) + '{"body": {}}\n', "line 3: 'at' must be a number, the seconds since 1970"),
    ],
)
def test_an_invalid_file_is_reported_before_anything_starts(terminal: Any, content: str | None, message: str) -> None:
    if content is not None:
        (terminal.folder / "a.jsonl").write_text(content, "utf-8")
    session = terminal.run("replay", "a.jsonl", "--port", "0")
    assert session.process.returncode == 2
    assert message in session.errors
    assert session.output == ""
    assert "Traceback" not in session.errors


@pytest.mark.parametrize("command", ["replay", "sandbox"])
def test_a_port_in_use_is_wrong_use(terminal: Any, recording: str, command: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
        session = terminal.run(command, *([recording] if command == "replay" else []), "--port", str(port))
    assert session.process.returncode == 2
    expected = f"greenapi {command}: port {port} is in use; choose another with --port, or a free one with --port 0."
    assert session.errors == f"{expected}\n"


def test_an_incomplete_last_line_is_reported_and_ignored(terminal: Any, recording: str) -> None:
    with Path(recording).open("ab") as file:
        file.write(b'{"at": 16')
    with terminal.started("replay", recording, "--port", "0") as session:
        assert "6 notifications" in session.wait_for("Press Ctrl-C to stop.")
    assert "Its last line is incomplete and is ignored." in session.output

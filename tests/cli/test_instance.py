"""Commands on an instance, against a sandbox."""

import io
import json
import re
import socket
import time
from pathlib import Path
from typing import Literal

import anyio
import pytest

from greenapi_async import SQLiteInbox
from greenapi_async.http.library import ssl_context
from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer

from .conftest import Greenapi, Terminal
from .pseudo_terminal import in_terminal


def test_the_status_of_an_instance_is_shown(greenapi: Greenapi, instance: Instance) -> None:
    done = greenapi("status")
    assert done.status == 0
    fields = dict(line.split(None, 1) for line in done.out.splitlines())
    assert fields["state"] == "authorized"
    assert fields["delivery"] == "polling"
    assert fields["queues"] == "0 messages to send, 0 notifications to receive"
    described = greenapi("status", "--json").json
    assert described["idInstance"] == instance.id_instance
    assert described["typeInstance"] == "whatsapp"
    assert described["notifications"] == {"incomingWebhook": True, "outgoingWebhook": True, "stateWebhook": True}


def test_the_status_of_an_instance_without_a_phone_is_a_failure(
    greenapi: Greenapi, server: SandboxServer, instance: Instance
) -> None:
    server.call(lambda: instance.set_state("notAuthorized"))
    done = greenapi("status")
    assert done.status == 1
    assert "notAuthorized" in done.out


@pytest.mark.parametrize("state", ["starting", None])
def test_an_instance_that_is_starting_or_being_created_is_named_at_once(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, state: Literal["starting"] | None
) -> None:
    """It answers nothing but its state."""
    server.call(lambda: instance.set_state(state))
    begin = time.monotonic()
    done = greenapi("status")
    assert (done.status, done.err) == (1, "")
    assert re.search(rf"state +{state or 'being created'}", done.out)
    shown = greenapi("status", "--json").json
    assert (shown["stateInstance"], shown["webhookUrl"], shown["messagesCount"]) == (state, None, None)
    found = findings(greenapi)["instance"]
    assert found["level"] == "error"
    assert "wait up to five minutes" in found["fix"]
    assert time.monotonic() - begin < 8


@pytest.mark.parametrize(
    ("name", "value", "status", "words"),
    [
        ("GREENAPI_API_TOKEN_INSTANCE", "wrong", 1, "401"),
        ("GREENAPI_API_URL", "http://127.0.0.1:1", 1, "no connection to 127.0.0.1:1 ("),
        ("GREENAPI_API_URL", "nonsense", 2, "api_url"),
        ("GREENAPI_ID_INSTANCE", "", 2, "GREENAPI_ID_INSTANCE is not set in the environment"),
        ("GREENAPI_ID_INSTANCE", "abc", 2, "abc"),
        ("GREENAPI_API_TOKEN_INSTANCE_FILE", "x", 2, "both"),
        ("GREENAPI_API_TOKEN_INSTANCE", "", 2, "GREENAPI_API_TOKEN_INSTANCE is not set"),
        ("GREENAPI_PROFILE", "x", 2, "no file of profiles"),
    ],
)
def test_a_wrong_configuration_is_one_line(
    greenapi: Greenapi, monkeypatch: pytest.MonkeyPatch, name: str, value: str, status: int, words: str
) -> None:
    monkeypatch.setenv(name, value)
    done = greenapi("status")
    assert done.status == status
    assert words in done.err
    assert done.err.startswith("greenapi status: ")
    assert done.err.count("\n") == 1


@pytest.mark.slow
@pytest.mark.parametrize("command", ["status", "doctor"])
def test_a_server_that_does_not_answer_is_named_within_the_time_of_a_health_check(
    greenapi: Greenapi, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("GREENAPI_API_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        begin = time.monotonic()
        done = greenapi(command)
        assert time.monotonic() - begin < 25
    assert done.status == 1
    assert "no complete answer" in done.out + done.err


@pytest.mark.parametrize(
    "command",
    [
        "settings get",
        "settings set incomingWebhook=no",
        "history 79001234567",
        "history",
        "contacts",
        "queue show",
        "queue clear --yes",
        "call getSettings",
        "call sendMessage chatId=79001234567@c.us message=Hi",
        "send 79001234567 Hi",
        "webhook off",
        "listen --forward-to http://127.0.0.1:1/",
        "qr",
        "status",
        "doctor",
    ],
)
def test_a_silent_server_is_asked_once_and_named(
    greenapi: Greenapi, monkeypatch: pytest.MonkeyPatch, command: str
) -> None:
    ssl_context()  # takes time, once in a process
    for name in "TIMEOUT", "CHECK_TIMEOUT":
        monkeypatch.setattr(f"greenapi_async.cli.run.{name}", 0.5)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setenv("GREENAPI_API_URL", f"http://127.0.0.1:{silent.getsockname()[1]}")
        done = greenapi(*command.split())
        silent.setblocking(False)
        silent.accept()[0].close()
        with pytest.raises(BlockingIOError):
            silent.accept()
    assert done.status == 1
    assert "no complete answer within 0.5 s" in done.out + done.err
    assert done.err.count("\n") == (command != "doctor")
    assert not re.search(r"[a-z]_[a-z]+\(|timeout=|Retry\(", done.out + done.err), "advice for programmers"


def test_a_token_in_place_of_the_id_is_not_shown(
    greenapi: Greenapi, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GREENAPI_ID_INSTANCE", instance.token)
    monkeypatch.setenv("GREENAPI_API_TOKEN_INSTANCE", str(instance.id_instance))
    done = greenapi("status")  # the fixture looks for the token
    assert (done.status, "perhaps the token" in done.err) == (2, True)


def test_a_token_file_in_an_unknown_home_directory_is_one_line(
    greenapi: Greenapi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GREENAPI_API_TOKEN_INSTANCE")
    monkeypatch.setenv("GREENAPI_API_TOKEN_INSTANCE_FILE", "~nobody-has-this-name/token")
    done = greenapi("status")
    assert (done.status, done.err.count("\n")) == (2, 1)
    assert "no such home directory" in done.err


def test_a_profile_is_read_from_a_file(
    greenapi: Greenapi, instance: Instance, terminal: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = terminal.variables["GREENAPI_API_URL"]
    (tmp_path / "secret").write_text(f"{instance.token}\n", "utf-8")
    (tmp_path / "greenapi.toml").write_text(
        f'[profiles.shop]\nid_instance = {instance.id_instance}\napi_url = "{url}"\n'
        'api_token_instance_file = "secret"\n'
        '[profiles.typo]\ntoken = "x"\n',
        "utf-8",
    )
    monkeypatch.delenv("GREENAPI_ID_INSTANCE")
    assert greenapi("status", "--profile", "shop").status == 0
    assert "its profiles: shop, typo" in greenapi("status", "--profile", "home").err
    done = greenapi("status", "--profile", "typo")
    assert (done.status, "token is not a text or not known" in done.err) == (2, True)
    assert greenapi("status", "--config", "greenapi.toml").status == 2
    (tmp_path / "greenapi.toml").write_text("[profiles", "utf-8")
    assert "is not TOML" in greenapi("status", "--profile", "shop").err


def test_variables_are_read_from_a_file(
    greenapi: Greenapi, instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("GREENAPI_ID_INSTANCE")
    monkeypatch.delenv("GREENAPI_API_TOKEN_INSTANCE")
    (tmp_path / ".env").write_text(
        f"# mine\nexport GREENAPI_ID_INSTANCE={instance.id_instance} # id\n"
        f"GREENAPI_API_TOKEN_INSTANCE='{instance.token}'\nOTHER=1\n",
        "utf-8",
    )
    assert greenapi("status").status == 0
    (tmp_path / ".env").write_text(
        f'GREENAPI_ID_INSTANCE={instance.id_instance}\nGREENAPI_API_TOKEN_INSTANCE="{instance.token}"  # secret\n',
        "utf-8-sig",  # as some editors write it
    )
    assert greenapi("status").status == 0


def findings(greenapi: Greenapi, *options: object) -> dict[str, dict[str, str]]:
    rows: list[dict[str, str]] = greenapi("doctor", "--json", *options).json
    return {row["subject"]: row for row in rows if row["level"] != "ok"}


def test_the_doctor_finds_nothing_wrong_with_a_working_instance(greenapi: Greenapi) -> None:
    done = greenapi("doctor")
    assert done.status == 0
    assert done.out.endswith("No errors, no warnings.\n")


def test_the_doctor_names_each_problem_and_its_fix(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    server.call(lambda: instance.settings.update({"webhookUrl": "http://127.0.0.1:1/hook"}))
    found = findings(greenapi)
    assert found["webhook"]["level"] == "error"
    assert "greenapi webhook off" in found["webhook"]["fix"]
    server.call(lambda: instance.settings.update({"webhookUrl": "", "incomingWebhook": "no"}))
    assert "incoming messages are off" in findings(greenapi)["instance"]["text"]
    assert "run greenapi settings set incomingWebhook=yes" in greenapi("doctor").out
    server.call(lambda: instance.set_state("notAuthorized"))
    assert "scan a QR code with greenapi qr, or use greenapi code." in greenapi("doctor").out
    done = greenapi("doctor", "--inbox", tmp_path / "nowhere.db")
    assert (done.status, "nowhere.db does not exist" in done.out) == (1, True)
    monkeypatch.setenv("GREENAPI_API_TOKEN_INSTANCE", "wrong")
    assert "401" in findings(greenapi)["API"]["text"]
    monkeypatch.setenv("GREENAPI_API_URL", "http://127.0.0.1:1")
    assert "network" in findings(greenapi)["API"]["fix"]
    monkeypatch.delenv("GREENAPI_ID_INSTANCE")
    done = greenapi("doctor", "--json")
    assert done.status == 1
    finding = json.loads(done.out)[-1]
    assert finding["subject"] == "configuration"
    for name in ("ID_INSTANCE", "API_TOKEN_INSTANCE", "API_URL", "MEDIA_URL"):
        assert f"GREENAPI_{name}" in finding["fix"]
        assert f"GREENAPI_{name}" in greenapi("--help").out


def test_the_doctor_names_a_blocked_account_and_a_full_disk(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    async def create() -> None:
        async with SQLiteInbox(tmp_path / "bot.db"):
            pass

    anyio.run(create)
    found = findings(greenapi, "--inbox", tmp_path / "bot.db")
    assert "disk" not in found
    monkeypatch.setattr("greenapi_async.cli.doctor.MIN_FREE", 2**60)  # as on a disk that is full
    server.call(lambda: instance.set_state("blocked"))
    found = findings(greenapi, "--inbox", tmp_path / "bot.db")
    assert found["disk"]["level"] == "error"
    assert "Free disk space" in found["disk"]["fix"]
    assert any("blocked" in row["text"] or "banned" in row["text"] for row in found.values()), found


def test_settings_are_shown_and_changed(greenapi: Greenapi) -> None:
    assert greenapi("settings", "get", "incomingWebhook", "webhook_url", "--json").json == {
        "webhookUrl": "",
        "incomingWebhook": "yes",
    }
    assert greenapi("settings", "set", "incomingWebhook=no", "delay_send_messages_milliseconds=700").status == 0
    out = greenapi("settings", "get").out
    assert "a-token-for-webhooks" not in out
    assert [line.split()[1] for line in out.splitlines() if line.startswith(("incomingWebhook ", "delay"))] == [
        "700",
        "no",
    ]


def test_queues_are_shown_and_cleared(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.call(lambda: instance.set_state("notAuthorized"))
    greenapi("send", "79001234567", "Your order is ready")
    assert "sendMessage  79001234567@c.us  Your order is ready" in greenapi("queue", "show").out
    assert len(greenapi("queue", "show", "--json").json["messages"]) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO(""))
    refused = greenapi("queue", "clear")
    assert (refused.status, "--yes" in refused.err) == (2, True)
    assert greenapi("queue", "clear", "--yes").status == 0
    assert greenapi("queue", "show", "--json").json["messages"] == []
    server.call(lambda: instance.contact_writes("79001234567@c.us", "Hello"))
    assert greenapi("queue", "clear", "--notifications", "--yes").status == 0
    assert server.call(lambda: len(instance.notifications)) == 0


def test_messages_contacts_and_groups_are_listed(greenapi: Greenapi, server: SandboxServer, instance: Instance) -> None:
    for command, text in {"history": "No messages.", "contacts": "No contacts.", "groups": "No groups."}.items():
        nothing = greenapi(command)
        assert (nothing.out, nothing.err) == ("", f"{text}\n")
    server.call(lambda: instance.contact_writes("79001234567@c.us", "Hel\x1b[31mlo", sender_name="Anna"))
    [line] = greenapi("history", "+7 900 123-45-67").out.splitlines()
    assert line.endswith("<-  Hel?[31mlo")
    [line] = greenapi("history").out.splitlines()
    assert line.endswith("<-  79001234567@c.us  Hel?[31mlo")
    assert greenapi("history", "79001234567", "--json").json[0]["type"] == "incoming"
    assert greenapi("contacts").out == "79001234567@c.us  Anna\n"
    assert greenapi("contacts", "--json").json[0]["id"] == "79001234567@c.us"
    assert greenapi("groups", "--json").json == []
    family, persian = "\U0001f468\u200d\U0001f469\u200d\U0001f467", "\u0645\u06cc\u200c\u062e\u0648\u0627\u0647\u0645"
    server.call(lambda: instance.contact_writes("79001234568@c.us", f"{family} {persian} \u202ab\u202c"))
    assert greenapi("history", "79001234568").out.endswith(f"<-  {family} {persian} b\n")


def test_any_method_is_called(greenapi: Greenapi) -> None:
    assert greenapi("call", "getStateInstance").json == {"stateInstance": "authorized"}
    sent = greenapi("call", "send_message", "chatId=79001234567@c.us", "message=1=1").json
    assert (
        greenapi("call", "getMessage", "chatId=79001234567@c.us", f"idMessage={sent['idMessage']}").json["textMessage"]
        == "1=1"
    )
    assert len(greenapi("call", "getChatHistory", "chatId=79001234567@c.us", "count:=1", "--verb", "post").json) == 1
    assert greenapi("call", "deleteNotification", "receiptId=1").status == 0
    assert greenapi("call", "getSettings").json["webhookUrlToken"] == "***"
    assert greenapi("call", "noSuchMethod").status == 1


def test_the_webhook_is_set_and_removed(greenapi: Greenapi, server: SandboxServer, instance: Instance) -> None:
    assert greenapi("webhook", "set", "http://127.0.0.1:1/hook", "--token", "a secret").status == 0
    assert instance.settings["webhookUrl"] == "http://127.0.0.1:1/hook"
    assert greenapi("status", "--json").json["webhookUrl"] == "http://127.0.0.1:1/hook"
    assert greenapi("webhook", "off", "--json").json == {"webhookUrl": ""}


@pytest.mark.parametrize(
    ("command", "message"),
    [
        (["settings"], "a command is missing: get, set"),
        (["settings", "get", "pollWebhook"], "did you mean pollMessageWebhook?"),
        (["settings", "set"], "Missing argument"),
        (["settings", "set", "incomingWebhook"], "NAME=VALUE"),
        (["settings", "set", "incomingWebhook=maybe"], "expected yes or no"),
        (["settings", "set", "delaySendMessagesMilliseconds=x"], "expected a number"),
        (["settings", "set", "delaySendMessagesMilliseconds=1"], "500"),
        (["settings", "set", "wid=1"], "cannot be changed"),
        (["settings", "set", "incomingWebhook=yes", "incoming_webhook=no"], "given twice"),
        (["queue"], "a command is missing"),
        (["webhook", "set", "nonsense"], "http://"),
        (["webhook", "set"], "Missing argument"),
        (["history", "abc"], "invalid phone number"),
        (["history", "--count", "0"], "--count"),
        (["contacts", "x"], "unexpected extra argument"),
        (["code", "12"], "phone"),
        (["code"], "Missing argument"),
        (["qr", "--timeout", "0"], "'--timeout': expected at least 1. See"),
        (["qr", "--timeout", "x"], "'--timeout': expected a number. See"),
        (["call"], "Missing argument"),
        (["call", "getSettings", "x"], "name:=json"),
        (["call", "sendMessage", "a=1", "a=2"], "given twice"),
        (["call", "sendMessage", "count:=x"], "is not JSON"),
        (["call", "updateApiToken"], "update_api_token"),
        (["call", "a/b"], "method"),
        (["call", "sendMesage", "message=x"], "no method 'sendMesage'; did you mean sendMessage?"),
        (["call", "getSettings", "--verb", "FETCH"], "--verb"),
        (["status", "--nonsense"], "No such option"),
        (["nonsense"], "No such command 'nonsense'. See greenapi --help."),
        (["sandbx"], "'sandbox', 'send'? See greenapi --help."),
    ],
)
def test_wrong_use_is_one_line(greenapi: Greenapi, command: list[str], message: str) -> None:
    done = greenapi(*command)
    assert (done.status, done.err.count("\n")) == (2, 1), done.err
    assert message in done.err
    assert done.out == ""


def test_a_qr_code_is_shown_until_it_is_scanned(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, tmp_path: Path
) -> None:
    server.call(lambda: instance.set_state("notAuthorized"))
    done = greenapi("qr", "--timeout", 1)
    assert (done.status, "no phone was linked within 1 s" in done.err) == (1, True)
    lines = [line for line in done.out.splitlines() if set(line) <= set("█▄▀ ")]
    assert len(lines) >= 12
    assert len({len(line) for line in lines}) == 1
    assert greenapi("qr", "--timeout", 1, "--png", "qr.png").status == 1
    assert (tmp_path / "qr.png").read_bytes().startswith(b"\x89PNG")
    assert (tmp_path / "qr.png").stat().st_mode & 0o077 == 0
    done = greenapi("qr", "--timeout", 1, "--json")
    assert json.loads(done.out.splitlines()[0])["type"] == "qrCode"


def test_a_linked_phone_needs_no_qr_code(greenapi: Greenapi) -> None:
    assert greenapi("qr").out == "A phone is linked.\n"


def test_a_code_links_a_phone(greenapi: Greenapi, server: SandboxServer, instance: Instance) -> None:
    server.call(lambda: instance.set_state("notAuthorized"))
    done = greenapi("code", "79001234567", "--timeout", 0)
    assert done.status == 0, done.err
    assert len(done.out.splitlines()[0]) == 8
    assert greenapi("code", "79001234567", "--timeout", 1).status == 1


@pytest.mark.slow
def test_a_terminal_shows_colours_and_a_pipe_none(terminal: Terminal) -> None:
    assert "\x1b[32mauthorized\x1b[0m" in in_terminal(terminal, "status")
    assert "\x1b" not in in_terminal(terminal, "status", NO_COLOR="1")
    assert "\x1b" not in terminal.run("status").output
    asked = in_terminal(terminal, "queue", "clear", typed="n\n")
    assert "Drop all messages that wait to be sent? [y/N]" in asked
    assert "nothing was changed" in asked
    assert terminal.run("status", "--json").output.startswith('{"idInstance"')

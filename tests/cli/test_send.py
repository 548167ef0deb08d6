"""The command ``greenapi send``, against a sandbox."""

import io
import signal
import socket
import sys
from pathlib import Path

import pytest

from greenapi_async.sandbox import Instance
from greenapi_async.sandbox.server import SandboxServer

from .conftest import Greenapi, Terminal

CHAT = "79001234567@c.us"


def sent(server: SandboxServer, instance: Instance) -> list[str]:
    """Return the types of what the instance sends, or has sent."""
    return server.call(
        lambda: (
            [message.type_message for message in instance.chat(CHAT)]
            + [queued.message.type_message for queued in instance.outbox]
        )
    )


@pytest.mark.parametrize(
    ("options", "kind"),
    [
        (["Hello"], "textMessage"),
        (["Lunch?", "--option", "yes", "--option", "no"], "pollMessage"),
        (["Office", "--location", "55.75,37.61"], "locationMessage"),
        (["A list", "--file", "list.txt"], "documentMessage"),
        (["--file", "https://example.com/list.txt"], "documentMessage"),
    ],
)
def test_each_kind_of_message_is_sent(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, tmp_path: Path, options: list[str], kind: str
) -> None:
    (tmp_path / "list.txt").write_text("milk", "utf-8")
    done = greenapi("send", "+7 900 123-45-67", *options)
    assert done.status == 0, done.err
    assert len(done.out.split()) == 1
    assert greenapi("send", CHAT, *options, "--json").json["chatId"] == CHAT
    assert sorted(sent(server, instance)) == [kind, kind]


def test_a_text_is_read_from_stdin(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.StringIO("Hello\n"))
    assert greenapi("send", CHAT, "-").status == 0
    assert len(sent(server, instance)) == 1


def test_only_a_utf_8_text_is_sent_from_stdin(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, monkeypatch: pytest.MonkeyPatch
) -> None:
    for errors in ("strict", "surrogateescape"):  # the latter in the locale C
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"\xff\xfe"), "utf-8", errors))
        done = greenapi("send", CHAT, "-")
        assert (done.status, "is not a UTF-8 text; nothing was sent" in done.err) == (2, True)
    assert sent(server, instance) == []


def test_keys_that_cannot_be_kept_are_one_line(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "file"))
    done = greenapi("send", CHAT, "Hello", "--once", "k")
    assert (done.status, "with --outbox. Nothing was sent" in done.err) == (2, True)
    assert sent(server, instance) == []


@pytest.mark.slow
@pytest.mark.parametrize("options", [(), ("--once", "k")])
def test_an_interrupted_message_may_have_been_sent(terminal: Terminal, options: tuple[str, ...]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        variables = {"GREENAPI_API_URL": url, "XDG_STATE_HOME": str(terminal.folder)}
        with Terminal(terminal.folder, {**terminal.variables, **variables}).started(
            "send", CHAT, "Hello", *options
        ) as session:
            connection, _ = silent.accept()
            with connection:
                assert connection.recv(1000)
                assert session.end(signal.SIGINT) == 130
    assert "may have been sent" in session.errors
    assert session.errors.count("\n") == 1


def test_a_key_sends_once(greenapi: Greenapi, server: SandboxServer, instance: Instance) -> None:
    first, second = (greenapi("send", CHAT, "Your order is ready", "--once", "order-17") for _ in range(2))
    assert first.out == second.out
    assert len(sent(server, instance)) == 1
    done = greenapi("send", CHAT, "Something else", "--once", "order-17")
    assert (done.status, "once='order-17' was used for another message" in done.err) == (2, True)


@pytest.mark.parametrize(
    "options",
    [["Lunch?", "--option", "yes", "--option", "no"], ["The invoice", "--file", "https://example.com/invoice.pdf"]],
)
def test_a_key_sends_a_poll_or_a_file_by_url_once(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, options: list[str]
) -> None:
    first, second = (greenapi("send", CHAT, *options, "--once", "order-17") for _ in range(2))
    assert (first.status, first.out) == (0, second.out), first.err
    assert len(sent(server, instance)) == 1


def test_digits_are_a_chat_id_on_telegram_and_not_the_phone_number_of_somebody_else(
    greenapi: Greenapi, server: SandboxServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    telegram = server.call(lambda: server.sandbox.add_instance(messenger="telegram"))
    monkeypatch.setenv("GREENAPI_ID_INSTANCE", str(telegram.id_instance))
    monkeypatch.setenv("GREENAPI_API_TOKEN_INSTANCE", telegram.token)
    server.call(lambda: telegram.contact_writes(CHAT, "Hello"))
    chat = greenapi("history", "--json").json[0]["chatId"]
    assert chat.isdecimal()
    assert greenapi("send", chat, "Hi", "--json").json["chatId"] == chat
    assert greenapi("send", "+7 900 123-45-67", "Hi", "--json").json["chatId"] == CHAT
    assert greenapi("history", chat, "--json").json[0]["chatId"] == chat


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ([], "Missing argument 'chat'"),
        ([CHAT], "Missing argument 'text'. See greenapi send --help."),
        (["abc", "Hello"], "invalid phone number 'abc'"),
        ([CHAT, "Hello", "--file", "nothing.txt"], "there is no file nothing.txt"),
        ([CHAT, "Hello", "--file", "x" * 300], "cannot be read: File name too long"),
        ([CHAT, "Hello", "--file", "x", "--location", "1,2"], "--file and --location exclude each other"),
        ([CHAT, "Hello", "--location", "north"], "expected latitude,longitude"),
        ([CHAT, "Hello", "--location", "99,0"], "latitude"),
        ([CHAT, "Hello?", "--option", "only one"], "options"),
        ([CHAT, "Hello", "--multiple"], "--multiple is for polls"),
        ([CHAT, "Hello", "--once", "k", "--location", "1,2"], "it cannot be combined with --location"),
        ([CHAT, "Hello", "--once", "k", "--file", "list.txt"], "it cannot be combined with the path of a file"),
        ([CHAT, "Hello", "--outbox", "x.db"], "--outbox remembers"),
        ([CHAT, "x" * 20_001], "20,000"),
        ([CHAT, "- milk"], "Arguments that begin with a hyphen go behind --."),
        (["--", "-10000000000000", "Hello"], "set GREENAPI_MESSENGER to max or telegram"),
    ],
)
def test_wrong_use_is_one_line_and_sends_nothing(
    greenapi: Greenapi, server: SandboxServer, instance: Instance, options: list[str], message: str
) -> None:
    done = greenapi("send", *options)
    assert done.status == 2
    assert message in done.err
    assert done.err.count("\n") == 1
    assert sent(server, instance) == []

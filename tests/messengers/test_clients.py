"""A client of a MAX or Telegram instance: how it knows its messenger, what it sends, what it rejects unsent."""

import json
import logging
from typing import Any

import httpx
import pytest

from greenapi_async import (
    Client,
    ForbiddenError,
    IncomingMessageReceived,
    InvalidArgumentError,
    MessengerLimitError,
    parse_notification,
)
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.messengers import check_available
from greenapi_async.serialization.decoders import ignore_body
from greenapi_async.types import Messenger

pytestmark = pytest.mark.anyio

TOKEN = "d75b3a66374942c5b3c019c698abc2067e151558acbd412345"
ID = 3100000001
BODY = {
    "typeWebhook": "incomingMessageReceived",
    "instanceData": {"idInstance": ID, "wid": "79000000001@c.us", "typeInstance": "v3"},
    "timestamp": 1765000000,
    "idMessage": "115000000000000001",
    "senderData": {
        "chatId": "-69000000000000",
        "chatName": "Class",
        "chatType": "group",
        "sender": "63000000",
        "senderName": "Anna",
        "senderType": "user",
        "senderContactName": "",
        "senderPhoneNumber": 0,
    },
    "messageData": {
        "typeMessage": "textMessage",
        "textMessageData": {"textMessage": "Hello", "forwardingScore": 0, "isForwarded": False},
    },
}
"""A logged notification of a MAX instance."""


class Wire:
    """Answers every request and records it."""

    def __init__(self, answer: Any = None, status: int = 200) -> None:
        self.answer = {"idMessage": "115000000000000002"} if answer is None else answer
        self.status = status
        self.requests: list[httpx.Request] = []

    def client(self, **options: Any) -> Client:
        options.setdefault("api_url", "https://3100.api.green-api.com")
        options.setdefault("media_url", "https://3100.api.green-api.com")
        return Client(ID, TOKEN, transport=httpx.MockTransport(self._respond), **options)

    def _respond(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        if isinstance(self.answer, str):
            return httpx.Response(self.status, text=self.answer)
        return httpx.Response(self.status, json=self.answer)

    @property
    def paths(self) -> list[str]:
        return [request.url.path for request in self.requests]


@pytest.mark.parametrize(
    ("messenger", "api_url", "path"),
    [
        ("max", "https://3100.api.green-api.com", f"/v3/waInstance{ID}/sendMessage/{TOKEN}"),
        ("max", "https://api.green-api.com/v3", f"/v3/waInstance{ID}/sendMessage/{TOKEN}"),
        (None, "https://api.green-api.com/v3/", f"/v3/waInstance{ID}/sendMessage/{TOKEN}"),
        ("v3", "https://api.green-api.com", f"/v3/waInstance{ID}/sendMessage/{TOKEN}"),
        (Messenger.TELEGRAM, "https://4100.api.green-api.com", f"/waInstance{ID}/sendMessage/{TOKEN}"),
        ("telegram", "https://proxy.example/green", f"/green/waInstance{ID}/sendMessage/{TOKEN}"),
    ],
)
async def test_the_path_is_that_of_the_messenger(messenger: Any, api_url: str, path: str) -> None:
    wire = Wire()
    async with wire.client(messenger=messenger, api_url=api_url) as client:
        await client.send_message("10000000", "Hello")
    assert wire.paths == [path]
    assert json.loads(wire.requests[0].content) == {"chatId": "10000000", "message": "Hello"}


async def test_settings_tell_the_messenger() -> None:
    wire = Wire({"wid": "79000000001@c.us", "typeInstance": "telegram"})
    async with wire.client() as client:
        assert client.messenger is None
        await client.get_settings()
        assert client.messenger is Messenger.TELEGRAM
        assert client.with_options(timeout=5).messenger is Messenger.TELEGRAM


async def test_a_notification_tells_the_messenger_so_that_a_reply_works() -> None:
    wire = Wire({"receiptId": 1, "body": BODY})
    async with wire.client() as client:
        async for notification in client.notifications():
            wire.answer = {"idMessage": "115000000000000002"}
            await notification.reply("Hi", quote=True)
            break
    assert client.messenger is Messenger.MAX
    assert wire.paths[-1] == f"/v3/waInstance{ID}/sendMessage/{TOKEN}"
    assert json.loads(wire.requests[-1].content) == {
        "chatId": "-69000000000000",
        "message": "Hi",
        "quotedMessageId": "115000000000000001",
    }


async def test_a_body_that_was_received_otherwise_tells_the_messenger() -> None:
    wire = Wire()
    async with wire.client() as client:
        parse_notification({**BODY, "instanceData": {"idInstance": 1, "typeInstance": "telegram"}}, client)
        assert client.messenger is None  # another instance
        await parse_notification(BODY, client).reply("Hi")
    assert wire.paths == [f"/v3/waInstance{ID}/sendMessage/{TOKEN}"]


async def test_a_contradiction_is_logged_once_and_ignored(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire({"typeInstance": "telegram"})
    async with wire.client(messenger="max") as client:
        with caplog.at_level(logging.WARNING, "greenapi_async"):
            await client.get_settings()
            await client.get_settings()
        assert client.messenger is Messenger.MAX
    [record] = caplog.records
    assert record.getMessage().startswith(
        f"Instance {ID} is a Telegram instance according to the server, but its client"
    )


def test_the_environment_names_the_messenger(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GREENAPI_ID_INSTANCE", str(ID))
    monkeypatch.setenv("GREENAPI_API_TOKEN_INSTANCE", TOKEN)
    for name, expected in (("telegram", Messenger.TELEGRAM), (" MAX ", Messenger.MAX), ("", None)):
        monkeypatch.setenv("GREENAPI_MESSENGER", name)
        assert Client.from_env().messenger is expected
    assert Client.from_env(messenger="max").messenger is Messenger.MAX
    monkeypatch.setenv("GREENAPI_MESSENGER", "viber")
    with pytest.raises(
        InvalidArgumentError, match="GREENAPI_MESSENGER: messenger is 'viber'; allowed values: 'whatsapp'"
    ):
        Client.from_env()


@pytest.mark.parametrize(
    ("messenger", "method", "arguments", "words"),
    [
        ("max", "send_message", {"chat_id": "1@g.us"}, "'1@g.us'; allowed are numbers in strings"),
        ("max", "send_message", {"chat_id": 10000000}, "chat_id is of type int; allowed are numbers in"),
        ("max", "send_message", {"chat_id": "\u221210000000"}, r"\(MINUS SIGN\), is not Latin"),
        ("max", "send_message", {"chat_id": "0"}, "chat_id is '0'"),
        ("max", "send_message", {"chat_id": "9" * 20}, "chat_id is '99999999999999999999'"),
        ("max", "send_message", {"message": "a" * 4001}, "has 4,001 characters; 1 to 4,000 are allowed"),
        ("telegram", "send_message", {"message": "a" * 4097}, "1 to 4,096 are allowed"),
        (
            "max",
            "send_message",
            {"quoted_message_id": 115689763107266127},
            "is 115689763107266127; expected a string of",
        ),
        ("max", "get_group_data", {"group_id": "1"}, "group_id is '1'; allowed are only groups, a negative number"),
        ("telegram", "get_group_data", {"group_id": "1"}, "group_id is '1'; allowed are only groups"),
        (
            "max",
            "create_group",
            {"group_name": "a", "chat_ids": ["-1"]},
            r"chat_ids \(item 1\) is '-1'; allowed are only",
        ),
        ("telegram", "read_chat", {"chat_id": "1", "id_message": "2"}, "marks whole chats only"),
        ("max", "set_settings", {"delay_send_messages_milliseconds": 600_001}, "500 to 600,000 ms"),
        ("max", "check_account", {"phone_number": 441234567890}, "MAX knows only the country codes 7 and 375"),
        ("max", "check_account", {"username": "@anna"}, "MAX has no usernames"),
        ("telegram", "check_account", {"username": "anna"}, "expected @ and at most 32 letters"),
        ("telegram", "check_account", {}, "neither phone_number nor username was given"),
        ("telegram", "check_account", {"phone_number": 1, "username": "@a"}, "both phone_number and username were"),
        ("max", "get_contacts", {"group": True}, "groups are in get_chats"),
        ("max", "send_typing", {"chat_id": "1"}, "MAX has no method sendTyping; pass typing_time"),
        ("max", "send_message", {"typing_type": "text"}, "only Telegram knows it"),
        ("whatsapp", "send_message", {"chat_id": "1@c.us", "typing_type": "text"}, "only Telegram knows it"),
        ("whatsapp", "send_message", {}, "allowed are <phone>@c.us"),
        ("whatsapp", "send_poll", {"chat_id": "1@c.us", "is_anonymous": True}, "only Telegram has"),
    ],
)
async def test_what_the_messenger_does_not_accept_is_rejected_unsent(
    messenger: Any, method: str, arguments: dict[str, Any], words: str
) -> None:
    given: dict[str, dict[str, Any]] = {
        "send_message": {"chat_id": "10000000", "message": "a"},
        "send_poll": {"message": "a", "options": ["b", "c"]},
    }
    wire = Wire()
    async with wire.client(messenger=messenger) as client:
        with pytest.raises(InvalidArgumentError, match=words) as raised:
            await getattr(client, method)(**{**given.get(method, {}), **arguments})
    assert not wire.requests
    assert "messenger=" not in str(raised.value)


async def test_a_number_on_a_client_that_does_not_know_its_messenger_is_explained() -> None:
    wire = Wire()
    async with wire.client() as client:
        with pytest.raises(InvalidArgumentError, match='messenger="max" or "telegram", or call get_settings'):
            await client.send_message("-10000000000000", "Hello")
    assert not wire.requests


async def test_a_number_that_is_no_chat_id_does_not_suggest_another_messenger() -> None:
    wire = Wire()
    async with wire.client() as client:
        with pytest.raises(InvalidArgumentError) as raised:
            await client.check_whatsapp("123456")
    assert "messenger=" not in str(raised.value)


def test_a_method_of_any_messenger_passes() -> None:
    check_available(Endpoint("POST", "newMethod", ignore_body, idempotent=False, any_messenger=True), Messenger.MAX)
    with pytest.raises(InvalidArgumentError, match="MAX has no method newMethod; nothing replaces it"):
        check_available(Endpoint("POST", "newMethod", ignore_body, idempotent=False), Messenger.MAX)


async def test_limits_can_be_left_to_the_server() -> None:
    wire = Wire()
    async with wire.client(messenger="max", validate=False) as client:
        await client.send_poll("1", "a", ["b", "c"])
    assert wire.paths == [f"/v3/waInstance{ID}/sendPoll/{TOKEN}"]


@pytest.mark.parametrize(
    ("status", "answer", "retry_after"),
    [
        (469, {"status": False, "reason": "User get contact info limit reached"}, None),
        (469, "Rate limited by messenger", None),
        (200, {"status": False, "reason": "User get contact info limit reached"}, None),
        (200, {"status": False, "data": {"reason": "rate_limit_exceeded", "retryAfter": 11930619}}, 11930.619),
        (200, {"status": False, "data": {"reason": "rate_limit_exceeded", "retryAfter": 7200}}, 7200),
        (200, {"status": False, "data": {"reason": "rate_limit_exceeded", "retryAfter": "soon"}}, None),
    ],
)
async def test_the_limit_of_the_messenger_leaves_the_account_unknown(
    status: int, answer: Any, retry_after: float | None
) -> None:
    wire = Wire(answer, status)
    async with wire.client(messenger="telegram") as client:
        with pytest.raises(MessengerLimitError, match="unknown whether the number has an account") as raised:
            await client.check_account(79000000001)
    assert (raised.value.retry_after, raised.value.status, len(wire.requests)) == (retry_after, status, 1)


async def test_an_account_with_limits_is_explained() -> None:
    wire = Wire("Your account is suspended", 403)
    async with wire.client(messenger="max") as client:
        with pytest.raises(ForbiddenError, match="until suspended_until of get_account_settings"):
            await client.send_message("1", "Hello")


async def test_secrets_of_the_authorization_are_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    wire = Wire({"status": False, "data": {"status": "fail", "reason": "invalid_password"}})
    with caplog.at_level(logging.DEBUG, "greenapi_async"):
        async with wire.client(messenger="telegram") as client:
            outcome = await client.send_authorization_password("my password")
    assert (outcome.status, outcome.data and outcome.data.reason) == (False, "invalid_password")
    assert "my password" not in caplog.text
    assert TOKEN not in caplog.text


def test_the_fields_of_a_notification() -> None:
    notification = parse_notification(BODY)
    assert isinstance(notification, IncomingMessageReceived)
    assert (notification.is_group, notification.chat_type, notification.sender_type) == (True, "group", "user")
    assert (notification.sender, notification.sender_phone_number, notification.text) == ("63000000", 0, "Hello")
    channel = {**BODY, "senderData": {"chatId": "-69000000000000", "chatType": "channel", "senderType": "channel"}}
    assert not parse_notification(channel).is_group
    older = {**BODY, "senderData": {"chatId": "-69000000000000", "sender": "63000000"}}
    assert parse_notification(older).is_group

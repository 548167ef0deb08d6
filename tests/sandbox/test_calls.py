from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox

Api = Callable[..., Awaitable[httpx.Response]]
CHAT = "79001234567@c.us"
pytestmark = pytest.mark.anyio


async def test_a_text_is_sent_received_and_acknowledged(api: Api, instance: Instance) -> None:
    sent = await api("POST", "sendMessage", json={"chatId": CHAT, "message": "Привет 😊"})
    assert sent.status_code == 200
    assert sent.headers["content-type"] == "application/json; charset=utf-8"
    received = (await api("GET", "receiveNotification")).json()
    assert received["body"]["idMessage"] == sent.json()["idMessage"]
    receipt = f"/{received['receiptId']}"
    assert (await api("DELETE", "deleteNotification", receipt)).json() == {"result": True}
    assert (await api("DELETE", "deleteNotification", receipt)).json() == {"result": False, "reason": ""}


async def test_the_queue_is_shown_and_cleared(api: Api, instance: Instance) -> None:
    instance.set_state("notAuthorized")
    body = {"chatId": CHAT, "message": "hi", "quotedMessageId": "3EB0C767D097B7C7C030"}
    id_message = (await api("POST", "sendMessage", json=body)).json()["idMessage"]
    shown = (await api("GET", "showMessagesQueue")).json()
    assert shown == [{"messageID": id_message, "type": "sendMessage", "body": {**body, "linkPreview": True}}]
    assert (await api("GET", "clearMessagesQueue")).json() == {"isCleared": True}
    assert len(instance.outbox) == 0


async def test_settings_are_read_and_saved(api: Api, clock: ManualClock) -> None:
    saved = await api("POST", "setSettings", json={"delaySendMessagesMilliseconds": 1000, "incomingWebhook": "no"})
    assert saved.json() == {"saveSettings": True}
    settings = (await api("GET", "getSettings")).json()
    assert settings["wid"] == "79876543210@c.us"
    assert settings["delaySendMessagesMilliseconds"] == 1000
    assert settings["incomingWebhook"] == "no"
    assert settings["outgoingWebhook"] == "yes"
    assert len(settings) == 21


async def test_the_state_is_null_while_the_instance_is_being_created(
    api: Api, instance: Instance, clock: ManualClock
) -> None:
    assert (await api("GET", "getStateInstance")).json() == {"stateInstance": "authorized"}
    instance.set_state(None)
    clock.advance(1)
    assert (await api("GET", "getStateInstance")).text == "null"


async def test_a_starting_instance_only_answers_state_and_reboot(api: Api, instance: Instance) -> None:
    instance.set_state("starting")
    refused = await api("GET", "getSettings")
    assert (refused.status_code, refused.json()["message"]) == (400, "instance in starting process try later")
    assert (await api("GET", "getStateInstance")).json() == {"stateInstance": "starting"}
    assert (await api("GET", "reboot")).json() == {"isReboot": True}
    assert (await api("GET", "getSettings")).status_code == 429


async def test_notifications_are_served_while_not_authorized(api: Api, instance: Instance) -> None:
    instance.set_state("notAuthorized")
    received = await api("GET", "receiveNotification")
    assert received.json()["body"]["stateInstance"] == "notAuthorized"


async def test_an_error_contains_the_path_with_the_token(api: Api, instance: Instance) -> None:
    answer = await api("POST", "sendMessage", json={})
    assert answer.json() == {
        "statusCode": 400,
        "timestamp": "2023-11-14T22:13:20.000Z",
        "path": f"/waInstance1101000001/sendMessage/{instance.token}",
        "message": "Validation failed. Details: 'chatId' is required",
    }


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({"chatId": "79001234567", "message": "hi"}, "'chatId' must be one of the next formats: 'phone_number@c.us'"),
        ({"chatId": "79001234567@с.us", "message": "hi"}, "'chatId' must be one of the next formats"),
        ({"chatId": 7, "message": "hi"}, "'chatId' must be a string"),
        ({"chatId": CHAT}, "'message' is required"),
        ({"chatId": CHAT, "message": ""}, "'message' is not allowed to be empty"),
        ({"chatId": CHAT, "message": 1}, "'message' must be a string"),
        (
            {"chatId": CHAT, "message": "x" * 20001},
            "'message' length must be less than or equal to 20000 characters long",
        ),
        ({"chatId": CHAT, "message": "x", "linkPreview": "no"}, "'linkPreview' must be a boolean"),
        ({"chatId": CHAT, "message": "x", "quotedMessageId": "short"}, "'message id' must be at least 16 symbols"),
        ({"chatId": CHAT, "message": "x", "nonsense": 1}, "'nonsense' is not allowed"),
        ([], "'value' must be of type object"),
    ],
)
async def test_validation_errors_match_the_manual(api: Api, body: Any, details: str) -> None:
    answer = await api("POST", "sendMessage", json=body)
    assert answer.status_code == 400
    assert answer.json()["message"].startswith(f"Validation failed. Details: {details}")


@pytest.mark.parametrize("chat_id", [CHAT, "11001234567-1581234040@g.us", "120363043968066561@g.us", "123@lid"])
async def test_every_form_of_chat_id_is_accepted(api: Api, chat_id: str) -> None:
    assert (await api("POST", "sendMessage", json={"chatId": chat_id, "message": "x" * 20000})).status_code == 200


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        (b'{"a": }', 400, "Unexpected token } in JSON at position 6"),
        (b'{"a"', 400, "Unexpected end of JSON input"),
        (b'{"a', 400, "Unexpected end of JSON input"),
        (b'{"a": NaN}', 400, "bad request data"),
        (b"[" * 100_000, 400, "bad request data"),
        (b'"' + b"x" * 102_400 + b'"', 500, "request entity too large"),
    ],
)
async def test_an_unparsable_body_is_rejected(api: Api, body: bytes, status: int, message: str) -> None:
    answer = await api("POST", "sendMessage", content=body)
    assert (answer.status_code, answer.json()["message"]) == (status, message)


@pytest.mark.parametrize(
    ("body", "details"),
    [
        ({}, "'value' must have at least 1 key"),
        ({"unknown": None}, "'unknown' must be a string or a number"),
        ({"incomingWebhook": True}, "'incomingWebhook' must be one of [yes, no]"),
        ({"webhookUrl": 1}, "'webhookUrl' must be a string"),
        (
            {"delaySendMessagesMilliseconds": 499},
            "'delaySendMessagesMilliseconds' must be greater than or equal to 500",
        ),
        ({"delaySendMessagesMilliseconds": "500"}, "'delaySendMessagesMilliseconds' must be a number"),
        ({"delaySendMessagesMilliseconds": 500.5}, "'delaySendMessagesMilliseconds' must be an integer"),
        ({"delaySendMessagesMilliseconds": True}, "'delaySendMessagesMilliseconds' must be a number"),
    ],
)
async def test_invalid_settings_are_rejected(api: Api, body: dict[str, Any], details: str) -> None:
    answer = await api("POST", "setSettings", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/waInstance1101000001/getSettings/wrong", 401),
        ("GET", "/waInstance1101000002/getSettings/{token}", 403),
        ("GET", "/waInstance1101000001/nonsense/{token}", 404),
        ("GET", "/waInstance1101000001/GetSettings/{token}", 404),
        ("POST", "/waInstance1101000001/getSettings/{token}", 404),
        ("GET", "/waInstance1101000001/getSettings/{token}/1", 404),
        ("GET", "/nowhere", 404),
        ("OPTIONS", "/waInstance1101000001/getSettings/{token}", 204),
        ("GET", "/waInstanceX/getSettings/{token}", 400),
        ("GET", "/waInstance1101000001/getSettings", 400),
    ],
)
async def test_each_kind_of_wrong_path_has_its_status(
    http: httpx.AsyncClient, instance: Instance, verb: str, path: str, status: int
) -> None:
    assert (await http.request(verb, path.format(token=instance.token))).status_code == status


@pytest.mark.parametrize(
    ("flag", "message"),
    [
        ("expired", "Instance account is expired. Renew your instance from personal area"),
        ("deleted", "Instance is deleted"),
    ],
)
async def test_an_ended_instance_rejects_calls(api: Api, instance: Instance, flag: str, message: str) -> None:
    setattr(instance.lifecycle, flag, True)
    answer = await api("GET", "receiveNotification")
    assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_polling_is_rejected_while_a_webhook_url_is_set(api: Api, instance: Instance) -> None:
    instance.settings["webhookUrl"] = "https://mysite.com/"
    for answer in (await api("GET", "receiveNotification"), await api("DELETE", "deleteNotification", "/1")):
        assert answer.status_code == 400
        assert answer.json()["message"] == (
            "Message cannot be received because custom webhook url is set. Go to cabinet, clear webhook url for "
            "instance: 1101000001 and wait for about 1 minute for another attempt"
        )


@pytest.mark.parametrize("tail", ["", "/", "/abc", "/1.5"])
async def test_a_non_numeric_receipt_is_a_server_error(api: Api, tail: str) -> None:
    answer = await api("DELETE", "deleteNotification", tail)
    assert (answer.status_code, answer.json()["message"]) == (500, "Parameter receiptId must be a Number!")


async def test_rate_limits_apply_per_instance(api: Api, sandbox: Sandbox, clock: ManualClock) -> None:
    body = {"chatId": CHAT, "message": "hi"}
    answers = [(await api("POST", "sendMessage", json=body)).status_code for _ in range(51)]
    assert answers == [200] * 50 + [429]
    clock.advance(1)
    assert (await api("POST", "sendMessage", json=body)).status_code == 200


async def test_rate_limits_can_be_disabled(api: Api, sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False
    assert [(await api("GET", "getSettings")).status_code for _ in range(3)] == [200] * 3


async def test_a_lone_surrogate_is_sent_as_its_escape(api: Api, instance: Instance) -> None:
    instance.settings["outgoingAPIMessageWebhook"] = "yes"
    await api("POST", "sendMessage", content=b'{"chatId": "79001234567@c.us", "message": "\\ud83d"}')
    assert b"\\ud83d" in (await api("GET", "receiveNotification")).content


async def test_calls_are_logged_without_the_token(api: Api, http: httpx.AsyncClient, instance: Instance) -> None:
    await api("GET", "getSettings")
    await api("GET", "getSettings")
    await http.get(f"/waInstance1101000001/{instance.token}/getSettings")
    assert [(call.method, call.verb, call.status) for call in instance.calls] == [
        ("getSettings", "GET", 200),
        ("getSettings", "GET", 429),
        ("unknown", "GET", 404),
    ]
    for _ in range(1100):
        await api("GET", "reboot")
    assert len(instance.calls) == 1000
    assert instance.token not in repr(instance.calls)

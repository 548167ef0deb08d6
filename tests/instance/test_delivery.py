"""Switching an instance between webhook and polling."""

import logging
from collections.abc import Mapping

import anyio
import pytest

from greenapi_async import (
    Client,
    InvalidArgumentError,
    TimeoutExpiredError,
    TransportError,
    UnauthorizedError,
)
from greenapi_async.instance.delivery import use_polling, use_webhook
from greenapi_async.sandbox import Fault, Instance, Sandbox
from greenapi_async.sandbox.network.webhook_delivery import deliver_webhooks

ANNA = "79001234567@c.us"
URL = "https://example.com/webhook/?from=greenapi"
TOKEN = "aVerySecretWord"
pytestmark = pytest.mark.anyio


def calls(instance: Instance, method: str) -> list[int | None]:
    return [call.status for call in instance.calls if call.method == method]


async def test_use_webhook_enables_push_and_use_polling_disables_it(
    client: Client, sandbox: Sandbox, instance: Instance
) -> None:
    instance.settings |= {"incomingWebhook": "no", "stateWebhook": "no"}
    arrived: list[Mapping[str, str]] = []

    async def deliver(url: str, headers: Mapping[str, str], body: bytes) -> int:
        assert url == URL
        arrived.append(headers)
        return 200

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(deliver_webhooks, sandbox, deliver)
        settings = await use_webhook(client, URL, TOKEN, 300)
        assert (settings.webhook_url, settings.webhook_url_token) == (URL, TOKEN)
        assert settings.incoming_webhook
        assert settings.outgoing_webhook
        assert settings.state_webhook
        instance.contact_writes(ANNA, "hi")
        await anyio.sleep(1)
        assert [headers["Authorization"] for headers in arrived] == [f"Bearer {TOKEN}"]
        settings = await use_polling(client, 300)
        assert (settings.webhook_url, settings.webhook_url_token) == ("", "")
        instance.contact_writes(ANNA, "and now")
        received = await client.receive_notification()
        assert received is not None
        assert received.body["messageData"]["textMessageData"] == {"textMessage": "and now"}
        tasks.cancel_scope.cancel()


async def test_it_waits_until_the_settings_are_in_effect(client: Client, instance: Instance) -> None:
    instance.lifecycle.settings_delay, instance.lifecycle.restart_seconds = 120, 30
    start = anyio.current_time()
    await use_webhook(client, URL, TOKEN, 300)
    assert 120 <= anyio.current_time() - start <= 125
    assert instance.settings["webhookUrl"] == URL
    assert 429 not in calls(instance, "getSettings")


async def test_settings_that_match_are_not_set_again(client: Client, instance: Instance) -> None:
    for _ in range(2):
        await use_webhook(client, URL, TOKEN, 300)
    assert calls(instance, "setSettings") == [200]
    for _ in range(2):
        await use_polling(client, 300)
    assert calls(instance, "setSettings") == [200, 200]


async def test_the_timeout_names_the_settings_that_were_not_applied(client: Client, instance: Instance) -> None:
    instance.settings["incomingWebhook"] = "no"
    instance.lifecycle.settings_delay = 1000
    with pytest.raises(TimeoutExpiredError) as raised:
        await use_webhook(client, URL, TOKEN, 300)
    assert "within 300 s" in str(raised.value)
    assert "webhook_url, webhook_url_token, incoming_webhook" in str(raised.value)


async def test_a_lost_response_is_recovered_by_reading_the_settings_back(client: Client, instance: Instance) -> None:
    instance.fail("setSettings", Fault(drop=True, after_effect=True))
    assert (await use_webhook(client, URL, TOKEN, 300)).webhook_url == URL
    instance.fail("setSettings", Fault(drop=True), times=10)
    with pytest.raises(TimeoutExpiredError) as raised:
        await use_polling(client, 10)
    assert type(raised.value.__cause__) is TransportError


async def test_reading_back_survives_server_errors(client: Client, sandbox: Sandbox, instance: Instance) -> None:
    seen: list[str] = []

    def choose(method: str) -> Fault | None:
        seen.append(method)
        return Fault(status=502) if method == "getSettings" and 1 < seen.count(method) < 10 else None

    sandbox.chooser = choose
    assert (await use_webhook(client, URL, TOKEN, 300)).webhook_url == URL
    assert seen.count("getSettings") == 10


async def test_reading_back_stops_at_an_error_that_needs_intervention(client: Client, sandbox: Sandbox) -> None:
    seen: list[str] = []

    def choose(method: str) -> Fault | None:
        seen.append(method)
        return Fault(status=401) if seen.count("getSettings") == 2 else None

    sandbox.chooser = choose
    with pytest.raises(UnauthorizedError):
        await use_webhook(client, URL, TOKEN, 300)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "example.com/webhook",
        "ftp://example.com/",
        "http://",
        "https://:8080/",
        "https://example.com:99999/",
        "https://example.com:0/",
        "https://[::1/",
        "https://user@example.com/",
        "https://user:hunter2@example.com/",
        "https://example.com/a b",
        "https://example.com/\n",
        " https://example.com/",
        "https://example.com/#part",
        "https://example.com\\@evil.example/",
        "https://пример.рф/",
        None,
        b"https://example.com/",
        7,
    ],
)
async def test_an_invalid_url_is_rejected(client: Client, instance: Instance, url: str) -> None:
    with pytest.raises(InvalidArgumentError, match="http:// or https://") as raised:
        await use_webhook(client, url, "", 300)
    assert "hunter2" not in str(raised.value)
    assert not instance.calls


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:8000/webhook",
        "https://84.211.100.201:3000/green-api/webhook/",
        "https://[::1]:8000/",
        "https://xn--e1afmkfd.xn--p1ai/?a=b@c",
    ],
)
async def test_a_valid_url_is_used_unchanged(client: Client, instance: Instance, url: str) -> None:
    await use_webhook(client, url, "", 300)
    assert instance.settings["webhookUrl"] == url


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f" {TOKEN}", "Bearer ", f"{TOKEN}ж", f"{TOKEN}\0", None, b"x"])
async def test_an_invalid_token_is_rejected(client: Client, instance: Instance, token: str) -> None:
    with pytest.raises(InvalidArgumentError, match="printable ASCII") as raised:
        await use_webhook(client, URL, token, 300)
    assert TOKEN not in str(raised.value)
    assert not instance.calls


async def test_the_token_appears_in_no_log_error_or_repr(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "greenapi_async")
    output = [repr(await use_webhook(client, URL, TOKEN, 300))]
    instance.lifecycle.settings_delay = 1000
    instance.fail("setSettings", Fault(drop=True))
    with pytest.raises(TimeoutExpiredError) as raised:
        await use_webhook(client, URL, f"{TOKEN}2", 10)
    output += [str(raised.value), repr(raised.value), repr(raised.value.__cause__), repr(vars(raised.value))]
    output += [f"{record.getMessage()} {record.args!r}" for record in caplog.records]
    assert len(output) > 10
    assert not [text for text in output if TOKEN in text]

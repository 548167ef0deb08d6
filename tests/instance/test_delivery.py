"""One call has notifications pushed to a URL, another has them wait for polls again."""

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
from greenapi_async.sandbox.wire.pushing import push

ANNA = "79001234567@c.us"
URL = "https://example.com/webhook/?from=greenapi"
TOKEN = "aVerySecretWord"
pytestmark = pytest.mark.anyio


def calls(instance: Instance, method: str) -> list[int | None]:
    return [call.status for call in instance.calls if call.method == method]


async def test_notifications_are_pushed_after_one_call_and_polled_after_another(
    client: Client, sandbox: Sandbox, instance: Instance
) -> None:
    instance.settings |= {"incomingWebhook": "no", "stateWebhook": "no"}
    arrived: list[Mapping[str, str]] = []

    async def deliver(url: str, headers: Mapping[str, str], body: bytes) -> int:
        assert url == URL
        arrived.append(headers)
        return 200

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(push, sandbox, deliver)
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


async def test_it_waits_until_the_settings_apply(client: Client, instance: Instance) -> None:
    instance.settings_delay, instance.restart_seconds = 120, 30
    start = anyio.current_time()
    await use_webhook(client, URL, TOKEN, 300)
    assert 120 <= anyio.current_time() - start <= 125
    assert instance.settings["webhookUrl"] == URL
    assert 429 not in calls(instance, "getSettings")


async def test_what_is_as_wanted_is_not_set_again(client: Client, instance: Instance) -> None:
    for _ in range(2):
        await use_webhook(client, URL, TOKEN, 300)
    assert calls(instance, "setSettings") == [200]
    for _ in range(2):
        await use_polling(client, 300)
    assert calls(instance, "setSettings") == [200, 200]


async def test_settings_that_do_not_apply_are_named(client: Client, instance: Instance) -> None:
    instance.settings["incomingWebhook"] = "no"
    instance.settings_delay = 1000
    with pytest.raises(TimeoutExpiredError) as raised:
        await use_webhook(client, URL, TOKEN, 300)
    assert "within 300 s" in str(raised.value)
    assert "webhook_url, webhook_url_token, incoming_webhook" in str(raised.value)


async def test_a_lost_answer_is_made_up_for_by_reading_back(client: Client, instance: Instance) -> None:
    instance.fail("setSettings", Fault(drop=True, after_effect=True))
    assert (await use_webhook(client, URL, TOKEN, 300)).webhook_url == URL
    instance.fail("setSettings", Fault(drop=True), times=10)
    with pytest.raises(TimeoutExpiredError) as raised:
        await use_polling(client, 10)
    assert type(raised.value.__cause__) is TransportError


async def test_reading_back_outlives_the_network(client: Client, sandbox: Sandbox, instance: Instance) -> None:
    seen: list[str] = []

    def choose(method: str) -> Fault | None:
        seen.append(method)
        return Fault(status=502) if method == "getSettings" and 1 < seen.count(method) < 10 else None

    sandbox.chooser = choose
    assert (await use_webhook(client, URL, TOKEN, 300)).webhook_url == URL
    assert seen.count("getSettings") == 10


async def test_reading_back_ends_where_a_person_must_act(client: Client, sandbox: Sandbox) -> None:
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
async def test_a_url_that_cannot_be_pushed_to_is_refused(client: Client, instance: Instance, url: str) -> None:
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
async def test_any_other_url_is_taken_as_it_is(client: Client, instance: Instance, url: str) -> None:
    await use_webhook(client, url, "", 300)
    assert instance.settings["webhookUrl"] == url


@pytest.mark.parametrize("token", [f"{TOKEN}\n", f" {TOKEN}", "Bearer ", f"{TOKEN}ж", f"{TOKEN}\0", None, b"x"])
async def test_a_token_that_no_header_can_hold_is_refused(client: Client, instance: Instance, token: str) -> None:
    with pytest.raises(InvalidArgumentError, match="printable ASCII") as raised:
        await use_webhook(client, URL, token, 300)
    assert TOKEN not in str(raised.value)
    assert not instance.calls


async def test_the_token_is_told_to_nobody_else(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, "greenapi_async")
    said = [repr(await use_webhook(client, URL, TOKEN, 300))]
    instance.settings_delay = 1000
    instance.fail("setSettings", Fault(drop=True))
    with pytest.raises(TimeoutExpiredError) as raised:
        await use_webhook(client, URL, f"{TOKEN}2", 10)
    said += [str(raised.value), repr(raised.value), repr(raised.value.__cause__), repr(vars(raised.value))]
    said += [f"{record.getMessage()} {record.args!r}" for record in caplog.records]
    assert len(said) > 10
    assert not [words for words in said if TOKEN in words]

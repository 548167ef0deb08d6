import json
from collections.abc import AsyncIterator, Callable

import anyio
import httpx
import pytest

from greenapi_async import (
    Client,
    ForbiddenError,
    GreenAPIError,
    InstanceDeletedError,
    InstanceExpiredError,
    MemoryInbox,
    NotFoundError,
    UnauthorizedError,
    WebhookUrlSetError,
)
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.http_libraries import LIBRARIES, import_library, transport_of

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"


@pytest.fixture(params=LIBRARIES)
async def client(request: pytest.FixtureRequest, sandbox: Sandbox, instance: Instance) -> AsyncIterator[Client]:
    transport = transport_of(import_library(request.param), InProcessTransport(create_app(sandbox)))
    async with Client(instance.id_instance, instance.token, "http://sandbox", transport=transport) as client:
        yield client


TRANSIENT_FAULTS = {
    "500": Fault(status=500, body='{"message": "Internal Server Error"}'),
    "502": Fault(status=502, body="<html>Bad Gateway</html>"),
    "502 after the effect": Fault(status=502, after_effect=True),
    "499": Fault(status=499),
    "429": Fault(status=429, headers={"Retry-After": "3"}),
    "466": Fault(status=466, body="{}"),
    "a dropped connection": Fault(drop=True),
    "a connection dropped after the effect": Fault(drop=True, after_effect=True),
    "half an answer": Fault(truncate=True, after_effect=True),
    "HTML": Fault(status=200, body="<html>welcome</html>"),
    "no answer": Fault(delay=3600),
    "starting": Fault(status=400, body='{"message": "instance in starting process try later"}'),
    "not authorized": Fault(status=400, body='{"message": "instance is starting or not authorized"}'),
    "another 400": Fault(status=400, body='{"message": "bad request data"}'),
}


@pytest.mark.parametrize("method", ["receiveNotification", "deleteNotification"])
@pytest.mark.parametrize("fault", TRANSIENT_FAULTS.values(), ids=TRANSIENT_FAULTS.keys())
async def test_transient_errors_are_retried(client: Client, instance: Instance, method: str, fault: Fault) -> None:
    for text in ("one", "two"):
        instance.contact_writes(ANNA, text)
    instance.fail(method, fault, times=7)
    notifications = client.notifications()
    seen: list[str | None] = []
    async for notification in notifications:
        seen.append(notification.text)
        if notification.text == "two":
            notifications.stop()
    assert seen == ["one", "two"]


@pytest.mark.parametrize(("received_before", "words"), [(True, "Lost contact with"), (False, "Cannot reach")])
async def test_one_log_record_when_contact_is_lost_and_one_when_it_is_restored(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture, received_before: bool, words: str
) -> None:
    caplog.set_level("INFO", "greenapi_async")
    instance.contact_writes(ANNA, "one")
    notifications = client.notifications()
    if received_before:
        await anext(notifications)
        instance.contact_writes(ANNA, "two")
    instance.fail("receiveNotification", Fault(status=502), times=50)
    await anext(notifications)
    assert [record.levelname for record in caplog.records] == ["WARNING", "INFO"]
    assert caplog.messages[0].startswith(f"{words} the API (receiveNotification 502")
    assert "Contact with the API is restored" in caplog.messages[1]


async def test_backoff_grows_while_contact_is_lost(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.fail("receiveNotification", Fault(status=502), times=12)
    start = anyio.current_time()
    await anext(client.notifications())
    assert 100 < anyio.current_time() - start < 300


@pytest.mark.parametrize(
    "fault",
    [TRANSIENT_FAULTS["502"], TRANSIENT_FAULTS["not authorized"], TRANSIENT_FAULTS["466"]],
    ids=["502", "400", "466"],
)
async def test_failed_deletions_do_not_reset_the_backoff(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture, fault: Fault
) -> None:
    caplog.set_level("INFO", "greenapi_async")
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(ANNA, "two")
    instance.fail("deleteNotification", fault, times=10_000)
    notifications = client.notifications()
    assert (await anext(notifications)).text == "one"
    with anyio.move_on_after(600):
        await anext(notifications)
    assert len(instance.calls) < 200
    assert [record.levelname for record in caplog.records].count("WARNING") == 1
    instance.clear_faults()
    assert (await anext(notifications)).text == "two"


@pytest.mark.parametrize("overlap", [False, True], ids=["one by one", "overlap"])
@pytest.mark.parametrize("stored", [False, True], ids=["no inbox", "inbox"])
@pytest.mark.parametrize("answer", ["true", "false"])
async def test_a_head_that_its_deletion_does_not_remove_is_polled_with_backoff_and_logged_once(
    client: Client,
    instance: Instance,
    caplog: pytest.LogCaptureFixture,
    answer: str,
    stored: bool,
    overlap: bool,
) -> None:
    caplog.set_level("INFO", "greenapi_async")
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(ANNA, "two")
    instance.fail("deleteNotification", Fault(status=200, body=f'{{"result": {answer}}}'), times=10_000)
    notifications = client.notifications(inbox=MemoryInbox() if stored else None, overlap=overlap)
    assert (await anext(notifications)).text == "one"
    with anyio.move_on_after(600):
        await anext(notifications)
    assert len(instance.calls) < 120
    assert len(caplog.records) <= 3
    [warning] = [record.getMessage() for record in caplog.records if record.levelname == "WARNING"]
    assert "stays at the head of the queue" in warning
    instance.clear_faults()
    assert (await anext(notifications)).text == "two"
    assert notifications.counters.acknowledged <= 2


@pytest.mark.parametrize("overlap", [False, True], ids=["one by one", "overlap"])
@pytest.mark.parametrize("stored", [False, True], ids=["no inbox", "inbox"])
async def test_a_head_that_returns_with_new_receipts_is_polled_with_backoff(
    caplog: pytest.LogCaptureFixture, stored: bool, overlap: bool
) -> None:
    requests: list[httpx.Request] = []
    body = {"typeWebhook": "incomingMessageReceived", "timestamp": 1588091580, "idMessage": "F7AEC1B7086ECDC7E6E45923"}

    def respond(request: httpx.Request) -> httpx.Response:
        requests.append(request)
        answer = {"receiptId": len(requests), "body": body} if request.method == "GET" else {"result": True}
        return httpx.Response(200, json=answer)

    async with Client(1, "token", transport=httpx.MockTransport(respond)) as client:
        notifications = client.notifications(inbox=MemoryInbox() if stored else None, overlap=overlap)
        await anext(notifications)
        with anyio.move_on_after(600):
            await anext(notifications)
    assert len(requests) < 120
    assert [record.levelname for record in caplog.records] == ["WARNING"]


async def test_a_notification_that_is_delivered_twice_costs_no_time(client: Client, instance: Instance) -> None:
    for text in ("one", "two", "three"):
        instance.contact_writes(ANNA, text)
        instance.queue_notification(instance.notifications.bodies()[-1])
    notifications = client.notifications()
    start = anyio.current_time()
    assert [(await anext(notifications)).text for _ in range(3)] == ["one", "two", "three"]
    assert anyio.current_time() == start


async def test_an_early_ack_that_does_not_remove_its_notification_is_no_reason_to_hurry(
    client: Client, instance: Instance
) -> None:
    instance.contact_writes(ANNA, "one")
    instance.fail("deleteNotification", Fault(status=200, body='{"result": true}'), times=10_000)
    notifications = client.notifications()
    await (await anext(notifications)).ack()
    with anyio.move_on_after(600):
        await anext(notifications)
    assert len(instance.calls) < 120


async def test_the_documented_500_of_a_deletion_means_already_deleted(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "greenapi_async")
    words = "Internal Server Error Cannot read properties of undefined (reading 'findUnAckedMessage')"
    gone = Fault(status=500, body=json.dumps({"message": words}), after_effect=True)
    instance.contact_writes(ANNA, "one")
    instance.contact_writes(ANNA, "two")
    instance.fail("deleteNotification", gone)
    notifications = client.notifications()
    start = anyio.current_time()
    assert [(await anext(notifications)).text for _ in range(2)] == ["one", "two"]
    assert anyio.current_time() == start
    assert [call.method for call in instance.calls].count("deleteNotification") == 1
    assert "already deleted" in caplog.text
    assert not [record for record in caplog.records if record.levelname == "WARNING"]


async def test_a_server_that_answers_polls_immediately_is_not_polled_in_a_tight_loop(
    client: Client, instance: Instance
) -> None:
    instance.fail("receiveNotification", Fault(status=200, body="null"), times=10_000)
    with anyio.move_on_after(600):
        await anext(client.notifications())
    assert len(instance.calls) < 100


async def test_retry_after_is_capped(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "one")
    instance.fail("receiveNotification", Fault(status=429, headers={"Retry-After": "864000"}))
    start = anyio.current_time()
    assert (await anext(client.notifications())).text == "one"
    assert anyio.current_time() - start <= 301


async def test_the_content_of_an_unreadable_body_is_not_logged(
    client: Client, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "greenapi_async")
    message = ["dear Anna, my PIN is 1234"]
    instance.queue_notification({"typeWebhook": "incomingMessageReceived", "messageData": message})
    notification = await anext(client.notifications())
    assert notification.raw["messageData"] == message
    assert "PIN" not in caplog.text
    assert "Malformed notification" in caplog.text


def wrong_token(instance: Instance) -> None:
    instance.token = "another"


def removed(instance: Instance) -> None:
    instance.id_instance = 5
    instance.fail("receiveNotification", Fault(status=403))


def no_such_method(instance: Instance) -> None:
    instance.fail("receiveNotification", Fault(status=404))


def webhook(instance: Instance) -> None:
    instance.settings["webhookUrl"] = "https://example.com/"


def expired(instance: Instance) -> None:
    instance.lifecycle.expired = True


def deleted(instance: Instance) -> None:
    instance.lifecycle.deleted = True


@pytest.mark.parametrize(
    ("arrange", "expected"),
    [
        (wrong_token, UnauthorizedError),
        (removed, ForbiddenError),
        (no_such_method, NotFoundError),
        (webhook, WebhookUrlSetError),
        (expired, InstanceExpiredError),
        (deleted, InstanceDeletedError),
    ],
)
async def test_the_loop_ends_on_errors_that_need_intervention(
    client: Client, instance: Instance, arrange: Callable[[Instance], None], expected: type[GreenAPIError]
) -> None:
    arrange(instance)
    with pytest.raises(expected) as raised:
        await anext(client.notifications())
    assert raised.value.method == "receiveNotification"
    assert raised.value.reason
    assert raised.value.advice

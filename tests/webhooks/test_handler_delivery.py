"""Without an inbox, the response follows the handler, and the server retries what was not handled."""

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, MalformedNotification, Notification
from greenapi_async.bots import Router
from greenapi_async.polling.deduplication import DIGESTS_KEPT
from greenapi_async.processing.options import Handler
from greenapi_async.webhooks import WebhookReceiver, WebhookResponse
from tests.backends import ON_ASYNCIO

from .webhook_requests import INSTANCE, TOKEN, body, push

pytestmark = pytest.mark.anyio

OK = WebhookResponse(200, "OK")
RETRY = WebhookResponse(503, "Service Unavailable")


def receiver_of(handler: Handler, *, deadline: float = 150.0) -> WebhookReceiver:
    return WebhookReceiver(clients=Client(INSTANCE, "token"), handler=handler, tokens=[TOKEN], deadline=deadline)


class RecordingHandler:
    """Takes some seconds per call and fails the first calls."""

    def __init__(self, failures: int = 0, seconds: float = 0.0) -> None:
        self.failures = failures
        self.seconds = seconds
        self.seen: list[Notification] = []

    async def __call__(self, notification: Notification) -> None:
        self.seen.append(notification)
        await anyio.sleep(self.seconds)
        if len(self.seen) <= self.failures:
            raise ValueError("handler failed")


async def push_concurrently(receiver: WebhookReceiver, *contents: bytes) -> list[WebhookResponse]:
    responses: list[WebhookResponse] = []

    async def one(content: bytes) -> None:
        responses.append(await push(receiver, content))

    async with anyio.create_task_group() as tasks:
        for content in contents:
            tasks.start_soon(one, content)
    return responses


async def test_the_response_is_sent_when_the_handler_returns() -> None:
    handler = RecordingHandler(seconds=100)
    before = anyio.current_time()
    assert await push(receiver_of(handler), body("ping")) == OK
    assert anyio.current_time() - before == pytest.approx(100)
    [seen] = handler.seen
    assert isinstance(seen, IncomingMessageReceived)
    assert seen.text == "ping"
    assert isinstance(seen.client, Client)


async def test_a_failed_notification_is_retried(caplog: pytest.LogCaptureFixture) -> None:
    handler = RecordingHandler(failures=2)
    receiver = receiver_of(handler)
    assert [await push(receiver, body()) for _ in range(4)] == [RETRY, RETRY, OK, OK]
    assert len(handler.seen) == 3
    assert len([record for record in caplog.records if record.exc_info]) == 2


async def test_the_handler_is_cancelled_at_the_deadline_and_retried(caplog: pytest.LogCaptureFixture) -> None:
    handler = RecordingHandler(seconds=100)
    receiver = receiver_of(handler, deadline=50)
    before = anyio.current_time()
    assert await push(receiver, body()) == RETRY
    assert anyio.current_time() - before == pytest.approx(50)
    assert "deadline=50 s" in caplog.messages[0]
    handler.seconds = 10
    assert await push(receiver, body()) == OK
    assert len(handler.seen) == 2


async def test_a_concurrent_duplicate_shares_the_outcome_of_the_first() -> None:
    handler = RecordingHandler(seconds=20)
    assert await push_concurrently(receiver_of(handler), body(), body(), body()) == [OK] * 3
    assert len(handler.seen) == 1
    failing = RecordingHandler(failures=1, seconds=20)
    assert await push_concurrently(receiver_of(failing), body(), body()) == [RETRY] * 2
    slow = RecordingHandler(seconds=100)
    assert await push_concurrently(receiver_of(slow, deadline=50), body(), body()) == [RETRY] * 2
    assert len(slow.seen) == 1


async def test_different_notifications_are_handled_concurrently() -> None:
    handler = RecordingHandler(seconds=20)
    before = anyio.current_time()
    assert await push_concurrently(receiver_of(handler), *(body(number=number) for number in range(10))) == [OK] * 10
    assert anyio.current_time() - before == pytest.approx(20)


async def test_a_cancelled_request_does_not_count_as_handled() -> None:
    handler = RecordingHandler(seconds=20)
    receiver = receiver_of(handler)
    responses: list[WebhookResponse] = []

    async def again() -> None:
        await anyio.sleep(1)
        responses.append(await push(receiver, body()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(again)
        with anyio.move_on_after(10):
            await push(receiver, body())
    assert responses == [RETRY]
    assert await push(receiver, body()) == OK
    assert len(handler.seen) == 2


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio.Cancelled cannot be instantiated
async def test_a_handler_that_raises_cancelled_has_failed() -> None:
    async def cancelled(_: Notification) -> None:
        await anyio.lowlevel.checkpoint()
        raise anyio.get_cancelled_exc_class()

    assert await push(receiver_of(cancelled), body()) == RETRY


async def test_an_acknowledged_notification_is_handled_even_if_the_handler_fails_later(
    caplog: pytest.LogCaptureFixture,
) -> None:
    seen: list[Notification] = []

    async def handler(notification: Notification) -> None:
        seen.append(notification)
        await notification.ack()
        await anyio.sleep(20)
        raise ValueError("too late")

    receiver = receiver_of(handler)
    assert await push_concurrently(receiver, body(), body()) == [OK, OK]
    assert await push(receiver, body()) == OK
    assert len(seen) == 1
    assert "after acknowledging" in caplog.messages[0]


async def test_a_malformed_notification_is_delivered() -> None:
    handler = RecordingHandler()
    assert await push(receiver_of(handler), b'{"a":' * 1000 + b"1" + b"}" * 1000) == OK
    assert isinstance(handler.seen[0], MalformedNotification)
    with pytest.raises(InvalidArgumentError):
        _ = handler.seen[0].receipt_id


@pytest.mark.slow
@ON_ASYNCIO
async def test_deduplication_remembers_the_documented_number() -> None:
    handler = RecordingHandler()
    receiver = receiver_of(handler)
    for number in range(DIGESTS_KEPT + 1):
        await push(receiver, body(number=number))
    handler.seen.clear()
    assert [await push(receiver, body(number=number)) for number in (1, DIGESTS_KEPT, 0)] == [OK] * 3
    assert len(handler.seen) == 1


async def test_a_router_can_be_the_handler() -> None:
    router = Router()
    seen: list[str | None] = []

    @router.message()
    async def hear(notification: IncomingMessageReceived) -> None:
        await anyio.lowlevel.checkpoint()
        seen.append(notification.text)

    assert await push(receiver_of(router.handler()), body("ping")) == OK
    assert seen == ["ping"]


async def test_a_conversation_without_an_inbox_raises_immediately() -> None:
    raised: list[str] = []

    async def handler(notification: Notification) -> None:
        await anyio.lowlevel.checkpoint()
        try:
            notification.conversation()
        except RuntimeError as error:
            raised.append(str(error))

    assert await push(receiver_of(handler), body()) == OK
    assert "inbox" in raised[0]

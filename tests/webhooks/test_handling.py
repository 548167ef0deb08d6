"""Without an inbox: the server is answered when the handler is done, and sends again when it is not."""

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, MalformedNotification, Notification
from greenapi_async.bots import Router
from greenapi_async.polling.deduplication import DIGESTS_KEPT
from greenapi_async.processing.options import Handler
from greenapi_async.webhooks import Answer, WebhookReceiver

from .pushing import INSTANCE, TOKEN, body, push

pytestmark = pytest.mark.anyio

OK = Answer(200, "OK")
AGAIN = Answer(503, "Service Unavailable")


def receiver_of(handler: Handler, *, deadline: float = 150.0) -> WebhookReceiver:
    return WebhookReceiver(clients=Client(INSTANCE, "token"), handler=handler, tokens=[TOKEN], deadline=deadline)


class Failing:
    """Fails so often, and then no more; every time takes some seconds."""

    def __init__(self, failures: int = 0, seconds: float = 0.0) -> None:
        self.failures = failures
        self.seconds = seconds
        self.seen: list[Notification] = []

    async def __call__(self, notification: Notification) -> None:
        self.seen.append(notification)
        await anyio.sleep(self.seconds)
        if len(self.seen) <= self.failures:
            raise ValueError("no luck")


async def at_once(receiver: WebhookReceiver, *contents: bytes) -> list[Answer]:
    answers: list[Answer] = []

    async def one(content: bytes) -> None:
        answers.append(await push(receiver, content))

    async with anyio.create_task_group() as tasks:
        for content in contents:
            tasks.start_soon(one, content)
    return answers


async def test_it_is_answered_when_the_handler_is_done() -> None:
    handler = Failing(seconds=100)
    before = anyio.current_time()
    assert await push(receiver_of(handler), body("ping")) == OK
    assert anyio.current_time() - before == pytest.approx(100)
    [seen] = handler.seen
    assert isinstance(seen, IncomingMessageReceived)
    assert seen.text == "ping"
    assert isinstance(seen.client, Client)


async def test_what_the_handler_fails_on_is_sent_again_and_handled_again(caplog: pytest.LogCaptureFixture) -> None:
    handler = Failing(failures=2)
    receiver = receiver_of(handler)
    assert [await push(receiver, body()) for _ in range(4)] == [AGAIN, AGAIN, OK, OK]
    assert len(handler.seen) == 3
    assert len([record for record in caplog.records if record.exc_info]) == 2


async def test_what_is_not_done_by_the_deadline_is_sent_again(caplog: pytest.LogCaptureFixture) -> None:
    handler = Failing(seconds=100)
    receiver = receiver_of(handler, deadline=50)
    before = anyio.current_time()
    assert await push(receiver, body()) == AGAIN
    assert anyio.current_time() - before == pytest.approx(50)
    assert "deadline=50 s" in caplog.messages[0]
    handler.seconds = 10
    assert await push(receiver, body()) == OK
    assert len(handler.seen) == 2


async def test_what_comes_again_meanwhile_waits_for_the_first() -> None:
    handler = Failing(seconds=20)
    assert await at_once(receiver_of(handler), body(), body(), body()) == [OK] * 3
    assert len(handler.seen) == 1
    failing = Failing(failures=1, seconds=20)
    assert await at_once(receiver_of(failing), body(), body()) == [AGAIN] * 2
    slow = Failing(seconds=100)
    assert await at_once(receiver_of(slow, deadline=50), body(), body()) == [AGAIN] * 2
    assert len(slow.seen) == 1


async def test_different_ones_are_handled_side_by_side() -> None:
    handler = Failing(seconds=20)
    before = anyio.current_time()
    assert await at_once(receiver_of(handler), *(body(number=number) for number in range(10))) == [OK] * 10
    assert anyio.current_time() - before == pytest.approx(20)


async def test_a_request_that_is_cancelled_is_not_done_with() -> None:
    handler = Failing(seconds=20)
    receiver = receiver_of(handler)
    answers: list[Answer] = []

    async def again() -> None:
        await anyio.sleep(1)
        answers.append(await push(receiver, body()))

    async with anyio.create_task_group() as tasks:
        tasks.start_soon(again)
        with anyio.move_on_after(10):
            await push(receiver, body())
    assert answers == [AGAIN]
    assert await push(receiver, body()) == OK
    assert len(handler.seen) == 2


@pytest.mark.parametrize("anyio_backend", ["asyncio"])  # trio lets nobody make its Cancelled
async def test_a_handler_that_cancels_itself_has_failed() -> None:
    async def cancelled(_: Notification) -> None:
        await anyio.lowlevel.checkpoint()
        raise anyio.get_cancelled_exc_class()

    assert await push(receiver_of(cancelled), body()) == AGAIN


async def test_what_was_acknowledged_is_done_with_whatever_comes(caplog: pytest.LogCaptureFixture) -> None:
    seen: list[Notification] = []

    async def handler(notification: Notification) -> None:
        seen.append(notification)
        await notification.ack()
        await anyio.sleep(20)
        raise ValueError("too late")

    receiver = receiver_of(handler)
    assert await at_once(receiver, body(), body()) == [OK, OK]
    assert await push(receiver, body()) == OK
    assert len(seen) == 1
    assert "had acknowledged" in caplog.messages[0]


async def test_what_cannot_be_read_is_handed_over_too() -> None:
    handler = Failing()
    assert await push(receiver_of(handler), b'{"a":' * 1000 + b"1" + b"}" * 1000) == OK
    assert isinstance(handler.seen[0], MalformedNotification)
    with pytest.raises(InvalidArgumentError):
        _ = handler.seen[0].receipt_id


async def test_as_many_as_promised_are_remembered() -> None:
    handler = Failing()
    receiver = receiver_of(handler)
    for number in range(DIGESTS_KEPT + 1):
        await push(receiver, body(number=number))
    handler.seen.clear()
    assert [await push(receiver, body(number=number)) for number in (1, DIGESTS_KEPT, 0)] == [OK] * 3
    assert len(handler.seen) == 1


async def test_a_router_is_a_handler() -> None:
    router = Router()
    seen: list[str | None] = []

    @router.message()
    async def hear(notification: IncomingMessageReceived) -> None:
        await anyio.lowlevel.checkpoint()
        seen.append(notification.text)

    assert await push(receiver_of(router.handler()), body("ping")) == OK
    assert seen == ["ping"]


async def test_a_conversation_says_at_once_that_it_needs_an_inbox() -> None:
    raised: list[str] = []

    async def handler(notification: Notification) -> None:
        await anyio.lowlevel.checkpoint()
        try:
            notification.conversation()
        except RuntimeError as error:
            raised.append(str(error))

    assert await push(receiver_of(handler), body()) == OK
    assert "inbox" in raised[0]

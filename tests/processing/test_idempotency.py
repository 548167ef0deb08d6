"""``send_message(..., once=...)``: at most one message under a key, whatever fails and whenever the process ends."""

import functools
import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

import anyio
import httpx
import pytest

from greenapi_async import (
    BadRequestError,
    Client,
    ConnectionFailedError,
    DeliveryUnknownError,
    InboxUnavailableError,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    Notification,
    QuotaExceededError,
    RateLimitedError,
    Retry,
    SentMessage,
    SQLiteInbox,
)
from greenapi_async.inbox.outbox import Outbox
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.inbox.outbox_sql import SQLOutbox
from greenapi_async.inbox.sql_sqlite import SQLiteDatabase
from greenapi_async.processing.idempotency import SEARCH_DELAYS
from greenapi_async.sandbox import Fault, Instance, Sandbox, create_app
from greenapi_async.testing.transport import InProcessTransport
from tests.http_libraries import LIBRARIES, import_library, transport_of

from .once_sends import ANNA, ORDER, sent_texts

pytestmark = pytest.mark.anyio

BORIS = "79001234568@c.us"

LOST = [
    Fault(status=502, after_effect=True),
    Fault(status=500, after_effect=True),
    Fault(status=200, body="<html>", after_effect=True),
    Fault(drop=True, after_effect=True),
    Fault(truncate=True, after_effect=True),
]
"""Carried out, and the answer is lost."""
NEVER_DONE = [Fault(status=502), Fault(status=504), Fault(drop=True)]
"""As unclear to the client, and not carried out."""


Open = Callable[..., Client]


@pytest.fixture
def opened(request: pytest.FixtureRequest, sandbox: Sandbox, instance: Instance) -> Open:
    library = import_library(getattr(request, "param", "httpx"))

    def opened(outbox: Outbox | None, **options: Any) -> Client:
        options.setdefault("transport", transport_of(library, InProcessTransport(create_app(sandbox))))
        return Client(instance.id_instance, instance.token, "http://sandbox", outbox=outbox, **options)

    return opened


@pytest.fixture
def outbox() -> MemoryOutbox:
    return MemoryOutbox(clock=anyio.current_time)


@pytest.fixture
async def shop(opened: Open, outbox: MemoryOutbox) -> AsyncIterator[Client]:
    await anyio.sleep(3600)  # so that there is a time before it
    async with opened(outbox) as shop:
        yield shop


def calls(instance: Instance) -> list[str]:
    return [call.method for call in instance.calls]


async def test_a_key_is_sent_once_and_gives_the_same_message_again(shop: Client, instance: Instance) -> None:
    first = await shop.send_message(ANNA, ORDER, once="order-17")
    again = await shop.send_message(ANNA, ORDER, once="order-17")
    assert again == first
    assert sent_texts(instance) == [ORDER]
    assert calls(instance) == ["sendMessage"]


async def test_each_key_is_sent_and_so_is_each_instances(
    shop: Client, instance: Instance, sandbox: Sandbox, outbox: MemoryOutbox
) -> None:
    other = sandbox.add_instance(1101000002)
    for key in ("order-17", "order-18"):
        await shop.send_message(ANNA, ORDER, once=key)
    transport = InProcessTransport(create_app(sandbox))
    async with Client(other.id_instance, other.token, "http://sandbox", transport=transport, outbox=outbox) as second:
        await second.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER, ORDER]
    assert sent_texts(other) == [ORDER]


@pytest.mark.parametrize("opened", LIBRARIES, indirect=True)
@pytest.mark.parametrize("fault", LOST, ids=repr)
@pytest.mark.parametrize("waits", [True, False], ids=["in the queue", "in the journal"])
async def test_what_was_carried_out_is_found_and_not_sent_again(
    shop: Client, instance: Instance, fault: Fault, waits: bool
) -> None:
    if waits:
        instance.settings["delaySendMessagesMilliseconds"] = 600_000
        await shop.send_message(BORIS, "before it")
    instance.fail("sendMessage", fault)
    start = anyio.current_time()
    sent = await shop.send_message(ANNA, ORDER, once="order-17")
    assert anyio.current_time() - start < 10
    assert sent_texts(instance) == [ORDER]
    await anyio.sleep(1200)
    instance.timeline.settle()
    assert sent.id_message == instance.chats[ANNA].messages[0].id_message
    assert (await shop.send_message(ANNA, ORDER, once="order-17")).id_message == sent.id_message
    assert sent_texts(instance) == [ORDER]


@pytest.mark.parametrize("opened", LIBRARIES, indirect=True)
@pytest.mark.parametrize("fault", NEVER_DONE, ids=repr)
async def test_what_was_not_carried_out_is_sent_again_when_the_journal_must_have_it(
    shop: Client, instance: Instance, fault: Fault
) -> None:
    instance.fail("sendMessage", fault)
    start = anyio.current_time()
    sent = await shop.send_message(ANNA, ORDER, once="order-17")
    assert 120 < anyio.current_time() - start < 150
    assert sent_texts(instance) == [ORDER]
    assert sent.id_message == instance.chats[ANNA].messages[0].id_message
    looks = ["showMessagesQueue", "lastOutgoingMessages"] * len(SEARCH_DELAYS)
    assert calls(instance) == ["sendMessage", *looks, "sendMessage"]


@pytest.mark.parametrize("behind", [1, 2, 3])
async def test_a_journal_that_is_behind_makes_nothing_be_sent_twice(
    shop: Client, instance: Instance, behind: int
) -> None:
    instance.fail("sendMessage", Fault(status=502, after_effect=True))
    instance.fail("lastOutgoingMessages", Fault(status=200, body="[]"), times=behind)
    await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]


async def test_unclear_twice_and_found_the_second_time(shop: Client, instance: Instance) -> None:
    instance.fail("sendMessage", Fault(status=502))
    instance.fail("sendMessage", Fault(drop=True, after_effect=True))
    await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]


async def test_unclear_twice_and_not_found_raises_and_the_next_call_begins_by_looking(
    shop: Client, instance: Instance
) -> None:
    instance.fail("sendMessage", Fault(status=502), times=2)
    with pytest.raises(DeliveryUnknownError, match=r"502.*\. Call again with the same once= key") as raised:
        await shop.send_message(ANNA, ORDER, once="order-17")
    assert "replay_sends" not in str(raised.value)  # sends with once= ignore it
    assert sent_texts(instance) == []
    assert calls(instance).count("sendMessage") == 2
    instance.calls.clear()
    await shop.send_message(ANNA, ORDER, once="order-17")
    assert calls(instance)[0] == "showMessagesQueue"
    assert sent_texts(instance) == [ORDER]


@pytest.mark.parametrize("method", ["showMessagesQueue", "lastOutgoingMessages"])
@pytest.mark.parametrize("fault", [Fault(status=502), Fault(status=403), Fault(status=200, body="<html>")], ids=repr)
async def test_where_it_cannot_be_looked_for_that_is_raised_and_nothing_is_sent(
    shop: Client, instance: Instance, method: str, fault: Fault
) -> None:
    instance.fail("sendMessage", Fault(drop=True, after_effect=True))
    instance.fail(method, fault, times=20)
    with pytest.raises(DeliveryUnknownError, match="searching for the message failed") as raised:
        await shop.send_message(ANNA, ORDER, once="order-17")
    assert raised.value.__cause__ is not None
    assert "with the same once= key" in raised.value.advice
    with pytest.raises(DeliveryUnknownError, match="an earlier attempt"):
        await shop.send_message(ANNA, ORDER, once="order-17")
    instance.clear_faults()
    sent = await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]
    assert sent.id_message == instance.chats[ANNA].messages[0].id_message


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        (Fault(status=400, body='{"message": "bad"}'), BadRequestError),
        (Fault(status=466), QuotaExceededError),
        (Fault(status=429), RateLimitedError),
    ],
    ids=repr,
)
async def test_what_surely_was_not_carried_out_is_forgotten_and_may_be_sent_at_once(
    shop: Client, instance: Instance, fault: Fault, error: type[Exception]
) -> None:
    instance.fail("sendMessage", fault, times=1000)
    with pytest.raises(error):
        await shop.send_message(ANNA, ORDER, once="order-17")
    instance.clear_faults()
    instance.calls.clear()
    await shop.send_message(ANNA, ORDER, once="order-17")
    assert calls(instance) == ["sendMessage"]


@pytest.mark.parametrize("library", LIBRARIES)
async def test_a_connection_that_is_refused_is_forgotten_too(
    opened: Open, outbox: Outbox, instance: Instance, library: str
) -> None:
    def refuse(request: httpx.Request) -> httpx.Response:
        raise httpx.ConnectError("refused", request=request)

    refusing = transport_of(import_library(library), httpx.MockTransport(refuse))
    async with opened(outbox, transport=refusing) as offline, opened(outbox) as online:
        with pytest.raises(ConnectionFailedError):
            await offline.send_message(ANNA, ORDER, once="order-17")
        await online.send_message(ANNA, ORDER, once="order-17")
    assert calls(instance) == ["sendMessage"]


async def test_sends_are_not_repeated_even_where_that_is_switched_on(
    opened: Open, outbox: Outbox, instance: Instance
) -> None:
    instance.fail("sendMessage", Fault(status=502, after_effect=True), times=3)
    async with opened(outbox, retry=Retry(replay_sends=True)) as shop:
        await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]


async def test_an_answer_without_an_id_is_found_by_searching(shop: Client, instance: Instance) -> None:
    await shop.send_message(ANNA, ORDER)
    instance.fail("sendMessage", Fault(status=200, body='{"idMessage": null}', after_effect=True))
    sent = await shop.send_message(ANNA, "another", once="order-17")
    assert sent.id_message == instance.chats[ANNA].messages[-1].id_message


@pytest.mark.parametrize("outcome", ["known", "unknown"])
@pytest.mark.parametrize(
    ("chat_id", "text", "named"),
    [
        (BORIS, "it is 12:05", f"a message to {ANNA}, not to {BORIS}"),
        (ANNA, "it is 12:06", f"another message to {ANNA}"),
    ],
)
async def test_a_used_key_is_refused_for_another_message(
    shop: Client, instance: Instance, outcome: str, chat_id: str, text: str, named: str
) -> None:
    if outcome == "unknown":
        instance.fail("sendMessage", Fault(status=502, after_effect=True))
        instance.fail("showMessagesQueue", Fault(status=502), times=4)
        with pytest.raises(DeliveryUnknownError):
            await shop.send_message(ANNA, "it is 12:05", once="order-17")
    else:
        await shop.send_message(ANNA, "it is 12:05", once="order-17")
    instance.calls.clear()
    with pytest.raises(InvalidArgumentError, match=named) as raised:
        await shop.send_message(chat_id, text, once="order-17")
    assert "12:0" not in str(raised.value)
    assert calls(instance) == []
    await shop.send_message(ANNA, " it  is\n12:05", once="order-17")
    assert sent_texts(instance) == ["it is 12:05"]
    assert sent_texts(instance, BORIS) == []


async def test_what_was_begun_days_ago_is_looked_for_as_far_back(
    shop: Client, instance: Instance, outbox: MemoryOutbox
) -> None:
    instance.fail("sendMessage", Fault(status=502, after_effect=True))
    instance.fail("showMessagesQueue", Fault(status=502), times=4)
    with pytest.raises(DeliveryUnknownError):
        await shop.send_message(ANNA, ORDER, once="order-17")
    await anyio.sleep(3 * 24 * 3600)
    await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]


async def test_two_calls_at_once_send_one_message_and_get_it_both(shop: Client, instance: Instance) -> None:
    instance.fail("sendMessage", Fault(status=502, after_effect=True))
    sent: list[str] = []

    async def send() -> None:
        sent.append((await shop.send_message(ANNA, ORDER, once="order-17")).id_message)

    async with anyio.create_task_group() as tasks:
        for _ in range(10):
            tasks.start_soon(send)
    assert sent_texts(instance) == [ORDER]
    assert sent == [instance.chats[ANNA].messages[0].id_message] * 10
    assert calls(instance) == ["sendMessage", "showMessagesQueue", "lastOutgoingMessages"]


async def test_keys_do_not_wait_for_each_other(shop: Client, instance: Instance) -> None:
    instance.fail("sendMessage", Fault(status=502))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(functools.partial(shop.send_message, ANNA, ORDER, once="order-17"))
        await anyio.sleep(1)
        with anyio.fail_after(1):
            await shop.send_message(BORIS, ORDER, once="order-18")


@pytest.mark.parametrize("seconds", [0.5, 2, 10])
@pytest.mark.parametrize("fault", [Fault(delay=1), Fault(delay=1, drop=True, after_effect=True)], ids=repr)
async def test_a_call_that_is_cancelled_in_the_middle_is_taken_up_by_the_next(
    shop: Client, instance: Instance, fault: Fault, seconds: float
) -> None:
    instance.fail("sendMessage", fault)
    instance.fail("lastOutgoingMessages", Fault(status=200, body="[]"))
    with anyio.move_on_after(seconds):
        await shop.send_message(ANNA, ORDER, once="order-17")
    await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]


async def test_what_cannot_be_done_is_refused_before_anything_is_sent(
    opened: Open, outbox: MemoryOutbox, instance: Instance
) -> None:
    async with opened(None) as without, opened(outbox) as shop:
        with pytest.raises(InvalidArgumentError, match="SQLiteInbox"):
            await without.send_message(ANNA, ORDER, once="order-17")
        for key in ("", "k" * 201, 17):
            with pytest.raises(InvalidArgumentError, match="1 to 200"):
                await shop.send_message(ANNA, ORDER, once=key)  # type: ignore[arg-type]  # wrong on purpose
        with pytest.raises(InvalidArgumentError, match="message is empty"):
            await shop.send_message(ANNA, "", once="order-17")
        assert calls(instance) == []
        await shop.send_message(ANNA, ORDER, once="k" * 200)


class FailingOutbox(MemoryOutbox):
    """Cannot note what was sent."""

    async def sent(self, id_instance: int, key: str, id_message: str) -> None:
        raise InboxUnavailableError("the disk is full")


async def test_a_message_whose_note_fails_is_given_all_the_same_and_found_the_next_time(
    opened: Open, instance: Instance, caplog: pytest.LogCaptureFixture
) -> None:
    failing = FailingOutbox(clock=anyio.current_time)
    async with opened(failing) as shop:
        with caplog.at_level(logging.INFO):
            sent = await shop.send_message(ANNA, ORDER, once="order-17")
        assert "the next use of its key searches for it" in caplog.text
        assert ORDER not in caplog.text
        vars(failing)["sent"] = functools.partial(MemoryOutbox.sent, failing)
        assert (await shop.send_message(ANNA, ORDER, once="order-17")).id_message == sent.id_message
    assert sent_texts(instance) == [ORDER]


TRUE_TIME = pytest.mark.parametrize("anyio_backend", ["asyncio", "trio"])
"""Files are written in threads, and a clock that jumps would not wait for them."""


@pytest.fixture
def shortly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("greenapi_async.processing.idempotency.SEARCH_DELAYS", (0.05, 0.05))


Started = Callable[[], AbstractAsyncContextManager[Client]]


@pytest.fixture
def started(opened: Open, tmp_path: Path, sandbox: Sandbox) -> Started:
    """Start the program, as it were: a new client, and the file opened again."""
    sandbox.enforce_rates = False

    @asynccontextmanager
    async def started() -> AsyncGenerator[Client]:
        inbox = SQLiteInbox(tmp_path / "inbox.db")
        outbox = SQLOutbox(SQLiteDatabase(inbox.connection, clock=anyio.current_time))
        async with inbox, opened(outbox, rate_limiter=None) as shop:
            yield shop

    return started


@TRUE_TIME
async def test_after_a_restart_nothing_is_sent_again(started: Started, instance: Instance) -> None:
    sent: list[SentMessage] = []
    for _ in range(3):
        async with started() as shop:
            sent.append(await shop.send_message(ANNA, ORDER, once="order-17"))
    assert sent_texts(instance) == [ORDER]
    assert sent[0] == sent[1] == sent[2]
    assert calls(instance) == ["sendMessage"]


@TRUE_TIME
@pytest.mark.parametrize("fault", [*LOST, *NEVER_DONE], ids=repr)
async def test_what_was_unclear_is_cleared_up_after_a_restart(
    started: Started, instance: Instance, fault: Fault, shortly: None
) -> None:
    instance.fail("sendMessage", fault)
    instance.fail("lastOutgoingMessages", Fault(status=403))
    async with started() as shop:
        with pytest.raises(DeliveryUnknownError):
            await shop.send_message(ANNA, ORDER, once="order-17")
    async with started() as shop:
        sent = await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]
    assert sent.id_message == instance.chats[ANNA].messages[0].id_message


@TRUE_TIME
@pytest.mark.parametrize("after_effect", [True, False])
async def test_a_process_that_ends_while_it_sends_sends_one_message(
    started: Started, instance: Instance, after_effect: bool, shortly: None
) -> None:
    instance.fail("sendMessage", Fault(delay=60, after_effect=after_effect))
    async with started() as shop:
        with anyio.move_on_after(0.3):
            await shop.send_message(ANNA, ORDER, once="order-17")
    async with started() as shop:
        await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]


async def test_while_a_run_goes_on_its_inbox_is_the_outbox(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "an order")
    inbox = MemoryInbox(clock=anyio.current_time)
    sent: list[str] = []

    async def handler(notification: Notification) -> None:
        if isinstance(notification, IncomingMessageReceived):
            key = f"answer-{notification.id_message}"
            sent.extend([(await notification.reply(ORDER, once=key)).id_message for _ in range(2)])
            processing.stop()

    processing = client.process(handler, inbox=inbox)
    await processing
    assert len(sent) == 2
    assert len(set(sent)) == 1
    assert sent_texts(instance) == ["an order", ORDER]
    with pytest.raises(InvalidArgumentError, match="outbox"):
        await client.send_message(ANNA, ORDER, once="later")

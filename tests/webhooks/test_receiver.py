"""Pushed notifications are stored in the inbox and handled from there; rejections are logged."""

import asyncio
import functools
import json
import logging
from collections.abc import AsyncGenerator, Callable
from typing import Any

import anyio
import anyio.lowlevel
import pytest

from greenapi_async import (
    Client,
    InboxUnavailableError,
    IncomingMessageReceived,
    InvalidArgumentError,
    MalformedNotification,
    MemoryInbox,
    Notification,
    UnknownNotification,
    process,
)
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.types import Entry
from greenapi_async.webhooks import WebhookReceiver, WebhookResponse

from .request_table import ROWS
from .webhook_requests import HEADERS, INSTANCE, SERVER, TOKEN, body, chunks, notification, push, serve

pytestmark = pytest.mark.anyio

OK = WebhookResponse(200, "OK")


def receiver_of(inbox: MemoryInbox, **options: Any) -> WebhookReceiver:
    options.setdefault("tokens", [TOKEN])
    return WebhookReceiver(clients=Client(INSTANCE, "token"), inbox=inbox, **options)


async def test_a_pushed_notification_is_stored_and_handled_from_the_inbox() -> None:
    inbox = MemoryInbox()
    client = Client(INSTANCE, "token")
    receiver = WebhookReceiver(clients=client, inbox=inbox, tokens=[TOKEN])
    seen: list[tuple[str | None, bool]] = []

    async def handle(each: Notification) -> None:
        seen.append((each.text, each.client is client))
        if len(seen) == 3:
            processing.stop()

    processing = client.process(handle, inbox=inbox, polling=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        for number in range(3):
            assert await push(receiver, body(f"text {number}", number=number)) == OK
    assert seen == [(f"text {number}", True) for number in range(3)]
    assert await inbox.waiting({INSTANCE}, 0, 10) == []


async def test_unusual_notifications_reach_the_handler() -> None:
    inbox = MemoryInbox()
    client = Client(INSTANCE, "token")
    odd = [row for row in ROWS if row.status == 200 and row.parts is None]
    kinds: list[type[Notification]] = []

    async def handle(each: Notification) -> None:
        kinds.append(type(each))
        if len(kinds) == len(odd):
            processing.stop()

    processing = client.process(handle, inbox=inbox, polling=False, key=lambda _: None)
    for row in odd:  # a receiver and an inbox per row, so that nothing is a duplicate
        once = MemoryInbox()
        receiver = receiver_of(once, tokens=[TOKEN, "Basic dXNlcjpwYXNzd29yZA=="], trusted_proxies=["10.0.0.0/8"])
        assert await push(receiver, row.content, row.headers, row.peer) == OK, row.name
        [entry] = await once.waiting({INSTANCE}, 0, 10)
        await inbox.put(Entry(id_instance=INSTANCE, body=entry.body, error=entry.error, unless=(), keys=()))
    await processing
    assert set(kinds) == {IncomingMessageReceived, UnknownNotification, MalformedNotification}


def nested(levels: int) -> bytes:
    return b'{"a":' * levels + b"1" + b"}" * levels


@pytest.mark.parametrize(
    "content", [nested(101), nested(1000), b"\xef\xbb\xbf" + b'{"a":[' + b"1," * 30000 + b'"\xc3\xa9"]}']
)
async def test_an_unparsed_body_is_stored_completely(content: bytes) -> None:
    inbox = MemoryInbox()
    for _ in range(2):
        assert await push(receiver_of(inbox), content) == OK
    [entry] = await inbox.waiting({INSTANCE}, 0, 10)
    assert json.loads(entry.body) == {"unread": content.decode("utf-8-sig")}
    assert entry.error is not None


async def test_bodies_within_the_limits_are_parsed_and_stored_as_received() -> None:
    inbox = MemoryInbox()
    contents = [nested(100), b'{"a":[%b1]}' % (b"1," * 24_900), body("{[" * 10_000)]
    assert [await push(receiver_of(inbox), content) for content in contents] == [OK] * 3
    assert [entry.body.encode() for entry in await inbox.waiting({INSTANCE}, 0, 10)] == contents


async def test_a_duplicate_is_accepted_and_dropped() -> None:
    inbox = MemoryInbox()
    receiver = receiver_of(inbox)
    again = json.dumps(dict(reversed(notification().items())), indent=1).encode()
    assert [await push(receiver, each) for each in (body(), body(), again, body("Other"))] == [OK] * 4
    assert len(await inbox.waiting({INSTANCE}, 0, 10)) == 2


async def test_polled_and_pushed_notifications_are_deduplicated_together() -> None:
    inbox = MemoryInbox()
    await inbox.put(received_entry(INSTANCE, ReceivedNotification(receipt_id=7, body=notification())))
    assert await push(receiver_of(inbox), body()) == OK
    assert len(await inbox.waiting({INSTANCE}, 0, 10)) == 1
    status = {"typeWebhook": "outgoingMessageStatus", "idMessage": "A", "status": "read"}
    assert await push(receiver_of(inbox), json.dumps(status).encode()) == OK
    assert not await inbox.put(received_entry(INSTANCE, ReceivedNotification(receipt_id=8, body=status)))


async def test_a_notification_without_id_and_time_is_never_a_duplicate() -> None:
    inbox = MemoryInbox()
    quota = b'{"typeWebhook":"quotaExceeded","instanceData":{"idInstance":%d}}' % INSTANCE
    assert [await push(receiver_of(inbox), quota) for _ in range(2)] == [OK, OK]
    assert len(await inbox.waiting({INSTANCE}, 0, 10)) == 2


async def test_notifications_are_stored_for_the_instance_they_name(caplog: pytest.LogCaptureFixture) -> None:
    inbox = MemoryInbox()
    clients = [Client(number, "token") for number in (INSTANCE, INSTANCE + 1)]
    receiver = WebhookReceiver(clients=clients, inbox=inbox, tokens=[TOKEN])
    named = (INSTANCE, str(INSTANCE + 1), INSTANCE + 2, None)
    assert [(await push(receiver, body(instance=each))).status for each in named] == [200, 200, 403, 200]
    assert len(await inbox.waiting({INSTANCE}, 0, 10)) == 2
    assert len(await inbox.waiting({INSTANCE + 1}, 0, 10)) == 1
    assert ["not in clients=" in caplog.messages[0], "names no instance" in caplog.messages[1]] == [True, True]


def in_chunks(content: bytes) -> AsyncGenerator[bytes]:
    return chunks([content[:9], b"", content[9:]])


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": f"Bearer {TOKEN}", "CONTENT-TYPE": "application/json"},
        {b"Authorization": b"Bearer " + TOKEN.encode(), b"Content-Type": b"application/json"},
        [("authorization", f"Bearer {TOKEN}"), ("content-type", "application/json"), ("x-other", "\udcff")],
        list(HEADERS),
    ],
    ids=["mapping", "mapping of bytes", "pairs", "pairs of bytes"],
)
@pytest.mark.parametrize("form", [bytes, bytearray, in_chunks], ids=["bytes", "bytearray", "chunks"])
async def test_headers_and_body_are_accepted_in_every_form(headers: Any, form: Callable[[bytes], Any]) -> None:
    status, reason = await receiver_of(MemoryInbox()).handle("POST", headers, form(body()), SERVER)
    assert (status, reason) == (200, "OK")


async def test_a_rejection_reveals_only_its_status() -> None:
    response = await receiver_of(MemoryInbox()).handle("GET", {}, b"", SERVER)
    assert response == (405, "Method Not Allowed")
    assert response.headers == {"Allow": "POST"}
    assert await receiver_of(MemoryInbox()).handle("POST", {}, b"", SERVER) == (401, "Unauthorized")


async def test_a_slow_body_times_out() -> None:
    async def slow() -> AsyncGenerator[bytes]:
        for each in body():
            await anyio.sleep(1)
            yield bytes([each])

    before = anyio.current_time()
    sent = await serve(receiver_of(MemoryInbox()).asgi(), slow())
    assert sent[0]["status"] == 408
    assert anyio.current_time() - before == pytest.approx(20)
    fast = await serve(receiver_of(MemoryInbox(), body_timeout=10, deadline=100).asgi(), slow())
    assert fast[0]["status"] == 408
    assert anyio.current_time() - before == pytest.approx(30)


class HangingInbox(MemoryInbox):
    async def put(self, entry: Entry) -> bool:
        await anyio.sleep_forever()
        return True


async def after(seconds: float) -> AsyncGenerator[bytes]:
    await anyio.sleep(seconds)
    yield body()


@pytest.mark.parametrize("deadline", [5, 100])
async def test_the_deadline_begins_when_the_body_is_complete(deadline: float) -> None:
    before = anyio.current_time()
    sent = await serve(receiver_of(HangingInbox(), deadline=deadline).asgi(), after(9))
    assert sent[0]["status"] == 503
    assert anyio.current_time() - before == pytest.approx(9 + deadline)


async def hang(_: Notification) -> None:
    await anyio.sleep_forever()


@pytest.mark.parametrize("anyio_backend", ["asyncio"], indirect=True)
@pytest.mark.parametrize("options", [{"inbox": HangingInbox()}, {"handler": hang}], ids=["inbox", "handler"])
@pytest.mark.parametrize("at", [1, 10, 59, 60], ids="cancelled after {} s".format)
async def test_a_request_that_asyncio_cancels_is_cancelled(options: dict[str, Any], at: int) -> None:
    receiver = WebhookReceiver(clients=Client(INSTANCE, "token"), tokens=[TOKEN], deadline=51, **options)
    task = asyncio.ensure_future(serve(receiver.asgi(), after(9)))
    asyncio.get_running_loop().call_later(at, task.cancel)
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_receiver_that_is_stopped_while_a_body_arrives_stores_nothing() -> None:
    inbox = MemoryInbox()
    receiver = receiver_of(inbox)
    async with anyio.create_task_group() as tasks:

        async def stop() -> None:
            await anyio.sleep(5)
            receiver.stop()

        tasks.start_soon(stop)
        sent = await serve(receiver.asgi(), after(9))
        assert sent[0]["status"] == 503
    assert await inbox.waiting({INSTANCE}, 0, 10) == []


async def test_a_disconnect_within_the_body_stores_nothing(caplog: pytest.LogCaptureFixture) -> None:
    async def lost() -> AsyncGenerator[bytes]:
        yield body()[:50]
        raise ConnectionResetError

    inbox = MemoryInbox()
    await serve(receiver_of(inbox).asgi(), lost())
    assert await inbox.waiting({INSTANCE}, 0, 10) == []
    assert "before the body was complete" in caplog.messages[0]
    assert not caplog.records[0].exc_info


async def test_a_rejected_body_is_not_read() -> None:
    async def untouched() -> AsyncGenerator[bytes]:
        raise AssertionError
        yield b""

    for headers, peer in (
        ((), SERVER),
        (HEADERS, "203.0.113.5"),
        ([*HEADERS, (b"content-length", b"1000001")], SERVER),
    ):
        sent = await serve(receiver_of(MemoryInbox()).asgi(), untouched(), headers=headers, peer=peer)
        assert sent[0]["status"] in {401, 403, 413}


class FullDisk(MemoryInbox):
    """Raises its error until it is cleared."""

    error: Exception | None = InboxUnavailableError("the disk is full")

    async def put(self, entry: Entry) -> bool:
        await anyio.lowlevel.checkpoint()
        if self.error is not None:
            raise self.error
        return await super().put(entry)


async def test_an_unavailable_inbox_makes_the_server_retry(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    inbox = FullDisk()
    receiver = receiver_of(inbox)
    assert [await push(receiver, body()) for _ in range(3)] == [(503, "Service Unavailable")] * 3
    inbox.error = None
    assert [await push(receiver, body()) for _ in range(2)] == [OK, OK]
    assert len(caplog.messages) == 2
    assert "the disk is full" in caplog.messages[0]
    assert caplog.messages[1] == "The inbox is available again"


async def test_any_error_of_an_inbox_makes_the_server_retry(caplog: pytest.LogCaptureFixture) -> None:
    inbox = FullDisk()
    inbox.error = ConnectionRefusedError("no store")
    receiver = receiver_of(inbox)
    assert [(await push(receiver, body())).status for _ in range(3)] == [503] * 3
    assert len(caplog.records) == 1


async def test_a_hanging_inbox_is_cancelled_at_the_deadline() -> None:
    assert (await push(receiver_of(HangingInbox()), body())).status == 503


async def test_a_stopped_receiver_refuses_new_notifications() -> None:
    inbox = MemoryInbox()
    receiver = receiver_of(inbox)
    receiver.stop()
    assert receiver.stopped
    assert (await push(receiver, body())).status == 503
    assert (await push(receiver, body(), HEADERS[1:])).status == 401
    assert await inbox.waiting({INSTANCE}, 0, 10) == []


async def test_rejections_are_logged_once_a_minute_per_reason(caplog: pytest.LogCaptureFixture) -> None:
    receiver = receiver_of(MemoryInbox())
    for _ in range(1000):
        await push(receiver, b"no JSON")
        await push(receiver, body(), ())
    assert len(caplog.messages) == 2
    assert caplog.messages[0].startswith(f"Rejected a webhook request from {SERVER} with 400: the body is not JSON")
    await anyio.sleep(61)
    await push(receiver, b"no JSON")
    assert caplog.messages[2].endswith("(999 similar records suppressed)")


async def test_an_unprotected_receiver_is_logged_once(caplog: pytest.LogCaptureFixture) -> None:
    receiver = receiver_of(MemoryInbox(), tokens=(), addresses=None)
    assert len(caplog.messages) == 1
    assert [await push(receiver, body(), HEADERS[1:], "203.0.113.5") for _ in range(2)] == [OK, OK]
    receiver_of(MemoryInbox(), tokens=())
    receiver_of(MemoryInbox(), addresses=None)
    assert len(caplog.messages) == 1


async def nothing(_: Notification) -> None:
    await anyio.lowlevel.checkpoint()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "exactly one of inbox= and handler=, got neither"),
        ({"inbox": MemoryInbox(), "handler": nothing}, "exactly one of inbox= and handler=, got both"),
        ({"handler": print}, "is not async"),
        ({"inbox": MemoryInbox(), "clients": []}, "at least one"),
        ({"inbox": MemoryInbox(), "clients": [Client(1, "token"), Client(1, "token")]}, "one per instance"),
        ({"inbox": MemoryInbox(), "addresses": []}, "addresses is empty"),
        ({"inbox": MemoryInbox(), "addresses": "192.0.2.1"}, "must be a list of addresses"),
        ({"inbox": MemoryInbox(), "trusted_proxies": ["proxy"]}, "trusted_proxies must contain .*'proxy'"),
        ({"inbox": MemoryInbox(), "max_bytes": 0}, "max_bytes"),
        ({"inbox": MemoryInbox(), "body_timeout": float("nan")}, "body_timeout"),
        ({"inbox": MemoryInbox(), "deadline": -1}, "deadline"),
        ({"handler": nothing, "deadline": 180}, "less than 180 s"),
        ({"handler": nothing, "deadline": 160.0, "body_timeout": 20}, "less than 180 s"),
    ],
)
async def test_invalid_arguments_are_rejected(options: dict[str, Any], message: str) -> None:
    arguments: dict[str, Any] = {"clients": Client(1, "token"), "tokens": [TOKEN], **options}
    with pytest.raises(InvalidArgumentError, match=message):
        WebhookReceiver(**arguments)


async def test_one_receiver_serves_several_clients() -> None:
    inbox = MemoryInbox()
    clients = [Client(number, "token") for number in (INSTANCE, INSTANCE + 1)]
    receiver = WebhookReceiver(clients=clients, inbox=inbox, tokens=[TOKEN])
    seen: set[int | None] = set()

    async def handle(each: Notification) -> None:
        seen.add(each.id_instance)
        if len(seen) == 2:
            processing.stop()

    processing = process(handle, clients=clients, inbox=inbox, polling=False)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        for each in clients:
            tasks.start_soon(functools.partial(push, receiver, body(instance=each.id_instance)))
    assert seen == {INSTANCE, INSTANCE + 1}

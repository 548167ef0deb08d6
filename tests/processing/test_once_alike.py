"""``once=`` after an unclear failure, where files and polls look alike: none is sent twice, none is left out."""

import functools
import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from greenapi_async import Client, DeliveryUnknownError, SentMessage
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.processing.idempotency import SEARCH_DELAYS
from greenapi_async.sandbox import Fault, Instance, Sandbox

from .once_sends import ANNA, all_messages, open_client

pytestmark = pytest.mark.anyio

BORIS = "79001234568@c.us"
QUOTED_ID = "BAE5F4886F6F2D99"
ROW_ID = "BAE5F4886F6F2D05"
CAPTION = "Your documents"
QUESTION = "When does it suit you?"
URL = "https://shop.example/order.pdf"
PICTURE = "https://shop.example/order.png"


@pytest.fixture
async def shop(sandbox: Sandbox, instance: Instance) -> AsyncIterator[Client]:
    await anyio.sleep(3600)  # so that there is a time before it
    async with open_client(sandbox, instance, MemoryOutbox(clock=anyio.current_time)) as shop:
        yield shop


async def send_document(shop: Client, number: int) -> SentMessage:
    name = f"{number}.pdf"
    return await shop.send_file_by_url(
        ANNA, f"https://shop.example/{name}", name, caption=CAPTION, once=f"key {number}"
    )


async def send_document_without_caption(shop: Client, number: int) -> SentMessage:
    name = f"{number}.pdf"
    return await shop.send_file_by_url(ANNA, f"https://shop.example/{name}", name, once=f"key {number}")


async def send_poll(shop: Client, number: int) -> SentMessage:
    return await shop.send_poll(ANNA, QUESTION, [f"{number}:00", f"{number}:30"], once=f"key {number}")


METHODS = {send_document: "sendFileByUrl", send_document_without_caption: "sendFileByUrl", send_poll: "sendPoll"}


@pytest.mark.parametrize("waits", [True, False], ids=["in the queue", "in the journal"])
@pytest.mark.parametrize("send", METHODS, ids=lambda send: send.__name__)
async def test_one_of_two_that_look_alike_is_not_taken_for_the_other(
    shop: Client, instance: Instance, send: Any, *, waits: bool
) -> None:
    if waits:
        instance.settings["delaySendMessagesMilliseconds"] = 600_000
        await shop.send_message(BORIS, "before it")
    sent: dict[int, str] = {}

    async def send_one(number: int) -> None:
        sent[number] = (await send(shop, number)).id_message

    instance.fail(METHODS[send], Fault(status=502))
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(send_one, 1)
        await anyio.sleep(0.5)
        instance.fail(METHODS[send], Fault(status=502, after_effect=True))
        tasks.start_soon(send_one, 2)
    contents = {each.id_message: each.content for each in all_messages(instance) if each.chat_id == ANNA}
    assert contents.keys() == {sent[1], sent[2]}
    for number, id_message in sent.items():
        assert f"{number}.pdf" in repr(contents[id_message]) or f"{number}:00" in repr(contents[id_message])


QUEUED_FILE = {"chatId": ANNA, "urlFile": URL, "fileName": "order.pdf", "caption": CAPTION}
QUEUED_POLL = {"chatId": ANNA, "message": QUESTION, "options": [{"optionName": "9:00"}, {"optionName": "10:00"}]}
POLL = {"name": QUESTION, "options": [{"optionName": "9:00"}, {"optionName": "10:00"}]}


def queued(method: str, body: dict[str, Any]) -> dict[str, Any]:
    return {"messageID": ROW_ID, "type": method, "body": body}


def logged(kind: str, **fields: Any) -> dict[str, Any]:
    return {"idMessage": ROW_ID, "typeMessage": kind, "chatId": ANNA, **fields}


async def send_file(
    shop: Client, name: str = "order.pdf", caption: str | None = CAPTION, *, is_reply: bool
) -> SentMessage:
    url, quoted_id = f"https://shop.example/{name}", QUOTED_ID if is_reply else None
    return await shop.send_file_by_url(ANNA, url, name, caption=caption, quoted_message_id=quoted_id, once="order-17")


async def send_question(shop: Client, *, is_reply: bool) -> SentMessage:
    quoted_id = QUOTED_ID if is_reply else None
    return await shop.send_poll(ANNA, QUESTION, ["9:00", "10:00"], quoted_message_id=quoted_id, once="order-17")


KINDS: dict[str, Any] = {
    "document": functools.partial(send_file, is_reply=False),
    "picture": functools.partial(send_file, name="order.png", is_reply=False),
    "picture without caption": functools.partial(send_file, name="order.png", caption=None, is_reply=False),
    "quoting document": functools.partial(send_file, is_reply=True),
    "poll": functools.partial(send_question, is_reply=False),
    "quoting poll": functools.partial(send_question, is_reply=True),
}


def fail(instance: Instance, kind: str, row: dict[str, Any], times: int = len(SEARCH_DELAYS)) -> str:
    """Let a send fail, and a row be found after it; return the method."""
    method = "sendPoll" if "poll" in kind else "sendFileByUrl"
    instance.fail(method, Fault(status=502))
    search = "showMessagesQueue" if "body" in row else "lastOutgoingMessages"
    instance.fail(search, Fault(status=200, body=json.dumps([row])), times=times)
    return method


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("document", queued("sendFileByUrl", {**QUEUED_FILE, "fileName": None})),
        ("document", queued("sendFileByUrl", {**QUEUED_FILE, "urlFile": "https://shop.example/18/order.pdf"})),
        ("document", queued("sendFileByUrl", {**QUEUED_FILE, "urlFile": {}})),
        ("poll", queued("sendPoll", {**QUEUED_POLL, "options": {}})),
        ("poll", queued("sendPoll", {**QUEUED_POLL, "options": []})),
        ("document", logged("documentMessage", fileName="")),
        ("document", logged("newMessage", downloadUrl=URL, fileName="b89ded5e.pdf", caption=CAPTION)),
        ("picture", logged("imageMessage", fileName="b89ded5e.png", caption=CAPTION)),
        ("picture", logged("imageMessage", fileName="b89ded5e.png", caption={})),
        ("picture without caption", logged("imageMessage", fileName="b89ded5e.png", caption="")),
        ("poll", logged("pollMessage", pollMessageData={**POLL, "options": []})),
        ("poll", logged("pollMessage", pollMessageData={**POLL, "options": [{"optionName": "9:00"}, {}]})),
        ("quoting document", logged("quotedMessage", quotedMessage={"stanzaId": QUOTED_ID})),
        ("quoting document", logged("quotedMessage", extendedTextMessage={"text": CAPTION})),
        ("quoting poll", logged("quotedMessage", quotedMessage={"stanzaId": QUOTED_ID})),
        ("quoting poll", logged("quotedMessage", extendedTextMessage={"text": QUESTION})),
    ],
    ids=str,
)
async def test_a_row_that_may_be_another_one_is_neither_taken_nor_is_the_message_sent_again(
    shop: Client, instance: Instance, kind: str, row: dict[str, Any]
) -> None:
    method = fail(instance, kind, row)
    with pytest.raises(DeliveryUnknownError, match="may be this one or another one"):
        await KINDS[kind](shop)
    assert [call.method for call in instance.calls].count(method) == 1


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("document", queued("sendFileByUrl", QUEUED_FILE)),
        ("document", logged("documentMessage", fileName="order.pdf", caption="")),
        ("document", logged("documentMessage", fileName="order.pdf", caption=CAPTION)),
        ("picture", logged("imageMessage", fileName="order.png", caption=CAPTION)),
        ("poll", queued("sendPoll", QUEUED_POLL)),
        ("poll", logged("pollMessage", pollMessageData=POLL)),
    ],
    ids=str,
)
async def test_a_row_that_shows_what_the_message_has_is_taken_for_it(
    shop: Client, instance: Instance, kind: str, row: dict[str, Any]
) -> None:
    fail(instance, kind, row)
    assert (await KINDS[kind](shop)).id_message == ROW_ID


@pytest.mark.parametrize(
    ("kind", "row"),
    [
        ("document", queued("sendFileByUrl", {**QUEUED_FILE, "fileName": "contract.pdf"})),
        ("document", queued("sendFileByUrl", {**QUEUED_FILE, "caption": "Another one"})),
        ("document", logged("documentMessage", fileName="contract.pdf", caption=CAPTION)),
        ("document", logged("documentMessage", fileName="order.pdf", caption="Another one")),
        ("document", logged("quotedMessage", quotedMessage={"stanzaId": QUOTED_ID})),
        ("picture", logged("imageMessage", fileName="b89ded5e.png", caption="Another one")),
        ("poll", queued("sendPoll", {**QUEUED_POLL, "options": [{"optionName": "9:00"}]})),
        ("poll", logged("pollMessage", pollMessageData={**POLL, "options": [{"optionName": "9:00"}]})),
        ("quoting poll", logged("quotedMessage", extendedTextMessage={"text": "Another one"})),
    ],
    ids=str,
)
async def test_a_row_that_shows_something_else_does_not_prevent_the_send(
    shop: Client, instance: Instance, kind: str, row: dict[str, Any]
) -> None:
    method = fail(instance, kind, row)
    assert (await KINDS[kind](shop)).id_message != ROW_ID
    assert [call.method for call in instance.calls].count(method) == 2


async def test_the_file_of_another_key_does_not_prevent_the_send(shop: Client, instance: Instance) -> None:
    other = await shop.send_file_by_url(ANNA, PICTURE, "another.png", caption=CAPTION, once="order-16")
    fail(instance, "picture", logged("imageMessage", idMessage=other.id_message, fileName="b89ded5e.png"))
    sent = await KINDS["picture"](shop)
    assert [each.id_message for each in all_messages(instance)] == [other.id_message, sent.id_message]


async def test_what_has_left_the_queue_and_is_not_in_the_journal_yet_stays_unclear(
    shop: Client, instance: Instance
) -> None:
    fail(instance, "document", queued("sendFileByUrl", {**QUEUED_FILE, "urlFile": "https://shop.example/18"}), times=1)
    with pytest.raises(DeliveryUnknownError, match="may be this one or another one"):
        await KINDS["document"](shop)
    assert not all_messages(instance)

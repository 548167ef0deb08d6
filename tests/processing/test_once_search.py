"""``once=`` after an unclear failure: which rows of the queue and the journal are taken for the message."""

import json
from collections.abc import AsyncIterator
from typing import Any

import anyio
import pytest

from greenapi_async import Client, DeliveryUnknownError
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.processing.idempotency import SEARCH_DELAYS
from greenapi_async.sandbox import Fault, Instance, Sandbox

from .once_sends import ANNA, KINDS, ORDER, all_messages, open_client, sent_texts

pytestmark = pytest.mark.anyio

BORIS = "79001234568@c.us"


@pytest.fixture
async def shop(sandbox: Sandbox, instance: Instance) -> AsyncIterator[Client]:
    await anyio.sleep(3600)  # so that there is a time before it
    async with open_client(sandbox, instance, MemoryOutbox(clock=anyio.current_time)) as shop:
        yield shop


async def test_a_message_of_another_key_or_from_before_or_from_the_phone_is_not_taken_for_it(
    shop: Client, instance: Instance
) -> None:
    await shop.send_message(ANNA, ORDER)
    await anyio.sleep(600)
    await shop.send_message(ANNA, ORDER, once="order-17")
    instance.phone_writes(ANNA, ORDER)
    instance.fail("sendMessage", Fault(status=502))
    await shop.send_message(ANNA, ORDER, once="order-18")
    assert sent_texts(instance) == [ORDER] * 4


async def test_an_equal_text_without_a_key_may_be_taken_for_it(shop: Client, instance: Instance) -> None:
    await shop.send_message(ANNA, ORDER)
    instance.fail("sendMessage", Fault(status=502))
    await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER]


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("waits", [True, False], ids=["in the queue", "in the journal"])
async def test_each_kind_of_message_is_found_among_the_others(
    shop: Client, instance: Instance, kind: str, *, waits: bool
) -> None:
    for other, send in KINDS.items():
        await send(shop, f"another {other}")  # equal, and the message of another key
    if waits:
        instance.settings["delaySendMessagesMilliseconds"] = 600_000
        await shop.send_message(BORIS, "before it")
    else:
        await anyio.sleep(600)
    instance.fail(kind, Fault(status=502, after_effect=True))
    sent = await KINDS[kind](shop, "order-17")
    assert await KINDS[kind](shop, "order-17") == sent
    assert len([each for each in all_messages(instance) if each.chat_id == ANNA]) == len(KINDS) + 1


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_message_is_sent_again_if_it_was_not_executed(
    shop: Client, instance: Instance, kind: str
) -> None:
    for other, send in KINDS.items():
        await send(shop, f"another {other}")
    await anyio.sleep(600)
    instance.fail(kind, Fault(status=502))
    sent = await KINDS[kind](shop, "order-17")
    assert [each.id_message for each in all_messages(instance)].index(sent.id_message) == len(KINDS)


async def test_a_file_whose_caption_the_journal_leaves_out_is_found(shop: Client, instance: Instance) -> None:
    row = {
        "type": "outgoing",
        "idMessage": "BAE5F4886F6F2D05",
        "timestamp": int(anyio.current_time()),
        "typeMessage": "documentMessage",
        "chatId": ANNA,
        "fileName": "order.pdf",
        "caption": "",
    }
    instance.fail("sendFileByUrl", Fault(status=502))
    instance.fail("lastOutgoingMessages", Fault(status=200, body=json.dumps([row])))
    url = "https://shop.example/order.pdf"
    sent = await shop.send_file_by_url(ANNA, url, "order.pdf", caption="Your order", once="order-17")
    assert sent.id_message == "BAE5F4886F6F2D05"


@pytest.mark.parametrize("chat_id", ["270527185502436@lid", ANNA])
async def test_a_row_is_recognised_with_other_white_space_and_under_a_hidden_number(
    shop: Client, instance: Instance, chat_id: str
) -> None:
    row = {
        "type": "outgoing",
        "idMessage": "BAE5F4886F6F2D05",
        "timestamp": int(anyio.current_time()),
        "typeMessage": "extendedTextMessage",
        "chatId": chat_id,
        "extendedTextMessage": {"text": "Look:\n https://green-api.com"},
    }
    instance.fail("sendMessage", Fault(status=502))
    instance.fail("lastOutgoingMessages", Fault(status=200, body=json.dumps([row])))
    sent = await shop.send_message(ANNA, "Look: https://green-api.com ", once="order-17")
    assert sent.id_message == "BAE5F4886F6F2D05"


async def test_a_row_from_before_is_not_it_though_the_server_gives_more_than_it_was_asked_for(
    shop: Client, instance: Instance
) -> None:
    await shop.send_message(ANNA, ORDER)
    rows = [row.raw for row in await shop.last_outgoing_messages()]
    await anyio.sleep(600)
    instance.fail("sendMessage", Fault(status=502))
    instance.fail("lastOutgoingMessages", Fault(status=200, body=json.dumps(rows)), times=len(SEARCH_DELAYS))
    await shop.send_message(ANNA, ORDER, once="order-17")
    assert sent_texts(instance) == [ORDER] * 2


async def test_what_looks_like_it_and_has_no_id_stays_unclear(shop: Client, instance: Instance) -> None:
    row = f'[{{"type": "sendMessage", "body": {{"chatId": "{ANNA}", "message": "{ORDER}"}}}}]'
    instance.fail("sendMessage", Fault(status=502))
    instance.fail("showMessagesQueue", Fault(status=200, body=row))
    with pytest.raises(DeliveryUnknownError, match="has no id"):
        await shop.send_message(ANNA, ORDER, once="order-17")


QUEUED = {"messageID": "BAE5F4886F6F2D05", "type": "sendMessage", "body": {"chatId": ANNA, "message": ORDER}}
SENT = {"idMessage": "BAE5F4886F6F2D05", "typeMessage": "textMessage", "chatId": ANNA, "textMessage": ORDER}
SENT_AS_REPLY = {**SENT, "typeMessage": "quotedMessage", "textMessage": None, "quotedMessage": {"stanzaId": "BAE5"}}


@pytest.mark.parametrize(
    ("method", "row"),
    [
        ("showMessagesQueue", {**QUEUED, "messageID": ""}),
        ("showMessagesQueue", {**QUEUED, "body": {"chatId": ANNA, "message": {}}}),
        ("showMessagesQueue", {**QUEUED, "body": {"chatId": True, "message": None}}),
        ("showMessagesQueue", {**QUEUED, "body": {"chatId": None, "message": ORDER}}),
        ("showMessagesQueue", {**QUEUED, "body": "sendMessage"}),
        ("lastOutgoingMessages", {**SENT, "idMessage": {}}),
        ("lastOutgoingMessages", {**SENT, "textMessage": {}}),
        ("lastOutgoingMessages", {**SENT, "chatId": []}),
        ("lastOutgoingMessages", {**SENT, "typeMessage": None, "textMessage": None}),
        ("lastOutgoingMessages", {**SENT_AS_REPLY, "extendedTextMessage": {"text": {}}}),
        ("lastOutgoingMessages", SENT_AS_REPLY),
    ],
    ids=str,
)
async def test_what_may_be_it_and_cannot_be_read_is_not_sent_again(
    shop: Client, instance: Instance, method: str, row: dict[str, Any]
) -> None:
    instance.fail("sendMessage", Fault(status=502))
    instance.fail(method, Fault(status=200, body=json.dumps([{**QUEUED, "type": "sendPoll"}, row])))
    with pytest.raises(DeliveryUnknownError, match=r"has no id|cannot be read"):
        await shop.send_message(ANNA, ORDER, once="order-17")
    assert [call.method for call in instance.calls].count("sendMessage") == 1


@pytest.mark.parametrize(
    ("method", "row"),
    [
        ("showMessagesQueue", {**QUEUED, "body": {"chatId": BORIS, "message": None}}),
        ("showMessagesQueue", {**QUEUED, "body": {"chatId": None, "message": "Hello"}}),
        ("lastOutgoingMessages", {**SENT, "typeMessage": "imageMessage", "textMessage": None}),
        ("lastOutgoingMessages", {**SENT, "typeMessage": "newMessage", "textMessage": None}),
    ],
    ids=str,
)
async def test_what_cannot_be_it_does_not_prevent_the_send(
    shop: Client, instance: Instance, method: str, row: dict[str, Any]
) -> None:
    instance.fail("sendMessage", Fault(status=502))
    instance.fail(method, Fault(status=200, body=json.dumps([row])), times=len(SEARCH_DELAYS))
    assert (await shop.send_message(ANNA, ORDER, once="order-17")).id_message
    assert sent_texts(instance) == [ORDER]

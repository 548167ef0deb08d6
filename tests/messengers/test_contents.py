"""Shapes of messages that only MAX or Telegram have, as the sandbox sends them and the client reads them."""

import pytest

from greenapi_async import ContactMessage, IncomingMessageReceived, Notification
from greenapi_async.testing import Sandbox
from greenapi_async.testing.recordings import RecordedNotification, replay

pytestmark = pytest.mark.anyio


async def received(sandbox: Sandbox) -> Notification:
    async with sandbox.client.notifications() as notifications:
        async for notification in notifications:
            await notification.ack()
            return notification
    raise AssertionError


@pytest.mark.sandbox(messenger="max")
async def test_a_reply_of_max_stays_a_text_with_the_quote_beside(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567", "Anna")
    first = await anna.says("one")
    await anna.says("two", quote=first)
    await received(sandbox)
    notification = await received(sandbox)
    assert isinstance(notification, IncomingMessageReceived)
    assert notification.raw["messageData"]["typeMessage"] == "textMessage"
    assert notification.raw["messageData"]["quotedMessage"]["stanzaId"] == first.id
    assert notification.text == "two"


@pytest.mark.sandbox(messenger="telegram")
async def test_a_contact_of_telegram_has_fields(sandbox: Sandbox) -> None:
    await sandbox.contact("79001234567").sends_contact(79001234568, "Boris", "B", company="Example Ltd")
    notification = await received(sandbox)
    assert isinstance(notification, IncomingMessageReceived)
    assert isinstance(notification.message, ContactMessage)
    message = notification.message
    assert (message.vcard, message.phone_contact, message.first_name) == (None, 79001234568, "Boris")
    assert (message.last_name, message.company) == ("B", "Example Ltd")


@pytest.mark.sandbox(messenger="telegram")
async def test_a_recording_is_replayed_so_that_the_bot_can_quote(sandbox: Sandbox) -> None:
    body = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 4100000001, "wid": "", "typeInstance": "telegram"},
        "timestamp": 1769676078,
        "idMessage": "1769676078000",
        "senderData": {"chatId": "-10000000000000", "chatType": "group", "sender": "10000000"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "Hello"}},
    }
    recorded = RecordedNotification(at=1769676079, receipt_id=1, body=body)
    await replay([recorded], sandbox.instance, speed=0, patience=0.1)
    await (await received(sandbox)).reply("Hi", quote=True)
    _, answer = sandbox.instance.chat("-10000000000000")
    assert (answer.text, answer.quoted_message_id) == ("Hi", "1769676078000")

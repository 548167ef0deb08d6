"""A chat that the server named is never rejected before the request is sent."""

import json
from typing import Any

import pytest
import respx

from greenapi_async import Client, InvalidArgumentError, parse_notification
from greenapi_async.http.retry import Retry

pytestmark = pytest.mark.anyio

CHATS = (
    "120363043968066561@newsletter",
    "79001234567@s.whatsapp.net",
    "status@broadcast",
    "79001234567-1581234048@broadcast",
    "новый:form@bot",
)


def content_of(call: Any) -> bytes:
    content: bytes = call.request.content
    return content


def chat_of(call: Any) -> object:
    return json.loads(content_of(call))["chatId"]


@pytest.mark.parametrize("chat_id", CHATS)
async def test_the_operations_of_a_notification_accept_its_chat(chat_id: str) -> None:
    body = {
        "typeWebhook": "incomingMessageReceived",
        "idMessage": "A" * 20,
        "senderData": {"chatId": chat_id, "sender": chat_id},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "ping"}},
    }
    with respx.mock as wire:
        sends = wire.post(path__regex="/(sendMessage|editMessage)/").respond(json={"idMessage": "B" * 20})
        uploads = wire.post(path__regex="/sendFileByUpload/").respond(json={"idMessage": "B" * 20, "urlFile": ""})
        reads = wire.post(path__regex="/readChat/").respond(json={"setRead": True})
        async with Client(1101000001, "token", retry=Retry(repeats=0)) as client:
            notification = parse_notification(body, client)
            assert notification.chat_id == chat_id
            sent = await notification.reply("pong", quote=True)
            await sent.edit("pong!")
            await notification.send_file(b"text", file_name="a.txt")
            await notification.mark_read()
            with pytest.raises(InvalidArgumentError, match="message is empty"):
                await notification.reply("")
    assert list(map(chat_of, sends.calls)) == [chat_id, chat_id]
    assert chat_id.encode() in content_of(uploads.calls[0])
    assert chat_of(reads.calls[0]) == chat_id


async def test_a_notification_without_a_chat_has_none_to_reply_to() -> None:
    async with Client(1101000001, "token") as client:
        notification = parse_notification(
            {"typeWebhook": "incomingMessageReceived", "senderData": {"chatId": ""}}, client
        )
        with pytest.raises(InvalidArgumentError, match="has no chat to reply to"):
            await notification.reply("pong")


async def test_a_wrong_chat_id_of_the_program_is_still_rejected() -> None:
    async with Client(1101000001, "token") as client:
        with pytest.raises(InvalidArgumentError, match="is not Latin"):
            await client.send_message("79001234567@с.us", "Cyrillic")

from datetime import UTC, datetime
from typing import Any

import pytest

from greenapi_async import (
    BadRequestError,
    CallStatus,
    Client,
    DecodeError,
    ExtendedTextMessage,
    MessageStatus,
    QuotedMessage,
    TextMessage,
    UnknownMessage,
)
from greenapi_async.serialization.notifications import parse_message
from greenapi_async.types import Direction, HistoryBlock, HistoryMessage

from .conftest import ANNA, GROUP, ID, Call, Request, Server

pytestmark = pytest.mark.anyio

INCOMING: dict[str, Any] = {
    "type": "incoming",
    "idMessage": "90B14F14A253D33F4A9CD84123456789",
    "timestamp": 1706522263,
    "typeMessage": "textMessage",
    "chatId": GROUP,
    "textMessage": "Привет",
    "senderId": "7000000012@c.us",
    "senderName": "Николай",
    "senderContactName": "Коля",
}
OUTGOING: dict[str, Any] = {
    "type": "outgoing",
    "idMessage": "BAE5143000000000",
    "timestamp": 1706761225,
    "typeMessage": "textMessage",
    "chatId": "7000000012@c.us",
    "textMessage": "Привет",
    "statusMessage": "read",
    "sendByApi": True,
}
IMAGE: dict[str, Any] = {
    **INCOMING,
    "idMessage": "EAAE5A5CD000000000",
    "typeMessage": "imageMessage",
    "downloadUrl": "https://api.green-api.com/waInstance1234/downloadFile/EAI1BD1AE042DC4F3609867126309067C.jpg",
    "caption": "Как тебе?",
    "fileName": "03963bac-6020-423c-80df-1aa123456789.jpg",
    "mimeType": "image/jpeg",
    "isAnimated": False,
    "isForwarded": True,
    "forwardingScore": 1,
}
EXTENDED: dict[str, Any] = {
    **INCOMING,
    "typeMessage": "extendedTextMessage",
    "textMessage": "https://fb.me/gUdvBwGIH",
    "extendedTextMessage": {
        "text": "Новый инстанс для вашего бизнеса!",
        "title": "Green API",
        "forwardingScore": 0,
        "isForwarded": False,
        "mediaType": "IMAGE",
        "sourceUrl": "https://fb.me/gUdvBwGIH",
    },
}
QUOTED: dict[str, Any] = {
    **OUTGOING,
    "typeMessage": "quotedMessage",
    "extendedTextMessage": {"text": "Черный", "stanzaId": "460D84E00000000000", "participant": "7000000012@c.us"},
    "quotedMessage": {
        "stanzaId": "460D84E00000000000",
        "participant": "7000000012@c.us",
        "typeMessage": "textMessage",
        "textMessage": "Какой?",
    },
}
BLOCK: dict[str, Any] = {
    "type": "incoming",
    "typeMessage": "incomingBlock",
    "timestamp": 1706676650,
    "chatId": "1000000000@c.us",
    "senderId": "1000000000@c.us",
    "chatState": "blocked",
}


HOUR = {"minutes": "60"}
CALLS: list[tuple[Call, Request, Any]] = [
    (
        lambda client: client.get_chat_history(ANNA, count=10),
        Request("POST", "getChatHistory", {"chatId": ANNA, "count": 10}),
        [],
    ),
    (lambda client: client.get_chat_history(ANNA), Request("POST", "getChatHistory", {"chatId": ANNA}), []),
    (
        lambda client: client.get_message(GROUP, ID),
        Request("POST", "getMessage", {"chatId": GROUP, "idMessage": ID}),
        INCOMING,
    ),
    (lambda client: client.last_incoming_messages(), Request("GET", "lastIncomingMessages"), []),
    (lambda client: client.last_incoming_messages(minutes=60), Request("GET", "lastIncomingMessages", query=HOUR), []),
    (lambda client: client.last_outgoing_messages(), Request("GET", "lastOutgoingMessages"), []),
    (lambda client: client.last_outgoing_messages(minutes=60), Request("GET", "lastOutgoingMessages", query=HOUR), []),
    (lambda client: client.last_incoming_calls(), Request("GET", "lastIncomingCalls"), []),
    (lambda client: client.last_incoming_calls(minutes=60), Request("GET", "lastIncomingCalls", query=HOUR), []),
    (lambda client: client.last_outgoing_calls(), Request("GET", "lastOutgoingCalls"), []),
    (lambda client: client.last_outgoing_calls(minutes=60), Request("GET", "lastOutgoingCalls", query=HOUR), []),
]


@pytest.mark.parametrize(
    ("call", "expected", "answer"),
    CALLS,
)
async def test_request(client: Client, server: Server, call: Call, expected: Request, answer: Any) -> None:
    server.respond(answer)
    await call(client)
    assert server.requests == [expected]


async def test_history_is_typed_two_levels_deep(client: Client, server: Server) -> None:
    server.respond([INCOMING, OUTGOING])
    received, sent = await client.get_chat_history(GROUP)
    assert received.type is Direction.INCOMING
    assert received.timestamp == datetime(2024, 1, 29, 9, 57, 43, tzinfo=UTC)
    assert (received.id_message, received.chat_id) == ("90B14F14A253D33F4A9CD84123456789", GROUP)
    assert (received.sender_id, received.sender_name, received.sender_contact_name) == (
        *("7000000012@c.us", "Николай"),
        "Коля",
    )
    assert (received.status_message, received.send_by_api) == (None, None)
    assert received.message == TextMessage(type_message="textMessage", text="Привет")
    assert (sent.type, sent.status_message, sent.send_by_api) == (Direction.OUTGOING, MessageStatus.READ, True)
    assert (sent.text, sent.type_message, sent.raw) == ("Привет", "textMessage", OUTGOING)


@pytest.mark.parametrize("row", [INCOMING, IMAGE, EXTENDED, QUOTED], ids=lambda row: row["typeMessage"])
async def test_message_of_a_row_equals_that_of_a_notification(client: Client, server: Server, row: Any) -> None:
    server.respond(row)
    assert (await client.get_message(GROUP, ID)).message == parse_message(row)


async def test_advertisement_is_read_from_its_flat_shape(client: Client, server: Server) -> None:
    server.respond([EXTENDED])
    message = (await client.last_incoming_messages())[0].message
    assert isinstance(message, ExtendedTextMessage)
    assert (message.text, message.media_type) == ("Новый инстанс для вашего бизнеса!", "IMAGE")


async def test_quote_is_read(client: Client, server: Server) -> None:
    server.respond([QUOTED])
    message = (await client.last_outgoing_messages())[0].message
    assert isinstance(message, QuotedMessage)
    assert (message.text, message.quoted) == (
        "Черный",
        TextMessage(
            type_message="textMessage", text="Какой?", stanza_id="460D84E00000000000", participant="7000000012@c.us"
        ),
    )


async def test_block_among_messages_is_typed(client: Client, server: Server) -> None:
    server.respond([INCOMING, BLOCK])
    message, block = await client.last_incoming_messages()
    assert type(message) is HistoryMessage
    assert isinstance(block, HistoryBlock)
    assert (block.chat_state, block.chat_id, block.id_message, block.text) == ("blocked", "1000000000@c.us", None, None)


@pytest.mark.parametrize(
    "row",
    [
        {"typeMessage": "surprise", "x": 1},
        {},
    ],
    ids=["unknown", "empty"],
)
async def test_unreadable_row_does_not_hide_others(client: Client, server: Server, row: dict[str, Any]) -> None:
    server.respond([row, INCOMING])
    odd, even = await client.get_chat_history(GROUP)
    assert isinstance(odd.message, UnknownMessage)
    assert odd.raw == row
    assert even.text == "Привет"


async def test_partially_readable_row_keeps_its_valid_fields(client: Client, server: Server) -> None:
    row = {**INCOMING, "timestamp": "soon", "chatId": 5, "isForwarded": "maybe"}
    server.respond([row, INCOMING])
    odd, even = await client.last_incoming_messages()
    assert (odd.timestamp, odd.id_message, odd.text) == (None, INCOMING["idMessage"], INCOMING["textMessage"])
    assert odd.message.is_forwarded is None
    assert odd.raw == row
    assert even.text == "Привет"


async def test_an_item_that_is_no_row_does_not_hide_others(client: Client, server: Server) -> None:
    server.respond([None, INCOMING, "row"])
    rows = await client.last_incoming_messages()
    assert [row.text for row in rows] == [None, "Привет", None]
    server.respond(["Too many requests"])
    with pytest.raises(DecodeError, match="expected objects"):
        await client.last_incoming_messages()


async def test_a_row_says_whether_its_message_was_edited_or_deleted(client: Client, server: Server) -> None:
    empty = {"isEdited": False, "isDeleted": False, "editedMessageId": "", "deletedMessageId": ""}
    filled = {"isEdited": True, "isDeleted": True, "editedMessageId": "A", "deletedMessageId": "B"}
    server.respond([INCOMING | empty, INCOMING | filled, INCOMING])
    rows = await client.last_incoming_messages()
    found = [(row.is_edited, row.is_deleted, row.edited_message_id, row.deleted_message_id) for row in rows]
    assert found == [(False, False, "", ""), (True, True, "A", "B"), (None, None, None, None)]


async def test_missing_message_raises(client: Client, server: Server) -> None:
    server.respond({"message": "Message not found by id 'x'"}, status=400)
    with pytest.raises(BadRequestError, match="not found by id"):
        await client.get_message(GROUP, ID)


async def test_calls_are_typed_two_levels_deep(client: Client, server: Server) -> None:
    call = {"idMessage": "104179ED87F5328988D8834107EEBE50", "timestamp": 1706601620, "chatId": ANNA, "isVideo": False}
    server.respond([{**call, "type": "incoming", "typeMessage": "incomingCall", "status": "hungUp", "isGroup": False}])
    [received] = await client.last_incoming_calls()
    assert (received.type, received.status) == (Direction.INCOMING, CallStatus.HANG_UP)
    assert (received.is_group, received.is_video, received.participants) == (False, False, None)
    people = [{"id": ANNA, "status": "pickUp"}]
    server.respond([{**call, "type": "outgoing", "status": "pickUp", "duration": 42, "participants": people}])
    [made] = await client.last_outgoing_calls()
    assert made.participants is not None
    assert (made.duration, made.participants[0].id, made.participants[0].status) == (42, ANNA, CallStatus.PICK_UP)

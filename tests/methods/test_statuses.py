from datetime import UTC, datetime
from typing import Any

import pytest

from greenapi_async import Client, DecodeError, ForbiddenError, MessageStatus
from greenapi_async.serialization.notifications import parse_message
from greenapi_async.types import Direction, StatusFont, StatusStatistic

from .conftest import ANNA, ID, SENT, Call, Request, Server

pytestmark = pytest.mark.anyio

SOUND = "https://my.site.com/audio/music.mp3"
PHOTO = "https://my.site.com/img/horse.png"
PEOPLE = ["70000001234@c.us", "440000001234@c.us"]
TEXT: dict[str, Any] = {
    "type": "outgoing",
    "idMessage": "BAE5018000000000",
    "timestamp": 1710134811,
    "typeMessage": "extendedTextMessage",
    "chatId": "70000000001@c.us",
    "textMessage": "I use Green-API to send this Status!",
    "extendedTextMessage": {
        "text": "I use Green-API to send this Status!",
        "backgroundColor": "#228B22",
        "font": "SERIF",
        "participants": ["70000000001@c.us", "70000000002@c.us"],
    },
    "statusMessage": "read",
    "sendByApi": True,
}
IMAGE: dict[str, Any] = {
    "type": "outgoing",
    "idMessage": "BAE5207000000000",
    "timestamp": 1710134814,
    "typeMessage": "imageMessage",
    "chatId": "70000000001@c.us",
    "participants": [],
    "downloadUrl": "https://sw-media.storage.greenapi.net/1101000000/dcf81410.jpg",
    "caption": "I use Green-API to send this Status!",
    "mimeType": "image/jpeg",
    "statusMessage": "pending",
    "sendByApi": True,
}


REQUESTS: list[tuple[Call, str, Any]] = [
    (
        lambda client: client.send_text_status(
            "I use Green-API to send this Status!",
            background_color="#228B22",
            font=StatusFont.SERIF,
            participants=PEOPLE,
        ),
        "sendTextStatus",
        {
            "message": "I use Green-API to send this Status!",
            "backgroundColor": "#228B22",
            "font": "SERIF",
            "participants": PEOPLE,
        },
    ),
    (
        lambda client: client.send_text_status("x", font="OSWALD_HEAVY", participants=()),
        "sendTextStatus",
        {"message": "x", "font": "OSWALD_HEAVY", "participants": []},
    ),
    (
        lambda client: client.send_voice_status(SOUND, "music.mp3", background_color="#228B22", participants=PEOPLE),
        "sendVoiceStatus",
        {"urlFile": SOUND, "fileName": "music.mp3", "backgroundColor": "#228B22", "participants": PEOPLE},
    ),
    (
        lambda client: client.send_media_status(PHOTO, "horse.png", caption="Little horse", participants=PEOPLE),
        "sendMediaStatus",
        {"urlFile": PHOTO, "fileName": "horse.png", "caption": "Little horse", "participants": PEOPLE},
    ),
]


@pytest.mark.parametrize(
    ("call", "method", "body"),
    REQUESTS,
)
async def test_request_matches_the_manual(client: Client, server: Server, call: Call, method: str, body: Any) -> None:
    server.respond(SENT)
    assert (await call(client)).id_message == "3EB0C767D097B7C7C030"
    assert server.requests == [Request("POST", method, body)]


CALLS: list[tuple[Call, Request, Any]] = [
    (lambda client: client.delete_status(ID), Request("POST", "deleteStatus", {"idMessage": ID}), None),
    (
        lambda client: client.get_status_statistic(ID),
        Request("GET", "getStatusStatistic", query={"idMessage": ID}),
        [],
    ),
    (lambda client: client.get_incoming_statuses(), Request("GET", "getIncomingStatuses"), []),
    (
        lambda client: client.get_outgoing_statuses(minutes=60),
        Request("GET", "getOutgoingStatuses", query={"minutes": "60"}),
        [],
    ),
]


@pytest.mark.parametrize(
    ("call", "expected", "answer"),
    CALLS,
)
async def test_request(client: Client, server: Server, call: Call, expected: Request, answer: Any) -> None:
    server.respond(answer)
    assert await call(client) == answer
    assert server.requests == [expected]


async def test_statistics_are_typed_with_one_row_per_person(client: Client, server: Server) -> None:
    row = {"timestamp": 1587129319, "status": "read"}
    server.respond([{"participant": ANNA, **row}, {"participant": PEOPLE, **row}])
    moment = datetime(2020, 4, 17, 13, 15, 19, tzinfo=UTC)
    assert await client.get_status_statistic(ID) == [
        StatusStatistic(participant=person, timestamp=moment, status=MessageStatus.READ) for person in (ANNA, *PEOPLE)
    ]


@pytest.mark.parametrize("answer", [{"participant": ANNA}, None, "x"])
async def test_statistics_that_are_not_an_array_raise(client: Client, server: Server, answer: Any) -> None:
    server.respond(answer)
    with pytest.raises(DecodeError, match="expected an array"):
        await client.get_status_statistic(ID)


async def test_status_journal_is_typed_two_levels_deep(client: Client, server: Server) -> None:
    server.respond([TEXT, IMAGE])
    text, image = await client.get_outgoing_statuses()
    assert (text.type, text.status_message, text.send_by_api) == (Direction.OUTGOING, MessageStatus.READ, True)
    assert (text.background_color, text.font) == ("#228B22", StatusFont.SERIF)
    assert text.participants == ["70000000001@c.us", "70000000002@c.us"]
    assert (text.text, text.raw) == ("I use Green-API to send this Status!", TEXT)
    assert (image.status_message, image.participants, image.font) == (MessageStatus.PENDING, [], None)
    assert [text.message, image.message] == [parse_message(TEXT), parse_message(IMAGE)]


async def test_incoming_status_has_its_sender(client: Client, server: Server) -> None:
    server.respond([{**TEXT, "type": "incoming", "senderId": ANNA, "senderName": "Николай"}])
    [status] = await client.get_incoming_statuses()
    assert (status.type, status.sender_id, status.sender_name) == (Direction.INCOMING, ANNA, "Николай")


async def test_statuses_that_are_not_enabled_are_forbidden(client: Client, server: Server) -> None:
    server.respond({"message": "Forbidden"}, status=403)
    with pytest.raises(ForbiddenError):
        await client.send_text_status("x")

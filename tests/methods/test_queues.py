from typing import Any

import pytest

from greenapi_async import Client, RefusedError
from greenapi_async.methods.queues import CLEAR_WEBHOOKS_QUEUE
from greenapi_async.types import ContactCard, StatusFont

from .conftest import ANNA, GROUP, Call, Request, Server

pytestmark = pytest.mark.anyio


CALLS: list[tuple[Call, Request, Any]] = [
    (lambda client: client.show_messages_queue(), Request("GET", "showMessagesQueue"), []),
    (lambda client: client.clear_messages_queue(), Request("GET", "clearMessagesQueue"), {"isCleared": True}),
    (lambda client: client.get_messages_count(), Request("GET", "getMessagesCount"), {"count": 3}),
    (lambda client: client.get_webhooks_count(), Request("GET", "getWebhooksCount"), {"count": 3}),
    (lambda client: client.clear_webhooks_queue(), Request("DELETE", "clearWebhooksQueue"), {"isCleared": True}),
]


@pytest.mark.parametrize(
    ("call", "expected", "answer"),
    CALLS,
)
async def test_request(client: Client, server: Server, call: Call, expected: Request, answer: Any) -> None:
    server.respond(answer)
    await call(client)
    assert server.requests == [expected]


@pytest.mark.parametrize("name", ["count", "\u0441ount"])
async def test_counters_are_read_in_both_spellings(client: Client, server: Server, name: str) -> None:
    server.respond({name: 3})
    assert (await client.get_messages_count()).count == 3
    assert (await client.get_webhooks_count()).count == 3


async def test_cleared_notification_queue_is_confirmed(client: Client, server: Server) -> None:
    server.respond({"isCleared": True, "reason": ""})
    cleared = await client.clear_webhooks_queue()
    assert (cleared.is_cleared, cleared.reason) == (True, "")


async def test_clearing_notifications_too_often_raises_with_the_seconds_left(client: Client, server: Server) -> None:
    server.respond({"isCleared": False, "reason": "Too many requests", "leftTime": 42})
    with pytest.raises(RefusedError) as raised:
        await client.clear_webhooks_queue()
    assert raised.value.reason == "Too many requests (leftTime: 42)"
    assert CLEAR_WEBHOOKS_QUEUE.per_second == 1 / 60


async def test_outgoing_queue_is_typed_three_levels_deep(client: Client, server: Server) -> None:
    card = {"phoneContact": 79001234568, "firstName": "Артем", "company": "Велосипед"}
    server.respond(
        [
            {
                "messageID": "BAE5DE8CA912345",
                "type": "sendPoll",
                "body": {
                    "chatId": ANNA,
                    "message": "Please choose the color:",
                    "options": [{"optionName": "green"}, {"optionName": "red"}],
                },
            },
            {
                "messageID": "BAE1234561230",
                "type": "sendLocation",
                "body": {"chatId": ANNA, "latitude": "44.9370129", "longitude": 89.8728409, "archive": ""},
            },
            {"messageID": "BAE1234567456", "type": "sendContact", "body": {"chatId": ANNA, "contact": card}},
            {
                "messagesIds": ["BAE1234561256", "BAE1234561278"],
                "type": "ForwardMessages",
                "body": {"chatId": ANNA, "chatIdFrom": GROUP, "messages": ["BAE1234561296"]},
            },
            {
                "messageID": "BAE583864C6D427F",
                "type": "sendTextStatus",
                "body": {"message": "x", "backgroundColor": "#228B22", "font": "SERIF", "participants": [ANNA]},
            },
        ]
    )
    poll, place, contact, forwarded, status = await client.show_messages_queue()
    assert poll.body is not None
    assert poll.body.options is not None
    assert [option.option_name for option in poll.body.options] == ["green", "red"]
    assert place.body is not None
    assert (place.body.latitude, place.body.longitude) == (44.9370129, 89.8728409)
    assert contact.body is not None
    assert contact.body.contact == ContactCard(phone_contact=79001234568, first_name="Артем", company="Велосипед")
    assert (forwarded.messages_ids, forwarded.message_id) == (["BAE1234561256", "BAE1234561278"], None)
    assert status.body is not None
    assert (status.body.font, status.body.participants, status.chat_id) == (StatusFont.SERIF, [ANNA], None)

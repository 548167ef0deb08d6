from typing import Any

import pytest

from greenapi_async import Client, RefusedError
from greenapi_async.methods.queues import CLEAR_WEBHOOKS_QUEUE
from greenapi_async.types import ContactCard, StatusFont

from .conftest import ANNA, GROUP, Asked, Call, Server

pytestmark = pytest.mark.anyio


ASKED: list[tuple[Call, Asked, Any]] = [
    (lambda client: client.show_messages_queue(), Asked("GET", "showMessagesQueue"), []),
    (lambda client: client.clear_messages_queue(), Asked("GET", "clearMessagesQueue"), {"isCleared": True}),
    (lambda client: client.get_messages_count(), Asked("GET", "getMessagesCount"), {"count": 3}),
    (lambda client: client.get_webhooks_count(), Asked("GET", "getWebhooksCount"), {"count": 3}),
    (lambda client: client.clear_webhooks_queue(), Asked("DELETE", "clearWebhooksQueue"), {"isCleared": True}),
]


@pytest.mark.parametrize(
    ("call", "asked", "answer"),
    ASKED,
)
async def test_what_is_asked(client: Client, server: Server, call: Call, asked: Asked, answer: Any) -> None:
    server.answers(answer)
    await call(client)
    assert server.asked == [asked]


@pytest.mark.parametrize("name", ["count", "\u0441ount"])
async def test_counters_are_read_in_both_spellings(client: Client, server: Server, name: str) -> None:
    server.answers({name: 3})
    assert (await client.get_messages_count()).count == 3
    assert (await client.get_webhooks_count()).count == 3


async def test_a_cleared_notification_queue_is_confirmed(client: Client, server: Server) -> None:
    server.answers({"isCleared": True, "reason": ""})
    cleared = await client.clear_webhooks_queue()
    assert (cleared.is_cleared, cleared.reason) == (True, "")


async def test_clearing_notifications_too_often_is_refused_with_the_seconds_left(
    client: Client, server: Server
) -> None:
    server.answers({"isCleared": False, "reason": "Too many requests", "leftTime": 42})
    with pytest.raises(RefusedError) as raised:
        await client.clear_webhooks_queue()
    assert raised.value.reason == "Too many requests (leftTime: 42)"
    assert CLEAR_WEBHOOKS_QUEUE.per_second == 1 / 60


async def test_the_outgoing_queue_is_typed_three_levels_deep(client: Client, server: Server) -> None:
    card = {"phoneContact": 79001234568, "firstName": "Артем", "company": "Велосипед"}
    server.answers(
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

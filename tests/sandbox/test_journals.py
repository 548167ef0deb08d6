from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox

Api = Callable[..., Awaitable[httpx.Response]]
CHAT = "79001234567@c.us"
OTHER = "79007654321@c.us"
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _no_rate_limits(instance: Instance, sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False
    instance.settings["delaySendMessagesMilliseconds"] = 0


UNCHANGED = {"deletedMessageId": "", "editedMessageId": "", "isEdited": False, "isDeleted": False}


async def history(api: Api, **more: Any) -> Any:
    return (await api("POST", "getChatHistory", json={"chatId": CHAT, **more})).json()


async def test_the_history_has_both_directions_newest_first(api: Api, instance: Instance, clock: ManualClock) -> None:
    at = int(clock.now)
    asked = instance.contact_writes(CHAT, "ping", sender_name="Николай", contact_name="Коля")
    clock.advance(1)
    sent = (await api("POST", "sendMessage", json={"chatId": CHAT, "message": "pong"})).json()["idMessage"]
    assert await history(api) == [
        {
            "type": "outgoing",
            "idMessage": sent,
            "timestamp": at + 1,
            "typeMessage": "textMessage",
            "chatId": CHAT,
            "textMessage": "pong",
            "statusMessage": "delivered",
            "sendByApi": True,
            **UNCHANGED,
        },
        {
            "type": "incoming",
            "idMessage": asked,
            "timestamp": at,
            "typeMessage": "textMessage",
            "chatId": CHAT,
            "textMessage": "ping",
            "senderId": CHAT,
            "senderName": "Николай",
            "senderContactName": "Коля",
            **UNCHANGED,
        },
    ]
    assert [row["idMessage"] for row in await history(api, count=1)] == [sent]


async def test_edits_and_deletions_are_listed_while_their_settings_are_on(api: Api, instance: Instance) -> None:
    edited, deleted = (instance.contact_writes(CHAT, text) for text in ("edited", "deleted"))
    instance.contact_sends(CHAT, {"edit": {"idMessage": edited, "text": "corrected"}})
    instance.contact_sends(CHAT, {"delete": {"idMessage": deleted}})
    assert [(row["textMessage"], row["isEdited"]) for row in await history(api)] == [("corrected", False)]
    instance.settings |= {"editedMessageWebhook": "yes", "deletedMessageWebhook": "yes"}
    rows = [(row["textMessage"], row["isEdited"], row["isDeleted"]) for row in await history(api)]
    assert rows == [("deleted", False, True), ("corrected", True, False)]


async def test_the_history_has_100_messages_by_default(api: Api, instance: Instance) -> None:
    for number in range(101):
        instance.contact_writes(CHAT, str(number))
    assert len(await history(api)) == 100


@pytest.mark.parametrize("count", ["1", 1.5, 2**53, True])
async def test_the_count_must_be_a_number(api: Api, count: Any) -> None:
    answer = await api("POST", "getChatHistory", json={"chatId": CHAT, "count": count})
    assert answer.status_code == 400
    assert answer.json()["message"] == "Validation failed. Details: 'count' must be a number"


@pytest.mark.parametrize(
    ("what", "row"),
    [
        (
            {"file": {"fileName": "a.ogg", "url": "https://x.io/a.ogg"}},
            {
                "typeMessage": "audioMessage",
                "downloadUrl": "https://x.io/a.ogg",
                "caption": "",
                "fileName": "a.ogg",
                "jpegThumbnail": "",
                "mimeType": "audio/ogg",
                "isAnimated": False,
                "forwardingScore": 0,
                "isForwarded": False,
            },
        ),
        (
            {"location": {"latitude": 51.128, "longitude": 71.43, "nameLocation": "Cafe"}},
            {
                "typeMessage": "locationMessage",
                "location": {
                    "nameLocation": "Cafe",
                    "address": "",
                    "jpegThumbnail": "",
                    "latitude": 51.128,
                    "longitude": 71.43,
                    "forwardingScore": 0,
                    "isForwarded": False,
                },
            },
        ),
        (
            {"poll": {"message": "Цвет?", "options": ["Красный", "Зелёный"]}},
            {
                "typeMessage": "pollMessage",
                "pollMessageData": {
                    "name": "Цвет?",
                    "options": [{"optionName": "Красный"}, {"optionName": "Зелёный"}],
                    "multipleAnswers": False,
                },
            },
        ),
        (
            {"text": "https://green-api.com/"},
            {
                "typeMessage": "extendedTextMessage",
                "textMessage": "https://green-api.com/",
                "extendedTextMessage": {
                    "text": "https://green-api.com/",
                    "description": "",
                    "title": "",
                    "previewType": "None",
                    "jpegThumbnail": "",
                    "forwardingScore": 0,
                    "isForwarded": False,
                },
            },
        ),
    ],
)
async def test_every_kind_of_message_has_its_flat_fields(api: Api, instance: Instance, what: Any, row: Any) -> None:
    instance.contact_sends(CHAT, what)
    [shown] = await history(api)
    assert shown | row == shown


async def test_contacts_votes_and_reactions_have_flat_fields(api: Api, instance: Instance) -> None:
    card = instance.contact_sends(CHAT, {"contact": {"phoneContact": 79001234568, "firstName": "Иван"}})
    poll = instance.phone_sends(CHAT, {"poll": {"message": "?", "options": ["a", "b"], "multipleAnswers": True}})
    instance.contact_sends(CHAT, {"vote": {"idMessage": poll, "options": ["a", "b"]}})
    instance.phone_sends(CHAT, {"react": {"idMessage": card, "emoji": "😄"}})
    reaction, vote, _, shown = await history(api)
    assert shown["contact"]["displayName"] == "Иван"
    assert [one["optionVoters"] for one in vote["pollMessageData"]["votes"]] == [[CHAT], [CHAT]]
    assert reaction["extendedTextMessageData"] == {"text": "😄"}
    assert reaction["quotedMessage"] == {"stanzaId": card, "participant": CHAT}


async def test_a_quote_has_flat_fields(api: Api, instance: Instance) -> None:
    image = instance.contact_sends(CHAT, {"file": {"fileName": "a.png", "url": "https://x.io/a.png"}})
    poll = instance.contact_sends(CHAT, {"poll": {"message": "?", "options": ["a", "b"]}})
    instance.contact_writes(CHAT, "nice", quoted_message_id=image)
    instance.contact_sends(CHAT, {"location": {"latitude": 1, "longitude": 2}}, quoted_message_id=poll)
    place, text, *_ = await history(api)
    source = {"stanzaId": image, "participant": CHAT}
    assert text["typeMessage"] == "quotedMessage"
    assert text["extendedTextMessage"] == {"text": "nice", **source}
    assert (
        text["quotedMessage"] | {**source, "typeMessage": "imageMessage", "downloadUrl": "", "isForwarded": False}
        == (text["quotedMessage"])
    )
    assert place["typeMessage"] == "locationMessage"
    assert place["quotedMessage"]["pollMessageData"] == {"name": "?", "options": [], "multipleAnswers": False}


async def test_one_message_is_found_by_its_id(api: Api, instance: Instance) -> None:
    written = instance.contact_writes(CHAT, "hi")
    body = {"chatId": CHAT, "idMessage": written}
    assert [(await api("POST", "getMessage", json=body)).json()] == await history(api)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ({"chatId": CHAT, "idMessage": ""}, "Validation failed. Details: 'idMessage' is not allowed to be empty"),
        ({"chatId": CHAT, "idMessage": "x"}, "Validation failed. Details: 'message id' must be at least 16 symbols"),
        ({"chatId": OTHER, "idMessage": "A" * 16}, "chatId not found"),
        ({"chatId": CHAT, "idMessage": "A" * 16}, "Message not found by id 'AAAAAAAAAAAAAAAA'"),
    ],
)
async def test_a_missing_message_is_an_error(api: Api, instance: Instance, body: Any, message: str) -> None:
    instance.contact_writes(CHAT, "hi")
    answer = await api("POST", "getMessage", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_a_queued_message_is_not_found(api: Api, instance: Instance) -> None:
    instance.set_state("notAuthorized")
    await api("POST", "sendMessage", json={"chatId": CHAT, "message": "hi"})
    assert await history(api) == []


async def test_the_journals_cover_a_day_by_default(api: Api, instance: Instance, clock: ManualClock) -> None:
    instance.contact_writes(CHAT, "old")
    clock.advance(86_401)
    instance.contact_writes(OTHER, "new")
    instance.phone_writes(CHAT, "ours")
    [row] = (await api("GET", "lastIncomingMessages")).json()
    assert row["textMessage"] == "new"
    both = (await api("GET", "lastIncomingMessages", params={"minutes": 1441})).json()
    assert [row["textMessage"] for row in both] == ["new", "old"]


async def test_outgoing_messages_have_the_time_of_the_latest_status(
    api: Api, instance: Instance, clock: ManualClock
) -> None:
    instance.people.no_account.add(OTHER)
    await api("POST", "sendMessage", json={"chatId": OTHER, "message": "nobody"})
    instance.phone_writes(CHAT, "ours")
    clock.advance(60)
    instance.contact_reads(CHAT)
    read, lost = (await api("GET", "lastOutgoingMessages")).json()
    assert (read["statusMessage"], read["timestamp"], read["sendByApi"]) == ("read", int(clock.now), False)
    assert (lost["statusMessage"], lost["timestamp"], lost["sendByApi"]) == ("noAccount", int(clock.now) - 60, True)
    assert (await history(api))[0]["timestamp"] == int(clock.now) - 60


async def test_messages_received_while_the_setting_was_off_are_not_listed(api: Api, instance: Instance) -> None:
    instance.settings["incomingWebhook"] = "no"
    instance.contact_writes(CHAT, "unseen")
    instance.settings["incomingWebhook"] = "yes"
    assert await history(api) == []
    assert (await api("GET", "lastIncomingMessages")).json() == []


async def test_messages_deleted_for_the_account_are_not_listed(api: Api, instance: Instance) -> None:
    written = instance.contact_writes(CHAT, "hi")
    await api("POST", "deleteMessage", json={"chatId": CHAT, "idMessage": written, "onlySenderDelete": True})
    assert await history(api) == []


async def test_calls_have_journals(api: Api, instance: Instance, clock: ManualClock) -> None:
    missed = instance.phone_calls.incoming(CHAT, "missed", is_video=True)
    made = instance.phone_calls.outgoing(CHAT, duration=42)
    assert (await api("GET", "lastIncomingCalls")).json() == [
        {
            "type": "incoming",
            "idMessage": missed,
            "timestamp": int(clock.now),
            "typeMessage": "incomingCall",
            "chatId": CHAT,
            "isVideo": True,
            "status": "missed",
            "isGroup": False,
        }
    ]
    [row] = (await api("GET", "lastOutgoingCalls")).json()
    assert (row["idMessage"], row["duration"]) == (made, 42)
    assert row["participants"] == [{"id": CHAT, "status": "pickUp"}]
    clock.advance(120)
    assert (await api("GET", "lastOutgoingCalls", params={"minutes": 1})).json() == []


async def test_notifications_are_counted_and_cleared_once_a_minute(
    api: Api, instance: Instance, clock: ManualClock
) -> None:
    instance.contact_writes(CHAT, "hi")
    assert (await api("GET", "getWebhooksCount")).json() == {"count": 1}
    assert (await api("DELETE", "clearWebhooksQueue")).json() == {"isCleared": True}
    assert (await api("GET", "getWebhooksCount")).json() == {"count": 0}
    clock.advance(18)
    instance.contact_writes(CHAT, "kept")
    refused = (await api("DELETE", "clearWebhooksQueue")).json()
    assert refused == {"isCleared": False, "reason": "Too many requests", "leftTime": 42}
    assert len(instance.notifications) == 1
    clock.advance(42)
    assert (await api("DELETE", "clearWebhooksQueue")).json() == {"isCleared": True}

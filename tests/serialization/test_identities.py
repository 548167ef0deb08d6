"""Which answers and notifications report that ids belong to the same person."""

# pyright: reportPrivateUsage=false

from typing import Any

import pytest
import respx

from greenapi_async import Client
from greenapi_async.serialization.identities import ids_in_notification

ANNA, BORIS = "79001234567@c.us", "79001234568@c.us"
LID, NEW_LID = "150000000000001@lid", "150000000000002@lid"

ANSWERS: dict[str, tuple[str, dict[str, Any], Any, dict[str, str]]] = {
    "checked by number": (
        "check_whatsapp",
        {"phone_number": 79001234567},
        {"existsWhatsapp": True, "chatId": LID, "phoneNumber": ANNA},
        {LID: ANNA},
    ),
    "checked by number, which the answer does not repeat": (
        "check_whatsapp",
        {"phone_number": 79001234567},
        {"existsWhatsapp": True, "chatId": LID, "phoneNumber": ""},
        {LID: ANNA},
    ),
    "checked by lid": (
        "check_whatsapp",
        {"chat_id": LID},
        {"existsWhatsapp": True, "chatId": NEW_LID, "phoneNumber": 79001234567},
        {LID: ANNA, NEW_LID: ANNA},
    ),
    "the person hides the number": (
        "check_whatsapp",
        {"chat_id": LID},
        {"existsWhatsapp": True, "chatId": LID, "phoneNumber": ""},
        {},
    ),
    "no account": (
        "check_whatsapp",
        {"phone_number": 79001234567},
        {"existsWhatsapp": False, "chatId": LID, "phoneNumber": ANNA},
        {},
    ),
    "contact": ("get_contact_info", {"chat_id": LID}, {"chatId": ANNA, "name": "Anna"}, {LID: ANNA}),
    "chats": (
        "get_chats",
        {},
        [{"id": LID, "newChatId": NEW_LID}, {"id": BORIS}, {"id": "10000000", "phoneNumber": 79001234567}],
        {LID: NEW_LID, "10000000": ANNA},
    ),
    "contacts": ("get_contacts", {}, [{"id": LID, "phoneNumber": "79001234567"}, {"id": BORIS}], {LID: ANNA}),
    "chats of MAX": (
        "get_chats",
        {},
        [{"chatId": "10000000", "phoneNumber": 79001234567}, {"chatId": "-20000000", "phoneNumber": 0}],
        {"10000000": ANNA},
    ),
    "contacts of Telegram": (
        "get_contacts",
        {},
        [{"chatId": "10000000", "phoneNumber": 79001234567}],
        {"10000000": ANNA},
    ),
    "the account itself": ("get_wa_settings", {}, {"phone": "79001234567", "chatId": LID}, {LID: ANNA}),
    "no phone is linked": ("get_wa_settings", {}, {"phone": "", "chatId": ""}, {}),
    "odd types": ("get_chats", {}, [{"id": 5, "newChatId": None, "phoneNumber": True}], {}),
}


@pytest.mark.anyio
@pytest.mark.parametrize(("method", "arguments", "answer", "known"), ANSWERS.values(), ids=ANSWERS)
async def test_a_client_learns_from_answers(
    method: str, arguments: dict[str, Any], answer: Any, known: dict[str, str]
) -> None:
    with respx.mock as wire:
        wire.route().respond(json=answer)
        async with Client(1101000001, "token") as client:
            await getattr(client, method)(**arguments)
            assert {each: client.known_ids(each)[0] for each in (LID, NEW_LID, "10000000") if each in known} == known
            assert len(client.known_ids(BORIS)) == 1
            assert len(client._identities.known) == (len(known) + len(set(known.values())) if known else 0)


def body(**sender_data: object) -> dict[str, Any]:
    return {"typeWebhook": "incomingMessageReceived", "senderData": sender_data}


NOTIFICATIONS: dict[str, tuple[dict[str, Any], tuple[str, ...]]] = {
    "WhatsApp": (body(chatId=ANNA, sender=ANNA), ()),
    "MAX": (body(chatId="10000000", sender="10000000", senderPhoneNumber=79001234567), (ANNA, "10000000")),
    "a group of MAX": (
        body(chatId="-69000000", sender="10000000", senderPhoneNumber="79001234567"),
        (ANNA, "10000000"),
    ),
    "a hidden number": (body(chatId="10000000", sender="10000000", senderPhoneNumber=0), ()),
    "an lid in the chat of a number": (body(chatId=ANNA, sender=LID), (LID, ANNA)),
    "an lid in a group": (body(chatId="120363043968066561@g.us", sender=LID), ()),
    "a message of the account": ({**body(chatId=ANNA, sender=LID), "typeWebhook": "outgoingMessageReceived"}, ()),
    "no sender": ({"typeWebhook": "stateInstanceChanged"}, ()),
    "odd types": ({"senderData": ["x"]}, ()),
    "odd fields": (body(chatId={}, sender=[], senderPhoneNumber={}), ()),
}


@pytest.mark.parametrize(("fields", "ids"), NOTIFICATIONS.values(), ids=NOTIFICATIONS)
def test_what_a_notification_reports(fields: dict[str, Any], ids: tuple[str, ...]) -> None:
    assert ids_in_notification(fields) == ids

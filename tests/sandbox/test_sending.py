from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Instance, Sandbox

Api = Callable[..., Awaitable[httpx.Response]]
CHAT = "79001234567@c.us"
OTHER = "79007654321@c.us"
COLORS = [{"optionName": "green"}, {"optionName": "red"}]
POLL = {"chatId": CHAT, "message": "Which color?", "options": COLORS}
PLACE = {"chatId": CHAT, "latitude": 12.5, "longitude": "10.25"}
CARD = {"phoneContact": 79001234568, "firstName": "Артём", "company": "Велосипед"}
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def _all_settings_on(instance: Instance, sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False
    names = ("outgoingAPIMessageWebhook", "pollMessageWebhook")
    instance.settings.update(dict.fromkeys(names, "yes"), outgoingWebhook="no", delaySendMessagesMilliseconds=0)


def message_data(instance: Instance) -> Any:
    return instance.notifications.bodies()[-1]["messageData"]


@pytest.mark.parametrize(
    ("method", "body", "data"),
    [
        (
            "sendPoll",
            {**POLL, "multipleAnswers": True, "typingTime": 1000},
            {
                "typeMessage": "pollMessage",
                "pollMessageData": {"name": "Which color?", "options": COLORS, "multipleAnswers": True},
            },
        ),
        (
            "sendLocation",
            {**PLACE, "nameLocation": "Cafe", "address": "Perm"},
            {
                "typeMessage": "locationMessage",
                "locationMessageData": {
                    "nameLocation": "Cafe",
                    "address": "Perm",
                    "jpegThumbnail": "",
                    "latitude": 12.5,
                    "longitude": 10.25,
                    "forwardingScore": 0,
                    "isForwarded": False,
                },
            },
        ),
        (
            "sendContact",
            {"chatId": CHAT, "contact": CARD},
            {
                "typeMessage": "contactMessage",
                "contactMessageData": {
                    "displayName": "Артём",
                    "vcard": "BEGIN:VCARD\nVERSION:3.0\nN:;Артём;;;\nFN:Артём\nORG:Велосипед\n"
                    "TEL;type=CELL;type=VOICE;waid=79001234568:+79001234568\nEND:VCARD",
                    "forwardingScore": 0,
                    "isForwarded": False,
                },
            },
        ),
        (
            "sendInteractiveButtons",
            {
                "chatId": CHAT,
                "body": "Text",
                "buttons": [{"type": "copy", "buttonId": "1", "buttonText": "Copy", "copyCode": "3333"}],
            },
            {
                "typeMessage": "interactiveButtons",
                "interactiveButtons": {
                    "header": "",
                    "body": "Text",
                    "footer": "",
                    "buttons": [{"type": "copy", "buttonId": "1", "buttonText": "Copy", "copyCode": "3333"}],
                },
            },
        ),
        (
            "sendButtons",
            {"chatId": CHAT, "message": "Hello", "buttons": [{"buttonId": "1", "buttonText": "green"}]},
            {
                "typeMessage": "buttonsMessage",
                "buttonsMessage": {
                    "contentText": "Hello",
                    "footer": "",
                    "buttons": [{"buttonId": "1", "buttonText": "green"}],
                },
                "forwardingScore": 0,
                "isForwarded": False,
            },
        ),
        (
            "sendTemplate",
            {"chatId": CHAT, "message": "Hello", "elementName": "greeting"},
            {
                "typeMessage": "templateMessage",
                "templateMessage": {
                    "elementName": "greeting",
                    "contentText": "Hello",
                    "footer": "",
                    "buttons": [],
                    "forwardingScore": 0,
                    "isForwarded": False,
                },
            },
        ),
    ],
)
async def test_a_sent_message_is_reported_with_its_content(
    api: Api, instance: Instance, method: str, body: Any, data: Any
) -> None:
    sent = await api("POST", method, json=body)
    assert sent.json() == {"idMessage": instance.chat(CHAT)[-1].id_message}
    assert message_data(instance) == data


async def test_a_link_is_sent_as_a_text(api: Api, instance: Instance) -> None:
    await api("POST", "sendLink", json={"chatId": CHAT, "urlLink": "https://green-api.com"})
    assert message_data(instance)["extendedTextMessageData"]["text"] == "https://green-api.com"


async def test_a_text_accepts_parameters_beyond_the_manual(api: Api) -> None:
    more = {"typingTime": 1000, "typePreview": "large", "customPreview": {"title": "x"}, "archiveChat": True}
    assert (await api("POST", "sendMessage", json={"chatId": CHAT, "message": "hi", **more})).status_code == 200


@pytest.mark.parametrize(
    ("change", "details"),
    [
        ({"message": "x" * 256}, "'message' length must be less than or equal to 255 characters long"),
        ({"options": "red"}, "'options' must be an array"),
        ({"options": COLORS[:1]}, "'options' length must be from 2 to 12 elements inclusive"),
        (
            {"options": [{"optionName": str(n)} for n in range(13)]},
            "'options' length must be from 2 to 12 elements inclusive",
        ),
        ({"options": [COLORS[0], {"name": "red"}]}, "'options[1].optionName' is required"),
        ({"options": [COLORS[0], {"optionName": 1}]}, "'options[1].optionName' must be a string"),
        ({"options": [COLORS[0], "red"]}, "'options[1]' must be of type object"),
        (
            {"options": [COLORS[0], {"optionName": "x" * 101}]},
            "'optionName' length must be less than or equal to 100 characters long",
        ),
        ({"options": [COLORS[0], {"optionName": "red", "x": 1}]}, "'options[1].x' is not allowed"),
        ({"options": [COLORS[0], COLORS[0]]}, "'optionName' field must have unique value"),
        ({"multipleAnswers": "yes"}, "'multipleAnswers' must be a boolean"),
        ({"typingTime": 10}, "'typingTime' must be greater than or equal to 1000"),
    ],
)
async def test_a_poll_has_its_own_validation_errors(api: Api, change: Any, details: str) -> None:
    answer = await api("POST", "sendPoll", json={**POLL, **change})
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


@pytest.mark.parametrize(
    ("value", "details"),
    [
        (None, "'latitude' must be a number or string"),
        ("north", "'latitude' must be a number or string"),
        (True, "'latitude' must be a number or string"),
        (10**20, "'latitude' must be a safe number"),
        (10**400, "'latitude' must be a safe number"),
        ("inf", "'latitude' must be a safe number"),
    ],
)
async def test_a_coordinate_must_be_a_number(api: Api, value: Any, details: str) -> None:
    answer = await api("POST", "sendLocation", json={**PLACE, "latitude": value})
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


@pytest.mark.parametrize(
    ("contact", "details"),
    [
        ({}, "'value' must have at least 1 key"),
        ([], "'contact' must be of type object"),
        ({"phoneContact": "7900"}, "'contact.phoneContact' must be a number"),
        ({"phoneContact": 2**60}, "'contact.phoneContact' must be a safe number"),
        ({"phoneContact": 7900}, "'contact.phoneContact' must have 7 to 15 digits"),
        ({"firstName": "x"}, "'contact.phoneContact' is required"),
        ({"phoneContact": 79001234568, "x": 1}, "'contact.x' is not allowed"),
        (
            {"phoneContact": 79001234568, "firstName": ""},
            "'contact' must contain at least one of [firstName, middleName, lastName, company]",
        ),
    ],
)
async def test_a_contact_needs_a_number_and_a_name(api: Api, contact: Any, details: str) -> None:
    answer = await api("POST", "sendContact", json={"chatId": CHAT, "contact": contact})
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


async def test_forwarding_increases_the_forwarding_score(api: Api, instance: Instance) -> None:
    ids = [
        instance.contact_writes(OTHER, "look"),
        instance.contact_sends(OTHER, {"file": {"fileName": "a.png", "data": ""}}),
    ]
    body = {"chatId": CHAT, "chatIdFrom": OTHER, "messages": ids}
    forwarded = (await api("POST", "forwardMessages", json=body)).json()["messages"]
    assert forwarded == [message.id_message for message in instance.chat(CHAT)]
    text, image = [message.content.data() for message in instance.chat(CHAT)]
    assert (
        text["extendedTextMessageData"] | {"isForwarded": True, "forwardingScore": 1, "text": "look"}
        == text["extendedTextMessageData"]
    )
    assert image["fileMessageData"]["isForwarded"] is True


async def test_forwarding_an_unknown_id_has_no_effect(api: Api, instance: Instance) -> None:
    body = {"chatId": CHAT, "chatIdFrom": OTHER, "messages": ["BAE587FA1CECF760"]}
    assert len((await api("POST", "forwardMessages", json=body)).json()["messages"]) == 1
    assert instance.chat(CHAT) == []


@pytest.mark.parametrize(
    ("messages", "details"),
    [
        ([], "'messages' must contain at least 1 items"),
        ("BAE587FA1CECF760", "'messages' must be an array"),
        (["BAE5"], "'message id' must be at least 16 symbols"),
    ],
)
async def test_forwarding_needs_messages(api: Api, messages: Any, details: str) -> None:
    body = {"chatId": CHAT, "chatIdFrom": OTHER, "messages": messages}
    answer = await api("POST", "forwardMessages", json=body)
    assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


async def test_the_queue_shows_each_method_by_name(api: Api, instance: Instance) -> None:
    ids = [instance.contact_writes(OTHER, text) for text in ("one", "two")]
    instance.set_state("notAuthorized")
    await api("POST", "sendPoll", json=POLL)
    await api("POST", "sendLocation", json=PLACE)
    forwarding = {"chatId": CHAT, "chatIdFrom": OTHER, "messages": ids}
    forwarded = (await api("POST", "forwardMessages", json=forwarding)).json()["messages"]
    poll, place, forward = (await api("GET", "showMessagesQueue")).json()
    assert (poll["type"], poll["body"]) == ("sendPoll", POLL)
    assert (place["type"], place["body"]) == ("sendLocation", PLACE)
    assert forward == {"messagesIDs": forwarded, "type": "ForwardMessages", "body": forwarding}
    assert (await api("GET", "getMessagesCount")).json() == {"count": 4}

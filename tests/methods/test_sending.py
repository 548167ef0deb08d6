from typing import Any

import pytest

from greenapi_async import Client, DeliveryUnknownError, InvalidArgumentError
from greenapi_async.types import CallButton, ContactCard, CopyButton, CustomPreview, ReplyButton, UrlButton

from .conftest import ANNA, GROUP, SENT, Call, Request, Server

pytestmark = pytest.mark.anyio

QUOTED = "361B0E63F2FDF95903B6A9C9A102F34B"
PHOTO = "https://my.site.com/img/horse.png"
ARTEM = ContactCard(
    phone_contact=79001234568,
    first_name="Артем",
    middle_name="Петрович",
    last_name="Евпаторийский",
    company="Велосипед",
)
REPLY = [ReplyButton(button_id="1", button_text="First"), ReplyButton(button_id="2", button_text="Second")]
ACTIONS = (
    CopyButton(button_id="1", button_text="Copy", copy_code="3333"),
    CallButton(button_id="2", button_text="Call", phone_number="79123456789"),
    UrlButton(button_id="3", button_text="Open", url="https://green-api.com"),
)


REQUESTS: list[tuple[Call, str, Any]] = [
    (
        lambda client: client.send_message(
            ANNA,
            "https://green-api.com",
            quoted_message_id=QUOTED,
            link_preview=True,
            archive_chat=True,
            typing_time=5000,
            type_preview="large",
            custom_preview=CustomPreview(
                title="T", description="D", link="green-api.com", url_file=PHOTO, jpeg_thumbnail="/9j/"
            ),
        ),
        "sendMessage",
        {
            "chatId": ANNA,
            "message": "https://green-api.com",
            "quotedMessageId": QUOTED,
            "linkPreview": True,
            "archiveChat": True,
            "typingTime": 5000,
            "typePreview": "large",
            "customPreview": {
                "title": "T",
                "description": "D",
                "link": "green-api.com",
                "urlFile": PHOTO,
                "jpegThumbnail": "/9j/",
            },
        },
    ),
    (
        lambda client: client.send_message(GROUP, "I use Green-API to send this message to you!"),
        "sendMessage",
        {"chatId": GROUP, "message": "I use Green-API to send this message to you!"},
    ),
    (
        lambda client: client.send_poll(
            ANNA, "Please choose the color:", ["green", "red", "blue"], multiple_answers=False
        ),
        "sendPoll",
        {
            "chatId": ANNA,
            "message": "Please choose the color:",
            "options": [{"optionName": "green"}, {"optionName": "red"}, {"optionName": "blue"}],
            "multipleAnswers": False,
        },
    ),
    (
        lambda client: client.send_poll(ANNA, "?", ("a", "b"), quoted_message_id=QUOTED, typing_time=1000),
        "sendPoll",
        {
            "chatId": ANNA,
            "message": "?",
            "options": [{"optionName": "a"}, {"optionName": "b"}],
            "quotedMessageId": QUOTED,
            "typingTime": 1000,
        },
    ),
    (
        lambda client: client.send_file_by_url(ANNA, PHOTO, "horse.png", caption="Лошадка"),
        "sendFileByUrl",
        {"chatId": ANNA, "urlFile": PHOTO, "fileName": "horse.png", "caption": "Лошадка"},
    ),
    (
        lambda client: client.send_file_by_url(
            ANNA,
            PHOTO,
            "horse.png",
            quoted_message_id=QUOTED,
            archive_chat=False,
            typing_time=20_000,
            typing_type="recording",
        ),
        "sendFileByUrl",
        {
            "chatId": ANNA,
            "urlFile": PHOTO,
            "fileName": "horse.png",
            "quotedMessageId": QUOTED,
            "archiveChat": False,
            "typingTime": 20_000,
            "typingType": "recording",
        },
    ),
    (
        lambda client: client.send_location(
            ANNA, 12.3456789, 10.1112131, name_location="Restaurant", address="123456, Perm"
        ),
        "sendLocation",
        {
            "chatId": ANNA,
            "nameLocation": "Restaurant",
            "address": "123456, Perm",
            "latitude": 12.3456789,
            "longitude": 10.1112131,
        },
    ),
    (
        lambda client: client.send_location(ANNA, 0, 0, quoted_message_id=QUOTED, typing_time=1000),
        "sendLocation",
        {"chatId": ANNA, "latitude": 0, "longitude": 0, "quotedMessageId": QUOTED, "typingTime": 1000},
    ),
    (
        lambda client: client.send_contact(ANNA, ARTEM),
        "sendContact",
        {
            "chatId": ANNA,
            "contact": {
                "phoneContact": 79001234568,
                "firstName": "Артем",
                "middleName": "Петрович",
                "lastName": "Евпаторийский",
                "company": "Велосипед",
            },
        },
    ),
    (
        lambda client: client.send_contact(
            ANNA,
            ContactCard(phone_contact=79001234568, company="B"),
            quoted_message_id=QUOTED,
            typing_time=1000,
        ),
        "sendContact",
        {
            "chatId": ANNA,
            "contact": {"phoneContact": 79001234568, "company": "B"},
            "quotedMessageId": QUOTED,
            "typingTime": 1000,
        },
    ),
    (
        lambda client: client.send_interactive_buttons(
            ANNA, "Body", ACTIONS, header="Header", footer="Footer", typing_time=1000
        ),
        "sendInteractiveButtons",
        {
            "chatId": ANNA,
            "header": "Header",
            "body": "Body",
            "footer": "Footer",
            "typingTime": 1000,
            "buttons": [
                {"type": "copy", "buttonId": "1", "buttonText": "Copy", "copyCode": "3333"},
                {"type": "call", "buttonId": "2", "buttonText": "Call", "phoneNumber": "79123456789"},
                {"type": "url", "buttonId": "3", "buttonText": "Open", "url": "https://green-api.com"},
            ],
        },
    ),
    (
        lambda client: client.send_interactive_buttons_reply(
            ANNA, "Body", REPLY, header="Header", footer="Footer", typing_time=1000
        ),
        "sendInteractiveButtonsReply",
        {
            "chatId": ANNA,
            "header": "Header",
            "body": "Body",
            "footer": "Footer",
            "typingTime": 1000,
            "buttons": [
                {"buttonId": "1", "buttonText": "First"},
                {"buttonId": "2", "buttonText": "Second"},
            ],
        },
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


async def test_messages_are_forwarded(client: Client, server: Server) -> None:
    server.respond({"messages": ["BAE5DBB8DEABDA22", "BAE5BBA9BE3142D8"]})
    forwarded = await client.forward_messages(ANNA, GROUP, ("BAE587FA1CECF760", "BAE5608BC86F2B59"), typing_time=1000)
    assert forwarded.messages == ["BAE5DBB8DEABDA22", "BAE5BBA9BE3142D8"]
    body = {
        "chatId": ANNA,
        "chatIdFrom": GROUP,
        "messages": ["BAE587FA1CECF760", "BAE5608BC86F2B59"],
        "typingTime": 1000,
    }
    assert server.requests == [Request("POST", "forwardMessages", body)]


async def test_validate_false_leaves_nested_limits_to_the_server(client: Client, server: Server) -> None:
    server.respond(SENT)
    await client.with_options(validate=False).send_poll(ANNA, "?", ["a", "a"])
    assert server.requests[0].body["options"] == [{"optionName": "a"}, {"optionName": "a"}]


@pytest.mark.parametrize("given", [None, "", {}, []])
async def test_a_message_whose_id_cannot_be_read_says_so_when_it_is_used(
    client: Client, server: Server, given: object
) -> None:
    server.respond({"idMessage": given})
    sent = await client.send_message(ANNA, "Hello")
    assert (sent.id_message, sent.raw) == ("", {"idMessage": given})
    for use in (sent.wait_for, sent.delete, lambda: sent.edit("Hello!")):
        with pytest.raises(InvalidArgumentError, match="no message id that can be read"):
            await use()
    assert len(server.requests) == 1


@pytest.mark.parametrize("answer", [{}, {"status": "ok"}, [], "OK"])
async def test_another_answer_to_a_send_leaves_its_outcome_unknown(
    client: Client, server: Server, answer: object
) -> None:
    server.respond(answer)
    with pytest.raises(DeliveryUnknownError):
        await client.send_message(ANNA, "Hello")
    assert len(server.requests) == 1

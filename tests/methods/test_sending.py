from typing import Any

import pytest

from greenapi_async import Client, InvalidArgumentError
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


def poll(*options: str) -> Call:
    return lambda client: client.send_poll(ANNA, "?", options)


def contact(card: ContactCard) -> Call:
    return lambda client: client.send_contact(ANNA, card)


def buttons(*given: ReplyButton) -> Call:
    return lambda client: client.send_interactive_buttons_reply(ANNA, "Body", given)


def file(url: str = PHOTO, name: str = "horse.png", **options: Any) -> Call:
    return lambda client: client.send_file_by_url(ANNA, url, name, **options)


INVALID: list[tuple[Call, str]] = [
    (lambda client: client.send_message(ANNA, "x", typing_time=999), "typing_time is 999; 1,000 to 20,000 ms"),
    (
        lambda client: client.send_message(ANNA, "x", type_preview="big"),
        "type_preview is 'big'; allowed values: small",
    ),
    (
        lambda client: client.send_message(ANNA, "x", custom_preview=CustomPreview(title="x" * 301)),
        "custom_preview (title) has 301 characters; 1 to 300 are allowed",
    ),
    (lambda client: client.send_poll(ANNA, "x" * 256, ["a", "b"]), "message has 256 characters; 1 to 255"),
    (lambda client: client.send_poll(ANNA, "?", "ab"), "options is of type str; expected a list"),
    (poll("a"), "options has 1 item; 2 to 12 are allowed"),
    (poll(*"abcdefghijklm"), "options has 13 items; 2 to 12 are allowed"),
    (poll("a", "b", "a"), "options (item 3) repeats item 1; all items must differ"),
    (poll("a", "x" * 101), "options (item 2) (option_name) has 101 characters; 1 to 100 are allowed"),
    (poll("a", ""), "options (item 2) (option_name) is empty"),
    (file("ftp://my.site.com/horse.png"), "expected an http:// or https:// URL"),
    (file("https://my.site.com/my horse.png"), "without spaces"),
    (file(name="horse"), "file_name is 'horse'; expected a name with an extension"),
    (file(caption="x" * 20_001), "caption has 20,001 characters; 0 to 20,000 are allowed"),
    (file(typing_type="typing"), "typing_type is 'typing'; allowed values: recording"),
    (file(quoted_message_id="123456789"), "at least 16 characters"),
    (contact(ContactCard(phone_contact=7900, company="B")), "contact (phone_contact) has 4 digits; 11 or 12"),
    (
        contact(ContactCard(phone_contact=79001234568, first_name="")),
        "contact has none of first_name, middle_name, last_name, company; at least one is required",
    ),
    (lambda client: client.send_contact(ANNA, "Artem"), "contact is of type str; expected an object"),  # type: ignore[arg-type]  # wrong on purpose
    (lambda client: client.forward_messages(ANNA, GROUP, []), "messages has 0 items; at least 1 are allowed"),
    (lambda client: client.forward_messages(ANNA, "x", [QUOTED]), "chat_id_from is 'x'"),
    (lambda client: client.forward_messages(ANNA, GROUP, ["x"]), "messages (item 1) is 'x'; message ids have"),
    (lambda client: client.send_location("79001234567", 1, 1), "chat_id is '79001234567'"),
    (buttons(), "buttons has 0 items; 1 to 3 are allowed"),
    (buttons(*REPLY, *REPLY), "buttons has 4 items; 1 to 3 are allowed"),
    (buttons(ReplyButton(button_id="1", button_text="x" * 26)), "buttons (item 1) (button_text) has 26 characters"),
    (
        lambda client: client.send_interactive_buttons(
            ANNA, "Body", [UrlButton(button_id="1", button_text="x", url="green-api.com")]
        ),
        "buttons (item 1) (url) is 'green-api.com'; expected an http:// or https:// URL",
    ),
]


@pytest.mark.parametrize(
    ("call", "message"),
    INVALID,
)
async def test_limit_violation_is_rejected_before_sending(
    client: Client, server: Server, call: Call, message: str
) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        await call(client)
    assert message in str(raised.value)
    assert server.requests == []


async def test_validate_false_leaves_nested_limits_to_the_server(client: Client, server: Server) -> None:
    server.respond(SENT)
    await client.with_options(validate=False).send_poll(ANNA, "?", ["a", "a"])
    assert server.requests[0].body["options"] == [{"optionName": "a"}, {"optionName": "a"}]

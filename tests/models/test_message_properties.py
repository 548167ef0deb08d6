"""Properties that every message and every notification has, whatever its type."""

import base64
import pickle
from typing import Any, get_args

import pytest

from greenapi_async import (
    FileMessage,
    Message,
    MessageNotification,
    ProductMessage,
    UnknownMessage,
    parse_notification,
)
from greenapi_async.serialization.journals import message_row
from greenapi_async.serialization.notifications import parse_message
from greenapi_async.types import ServiceError

from .samples import sample

PERSON = "11001234567@c.us"
GROUP = "120363043968066561@g.us"
JPEG = b"\xff\xd8\xff\xe0 a picture \xff\xd9"


def message(name: str) -> Message:
    notification = parse_notification(sample(name))
    assert isinstance(notification, MessageNotification)
    return notification.message


def of_type(word: str, **fields: Any) -> Message:
    return parse_message({"typeMessage": word, **fields})


TEXTS: list[tuple[str, dict[str, Any], str | None]] = [
    ("textMessage", {"textMessageData": {"textMessage": "Hello"}}, "Hello"),
    ("textMessage", {"textMessage": "Hello"}, "Hello"),
    ("extendedTextMessage", {"extendedTextMessageData": {"text": "See", "title": "A link"}}, "See"),
    ("quotedMessage", {"extendedTextMessageData": {"text": "This"}}, "This"),
    ("reactionMessage", {"extendedTextMessageData": {"text": "👍"}}, "👍"),
    ("imageMessage", {"fileMessageData": {"caption": "Look"}}, "Look"),
    ("videoMessage", {"fileMessageData": {"caption": "Look"}}, "Look"),
    ("documentMessage", {"caption": "Read"}, "Read"),
    ("audioMessage", {"fileMessageData": {"caption": ""}}, None),
    ("stickerMessage", {"fileMessageData": {}}, None),
    ("locationMessage", {"locationMessageData": {"address": "Astana"}}, None),
    ("contactMessage", {"contactMessageData": {"displayName": "Lena"}}, None),
    ("contactsArrayMessage", {"messageData": {"contacts": []}}, None),
    ("groupInviteMessage", {"groupInviteMessageData": {"caption": "Come"}}, "Come"),
    ("pollMessage", {"pollMessageData": {"name": "Which?"}}, "Which?"),
    ("pollUpdateMessage", {"pollMessageData": {"name": "Which?"}}, None),
    ("buttonsMessage", {"buttonsMessage": {"contentText": "Choose"}}, "Choose"),
    ("templateMessage", {"templateMessage": {"contentText": "Choose"}}, "Choose"),
    ("listMessage", {"listMessage": {"contentText": "Choose"}}, "Choose"),
    ("buttonsResponseMessage", {"buttonsResponseMessage": {"selectedButtonText": "Yes"}}, "Yes"),
    ("templateButtonsReplyMessage", {"templateButtonReplyMessage": {"selectedDisplayText": "Yes"}}, "Yes"),
    ("listResponseMessage", {"listResponseMessage": {"title": "The second"}}, "The second"),
    ("interactiveButtons", {"interactiveButtons": {"body": "Choose"}}, "Choose"),
    ("interactiveButtonsReply", {"interactiveButtonsReply": {"contentText": "Choose"}}, "Choose"),
    ("interactiveButtonsResponse", {"interactiveButtonsResponse": {"selectedDisplayText": "Yes"}}, "Yes"),
    ("editedMessage", {"editedMessageData": {"textMessage": "Hello!"}}, "Hello!"),
    ("editedMessage", {"editedMessageData": {"caption": "Look!"}}, "Look!"),
    ("deletedMessage", {"deletedMessageData": {"stanzaId": "X"}}, None),
    ("productMessage", {"productMessage": {"title": "Mug"}}, "Mug"),
    ("productMessage", {"title": "", "description": "blue"}, None),
    ("orderMessage", {"orderMessage": {"orderId": "1"}}, None),
    ("orderMessage", {"orderMessage": {"orderId": "1", "message": "Gift wrapping"}}, "Gift wrapping"),
    ("somethingNew", {"somethingNewData": {"text": "Hello"}}, None),
]


@pytest.mark.parametrize(("word", "fields", "text"), TEXTS)
def test_text_is_the_human_readable_text_of_any_type(word: str, fields: dict[str, Any], text: str | None) -> None:
    content = {"typeMessage": word, **fields}
    notification = parse_notification({"typeWebhook": "incomingMessageReceived", "messageData": content})
    assert isinstance(notification, MessageNotification)
    assert (notification.text, notification.message.text) == (text, text)
    assert message_row(content).text == text


def test_every_message_class_is_covered() -> None:
    covered = {type(of_type(word, **fields)) for word, fields, _ in TEXTS}
    assert covered == set(get_args(Message))


FILES = ("imageMessage", "videoMessage", "documentMessage", "audioMessage", "stickerMessage")


@pytest.mark.parametrize("word", sorted({word for word, _, _ in TEXTS}))
def test_file_is_the_message_itself_or_the_image_of_a_product(word: str) -> None:
    found = of_type(word, fileMessageData={"downloadUrl": "https://x/y", "fileName": "y"})
    if word in FILES:
        assert found.file is found
        assert isinstance(found, FileMessage)
        assert (found.download_url, found.file_name) == ("https://x/y", "y")
    elif isinstance(found, ProductMessage):
        assert found.file is found.image
        assert found.file is not None
        assert found.file.download_url == "https://x/y"
    elif word == "somethingNew":
        assert isinstance(found.file, FileMessage)
        assert (found.file.download_url, found.file.file_name) == ("https://x/y", "y")
    else:
        assert found.file is None


@pytest.mark.parametrize("word", sorted({word for word, _, _ in TEXTS}))
def test_any_message_can_quote_and_be_quoted(word: str) -> None:
    quote = {"typeMessage": word, "stanzaId": "ABC", "participant": PERSON}
    quoting = of_type(word, quotedMessage=quote)
    assert type(quoting.quoted) is type(of_type(word))
    assert quoting.quoted is not None
    assert (quoting.quoted.stanza_id, quoting.quoted.participant) == ("ABC", PERSON)
    assert quoting.quoted.raw == quote
    assert of_type(word).quoted is None


@pytest.mark.parametrize(
    ("word", "wrapper"),
    [
        ("imageMessage", "fileMessageData"),
        ("stickerMessage", "fileMessageData"),
        ("extendedTextMessage", "extendedTextMessageData"),
        ("locationMessage", "location"),
        ("groupInviteMessage", "groupInviteMessageData"),
    ],
)
def test_a_thumbnail_is_bytes(word: str, wrapper: str) -> None:
    encoded = base64.b64encode(JPEG).decode()
    assert of_type(word, **{wrapper: {"jpegThumbnail": encoded}}).thumbnail == JPEG


@pytest.mark.parametrize("broken", ["", None, "217", "not base64!", "=", "/9j/\n4AAQ", "ю"])
def test_a_broken_thumbnail_is_none(broken: str | None) -> None:
    found = of_type("imageMessage", fileMessageData={"jpegThumbnail": broken, "caption": "Look"})
    assert (found.thumbnail, found.text) == (None, "Look")


def test_a_message_without_preview_has_no_thumbnail() -> None:
    assert of_type("textMessage", textMessage="Hello").thumbnail is None
    assert UnknownMessage().thumbnail is None


ASK_AGAIN = "Please send the message again"


@pytest.mark.parametrize(
    ("name", "marker", "advice"),
    [
        ("notifications/09", ServiceError.SWE001, ASK_AGAIN),
        ("notifications/10", ServiceError.SWE002, "Open the message on the phone"),
        ("notifications/11", ServiceError.SWE003, "scan the QR code again"),
        ("notifications/53", ServiceError.SWE004, "more than 100 participants"),
        ("notifications/12", ServiceError.SWE999, ASK_AGAIN),
    ],
)
def test_a_service_error_is_found_and_has_advice(name: str, marker: ServiceError, advice: str) -> None:
    notification = parse_notification(sample(name))
    assert notification.service_error is marker
    assert advice in marker.advice


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("{{SWE001}}", ServiceError.SWE001),
        ("{{SWE999}} and more", ServiceError.SWE999),
        ("SWE004: the group is too large", ServiceError.SWE004),
        ("{{SWE005}}", ServiceError("SWE005")),
        ("SWE123: something new", ServiceError("SWE123")),
        ("{{SWE1234}}", None),
        ("I was told SWE004: what is it?", None),
        ("{SWE001}", None),
        ("SWE001", None),
        ("", None),
        (None, None),
    ],
)
def test_only_a_marker_is_a_service_error(text: str | None, marker: ServiceError | None) -> None:
    assert of_type("textMessage", textMessage=text).service_error is marker
    status = parse_notification({"typeWebhook": "outgoingMessageStatus", "description": text})
    assert status.service_error is marker


@pytest.mark.parametrize(
    ("content", "marker"),
    [
        ({"typeMessage": "videoMessage", "downloadUrl": "{{SWE002}}", "caption": ""}, ServiceError.SWE002),
        ({"typeMessage": "imageMessage", "fileMessageData": {"caption": "{{SWE003}}"}}, ServiceError.SWE003),
        ({"typeMessage": "extendedTextMessage", "extendedTextMessage": {"text": "{{SWE001}}"}}, ServiceError.SWE001),
        ({"typeMessage": "imageMessage", "downloadUrl": "https://x/SWE002.jpg"}, None),
        ({"typeMessage": "somethingNew", "textMessage": "{{SWE001}}"}, None),
    ],
)
def test_service_errors_are_found_in_journals(content: dict[str, Any], marker: ServiceError | None) -> None:
    assert message_row(content).message.service_error is marker


def test_every_marker_has_advice() -> None:
    assert [marker.value for marker in ServiceError] == ["SWE001", "SWE002", "SWE003", "SWE004", "SWE999"]
    assert all(marker.advice.endswith((".", '."')) for marker in (*ServiceError, ServiceError("SWE005")))


def test_a_marker_that_is_not_listed_exists_once_and_survives_pickling() -> None:
    marker = ServiceError("SWE005")
    assert marker is pickle.loads(pickle.dumps(marker))
    assert (marker.name, marker.value, str(marker), marker == "SWE005") == ("SWE005", "SWE005", "SWE005", True)
    assert marker not in list(ServiceError)
    with pytest.raises(ValueError, match="SWE"):
        ServiceError("SWE12")


def test_forwarded_messages_say_so() -> None:
    assert (message("notifications/18").is_forwarded, message("notifications/18").forwarding_score) == (True, 4)
    assert message("notifications/29").is_forwarded is False
    assert message("notifications/16").is_forwarded is None, "an advertisement does not say"


def test_is_group_depends_on_the_chat() -> None:
    for word in ("incomingMessageReceived", "outgoingMessageReceived"):
        assert parse_notification({"typeWebhook": word, "senderData": {"chatId": GROUP}}).is_group
        assert not parse_notification({"typeWebhook": word, "senderData": {"chatId": PERSON, "sender": GROUP}}).is_group
    assert parse_notification({"typeWebhook": "outgoingMessageStatus", "chatId": GROUP}).is_group
    assert parse_notification({"typeWebhook": "outgoingCall", "from": GROUP}).is_group
    assert parse_notification({"typeWebhook": "somethingNew", "chatId": GROUP}).is_group
    assert not parse_notification({"typeWebhook": "stateInstanceChanged"}).is_group

"""What people ask of any message and of any chat id, without knowing what kind it is of."""

import base64
import logging
from enum import StrEnum
from typing import Any, get_args

import pytest

from greenapi_async import (
    CallStatus,
    ContactMessage,
    DecodeError,
    FileMessage,
    InstanceState,
    InvalidArgumentError,
    Message,
    MessageNotification,
    MessageStatus,
    UnknownMessage,
    chat_id,
    chat_kind,
    is_group,
    parse_notification,
    parse_vcard,
)
from greenapi_async.serialization import vcard as vcard_module
from greenapi_async.serialization.converter import read
from greenapi_async.serialization.journals import message_row
from greenapi_async.serialization.notifications import parse_message
from greenapi_async.types import ChatKind, Direction, ServiceError, SocketState, StatusFont, VCard

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
    ("somethingNew", {"somethingNewData": {"text": "Hello"}}, None),
]


@pytest.mark.parametrize(("word", "fields", "text"), TEXTS)
def test_text_is_the_human_text_whichever_type_carries_it(word: str, fields: dict[str, Any], text: str | None) -> None:
    content = {"typeMessage": word, **fields}
    notification = parse_notification({"typeWebhook": "incomingMessageReceived", "messageData": content})
    assert isinstance(notification, MessageNotification)
    assert (notification.text, notification.message.text) == (text, text)
    assert message_row(content).text == text


def test_text_is_asked_of_every_type() -> None:
    asked = {type(of_type(word, **fields)) for word, fields, _ in TEXTS}
    assert asked == set(get_args(Message))


FILES = ("imageMessage", "videoMessage", "documentMessage", "audioMessage", "stickerMessage")


@pytest.mark.parametrize("word", sorted({word for word, _, _ in TEXTS}))
def test_file_is_the_message_itself_of_the_five_that_carry_one(word: str) -> None:
    found = of_type(word, fileMessageData={"downloadUrl": "https://x/y", "fileName": "y"})
    if word in FILES:
        assert found.file is found
        assert isinstance(found, FileMessage)
        assert (found.download_url, found.file_name) == ("https://x/y", "y")
    else:
        assert found.file is None


@pytest.mark.parametrize("word", sorted({word for word, _, _ in TEXTS}))
def test_any_message_may_quote_and_be_quoted(word: str) -> None:
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


def test_what_has_no_preview_has_no_thumbnail() -> None:
    assert of_type("textMessage", textMessage="Hello").thumbnail is None
    assert UnknownMessage().thumbnail is None


AGAIN = "Please send the message again"


@pytest.mark.parametrize(
    ("name", "marker", "advice"),
    [
        ("notifications/09", ServiceError.SWE001, AGAIN),
        ("notifications/10", ServiceError.SWE002, "Look at the message on the phone"),
        ("notifications/11", ServiceError.SWE003, "scan the QR code anew"),
        ("notifications/53", ServiceError.SWE004, "more than 100 participants"),
        ("notifications/12", ServiceError.SWE999, AGAIN),
    ],
)
def test_a_service_error_is_found_where_it_stands_and_says_what_to_do(
    name: str, marker: ServiceError, advice: str
) -> None:
    notification = parse_notification(sample(name))
    assert notification.service_error is marker
    assert advice in marker.advice


@pytest.mark.parametrize(
    ("text", "marker"),
    [
        ("{{SWE001}}", ServiceError.SWE001),
        ("{{SWE999}} and more", ServiceError.SWE999),
        ("SWE004: the group is too large", ServiceError.SWE004),
        ("{{SWE123}}", None),
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
def test_a_journal_tells_of_service_errors_too(content: dict[str, Any], marker: ServiceError | None) -> None:
    assert message_row(content).message.service_error is marker


def test_every_marker_has_advice() -> None:
    assert [marker.value for marker in ServiceError] == ["SWE001", "SWE002", "SWE003", "SWE004", "SWE999"]
    assert all(marker.advice.endswith((".", '."')) for marker in ServiceError)


def test_whether_it_was_forwarded() -> None:
    assert (message("notifications/18").is_forwarded, message("notifications/18").forwarding_score) == (True, 4)
    assert message("notifications/29").is_forwarded is False
    assert message("notifications/16").is_forwarded is None, "an advertisement does not say"


def test_whether_it_is_of_a_group() -> None:
    for word in ("incomingMessageReceived", "outgoingMessageReceived"):
        assert parse_notification({"typeWebhook": word, "senderData": {"chatId": GROUP}}).is_group
        assert not parse_notification({"typeWebhook": word, "senderData": {"chatId": PERSON, "sender": GROUP}}).is_group
    assert parse_notification({"typeWebhook": "outgoingMessageStatus", "chatId": GROUP}).is_group
    assert parse_notification({"typeWebhook": "outgoingCall", "from": GROUP}).is_group
    assert parse_notification({"typeWebhook": "somethingNew", "chatId": GROUP}).is_group
    assert not parse_notification({"typeWebhook": "stateInstanceChanged"}).is_group


# Contact cards


def test_a_contact_card_is_read_to_names_and_phones() -> None:
    found = message("notifications/24")
    assert isinstance(found, ContactMessage)
    assert found.vcard is not None
    assert parse_vcard(found.vcard) == VCard(
        name="Виктор Андреевич",
        phones=("+7 900 123-45-69",),
        whatsapp_ids=("79001234569",),
        organization="Image",
    )


CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\n{}\r\nEND:VCARD\r\n"


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        ("FN:Anna", VCard(name="Anna")),
        ("n:;Anna;;;\nfn:", VCard(name="Anna")),
        ("N:Petrova;Anna;M;Dr;", VCard(name="Dr Anna M Petrova")),
        ("FN:", VCard()),
        ("FN:Anna\nTEL:5\nitem1.TEL;type=CELL;waid=79001234567:+7 900", VCard(name="Anna", phones=("5", "+7 900"))),
        ("FN:Anna\nORG:Green;API\nEMAIL:a@example.com", VCard(name="Anna", organization="Green, API")),
    ],
)
def test_a_card_may_say_more_or_less(lines: str, expected: VCard) -> None:
    found = parse_vcard(CARD.format(lines.replace("\n", "\r\n")))
    assert (found.name, found.phones, found.organization) == (expected.name, expected.phones, expected.organization)
    assert found.whatsapp_ids == (("79001234567",) if "waid" in lines else ())
    assert found.emails == (("a@example.com",) if "EMAIL" in lines else ())


def test_what_cannot_be_read_of_a_card_is_left_out() -> None:
    assert parse_vcard(CARD.format("FN:Anna\nitem1.TEL;waid=79001230000\nTEL:5")) == VCard(name="Anna", phones=("5",))


@pytest.mark.parametrize("broken", ["", "  ", "Anna", "BEGIN:VCARD", "BEGIN:VCARD\nFN:Anna\nTEL:5", "\x00"])
def test_what_is_no_card_is_a_decode_error(broken: str) -> None:
    with pytest.raises(DecodeError, match="the contact card cannot be read"):
        parse_vcard(broken)


def test_another_thing_than_a_card_is_a_decode_error() -> None:
    with pytest.raises(DecodeError):
        parse_vcard("BEGIN:VCALENDAR\nVERSION:2.0\nEND:VCALENDAR")


def test_nothing_of_a_card_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    parse_vcard(CARD.format("FN:Anna\nmy secret address"))
    assert "secret" not in caplog.text


def test_a_broken_card_does_not_hide_the_message() -> None:
    found = of_type("contactMessage", contact={"displayName": "Anna", "vcard": "broken"})
    assert isinstance(found, ContactMessage)
    assert (found.display_name, found.vcard) == ("Anna", "broken")


def test_without_the_extra_the_card_stays_a_text_and_reading_it_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def find_nothing(name: str) -> None:
        return None

    monkeypatch.setattr(vcard_module, "find_spec", find_nothing)
    found = message("notifications/24")
    assert isinstance(found, ContactMessage)
    assert found.vcard is not None
    assert found.vcard.startswith("BEGIN:VCARD")
    with pytest.raises(InvalidArgumentError, match=r"pip install 'greenapi-async\[vcard\]'"):
        parse_vcard(found.vcard)


# Chat ids


@pytest.mark.parametrize(
    "phone",
    [
        "+1 100 123-45-67",
        "11001234567",
        11001234567,
        "0011001234567",
        "+1 (100) 123 45 67",
        "1.100.123.45.67",
        "\u00a0+1\u2011100\u2013123\u201345\u201067 ",
        "11001234567@c.us",
        " 11001234567@c.us\n",
    ],
)
def test_a_phone_number_becomes_a_chat_id(phone: str | int) -> None:
    assert chat_id(phone) == PERSON


@pytest.mark.parametrize("given", [GROUP, "79099197688-1506012221@g.us", "123@lid", "status@broadcast"])
def test_a_chat_id_is_given_back(given: str) -> None:
    assert chat_id(given) == given


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("", "the phone number is ''; digits are needed"),
        ("   ", "digits are needed, with or without '+', spaces, hyphens and brackets"),
        ("Anna", "the phone number is 'Anna'; digits are needed"),
        ("1100123456O", "digits are needed"),
        ("+1+1001234567", "digits are needed"),
        ("١١٠٠١٢٣٤٥٦٧", "digits are needed"),
        (-11001234567, "digits are needed"),
        ("123456", "'123456', 6 digits; 7 to 15 are needed, the country's code first"),
        ("1" * 16, "16 digits; 7 to 15 are needed"),
        (0, "1 digits; 7 to 15 are needed"),
        ("0900123456", "begins with 0, and the country's code is needed in its place"),
        ("11001234567@s.us", "chat_id is '11001234567@s.us'; allowed are <phone>@c.us for a person"),
        ("+11001234567@c.us", "allowed are <phone>@c.us for a person and <id>@g.us for a group"),
        ("11001234567@C.US", "allowed are"),
        ("@c.us", "allowed are"),
        ("1@2@c.us", "allowed are"),
        ("11001234567@\u0441.us", "character 13 is 'с' (CYRILLIC SMALL LETTER ES), not a Latin one"),
        ("1100123456\u0417@c.us", "character 11 is 'З' (CYRILLIC CAPITAL LETTER ZE), not a Latin one"),
        ("١١٠٠@c.us", "character 1 is '١' (ARABIC-INDIC DIGIT ONE), not a Latin one"),
        ("11001234567@c\u200b.us", "(ZERO WIDTH SPACE), not a Latin one"),
    ],
)
def test_a_wrong_chat_id_says_why(given: str | int, words: str) -> None:
    with pytest.raises(InvalidArgumentError) as raised:
        chat_id(given)
    assert words in str(raised.value)
    assert isinstance(raised.value, ValueError)


@pytest.mark.parametrize(
    ("given", "kind"),
    [
        (PERSON, ChatKind.PERSON),
        (GROUP, ChatKind.GROUP),
        ("79099197688-1506012221@g.us", ChatKind.GROUP),
        ("123456789012345@lid", ChatKind.LID),
        ("status@broadcast", ChatKind.STATUS),
        ("11001234567", None),
        ("", None),
        ("@g.us", None),
        ("120363@g.us ", None),
        ("120363@newsletter", None),
        ("11001234567@\u0441.us", None),
        ("other@broadcast", None),
    ],
)
def test_what_a_chat_id_names(given: str, kind: ChatKind | None) -> None:
    assert chat_kind(given) is kind
    if kind is not None:
        assert is_group(given) == (kind is ChatKind.GROUP)


def test_nothing_is_no_group() -> None:
    assert not is_group(None)
    assert not is_group("")


# Open enums


OPEN: list[tuple[type[StrEnum], Any]] = [
    (InstanceState, InstanceState | str | None),
    (MessageStatus, MessageStatus | str | None),
    (CallStatus, CallStatus | str | None),
    (SocketState, SocketState | str | None),
    (Direction, Direction | str | None),
    (StatusFont, StatusFont | str | None),
]


@pytest.mark.parametrize(("words", "kind"), OPEN)
def test_a_known_word_is_read_by_name_and_an_unknown_one_stays_the_servers(words: type[StrEnum], kind: Any) -> None:
    for member in words:
        for word in (member.value, member.value.upper(), member.value.lower()):
            assert read(kind, word) is member
    found: Any = read(kind, "somethingNew")
    assert (type(found), found) == (str, "somethingNew")
    assert read(kind, None) is None
    assert (type(read(kind, 5)), read(kind, 5)) == (str, "5")


@pytest.mark.parametrize(
    ("body", "name", "known"),
    [
        ({"typeWebhook": "stateInstanceChanged", "stateInstance": "yellowCard"}, "state_instance", True),
        ({"typeWebhook": "stateInstanceChanged", "stateInstance": "asleep"}, "state_instance", False),
        ({"typeWebhook": "statusInstanceChanged", "statusInstance": "offline"}, "status_instance", True),
        ({"typeWebhook": "statusInstanceChanged", "statusInstance": "away"}, "status_instance", False),
        ({"typeWebhook": "outgoingMessageStatus", "status": "notInGroup"}, "status", True),
        ({"typeWebhook": "outgoingMessageStatus", "status": "played"}, "status", False),
        ({"typeWebhook": "incomingCall", "status": "pickUp"}, "status", True),
        ({"typeWebhook": "incomingCall", "status": "onHold"}, "status", False),
    ],
)
def test_a_notification_keeps_a_word_that_is_new(body: dict[str, Any], name: str, known: bool) -> None:
    value = getattr(parse_notification(body), name)
    assert value == next(part for key, part in body.items() if key != "typeWebhook")
    assert (type(value) is str) is not known

"""``parse_notification`` by example."""

import json
from datetime import UTC, datetime
from typing import Any

import attrs
import pytest

from greenapi_async import (
    Client,
    DecodeError,
    ExtendedTextMessage,
    GroupInviteMessage,
    IncomingMessageReceived,
    InstanceState,
    InvalidArgumentError,
    MalformedNotification,
    MessageStatus,
    OutgoingAPIMessageReceived,
    OutgoingMessageReceived,
    OutgoingMessageStatus,
    QuotaExceeded,
    QuotedMessage,
    StateInstanceChanged,
    TextMessage,
    UnknownMessage,
    UnknownNotification,
    parse_notification,
)

ANNA = "79001234568@c.us"


def body(message: dict[str, Any] | None = None, **changes: Any) -> dict[str, Any]:
    text = {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hello"}}
    return {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 1234, "wid": "11001234567@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1588091580,
        "idMessage": "F7AEC1B7086ECDC7E6E45923F5EDB825",
        "senderData": {
            "chatId": "120363043968066561@g.us",
            "sender": ANNA,
            "chatName": "Group",
            "senderName": "Anna",
            "senderContactName": "Anna K",
        },
        "messageData": message or text,
    } | changes


def test_an_incoming_text() -> None:
    notification = parse_notification(body())
    assert notification == IncomingMessageReceived(
        type_webhook="incomingMessageReceived",
        id_instance=1234,
        wid="11001234567@c.us",
        type_instance="whatsapp",
        timestamp=datetime(2020, 4, 28, 16, 33, tzinfo=UTC),
        id_message="F7AEC1B7086ECDC7E6E45923F5EDB825",
        chat_id="120363043968066561@g.us",
        sender=ANNA,
        chat_name="Group",
        sender_name="Anna",
        sender_contact_name="Anna K",
        message=TextMessage(type_message="textMessage", text="hello"),
    )
    assert notification.text == "hello"
    assert notification.raw == body()


@pytest.mark.parametrize(
    ("word", "kind"),
    [
        ("incomingMessageReceived", IncomingMessageReceived),
        ("outgoingMessageReceived", OutgoingMessageReceived),
        ("outgoingAPIMessageReceived", OutgoingAPIMessageReceived),
        ("OUTGOINGAPIMESSAGERECEIVED", OutgoingAPIMessageReceived),
    ],
)
def test_each_message_type_from_object_text_and_bytes(word: str, kind: type) -> None:
    given = body(typeWebhook=word)
    for form in (given, json.dumps(given), json.dumps(given).encode()):
        notification = parse_notification(form)
        assert type(notification) is kind
        assert notification.text == "hello"


def test_an_extended_text_with_an_advertisement() -> None:
    data = {"text": "https://green-api.com", "title": "Docs", "sourceType": "ad", "isForwarded": True}
    message = {"typeMessage": "extendedTextMessage", "extendedTextMessageData": data | {"forwardingScore": "4"}}
    notification = parse_notification(body(message))
    assert isinstance(notification, IncomingMessageReceived)
    assert notification.message == ExtendedTextMessage(
        type_message="extendedTextMessage",
        text="https://green-api.com",
        title="Docs",
        source_type="ad",
        is_forwarded=True,
        forwarding_score=4,
    )


QUOTE = {"stanzaId": "9A73322488DCB7D9689A6112F2528C9D", "participant": ANNA, "typeMessage": "textMessage"}
ANSWER = {"typeMessage": "quotedMessage", "extendedTextMessageData": {"text": "This", "stanzaId": "B7F3"}}


@pytest.mark.parametrize("place", ["inside messageData", "next to it"])
def test_a_reply_has_its_quote(place: str) -> None:
    quoted = QUOTE | {"textMessage": "Hello"}
    given = body(ANSWER | {"quotedMessage": quoted}) if "inside" in place else body(ANSWER, quotedMessage=quoted)
    notification = parse_notification(given)
    assert isinstance(notification, IncomingMessageReceived)
    assert isinstance(notification.message, QuotedMessage)
    assert notification.text == "This"
    assert notification.message.quoted == TextMessage(
        type_message="textMessage", text="Hello", stanza_id=QUOTE["stanzaId"], participant=ANNA
    )


def test_a_quote_of_an_unknown_type_is_kept() -> None:
    notification = parse_notification(body(ANSWER | {"quotedMessage": {"stanzaId": "X", "typeMessage": "newMessage"}}))
    assert isinstance(notification, IncomingMessageReceived)
    assert isinstance(notification.message.quoted, UnknownMessage)
    assert notification.message.quoted.raw["typeMessage"] == "newMessage"


def test_a_status() -> None:
    notification = parse_notification(
        {
            "typeWebhook": "outgoingMessageStatus",
            "chatId": ANNA,
            "instanceData": {"idInstance": "1234", "wid": "11001234567@c.us"},
            "timestamp": "1727691478",
            "idMessage": "3EB0608D6A2901063D63",
            "status": "delivered",
            "sendByApi": True,
        }
    )
    assert isinstance(notification, OutgoingMessageStatus)
    assert (notification.status, notification.chat_id) == (MessageStatus.DELIVERED, ANNA)
    assert (notification.id_instance, notification.send_by_api) == (1234, True)
    assert notification.timestamp == datetime(2024, 9, 30, 10, 17, 58, tzinfo=UTC)
    assert notification.text is None


def test_an_unknown_state_stays_a_string() -> None:
    notification = parse_notification({"typeWebhook": "stateInstanceChanged", "stateInstance": "hibernating"})
    assert isinstance(notification, StateInstanceChanged)
    assert notification.state_instance == "hibernating"
    known = parse_notification({"typeWebhook": "stateInstanceChanged", "stateInstance": "notAuthorized"})
    assert isinstance(known, StateInstanceChanged)
    assert known.state_instance is InstanceState.NOT_AUTHORIZED


def test_an_unknown_notification_keeps_its_envelope() -> None:
    notification = parse_notification(body(typeWebhook="somethingNew", timestamp="not a time"))
    assert isinstance(notification, UnknownNotification)
    assert (notification.type_webhook, notification.id_instance, notification.chat_id) == (
        "somethingNew",
        1234,
        "120363043968066561@g.us",
    )
    assert notification.timestamp is None
    assert notification.raw["timestamp"] == "not a time"


def test_an_unknown_message_keeps_its_notification() -> None:
    notification = parse_notification(body({"typeMessage": "hologramMessage", "x": 1}))
    assert isinstance(notification, IncomingMessageReceived)
    assert notification.message == UnknownMessage(type_message="hologramMessage")
    assert notification.message.raw == {"typeMessage": "hologramMessage", "x": 1}
    assert notification.text is None


@pytest.mark.parametrize(
    ("change", "lost"),
    [
        ({"timestamp": "yesterday"}, ["timestamp"]),
        ({"timestamp": ""}, ["timestamp"]),
        ({"timestamp": 10**20}, ["timestamp"]),
        ({"timestamp": {}}, ["timestamp"]),
        ({"instanceData": []}, ["id_instance", "wid", "type_instance"]),
        ({"instanceData": {"idInstance": "one"}}, ["id_instance", "wid", "type_instance"]),
        ({"senderData": "Anna"}, ["chat_id", "sender", "chat_name", "sender_name", "sender_contact_name"]),
        ({"messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": {"a": 1}}}}, ["message"]),
        ({"idMessage": ["x"]}, ["id_message"]),
    ],
    ids=str,
)
def test_an_invalid_value_costs_its_attribute_and_nothing_else(change: dict[str, Any], lost: list[str]) -> None:
    notification, whole = parse_notification(body(**change)), parse_notification(body())
    assert isinstance(notification, IncomingMessageReceived)
    values = attrs.asdict(notification, recurse=False, filter=lambda field, _: field.name not in {"raw", *lost})
    assert values == {name: getattr(whole, name) for name in values}
    empty = {name: "" if name in {"chat_id", "sender"} else None for name in lost if name != "message"}
    assert {name: getattr(notification, name) for name in empty} == empty
    assert notification.raw == body(**change)


@pytest.mark.parametrize("content", [5, "hello", ["hello"]], ids=str)
def test_a_body_of_another_shape_is_malformed_and_keeps_its_envelope(content: object) -> None:
    notification = parse_notification(body(messageData=content))
    assert isinstance(notification, MalformedNotification)
    assert notification.error.startswith("TypeError: messageData: expected an object")
    assert (notification.type_webhook, notification.chat_id) == ("incomingMessageReceived", "120363043968066561@g.us")
    assert notification.raw == body(messageData=content)


@pytest.mark.parametrize("quote", ["hello", 5, [], ["x"], "", {}], ids=str)
def test_an_invalid_quote_is_an_unknown_message(quote: object) -> None:
    notification = parse_notification(body(ANSWER | {"quotedMessage": quote}))
    assert isinstance(notification, IncomingMessageReceived)
    assert notification.text == "This"
    assert notification.message.quoted == UnknownMessage()


def test_a_null_does_not_hide_the_same_field_elsewhere() -> None:
    data = {"textMessage": "hello", "forwardingScore": None, "quotedMessage": None}
    content = {"typeMessage": "textMessage", "textMessageData": data, "forwardingScore": 3, "text": None}
    notification = parse_notification(body(content, chatId=None, timestamp=None, quotedMessage=QUOTE))
    assert isinstance(notification, IncomingMessageReceived)
    assert (notification.chat_id, notification.timestamp) == ("120363043968066561@g.us", None)
    assert (notification.text, notification.message.forwarding_score) == ("hello", 3)
    assert isinstance(notification.message.quoted, TextMessage)


MOMENT = datetime(2020, 4, 28, 16, 33, tzinfo=UTC)


@pytest.mark.parametrize(
    "given",
    [
        1588091580,
        "1588091580",
        1588091580.0,
        " 1588091580.000 ",
        1588091580000,
        "1588091580000",
        "2020-04-28T16:33:00Z",
        "2020-04-28T16:33:00.000Z",
        "2020-04-28 19:33:00+03:00",
        "2020-04-28T16:33:00",
        {"low": 1588091580, "high": 0, "unsigned": False},
    ],
    ids=str,
)
def test_a_time_is_read_in_every_observed_form(given: object) -> None:
    assert parse_notification(body(timestamp=given)).timestamp == MOMENT


@pytest.mark.parametrize("given", [1, "1", 1.0, "1.0", {"low": 1, "high": 0, "unsigned": True}], ids=str)
def test_a_number_is_read_in_every_observed_form(given: object) -> None:
    assert parse_notification({"typeWebhook": "x", "instanceData": {"idInstance": given}}).id_instance == 1


def test_the_halves_of_a_long_number_are_joined() -> None:
    data = {"inviteExpiration": {"low": -1294967296, "high": 1, "unsigned": False}}
    notification = parse_notification(body({"typeMessage": "groupInviteMessage", "groupInviteMessageData": data}))
    assert isinstance(notification, IncomingMessageReceived)
    assert isinstance(notification.message, GroupInviteMessage)
    assert notification.message.invite_expiration == 7_294_967_296


@pytest.mark.parametrize("word", ["quotaExceeded", "incomingBlock", "quota", None])
def test_a_quota_is_recognised_by_its_data(word: str | None) -> None:
    notification = parse_notification({"typeWebhook": word, "quotaData": {"used": "3", "total": 3}})
    assert isinstance(notification, QuotaExceeded)
    assert notification.quota_data is not None
    assert (notification.quota_data.used, notification.quota_data.total) == (3, 3)


def test_the_content_of_an_unknown_type_can_be_read() -> None:
    file = {"downloadUrl": "https://x.example/v.oga", "fileName": "v.oga", "caption": "Listen"}
    notification = parse_notification(body({"typeMessage": "pttMessage", "fileMessageData": file}))
    assert isinstance(notification, IncomingMessageReceived)
    assert type(notification.message) is UnknownMessage
    assert notification.message.file is not None
    assert (notification.text, notification.message.file.file_name) == ("Listen", "v.oga")
    for typeless in ({"textMessageData": {"textMessage": "hello"}}, {"extendedTextMessageData": {"text": "hello"}}):
        assert parse_notification(body(typeless)).text == "hello"


@pytest.mark.parametrize(
    "event", [{"editedMessageData": {"textMessage": "/pay 50"}}, {"pollUpdateMessage": {"pollName": "x"}}]
)
def test_an_event_of_an_unknown_type_has_no_text(event: dict[str, Any]) -> None:
    assert parse_notification(body({"typeMessage": "newEvent", **event})).text is None


@pytest.mark.parametrize("lost", [None, {}, [], True, "missing"], ids=str)
@pytest.mark.parametrize("type_webhook", ["incomingMessageReceived", "outgoingMessageStatus", "incomingCall"])
def test_a_chat_that_every_notification_of_the_type_has_is_an_empty_string_if_it_is_lost(
    type_webhook: str, lost: object
) -> None:
    fields = {} if lost == "missing" else {"chatId": lost, "from": lost, "senderData": {"chatId": lost, "sender": lost}}
    notification = parse_notification({"typeWebhook": type_webhook, **fields})
    assert not isinstance(notification, MalformedNotification)
    assert notification.chat_id == ""
    assert getattr(notification, "sender", "") == ""
    assert not notification.is_group


@pytest.mark.anyio
async def test_a_reply_to_a_lost_chat_is_an_error(client: Client) -> None:
    notification = parse_notification({"typeWebhook": "incomingMessageReceived"}, client)
    with pytest.raises(InvalidArgumentError, match="has no chat to reply to"):
        await notification.reply("Hello")


def test_a_type_without_a_chat_has_none() -> None:
    assert parse_notification({"typeWebhook": "stateInstanceChanged"}).chat_id is None
    assert parse_notification({"typeWebhook": "newType"}).chat_id is None


@pytest.mark.parametrize("missing", ["instanceData", "timestamp", "idMessage", "senderData", "messageData"])
def test_every_field_is_optional(missing: str) -> None:
    given = body()
    del given[missing]
    assert isinstance(parse_notification(given), IncomingMessageReceived)


@pytest.mark.parametrize(
    "given", [b"<html>", "[1]", "5", "null", b"\xff", "[" * 100_000], ids=lambda given: str(given)[:9]
)
def test_anything_but_an_object_is_a_decode_error(given: bytes | str) -> None:
    with pytest.raises(DecodeError):
        parse_notification(given)


def test_the_advice_of_a_decode_error_is_about_the_argument() -> None:
    with pytest.raises(DecodeError, match="Pass the body of a notification as received") as raised:
        parse_notification("5")
    assert "proxy" not in str(raised.value)


def test_a_decode_error_has_position_and_length_but_no_content() -> None:
    with pytest.raises(DecodeError, match=r"JSONDecodeError at position 16, length 17") as raised:
        parse_notification('{"name": "Anna" 5')
    assert "Anna" not in str(raised.value)


@pytest.mark.anyio
async def test_operations_without_client_or_loop_raise() -> None:
    notification = parse_notification(body())
    with pytest.raises(InvalidArgumentError, match="has no client"):
        await notification.reply("x")
    with pytest.raises(InvalidArgumentError, match="not received by a loop"):
        await notification.ack()
    with pytest.raises(InvalidArgumentError, match="no receipt"):
        assert notification.receipt_id


def test_models_are_immutable() -> None:
    notification = parse_notification(body())
    with pytest.raises(AttributeError):
        notification.chat_id = "other"  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]  # frozen

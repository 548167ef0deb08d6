"""Fields, names and forms that are newer than the manual, in answers and notifications."""

from datetime import UTC, datetime
from typing import Any

import pytest

from greenapi_async import InstanceState, MessageStatus, SentMessage, parse_notification
from greenapi_async.serialization.converter import structure
from greenapi_async.serialization.decoders import list_of
from greenapi_async.types import (
    QR,
    Chat,
    ContactInfo,
    ForwardedMessages,
    HistoryCall,
    HistoryMessage,
    QRType,
    QueuedMessage,
    SentFile,
    StateInstance,
    StateInstanceRecord,
    WaSettings,
    WhatsappCheck,
)

MOMENT = datetime(2020, 4, 28, 16, 33, tzinfo=UTC)
ANNA = "79001234567@c.us"
CONTACT = {"firstName": "Anna"}


@pytest.mark.parametrize(
    ("kind", "given", "expected"),
    [
        (WaSettings, {"suspendedUntil": 1588091580}, {"suspended_until": MOMENT}),
        (WaSettings, {"yellowCardUntil": "1588091580"}, {"suspended_until": MOMENT}),
        (WaSettings, {"stateInstance": "suspended"}, {"state_instance": InstanceState.SUSPENDED}),
        (
            WaSettings,
            {"base64Avatar": "/9j/", "chatId": "1@lid", "historySyncProgress": "70", "logoutProcess": False},
            {"base64_avatar": "/9j/", "chat_id": "1@lid", "history_sync_progress": 70, "logout_process": False},
        ),
        (StateInstance, {"stateInstance": "pendingPassword"}, {"state_instance": InstanceState.PENDING_PASSWORD}),
        (StateInstanceRecord, {"phoneNumber": 79001234567}, {"phone_number": "79001234567"}),
        (StateInstanceRecord, {"phoneNumber": ANNA}, {"phone_number": ANNA}),
        (
            WhatsappCheck,
            {"existsWhatsapp": True, "chatId": "1@lid", "phoneNumber": ANNA, "username": "anna", "fromCache": False},
            {"chat_id": "1@lid", "phone_number": ANNA, "username": "anna", "from_cache": False},
        ),
        (WhatsappCheck, {"existsWhatsapp": True, "phoneNumber": ""}, {"phone_number": ""}),
        (Chat, {"id": "1@lid", "newChatId": "2@lid"}, {"id": "1@lid", "new_chat_id": "2@lid"}),
        (ContactInfo, {"messageexpiration": 0}, {"message_expiration": 0}),
        (ContactInfo, {"muteexpiration": 5}, {"mute_expiration": 5}),
        (HistoryMessage, {"chatType": "supergroup"}, {"chat_type": "supergroup"}),
        (HistoryCall, {"duration": 5.0}, {"duration": 5}),
        (QR, {"type": "PassKeyRequire"}, {"type": QRType.PASSKEY_REQUIRED}),
        (QR, {"type": "passkeyRequired"}, {"type": QRType.PASSKEY_REQUIRED}),
        (SentMessage, {"idMessage": None}, {"id_message": ""}),
        (SentFile, {"urlFile": "https://x"}, {"id_message": "", "url_file": "https://x"}),
        (ForwardedMessages, {"messages": ["A", None]}, {"messages": ["A"]}),
        (ForwardedMessages, {"messages": None}, {"messages": []}),
    ],
    ids=lambda value: value.__name__ if isinstance(value, type) else str(value)[:60],
)
def test_a_field_of_an_answer_is_read(kind: Any, given: dict[str, Any], expected: dict[str, Any]) -> None:
    answer = structure(kind, given)
    assert {name: getattr(answer, name) for name in expected} == expected
    assert answer.raw == given


@pytest.mark.parametrize("kind", [SentMessage, SentFile, ForwardedMessages])
@pytest.mark.parametrize("given", [{}, {"status": "ok"}])
def test_an_answer_to_a_send_without_any_known_field_is_no_answer(kind: type, given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="it has none of the fields"):
        structure(kind, given)


def test_the_queue_is_read_without_documented_fields() -> None:
    bodies: list[Any] = [
        {"chatId": ANNA, "contact": CONTACT},
        {"chatId": ANNA, "contact": {**CONTACT, "phoneContact": "unknown"}},
        {"chatId": ANNA, "message": "x", "typingTime": None, "archive": False, "customPreview": {"title": "T"}},
        {"archiveChat": True, "customPreview": None},
        None,
    ]
    with_number, without, text, archived, empty = [
        row.body for row in list_of(lambda: QueuedMessage)([{"type": "sendMessage", "body": body} for body in bodies])
    ]
    for body in (with_number, without):
        assert body is not None
        assert body.contact is not None
        assert (body.contact.phone_contact, body.contact.first_name, body.chat_id) == (None, "Anna", ANNA)
    assert text is not None
    assert text.custom_preview is not None
    assert (text.typing_time, text.archive, text.custom_preview.title) == (None, False, "T")
    assert archived is not None
    assert archived.archive is True
    assert empty is None


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ({"typeWebhook": "stateInstanceChanged", "stateInstance": "suspended"}, InstanceState.SUSPENDED),
        ({"typeWebhook": "stateInstanceChanged", "stateInstance": "yellowCard"}, InstanceState.YELLOW_CARD),
        ({"typeWebhook": "outgoingMessageStatus", "status": "suspended"}, MessageStatus.SUSPENDED),
        ({"typeWebhook": "outgoingMessageStatus", "status": "yellowCard"}, MessageStatus.YELLOW_CARD),
        ({"typeWebhook": "incomingCall", "isVideo": True}, True),
        ({"typeWebhook": "incomingMessageReceived", "senderData": {"senderPhoneNumber": 79001234567}}, 79001234567),
        ({"typeWebhook": "incomingMessageReceived", "senderData": {"senderPhoneNumber": 0}}, 0),
        ({"typeWebhook": "incomingMessageReceived", "senderData": {"chatType": "channel"}}, "channel"),
        ({"typeWebhook": "incomingMessageReceived", "senderData": {"senderType": "bot"}}, "bot"),
        ({"typeWebhook": "x", "instanceData": {"idInstance": 310000000001}}, 310000000001),
    ],
    ids=str,
)
def test_a_field_of_a_notification_is_read(body: dict[str, Any], expected: object) -> None:
    notification: Any = parse_notification(body)
    names = ("state_instance", "status", "is_video", "sender_phone_number", "chat_type", "sender_type", "id_instance")
    assert [found for name in names if (found := getattr(notification, name, None)) is not None] == [expected]


@pytest.mark.parametrize("kind", QRType)
def test_every_event_of_the_sign_in_says_what_to_do(kind: QRType) -> None:
    assert bool(structure(QR, {"type": kind.value}).advice) is (kind is not QRType.ACCOUNT_DATA)
    assert structure(QR, {"type": "somethingNew"}).advice == ""

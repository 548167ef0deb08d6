"""The manual's contradictions that concern parsing; each test has the number of the quirk.

Quirks 22 (retries), 23 and 24 (webhooks), 26 (the QR code's websocket) and 30 (a rate limit) are tested elsewhere.
"""

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest
import respx

from greenapi_async import (
    CallStatus,
    Client,
    ContactsArrayMessage,
    DeviceInfo,
    IncomingCall,
    InvalidArgumentError,
    ListMessage,
    ListResponseMessage,
    LocationMessage,
    Message,
    MessageNotification,
    OutgoingCall,
    OutgoingMessageStatus,
    PollMessage,
    PollUpdateMessage,
    QuotaExceeded,
    QuotaExceededError,
    RefusedError,
    Retry,
    StatusInstanceChanged,
    TemplateButtonsReplyMessage,
    TextMessage,
    UnknownMessage,
    UnknownNotification,
    chat_id,
    parse_notification,
    unknown_fields,
)
from greenapi_async.serialization.journals import message_row
from greenapi_async.types import HistoryBlock, ServiceError, SocketState

from .samples import sample

ANNA = "11001234567@c.us"
GROUP = "120363043968066561@g.us"
ID = "BAE5F4886F6F2D05"
MOMENT = datetime(2020, 4, 28, 16, 33, tzinfo=UTC)


class Server:
    """Server with one fixed answer."""

    def __init__(self) -> None:
        self.content = b""
        self.status = 200
        self.requests: list[httpx.Request] = []

    def answers(self, value: Any, status: int = 200) -> None:
        self.content, self.status = json.dumps(value).encode(), status

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        return httpx.Response(self.status, content=self.content)


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
async def client(server: Server) -> AsyncIterator[Client]:
    with respx.mock(assert_all_called=False) as wire:
        wire.route().mock(side_effect=server)
        async with Client(1101000001, "token", rate_limiter=None, retry=Retry(repeats=0)) as client:
            yield client


def message_of(content: dict[str, Any], **fields: Any) -> Message:
    """Parse a message inside a notification, and check that no field is unknown."""
    body = {"typeWebhook": "incomingMessageReceived", "messageData": content, **fields}
    notification = parse_notification(body)
    assert isinstance(notification, MessageNotification), notification
    assert unknown_fields(body) == []
    return notification.message


@pytest.mark.anyio
async def test_quirk_01_paths(client: Client, server: Server) -> None:
    server.answers({"saveSettings": True, "isCleared": True, "leaveGroup": True})
    await client.set_settings(incoming_webhook=True)
    await client.clear_messages_queue()
    await client.leave_group(GROUP)
    await client.delete_status(ID)
    methods = ["setSettings", "clearMessagesQueue", "leaveGroup", "deleteStatus"]
    assert [request.url.path for request in server.requests] == [
        f"/waInstance1101000001/{name}/token" for name in methods
    ]


@pytest.mark.parametrize("number", [1101000001, "1101000001"])
@pytest.mark.parametrize("timestamp", [1588091580, "1588091580", 1588091580.0, "1588091580.0", 1588091580000])
def test_quirk_02_numbers_as_strings(number: object, timestamp: object) -> None:
    body = {"typeWebhook": "incomingMessageReceived", "instanceData": {"idInstance": number}, "timestamp": timestamp}
    notification = parse_notification(body)
    assert (notification.id_instance, notification.timestamp) == (1101000001, MOMENT)


LIST = {"contentText": "Choose", "buttonText": "Open", "sections": [{"title": "First"}]}
REPLY = {"stanzaId": ID, "selectedIndex": "2", "selectedId": "b", "selectedDisplayText": "Yes"}


@pytest.mark.parametrize(
    ("word", "name", "fields", "kind"),
    [
        ("locationMessage", "locationMessageData", {"latitude": 5.5}, LocationMessage),
        ("LocationMessage", "locationMessageData", {"latitude": 5.5}, LocationMessage),
        ("LocationMessage", "LocationMessageData", {"latitude": 5.5}, LocationMessage),
        ("listMessage", "listMessage", LIST, ListMessage),
        ("ListMessage", "ListMessage", LIST, ListMessage),
        ("listMessage", "ListMessage", LIST, ListMessage),
        ("listResponseMessage", "listResponseMessage", {"stanzaId": ID, "title": "2"}, ListResponseMessage),
        ("ListResponseMessage", "listResponseMessage", {"stanzaId": ID, "title": "2"}, ListResponseMessage),
        ("ListResponseMessage", "ListResponseMessage", {"stanzaId": ID, "title": "2"}, ListResponseMessage),
        ("templateButtonReplyMessage", "templateButtonReplyMessage", REPLY, TemplateButtonsReplyMessage),
        ("templateButtonsReplyMessage", "templateButtonReplyMessage", REPLY, TemplateButtonsReplyMessage),
        ("templateButtonReplyMessage", "templateButtonsReplyMessage", REPLY, TemplateButtonsReplyMessage),
        ("templateButtonsReplyMessage", "templateButtonsReplyMessage", REPLY, TemplateButtonsReplyMessage),
    ],
)
def test_quirk_03_spellings_of_types(word: str, name: str, fields: dict[str, Any], kind: type[Message]) -> None:
    message = message_of({"typeMessage": word, name: fields})
    assert type(message) is kind
    assert message.type_message == word
    match message:
        case LocationMessage(latitude=found):
            assert found == 5.5
        case ListMessage():
            assert (message.text, message.button_text, len(message.sections or [])) == ("Choose", "Open", 1)
        case ListResponseMessage():
            assert (message.text, message.stanza_id) == ("2", ID)
        case TemplateButtonsReplyMessage():
            assert (message.text, message.selected_index, message.stanza_id) == ("Yes", 2, ID)
        case _:
            pytest.fail("another class")


def test_quirk_04_spellings_of_states() -> None:
    for word in ("online", "onLine", "OnLine"):
        notification = parse_notification({"typeWebhook": "statusInstanceChanged", "statusInstance": word})
        assert isinstance(notification, StatusInstanceChanged)
        assert notification.status_instance is SocketState.ONLINE
        assert notification.raw["statusInstance"] == word
    for word in ("hangUp", "hungUp"):
        for name, kind in (("incomingCall", IncomingCall), ("outgoingCall", OutgoingCall)):
            call = parse_notification({"typeWebhook": name, "status": word})
            assert type(call) is kind
            assert isinstance(call, IncomingCall | OutgoingCall)
            assert call.status is CallStatus.HANG_UP


FLAGS = {"isForwarded": True, "forwardingScore": 4}


@pytest.mark.parametrize(
    ("word", "name"),
    [
        ("textMessage", "textMessageData"),
        ("extendedTextMessage", "extendedTextMessageData"),
        ("imageMessage", "fileMessageData"),
        ("locationMessage", "locationMessageData"),
        ("contactMessage", "contactMessageData"),
        ("contactsArrayMessage", "messageData"),
        ("buttonsMessage", "buttonsMessage"),
        ("ListMessage", "ListMessage"),
        ("templateMessage", "templateMessage"),
    ],
)
def test_quirk_05_flags_inside_or_outside(word: str, name: str) -> None:
    inside = message_of({"typeMessage": word, name: FLAGS})
    outside = message_of({"typeMessage": word, name: {}, **FLAGS})
    assert inside == outside
    assert (inside.is_forwarded, inside.forwarding_score) == (True, 4)


@pytest.mark.parametrize("word", ["pollMessage", "pollUpdateMessage"])
def test_quirk_05_multiple_answers_inside_or_outside(word: str) -> None:
    poll = {"name": "Which?"}
    inside = message_of({"typeMessage": word, "pollMessageData": poll | {"multipleAnswers": True}})
    outside = message_of({"typeMessage": word, "pollMessageData": poll, "multipleAnswers": True})
    assert inside == outside
    assert isinstance(inside, PollMessage | PollUpdateMessage)
    assert (inside.name, inside.multiple_answers) == ("Which?", True)


def test_quirk_06_quotes_inside_or_outside() -> None:
    answer = {"typeMessage": "contactMessage", "contactMessageData": {"displayName": "Lena"}}
    quote = {
        "quotedMessage": {"stanzaId": ID, "participant": ANNA, "typeMessage": "textMessage", "textMessage": "Who?"}
    }
    inside, outside = message_of(answer | quote), message_of(answer, **quote)
    assert inside == outside
    assert inside.quoted == TextMessage(type_message="textMessage", stanza_id=ID, participant=ANNA, text="Who?")


def test_quirk_07_contacts_one_level_deeper() -> None:
    contacts = {"contacts": [{"displayName": "Anna", "vcard": "BEGIN:VCARD"}, {"displayName": "Lena"}]}
    table = message_of({"typeMessage": "contactsArrayMessage", **contacts})
    example = message_of({"typeMessage": "contactsArrayMessage", "messageData": contacts})
    assert table == example
    assert isinstance(table, ContactsArrayMessage)
    assert [contact.display_name for contact in table.contacts or []] == ["Anna", "Lena"]


LINK = {"text": "See https://green-api.com", "title": "Green API", "isForwarded": False}
FILE = {"downloadUrl": "https://x/y.jpg", "caption": "Look", "fileName": "y.jpg", "mimeType": "image/jpeg", **FLAGS}
PLACE = {"nameLocation": "Cafe", "latitude": 51.128, "longitude": 71.43, **FLAGS}
CARD = {"displayName": "Lena", "vcard": "BEGIN:VCARD", **FLAGS}
POLL = {"name": "Which?", "options": [{"optionName": "This"}], "multipleAnswers": True}
ANSWER = {"text": "This one", "stanzaId": ID, "participant": ANNA}


@pytest.mark.parametrize(
    ("word", "nested", "flat"),
    [
        ("textMessage", {"textMessageData": {"textMessage": "Hello"}}, {"textMessage": "Hello"}),
        ("extendedTextMessage", {"extendedTextMessageData": LINK}, {"extendedTextMessage": LINK}),
        ("quotedMessage", {"extendedTextMessageData": ANSWER}, {"extendedTextMessage": ANSWER}),
        ("reactionMessage", {"extendedTextMessageData": {"text": "+"}}, {"extendedTextMessageData": {"text": "+"}}),
        ("imageMessage", {"fileMessageData": FILE}, FILE),
        ("videoMessage", {"fileMessageData": FILE}, FILE),
        ("documentMessage", {"fileMessageData": FILE}, FILE),
        ("audioMessage", {"fileMessageData": FILE}, FILE),
        ("stickerMessage", {"fileMessageData": FILE}, FILE),
        ("locationMessage", {"locationMessageData": PLACE}, {"location": PLACE}),
        ("contactMessage", {"contactMessageData": CARD}, {"contact": CARD}),
        ("pollMessage", {"pollMessageData": POLL}, {"pollMessageData": POLL}),
    ],
)
def test_quirk_08_one_class_from_every_shape(word: str, nested: dict[str, Any], flat: dict[str, Any]) -> None:
    message = message_of({"typeMessage": word, **nested})
    row = message_row({"type": "incoming", "idMessage": ID, "typeMessage": word, "chatId": ANNA, **flat})
    quoting = message_of({"typeMessage": "quotedMessage", "quotedMessage": {"typeMessage": word, **flat}})
    assert type(message) is type(row.message) is type(quoting.quoted)
    assert message == row.message == quoting.quoted
    assert message.text == row.text
    assert not isinstance(message, UnknownMessage)


@pytest.mark.parametrize("name", ["notifications/37", "notifications/38"])
def test_quirk_08_a_quote_without_a_type(name: str) -> None:
    body = sample(name)
    quoted = message_of(body["messageData"]).quoted
    assert type(quoted) is UnknownMessage
    assert (quoted.type_message, quoted.participant) == (None, "79001234568@c.us")
    assert quoted.stanza_id == body["messageData"]["quotedMessage"]["stanzaId"]


@pytest.mark.parametrize("missing", ["chatName", "senderContactName", "senderName", "sender", "chatId"])
def test_quirk_09_names_may_be_missing(missing: str) -> None:
    body = sample("notifications/03")
    del body["senderData"][missing]
    notification = parse_notification(body)
    assert isinstance(notification, MessageNotification)
    found = (
        notification.chat_name,
        notification.sender_contact_name,
        notification.sender_name,
        notification.sender,
        notification.chat_id,
    )
    assert found.count("" if missing in {"sender", "chatId"} else None) == 1
    assert sum(map(bool, found)) == 4


def test_quirk_10_any_field_may_be_missing() -> None:
    quota = parse_notification(sample("notifications/59"))
    assert isinstance(quota, QuotaExceeded)
    assert quota.timestamp is None
    assert quota.quota_data is not None
    assert (quota.quota_data.used, quota.quota_data.total) == (3, 3)
    avatar, device = parse_notification(sample("notifications/55")), parse_notification(sample("beyond/06"))
    assert isinstance(avatar, DeviceInfo)
    assert isinstance(device, DeviceInfo)
    assert avatar.avatar_info is not None
    assert (avatar.avatar_info.chat_id, avatar.device_data) == ("79001234560@c.us", None)
    assert device.device_data is not None
    assert (device.device_data.platform, device.avatar_info) == ("android", None)


WEBHOOKS = """
    incomingMessageReceived outgoingMessageReceived outgoingAPIMessageReceived outgoingMessageStatus
    stateInstanceChanged statusInstanceChanged deviceInfo incomingCall outgoingCall incomingBlock quotaExceeded
    avatarInfo
"""


@pytest.mark.parametrize("word", WEBHOOKS.split())
def test_quirk_10_nothing_but_the_type_is_needed(word: str) -> None:
    notification = parse_notification({"typeWebhook": word})
    assert type(notification).__name__ == word[0].upper() + word[1:]
    assert (notification.timestamp, notification.text) == (None, None)
    assert not notification.chat_id


@pytest.mark.anyio
@pytest.mark.parametrize("ending", ["", "ed"])
@pytest.mark.parametrize("socket", ["statusInstanceWebhook", "statusInstanceChangedWebhook"])
async def test_quirk_11_names_of_settings(client: Client, server: Server, ending: str, socket: str) -> None:
    marking = f"markIncomingMessagesRead{ending}"
    server.answers({marking: "yes", f"{marking}OnReply": "no", socket: "yes", "saveSettings": True})
    settings = await client.get_settings()
    assert settings.mark_incoming_messages_readed is True
    assert settings.mark_incoming_messages_readed_on_reply is False
    assert settings.status_instance_webhook is True
    await client.set_settings(mark_incoming_messages_readed=True, status_instance_webhook=False)
    sent = json.loads(server.requests[-1].content)
    assert sent == {"markIncomingMessagesReaded": "yes", "statusInstanceWebhook": "no"}


@pytest.mark.anyio
async def test_quirk_12_switches_are_words(client: Client, server: Server) -> None:
    server.answers({"incomingWebhook": "yes", "outgoingWebhook": "no", "stateWebhook": True, "newSetting": "maybe"})
    settings = await client.get_settings()
    assert (settings.incoming_webhook, settings.outgoing_webhook, settings.state_webhook) == (True, False, True)
    assert settings.raw["newSetting"] == "maybe"


@pytest.mark.anyio
async def test_quirk_13_null_is_none(client: Client, server: Server) -> None:
    server.answers(None)
    assert await client.get_state_instance() is None
    assert await client.receive_notification() is None


@pytest.mark.anyio
@pytest.mark.parametrize("content", [b"", b"null", b"{}"])
async def test_quirk_14_an_empty_body_is_an_answer(client: Client, server: Server, content: bytes) -> None:
    server.content = content
    await client.delete_message(ANNA, ID)
    await client.archive_chat(ANNA)
    await client.unarchive_chat(ANNA)
    await client.delete_status(ID)
    assert len(server.requests) == 4


@pytest.mark.anyio
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"addParticipant": False}, "false"),
        ({"addParticipant": False, "reason": "rate-overlimit"}, "rate-overlimit"),
        ({"addParticipant": False, "reason": "Timed Out"}, "Timed Out"),
        ("Error: forbidden", "Error: forbidden"),
        ("Error: item-not-found", "Error: item-not-found"),
        ("participant not found", "participant not found"),
    ],
)
async def test_quirk_15_errors_with_status_200(client: Client, server: Server, answer: Any, reason: str) -> None:
    server.answers(answer)
    with pytest.raises(RefusedError) as raised:
        await client.add_group_participant(GROUP, ANNA)
    assert reason in raised.value.reason


@pytest.mark.anyio
async def test_quirk_16_false_can_be_a_valid_answer(client: Client, server: Server) -> None:
    server.answers({"result": False, "reason": ""})
    assert (await client.delete_notification(5)).result is False
    server.answers({"available": False, "urlAvatar": ""})
    assert (await client.get_avatar(ANNA)).available is False


@pytest.mark.anyio
@pytest.mark.parametrize("word", ["QUOTE_EXCEEDED", "CORRESPONDENTS_QUOTE_EXCEEDED", "CORRESPONDENTS_QUOTA_EXCEEDED"])
async def test_quirk_17_quotas(client: Client, server: Server, word: str) -> None:
    part = {"method": "sendMessage", "used": 3, "total": "3", "status": word, "description": "Monthly quota"}
    for invoke, correspondents in ((part, None), (None, part), (part, part)):
        parts = {"invokeStatus": invoke, "correspondentsStatus": correspondents}
        server.answers({name: value for name, value in parts.items() if value}, 466)
        with pytest.raises(QuotaExceededError) as raised:
            await client.send_message(ANNA, "Hello")
        for read, given in ((raised.value.invoke, invoke), (raised.value.correspondents, correspondents)):
            assert (read and (read.used, read.total, read.status)) == (given and (3, 3, word))
    server.answers({"receiptId": 7, "body": {"typeWebhook": "x"}, "correspondentsStatus": part}, 466)
    received = await client.receive_notification()
    assert received is not None
    assert (received.receipt_id, received.body) == (7, {"typeWebhook": "x"})


@pytest.mark.anyio
@pytest.mark.parametrize("latitude", [44.93, "44.93"])
@pytest.mark.parametrize("ids", ["messagesIDs", "messagesIds"])
async def test_quirk_18_the_queue(client: Client, server: Server, latitude: object, ids: str) -> None:
    server.answers(
        [
            {"messageID": ID, "type": "sendLocation", "body": {"chatId": ANNA, "latitude": latitude}},
            {ids: [ID], "type": "ForwardMessages", "body": {"chatId": ANNA}},
        ]
    )
    one, several = await client.show_messages_queue()
    assert one.body is not None
    assert (one.message_id, one.body.latitude, several.messages_ids) == (ID, 44.93, [ID])


@pytest.mark.anyio
async def test_quirk_19_a_block_without_an_id(client: Client, server: Server) -> None:
    server.answers(sample("journals/21"))
    rows = await client.last_incoming_messages()
    (block,) = [row for row in rows if isinstance(row, HistoryBlock)]
    assert (block.id_message, block.chat_state, block.type_message) == (None, "blocked", "incomingBlock")
    assert len(rows) == 12


@pytest.mark.anyio
@pytest.mark.parametrize("given", [ANNA, [ANNA]])
async def test_quirk_20_participants_of_a_statistic(client: Client, server: Server, given: object) -> None:
    server.answers([{"participant": given, "timestamp": 1588091580, "status": "read"}])
    (row,) = await client.get_status_statistic(ID)
    assert (row.participant, row.timestamp) == (ANNA, MOMENT)


@pytest.mark.anyio
@pytest.mark.parametrize("flag", ["leaveGroup", "removeAdmin"])
async def test_quirk_21_two_words_for_leaving(client: Client, server: Server, flag: str) -> None:
    server.answers({flag: True})
    left = await client.leave_group(GROUP)
    assert (left.leave_group, left.remove_admin) == ((True, None) if flag == "leaveGroup" else (None, True))


@pytest.mark.parametrize(
    ("name", "marker"),
    [
        ("notifications/09", ServiceError.SWE001),
        ("notifications/10", ServiceError.SWE002),
        ("notifications/11", ServiceError.SWE003),
        ("notifications/12", ServiceError.SWE999),
        ("notifications/53", ServiceError.SWE004),
        ("notifications/03", None),
    ],
)
def test_quirk_25_markers_replace_missing_content(name: str, marker: ServiceError | None) -> None:
    notification = parse_notification(sample(name))
    assert notification.service_error is marker
    if isinstance(notification, MessageNotification):
        assert notification.message.service_error is marker
    else:
        assert isinstance(notification, OutgoingMessageStatus)
    assert marker is None or marker.advice


@pytest.mark.anyio
async def test_quirk_27_a_too_short_id_is_rejected(client: Client, server: Server) -> None:
    with pytest.raises(InvalidArgumentError, match="at least 16 characters"):
        await client.send_message(ANNA, "Hello", quoted_message_id="BAE5")
    assert server.requests == []


@pytest.mark.anyio
async def test_quirk_28_lookalike_letters_are_named(client: Client, server: Server) -> None:
    cyrillic = "11001234567@\u0441.us"
    sentence = r"character 13, 'с' \(CYRILLIC SMALL LETTER ES\), is not Latin"
    with pytest.raises(InvalidArgumentError, match=sentence):
        chat_id(cyrillic)
    with pytest.raises(InvalidArgumentError, match=sentence):
        await client.send_message(cyrillic, "Hello")
    assert server.requests == []
    notification = parse_notification({"typeWebhook": "incomingBlock", "chatId": cyrillic})
    assert notification.chat_id == cyrillic, "received values are not validated"


@pytest.mark.anyio
async def test_quirk_29_counts_are_in_the_query(client: Client, server: Server) -> None:
    server.answers([])
    await client.last_incoming_messages(minutes=5)
    await client.last_outgoing_messages(minutes=5)
    assert [(str(request.url.params), request.content) for request in server.requests] == [("minutes=5", b"")] * 2


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"typeWebhook": "newWebhook", "newField": {"a": [1]}}, "newWebhook"),
        ({"typeWebhook": "stateInstanceChanged", "stateInstance": "new", "newField": 1}, "stateInstanceChanged"),
        ({"typeWebhook": "incomingMessageReceived", "messageData": {"typeMessage": "new", "x": {}}}, "incoming"),
    ],
)
def test_unknown_content_never_raises_and_is_kept(body: dict[str, Any], words: str) -> None:
    notification = parse_notification(body)
    assert notification.raw == body
    assert (notification.type_webhook or "").startswith(words)
    assert isinstance(notification, UnknownNotification) == (words == "newWebhook")
    if isinstance(notification, MessageNotification):
        assert isinstance(notification.message, UnknownMessage)
        assert notification.message.raw == body["messageData"]

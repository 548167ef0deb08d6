import pytest

from greenapi_async.sandbox import Instance, ManualClock

CHAT = "79001234568@c.us"
GROUP = "120363043968066561@g.us"


def test_a_contact_writes_a_text_as_in_the_manual(instance: Instance, clock: ManualClock) -> None:
    id_message = instance.contact_writes(CHAT, "Привет", sender_name="Иван", contact_name="Иван Васильевич")
    assert instance.notifications.bodies() == [
        {
            "typeWebhook": "incomingMessageReceived",
            "instanceData": {"idInstance": 1101000001, "wid": "79876543210@c.us", "typeInstance": "whatsapp"},
            "timestamp": int(clock.now),
            "idMessage": id_message,
            "senderData": {
                "chatId": CHAT,
                "sender": CHAT,
                "chatName": "Иван Васильевич",
                "senderName": "Иван",
                "senderContactName": "Иван Васильевич",
            },
            "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "Привет"}},
        }
    ]


def test_a_text_with_a_link_is_an_extended_text(instance: Instance) -> None:
    instance.contact_writes(CHAT, "see https://green-api.com/docs")
    [body] = instance.notifications.bodies()
    assert body["messageData"] == {
        "typeMessage": "extendedTextMessage",
        "extendedTextMessageData": {
            "text": "see https://green-api.com/docs",
            "description": "",
            "title": "",
            "jpegThumbnail": "",
            "forwardingScore": 0,
            "isForwarded": False,
        },
    }


def test_a_quote_contains_the_quoted_message(instance: Instance) -> None:
    quoted = instance.phone_writes(CHAT, "Привет")
    instance.contact_writes(CHAT, "Это", quoted_message_id=quoted)
    source = {"stanzaId": quoted, "participant": instance.wid}
    assert instance.notifications.bodies()[-1]["messageData"] == {
        "typeMessage": "quotedMessage",
        "extendedTextMessageData": {"text": "Это", **source},
        "quotedMessage": {**source, "typeMessage": "textMessage", "textMessage": "Привет"},
    }


def test_a_quoted_link_has_the_shape_of_the_manual(instance: Instance) -> None:
    quoted = instance.contact_writes(CHAT, "https://a.b")
    instance.contact_writes(CHAT, "Hello", quoted_message_id=quoted)
    assert instance.notifications.bodies()[-1]["messageData"]["quotedMessage"] == {
        "stanzaId": quoted,
        "participant": CHAT,
        "typeMessage": "extendedTextMessage",
        "textMessage": "https://a.b",
        "extendedTextMessage": {"description": "", "title": "", "previewType": "None", "jpegThumbnail": None},
    }


def test_in_a_group_the_sender_is_a_member(instance: Instance) -> None:
    instance.contact_writes(GROUP, "hi", sender="79005550000@c.us", sender_name="Пётр")
    [body] = instance.notifications.bodies()
    assert body["senderData"]["chatId"] == GROUP
    assert body["senderData"]["sender"] == "79005550000@c.us"


def test_a_contact_keeps_its_name(instance: Instance) -> None:
    instance.contact_writes(CHAT, "one", sender_name="Иван")
    instance.contact_writes(CHAT, "two")
    assert instance.notifications.bodies()[-1]["senderData"]["senderName"] == "Иван"


def test_nothing_is_reported_without_incoming_webhook(instance: Instance) -> None:
    instance.settings["incomingWebhook"] = "no"
    instance.contact_writes(CHAT, "hi")
    assert instance.notifications.bodies() == []
    assert [message.text for message in instance.chat(CHAT)] == ["hi"]


def test_an_unlinked_instance_reports_nothing(instance: Instance) -> None:
    instance.settings["stateWebhook"] = "no"
    instance.set_state("notAuthorized")
    instance.contact_writes(CHAT, "hi")
    assert instance.notifications.bodies() == []


def test_messages_from_the_phone_are_reported_with_their_statuses(instance: Instance) -> None:
    instance.phone_writes(CHAT, "from the phone")
    reported, sent, delivered = instance.notifications.bodies()
    assert reported["typeWebhook"] == "outgoingMessageReceived"
    assert reported["senderData"]["sender"] == instance.wid
    assert [sent["status"], delivered["status"]] == ["sent", "delivered"]
    assert sent["sendByApi"] is delivered["sendByApi"] is False


def test_statuses_of_phone_messages_need_both_settings(instance: Instance) -> None:
    instance.settings["outgoingMessageWebhook"] = "no"
    instance.phone_writes(CHAT, "from the phone")
    assert instance.notifications.bodies() == []


def test_reading_a_chat_reports_each_message_once(instance: Instance) -> None:
    ids = [instance.phone_writes(CHAT, text) for text in ("one", "two")]
    assert instance.contact_reads(CHAT) == ids
    assert [body["status"] for body in instance.notifications.bodies()[-2:]] == ["read", "read"]
    assert instance.contact_reads(CHAT) == []


@pytest.mark.parametrize(
    ("chat_id", "text", "quoted", "sentence"),
    [
        ("7900@с.us", "hi", None, "'chatId' must be one of"),
        (CHAT, "", None, "'text' is not allowed to be empty"),
        (CHAT, "hi", "F7AEC1B7086ECDC7", "'quotedMessageId' must be the id of a message in this chat"),
    ],
)
def test_invalid_messages_are_rejected(
    instance: Instance, chat_id: str, text: str, quoted: str | None, sentence: str
) -> None:
    with pytest.raises(ValueError, match=sentence):
        instance.contact_writes(chat_id, text, quoted_message_id=quoted)

from typing import Any

import pytest

from greenapi_async.sandbox import Instance, ManualClock, Sandbox
from greenapi_async.sandbox.simulation.content import TextContent

CHAT = "79001234567@c.us"


def send(instance: Instance, text: str, chat_id: str = CHAT, **more: Any) -> str:
    return instance.outbox.send("sendMessage", {"chatId": chat_id, "message": text, **more}, TextContent(text))


def texts(instance: Instance) -> list[str]:
    return [message.text for message in instance.chat(CHAT)]


def statuses(instance: Instance) -> list[str]:
    return [
        body["status"] for body in instance.notifications.bodies() if body["typeWebhook"] == "outgoingMessageStatus"
    ]


def test_the_first_message_is_sent_at_once(instance: Instance) -> None:
    send(instance, "one")
    assert texts(instance) == ["one"]


def test_the_delay_starts_at_the_previous_send(instance: Instance, clock: ManualClock) -> None:
    start = clock.now
    for text in ("one", "two", "three"):
        send(instance, text)
    assert instance.timeline.next_event_at() == start + 0.5
    clock.advance(0.4)
    assert texts(instance) == ["one"]
    clock.advance(0.1)
    assert texts(instance) == ["one", "two"]
    assert instance.timeline.next_event_at() == start + 1.0


def test_settling_late_keeps_the_time_of_each_send(instance: Instance, clock: ManualClock) -> None:
    instance.settings["delaySendMessagesMilliseconds"] = 10_000
    start = int(clock.now)
    for text in ("one", "two", "three"):
        send(instance, text)
    clock.advance(3600)
    assert [message.timestamp for message in instance.chat(CHAT)] == [start, start + 10, start + 20]


def test_a_shorter_delay_does_not_send_into_the_past(instance: Instance, clock: ManualClock) -> None:
    instance.settings["delaySendMessagesMilliseconds"] = 10_000
    start = int(clock.now)
    send(instance, "one")
    send(instance, "two")
    clock.advance(5)
    instance.lifecycle.save_settings({"delaySendMessagesMilliseconds": 500})
    assert [message.timestamp for message in instance.chat(CHAT)] == [start, start + 5]


def test_an_unauthorized_instance_keeps_its_messages_until_it_is_authorized(
    instance: Instance, clock: ManualClock
) -> None:
    instance.set_state("notAuthorized")
    send(instance, "one")
    clock.advance(60)
    assert texts(instance) == []
    assert instance.timeline.next_event_at() is None
    instance.set_state("authorized")
    assert texts(instance) == ["one"]
    assert instance.chat(CHAT)[0].timestamp == int(clock.now)


def test_a_message_is_kept_for_a_day(instance: Instance, clock: ManualClock) -> None:
    instance.set_state("notAuthorized")
    send(instance, "old")
    clock.advance(43_200)
    send(instance, "young")
    clock.advance(43_201)
    instance.set_state("authorized")
    assert texts(instance) == ["young"]


def test_a_sent_message_is_reported_as_in_the_manual(instance: Instance, clock: ManualClock) -> None:
    instance.settings["outgoingAPIMessageWebhook"] = "yes"
    id_message = send(instance, "hello")
    who = {"idInstance": 1101000001, "wid": "79876543210@c.us", "typeInstance": "whatsapp"}
    reported, sent, delivered = instance.notifications.bodies()
    assert reported == {
        "typeWebhook": "outgoingAPIMessageReceived",
        "instanceData": who,
        "timestamp": int(clock.now),
        "idMessage": id_message,
        "senderData": {
            "chatId": CHAT,
            "sender": "79876543210@c.us",
            "chatName": "79001234567",
            "senderName": "Иван",
            "senderContactName": "",
        },
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hello"}},
    }
    assert sent == {
        "typeWebhook": "outgoingMessageStatus",
        "chatId": CHAT,
        "instanceData": who,
        "timestamp": int(clock.now),
        "idMessage": id_message,
        "status": "sent",
        "sendByApi": True,
    }
    assert delivered == {**sent, "status": "delivered"}


def test_without_outgoing_webhook_there_are_no_statuses(instance: Instance) -> None:
    instance.settings["outgoingWebhook"] = "no"
    send(instance, "hello")
    assert instance.notifications.bodies() == []
    assert instance.chat(CHAT)[0].status == "delivered"


def test_no_account_is_reported_regardless_of_settings(instance: Instance) -> None:
    instance.settings |= {"outgoingWebhook": "no", "outgoingAPIMessageWebhook": "yes"}
    instance.people.no_account.add(CHAT)
    send(instance, "hello")
    assert statuses(instance) == ["noAccount"]
    assert len(instance.notifications) == 1
    assert texts(instance) == []


def test_a_message_to_oneself_is_sent_and_not_delivered(instance: Instance) -> None:
    send(instance, "note", chat_id=instance.wid)
    assert statuses(instance) == ["sent"]


def test_a_message_with_a_wrong_quote_never_arrives(instance: Instance) -> None:
    send(instance, "answer", quotedMessageId="3EB0000000000000")
    assert texts(instance) == []
    assert statuses(instance) == ["sent"]


def test_a_message_can_quote_a_queued_one(instance: Instance, clock: ManualClock) -> None:
    send(instance, "one")
    quoted = send(instance, "two")
    send(instance, "three", quotedMessageId=quoted)
    clock.advance(1)
    assert texts(instance) == ["one", "two", "three"]


def test_message_ids_are_the_same_for_the_same_seed() -> None:
    def ids(seed: int) -> list[str]:
        instance = Sandbox(ManualClock(), seed=seed).add_instance()
        return [send(instance, "x") for _ in range(3)]

    assert ids(7) == ids(7) != ids(8)
    assert len(set(ids(7))) == 3
    assert all(one.startswith("3EB0") and len(one) == 20 for one in ids(7))


@pytest.mark.parametrize("state", ["yellowCard", "blocked", "sleepMode", "starting"])
def test_messages_are_sent_only_while_authorized(instance: Instance, state: Any) -> None:
    instance.set_state(state)
    send(instance, "hello")
    assert texts(instance) == []
    assert len(instance.outbox) == 1

"""Ids of messages of MAX and Telegram are unique within one chat only: none is lost, none is sent twice."""

from datetime import timedelta
from typing import Any

import anyio
import pytest

from greenapi_async import Client, DeliveryUnknownError, MemoryInbox, Retry
from greenapi_async.inbox.outbox_memory import MemoryOutbox
from greenapi_async.models.receiving import ReceivedNotification
from greenapi_async.polling.deduplication import received_entry
from greenapi_async.sandbox import Fault
from greenapi_async.testing import Sandbox

pytestmark = [pytest.mark.anyio, pytest.mark.sandbox(messenger="telegram")]


def body(chat_id: str, **fields: Any) -> dict[str, Any]:
    return {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 4100000001, "typeInstance": "telegram"},
        "timestamp": 1769676078,
        "idMessage": "1769676078001",
        "senderData": {"chatId": chat_id, "sender": "1"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "Hello"}},
        **fields,
    }


async def test_equal_ids_of_two_chats_are_two_messages() -> None:
    inbox = MemoryInbox()
    for chat_id, is_new in (("1", True), ("2", True), ("1", False)):
        received = ReceivedNotification(receipt_id=1, body=body(chat_id))
        assert await inbox.put(received_entry(4100000001, received)) is is_new


async def test_a_recovered_message_is_recognised_in_its_chat_only(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    first, second = await anna.says("one"), await boris.says("two")
    assert first.id == second.id
    inbox, client = MemoryInbox(clock=sandbox.clock), sandbox.client
    received = await client.receive_notification()
    assert received is not None
    await inbox.put(received_entry(client.id_instance, received))
    await anyio.sleep(1)
    recovered = await client.recover(inbox, since=timedelta(minutes=1))
    assert (recovered.found, recovered.stored, recovered.known) == (2, 1, 1)
    *_, entry = await inbox.waiting({client.id_instance}, 0, 9)
    assert '"typeInstance": "telegram"' in entry.body
    assert boris.id in entry.body


class TestOnce:
    """``send_message(..., once=key)`` to chats in which messages have equal ids."""

    @pytest.fixture
    def client(self, sandbox: Sandbox) -> Client:
        sandbox.instance.settings["delaySendMessagesMilliseconds"] = 0
        return sandbox.connect(outbox=MemoryOutbox(clock=sandbox.clock), retry=Retry(repeats=0))

    async def test_the_message_to_another_chat_is_not_taken_for_this_one(
        self, sandbox: Sandbox, client: Client
    ) -> None:
        anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
        first = await client.send_message(anna.id, "Hello", once="a")
        sandbox.instance.fail("sendMessage", Fault(status=502, after_effect=True))
        second = await client.send_message(boris.id, "Hello", once="b")
        assert first.id_message == second.id_message
        assert [len(person.chat) for person in (anna, boris)] == [1, 1]
        assert (await client.send_message(boris.id, "Hello", once="b")).id_message == second.id_message
        assert len(boris.chat) == 1

    async def test_a_message_to_a_phone_number_is_found(self, sandbox: Sandbox, client: Client) -> None:
        anna = sandbox.contact("79001234567")
        sandbox.instance.fail("sendMessage", Fault(status=502, after_effect=True))
        found = await client.send_message("79001234567@c.us", "Hello", once="a")
        assert [message.id for message in anna.chat] == [found.id_message]

    async def test_a_message_that_was_not_sent_is_sent(self, sandbox: Sandbox, client: Client) -> None:
        anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
        await client.send_message("79001234568@c.us", "Hello", once="b")
        await anyio.sleep(2)
        sandbox.instance.fail("sendMessage", Fault(status=502))
        await client.send_message("79001234567@c.us", "Hello", once="a")
        assert [len(person.chat) for person in (anna, boris)] == [1, 1]

    async def test_doubt_is_raised_and_nothing_sent(self, sandbox: Sandbox, client: Client) -> None:
        """Two phone numbers, one id: the journal names the chats by numbers, so nobody knows whose message it is."""
        anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
        await client.send_message("79001234568@c.us", "Hello", once="b")
        sandbox.instance.fail("sendMessage", Fault(status=502, after_effect=True))
        with pytest.raises(DeliveryUnknownError, match="may be this one or that of another key"):
            await client.send_message("79001234567@c.us", "Hello", once="a")
        assert [len(person.chat) for person in (anna, boris)] == [1, 1]

"""Conversations, delivery statuses of sent messages, and the typing indicator."""

import math
import random
from collections import defaultdict
from datetime import timedelta
from typing import Any

import anyio
import pytest

from greenapi_async import (
    Client,
    ConversationCancelledError,
    ConversationTimeoutError,
    DeliveryFailedError,
    IncomingMessageReceived,
    InvalidArgumentError,
    MessageStatus,
    OutgoingMessageStatus,
    TimeoutExpiredError,
)
from greenapi_async.sandbox import Fault, Instance, Sandbox
from tests.backends import ON_ASYNCIO
from tests.bots.dialogues import ANNA, BORIS, GROUP, Bot, left

pytestmark = pytest.mark.anyio


async def test_answers_go_to_the_handler_that_asked(client: Client, instance: Instance) -> None:
    async def handler(notification: IncomingMessageReceived) -> None:
        if notification.text != "hi":
            await notification.reply(f"not asked: {notification.text}")
            return
        async with notification.conversation() as talk:
            name = await talk.ask("Your name?")
            size = await talk.choose("Which size?", ["Small", "Large"], again="One of these:")
        await notification.reply(f"{name}, {size}")

    bot = Bot(client, instance, handler)
    says = [bot.says(ANNA, text) for text in ("hi", "Anna", "middle", "2", "thanks")]
    await bot.runs(*says)
    assert bot.replies() == [
        "Your name?",
        "Which size?\n1. Small\n2. Large",
        "One of these:\n1. Small\n2. Large",
        "Anna, Large",
        "not asked: thanks",
    ]
    assert await left(bot) == 0


@pytest.mark.slow
@ON_ASYNCIO
async def test_three_hundred_concurrent_conversations_do_not_mix(
    client: Client, sandbox: Sandbox, instance: Instance
) -> None:
    chance = random.Random(30)
    done: dict[str, list[str]] = {}

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=100_000) as talk:
            answers = [await talk.ask(f"{notification.chat_id} {number}") for number in range(3)]
        done[notification.chat_id] = answers

    bot = Bot(client, instance, handler, concurrency=5)
    people = [f"7900{number:07}@c.us" for number in range(300)]

    async def person(chat_id: str) -> None:
        await anyio.sleep(chance.random() * 100)
        instance.contact_writes(chat_id, "hi")
        for number in range(3):
            while f"{chat_id} {number}" not in bot.replies(chat_id):  # noqa: ASYNC110  as people look at their phones
                await anyio.sleep(5 + chance.random() * 50)
            instance.contact_writes(chat_id, f"{chat_id} answers {number}")

    async def everybody() -> None:
        async with anyio.create_task_group() as tasks:
            for chat_id in people:
                tasks.start_soon(person, chat_id)
        while len(done) < 300:  # noqa: ASYNC110  the last answer is on its way
            await anyio.sleep(10)

    with anyio.fail_after(50_000):
        await bot.runs(everybody)
    assert done == {chat_id: [f"{chat_id} answers {number}" for number in range(3)] for chat_id in people}


async def test_in_a_group_only_the_person_who_started_it_answers(client: Client, instance: Instance) -> None:
    received: dict[str | None, list[str]] = defaultdict(list)

    async def handler(notification: IncomingMessageReceived) -> None:
        received[notification.sender].append(notification.text or "")
        if notification.text == "hi":
            async with notification.conversation() as talk:
                received["talk"].append(await talk.ask("Who?"))

    bot = Bot(client, instance, handler)
    await bot.runs(
        bot.says(GROUP, "hi", sender=ANNA), bot.says(GROUP, "me!", sender=BORIS), bot.says(GROUP, "I", sender=ANNA)
    )
    assert received == {ANNA: ["hi"], "talk": ["I"], BORIS: ["me!"]}


async def test_a_message_before_the_question_is_not_an_answer(client: Client, instance: Instance) -> None:
    received: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        if notification.text == "hi":
            await anyio.sleep(100)
            async with notification.conversation() as talk:
                received.append(await talk.ask("Your name?"))
        else:
            received.append(f"later: {notification.text}")

    bot = Bot(client, instance, handler)
    wait = bot.says(BORIS, "-")
    await bot.runs(bot.says(ANNA, "hi"), bot.says(ANNA, "hello?"), *[wait] * 10, bot.says(ANNA, "Anna"))
    assert [text for text in received if text != "later: -"] == ["later: hello?", "Anna"]


async def test_unconsumed_messages_go_to_the_handlers_in_order(client: Client, instance: Instance) -> None:
    received: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        received.append(notification.text or "")
        if notification.text == "hi":
            async with notification.conversation():
                await anyio.sleep(60)

    bot = Bot(client, instance, handler)
    await bot.runs(*[bot.says(ANNA, text) for text in ("hi", "one", "two", "three")], lambda: anyio.sleep(100))
    assert received == ["hi", "one", "two", "three"]
    assert await left(bot) == 0


@pytest.mark.parametrize("answer", ["cancel", " Cancel ", None])
async def test_the_cancel_word_and_the_timeout_end_it_and_the_handler_is_not_retried(
    client: Client, instance: Instance, answer: str | None
) -> None:
    ended: list[type] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        try:
            async with notification.conversation(timeout=30, cancel="cancel") as talk:
                await talk.ask("Your name?")
        except (ConversationCancelledError, ConversationTimeoutError) as error:
            ended.append(type(error))
            raise

    bot = Bot(client, instance, handler)
    await bot.runs(bot.says(ANNA, "hi"), *([bot.says(ANNA, answer)] if answer else []), lambda: anyio.sleep(100))
    assert ended == [ConversationCancelledError if answer else ConversationTimeoutError]
    assert bot.processing.counters.retried == 0
    assert await left(bot) == 0


async def test_an_answer_without_text_repeats_the_question_and_hear_accepts_any(
    client: Client, instance: Instance
) -> None:
    received: list[object] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            received.append((await talk.hear("Where are you?")).message.type_message)
            received.append(await talk.ask("Your name?"))

    async def sends() -> None:
        instance.contact_sends(ANNA, {"location": {"latitude": 1, "longitude": 2}})
        await anyio.sleep(10)

    bot = Bot(client, instance, handler)
    await bot.runs(bot.says(ANNA, "hi"), sends, sends, bot.says(ANNA, "Anna"))
    assert received == ["locationMessage", "Anna"]
    assert bot.replies() == ["Where are you?", "Your name?", "Your name?"]


async def test_inside_async_for_it_raises_instead_of_deadlocking(client: Client, instance: Instance) -> None:
    instance.contact_writes(ANNA, "hi")
    async for notification in client.notifications():
        with pytest.raises(RuntimeError, match="async for"):
            notification.conversation()
        sent = await notification.reply("hello")
        with pytest.raises(RuntimeError, match="async for"):
            await sent.wait_for()
        break


async def test_a_conversation_that_is_not_valid_is_rejected(client: Client, instance: Instance) -> None:
    checked: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        wrong: Any
        async with notification.conversation() as talk:
            pass
        with pytest.raises(RuntimeError, match="is not open"):
            await talk.hear()
        for wrong in (["one"], "ab", ["a", "A"], ["a", 1], ["a", " "]):
            with pytest.raises(InvalidArgumentError, match="two or more"):
                async with notification.conversation() as talk:
                    await talk.choose("Which?", wrong)
        for wrong in (0, True, None, "60", timedelta(minutes=1), math.nan, math.inf, 367 * 86_400):
            with pytest.raises(InvalidArgumentError, match="expected a positive number of seconds"):
                notification.conversation(timeout=wrong)
        checked.append("all")

    bot = Bot(client, instance, handler)
    await bot.runs(bot.says(ANNA, "hi"))
    assert checked == ["all"]


async def test_a_nested_conversation_with_the_same_person_leaves_the_rest_to_the_outer_one(
    client: Client, instance: Instance
) -> None:
    async def ask_address(notification: IncomingMessageReceived) -> str:
        async with notification.conversation() as talk:
            return f"{await talk.ask('Street?')}, {await talk.ask('City?')}"

    async def handler(notification: IncomingMessageReceived) -> None:
        if notification.text != "hi":
            await notification.reply(f"not asked: {notification.text}")
            return
        async with notification.conversation() as talk:
            name = await talk.ask("Name?")
            address = await ask_address(notification)
            time = await talk.ask("When?")
        await notification.reply(f"{name}, {address}, {time}")

    bot = Bot(client, instance, handler)
    await bot.runs(*[bot.says(ANNA, text) for text in ("hi", "Anna", "Main Street", "Springfield", "at 5", "thanks")])
    assert bot.replies() == [
        "Name?",
        "Street?",
        "City?",
        "When?",
        "Anna, Main Street, Springfield, at 5",
        "not asked: thanks",
    ]


@pytest.mark.parametrize(("own", "ends"), [(None, True), ("no", False)])
async def test_a_nested_conversation_has_the_cancel_words_around_it_unless_it_has_its_own(
    client: Client, instance: Instance, own: str | None, ends: bool
) -> None:
    async def handler(notification: IncomingMessageReceived) -> None:
        try:
            async with notification.conversation() as first, notification.conversation(cancel="stop") as second:
                await second.say("Hello")
                async with notification.conversation(cancel=own) as third:
                    street = await third.ask("Street?")
                city = await first.ask("City?")
        except ConversationCancelledError:
            await notification.reply("Fine.")
        else:
            await notification.reply(f"{street}, {city}")

    bot = Bot(client, instance, handler)
    await bot.runs(bot.says(ANNA, "hi"), bot.says(ANNA, "stop"), bot.says(ANNA, "stop"))
    last = ["Fine."] if ends else ["City?", "stop, stop"]
    assert bot.replies()[: 2 + len(last)] == ["Hello", "Street?", *last]


async def test_a_sent_message_can_be_awaited_edited_and_deleted(client: Client, instance: Instance) -> None:
    seen: list[object] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        sent = await notification.reply("hello")
        status = await sent.wait_for(MessageStatus.DELIVERED)
        seen.append(type(status))
        with pytest.raises(TimeoutExpiredError, match="the last status is delivered"):
            await sent.wait_for(MessageStatus.READ, timeout=30)
        await sent.edit("hello!")
        instance.contact_reads(ANNA)
        seen.append((await sent.wait_for(MessageStatus.SENT)).status)
        await sent.delete()

    bot = Bot(client, instance, handler, concurrency=1)
    await bot.runs(bot.says(ANNA, "hi"), lambda: anyio.sleep(200))
    assert seen[0] is OutgoingMessageStatus
    assert len(seen) == 2
    called = {call.method for call in instance.calls}
    assert {"editMessage", "deleteMessage"} <= called


@pytest.mark.parametrize("status", ["noAccount", "yellowCard", "suspended"])
async def test_wait_for_raises_if_delivery_fails(client: Client, instance: Instance, status: str) -> None:
    seen: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        sent = await notification.reply("hello")
        body = {
            "typeWebhook": "outgoingMessageStatus",
            "timestamp": 1,
            "idMessage": sent.id_message,
            "chatId": "x@c.us",
            "status": status,
        }
        instance.notifications.clear()
        instance.queue_notification(body)
        with pytest.raises(DeliveryFailedError, match=status):
            await sent.wait_for(MessageStatus.READ)
        seen.append("failed")

    bot = Bot(client, instance, handler)
    await bot.runs(bot.says(ANNA, "hi"), lambda: anyio.sleep(200))
    assert seen == ["failed"]


async def test_the_typing_indicator_is_renewed_until_the_block_ends(client: Client, instance: Instance) -> None:
    def notices() -> int:
        return sum(call.method == "sendTyping" for call in instance.calls)

    async with client.typing(ANNA):
        await anyio.sleep(50)
        assert notices() == 4
    await anyio.sleep(50)
    assert notices() == 4


async def test_exceptions_of_the_block_are_unchanged_and_a_failing_indicator_is_ignored(
    client: Client, instance: Instance
) -> None:
    instance.fail("sendTyping", Fault(status=500, body="{}"), times=50)
    with pytest.raises(LookupError):
        async with client.typing(ANNA, typing_type="recording"):
            await anyio.sleep(20)
            raise LookupError


async def test_a_timeout_inside_a_task_group_ends_the_handler(client: Client, instance: Instance) -> None:
    async def handler(notification: IncomingMessageReceived) -> None:
        async with anyio.create_task_group(), notification.conversation(timeout=30) as talk:
            await talk.ask("Your name?")

    bot = Bot(client, instance, handler)
    await bot.runs(bot.says(ANNA, "hi"), lambda: anyio.sleep(100))
    assert bot.processing.counters.retried == 0
    assert await left(bot) == 0


async def test_waiting_in_a_child_task_releases_the_slot(client: Client, instance: Instance) -> None:
    names: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk, anyio.create_task_group() as tasks:

            async def ask() -> None:
                names.append(await talk.ask("Your name?"))

            tasks.start_soon(ask)

    bot = Bot(client, instance, handler, concurrency=1)
    await bot.runs(bot.says(ANNA, "hi"), bot.says(BORIS, "hi"), bot.says(BORIS, "Boris"), bot.says(ANNA, "Anna"))
    assert names == ["Boris", "Anna"]


async def test_two_questions_at_once_are_refused(client: Client, instance: Instance) -> None:
    refused: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=60) as talk, anyio.create_task_group() as tasks:
            tasks.start_soon(talk.ask, "Your name?")
            await anyio.sleep(5)
            try:
                await talk.ask("Your age?")
            except RuntimeError as error:
                refused.append(str(error))

    bot = Bot(client, instance, handler)
    await bot.runs(bot.says(ANNA, "hi"), bot.says(ANNA, "Anna"))
    assert refused == ["this conversation waits for an answer already; ask one question after the other"]
    assert await left(bot) == 0

"""A handler that waits for a person blocks nobody."""

from collections.abc import Awaitable, Callable
from typing import Any

import anyio
import pytest

from greenapi_async import (
    Client,
    ConversationCancelledError,
    ConversationEndedError,
    EditedMessage,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    OutgoingMessageReceived,
)
from greenapi_async.bots import Router, filters
from greenapi_async.sandbox import Instance
from tests.bots.dialogues import ANNA, BORIS, GROUP, Bot, left, store_received
from tests.bots.harness import replies

pytestmark = pytest.mark.anyio

Scene = Callable[[], Awaitable[object]]


async def play(
    client: Client, router: Router, *scenes: Scene, inbox: MemoryInbox | None = None, **options: Any
) -> MemoryInbox:
    """Run a router while the scenes take place, one after the other."""
    inbox = inbox or MemoryInbox(clock=anyio.current_time)
    processing = client.process(router.handler(), inbox=inbox, **options)
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(processing.run)
        for scene in scenes:
            await scene()
            await anyio.sleep(10)
        processing.stop()
    return inbox


def survey(router: Router, *, cancel: object = None) -> list[str]:
    """Add a survey to a router; return what it does."""
    done: list[str] = []

    @router.message(filters.command("survey"))
    async def handler(notification: IncomingMessageReceived) -> None:
        try:
            async with notification.conversation(timeout=600, cancel=cancel) as talk:  # type: ignore[arg-type]  # of tests
                name = await talk.ask("Name?")
                size = await talk.ask("Size?")
        except ConversationEndedError as error:
            done.append(type(error).__name__)
            raise
        done.append(f"{name} {size}")

    return done


def writes(instance: Instance, text: str, chat_id: str = ANNA, sender: str | None = None) -> Scene:
    async def scene() -> None:
        instance.contact_writes(chat_id, text, sender=sender)

    return scene


async def test_other_notifications_of_the_chat_are_handled_meanwhile(client: Client, instance: Instance) -> None:
    router = Router()
    done = survey(router)

    @router.on(OutgoingMessageReceived)
    async def owner(notification: OutgoingMessageReceived) -> None:
        done.append(f"owner: {notification.text}")

    @router.edited()
    async def edited(notification: IncomingMessageReceived, message: EditedMessage) -> None:
        done.append(f"edited: {notification.text}")

    async def owner_writes() -> None:
        instance.phone_writes(ANNA, "I am here")

    async def edits() -> None:
        written = next(message for message in instance.chat(ANNA) if message.type == "incoming")
        instance.contact_sends(ANNA, {"edit": {"idMessage": written.id_message, "text": "/survey!"}})

    await play(
        client,
        router,
        writes(instance, "/survey"),
        owner_writes,
        edits,
        *(writes(instance, text) for text in ("Anna", "L")),
    )
    assert done == ["owner: I am here", "edited: /survey!", "Anna L"]


async def test_others_in_a_group_are_served(client: Client, instance: Instance) -> None:
    router = Router()
    done = survey(router)

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        done.append(f"{notification.sender} {notification.text}")

    said = [
        (ANNA, "/survey"),
        (BORIS, "hello"),
        (BORIS, "/survey"),
        (ANNA, "Anna"),
        (BORIS, "Boris"),
        (BORIS, "S"),
        (ANNA, "L"),
    ]
    inbox = await play(client, router, *(writes(instance, text, GROUP, sender) for sender, text in said))
    assert done == [f"{BORIS} hello", "Boris S", "Anna L"]
    assert await inbox.waiting({instance.id_instance}, 0, 10) == []


async def test_two_handlers_of_a_chat_never_work_at_the_same_time(client: Client, instance: Instance) -> None:
    events: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        text = notification.text or ""
        events.append(f"{text} begins")
        if text == "hi":
            async with notification.conversation() as talk:
                answer = await talk.ask("Name?")
                events.append(f"{answer} answered")
                await anyio.sleep(30)
        else:
            await anyio.sleep(30)
        events.append(f"{text} ends")

    bot = Bot(client, instance, handler)
    await bot.runs(
        bot.says(GROUP, "hi", sender=ANNA),
        bot.says(GROUP, "one", sender=BORIS),
        bot.says(GROUP, "Anna", sender=ANNA),
        bot.says(GROUP, "two", sender=BORIS),
        lambda: anyio.sleep(200),
    )
    assert events == [
        "hi begins",
        "one begins",
        "one ends",
        "Anna answered",
        "hi ends",
        "two begins",
        "two ends",
    ]
    assert await left(bot) == 0


async def test_a_second_conversation_with_a_person_waits_for_the_first(client: Client, instance: Instance) -> None:
    names: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            names.append(await talk.ask(f"{notification.text}: name?"))

    inbox = MemoryInbox(clock=anyio.current_time)
    instance.contact_writes(ANNA, "first")
    instance.contact_writes(ANNA, "second")
    await store_received(client, inbox)
    bot = Bot(client, instance, handler, inbox)
    await bot.runs(lambda: anyio.sleep(10), bot.says(ANNA, "Anna"), bot.says(ANNA, "Maria"))
    assert names == ["Anna", "Maria"]
    assert bot.replies() == ["first: name?", "second: name?"]
    assert await left(bot) == 0


@pytest.mark.parametrize("restarts", [False, True])
async def test_a_route_that_interrupts_ends_the_conversation(
    client: Client, instance: Instance, restarts: bool
) -> None:
    router = Router()
    done = survey(router)

    @router.message(filters.command("stop"), interrupts=True)
    async def stop() -> None:
        done.append("stop")

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        done.append(f"other: {notification.text}")

    inbox = await play(client, router, writes(instance, "/survey"), writes(instance, "Anna"))
    if restarts:
        instance.contact_writes(ANNA, "/stop")
        inbox = await play(client, router, lambda: anyio.sleep(1), writes(instance, "hello"), inbox=inbox)
    else:
        scenes = [writes(instance, text) for text in ("/stop", "hello")]
        inbox = await play(client, router, lambda: anyio.sleep(1), *scenes, inbox=inbox)
    assert done == ["ConversationEndedError", "stop", "other: hello"]
    assert await inbox.waiting({instance.id_instance}, 0, 10) == []


@pytest.mark.parametrize("while_retrying", ["wait", "pass"])
@pytest.mark.parametrize("fails", [False, True])
async def test_an_interrupted_conversation_stays_ended(
    client: Client, instance: Instance, fails: bool, while_retrying: str
) -> None:
    router = Router()
    done: list[str] = []

    @router.message(filters.command("survey"))
    async def handler(notification: IncomingMessageReceived) -> None:
        try:
            async with notification.conversation(timeout=600) as talk:
                done.append(f"size {await talk.ask('Size?')}")
        except ConversationEndedError:
            if fails and "failed" not in done:
                done.append("failed")
                raise ValueError from None
            async with notification.conversation(timeout=600) as talk:
                done.append(f"why {await talk.ask('Why?')}")

    @router.message(filters.command("stop"), interrupts=True)
    async def stop() -> None:
        done.append("stop")

    scenes = [writes(instance, text) for text in ("/survey", "/stop")]
    inbox = await play(client, router, *scenes, while_retrying=while_retrying)
    await play(client, router, lambda: anyio.sleep(1), writes(instance, "because"), inbox=inbox)
    assert sorted(done) == [*["failed"] * fails, "stop", "why because"]
    assert replies(instance) == ["Size?", "Why?"]
    assert await inbox.waiting({instance.id_instance}, 0, 10) == []


async def test_nothing_is_asked_after_an_interruption(client: Client, instance: Instance) -> None:
    router = Router()
    ended: list[str] = []

    @router.message(filters.command("survey"))
    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=600) as talk:
            await talk.ask("Name?")
            await anyio.sleep(60)
            await talk.ask("Size?")

    @router.message(filters.command("stop"), interrupts=True)
    async def stop(notification: IncomingMessageReceived) -> None:
        await notification.reply("Stopped.")

    @router.error(ConversationEndedError)
    async def end() -> None:
        ended.append("ended")

    await play(
        client, router, *(writes(instance, text) for text in ("/survey", "Anna", "/stop")), lambda: anyio.sleep(90)
    )
    assert replies(instance) == ["Name?", "Stopped."]
    assert ended == ["ended"]


async def test_a_route_can_be_handled_without_ending_the_conversation(client: Client, instance: Instance) -> None:
    router = Router()
    done = survey(router)

    @router.message(filters.command("help"), interrupts="keep")
    async def show_help(notification: IncomingMessageReceived) -> None:
        await notification.reply("Answer the question.")

    await play(client, router, *(writes(instance, text) for text in ("/survey", "/help", "Anna", "/help", "L")))
    assert done == ["Anna L"]
    assert replies(instance) == ["Name?", "Answer the question.", "Size?", "Answer the question."]


@pytest.mark.parametrize("word", ["stop", " Cancel ", "/quit now", None])
@pytest.mark.parametrize("cancel", [["stop", "cancel"], filters.command("quit")])
async def test_several_words_or_a_filter_cancel(
    client: Client, instance: Instance, cancel: object, word: str | None
) -> None:
    router = Router()
    done = survey(router, cancel=cancel)
    cancels = word is not None and (isinstance(cancel, list) != word.startswith("/"))
    texts = ["/survey", "Anna", word or "L"]
    await play(client, router, *(writes(instance, text) for text in texts))
    assert done == [ConversationCancelledError.__name__ if cancels else f"Anna {word or 'L'}"]


def test_what_interrupts_is_checked() -> None:
    router = Router()
    with pytest.raises(InvalidArgumentError, match="expects filters, neither"):
        router.message(interrupts=True)
    with pytest.raises(InvalidArgumentError, match="expects filters, neither"):
        router.message(filters.no_state, interrupts="keep")
    wrong: list[Any] = ["yes", "Keep", "", 1, 0, None]
    for each in wrong:
        with pytest.raises(InvalidArgumentError, match='must be True, False or "keep"'):
            router.message(filters.text("stop"), interrupts=each)


async def never(_: IncomingMessageReceived) -> bool:
    return False


def calls_never(message: Any) -> Any:
    return never(message)


async def test_what_cancels_is_checked(client: Client, instance: Instance) -> None:
    checked: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        with pytest.raises(InvalidArgumentError, match="cancel is"):
            notification.conversation(cancel=["stop", " "])
        with pytest.raises(InvalidArgumentError, match="expected a function that is not async"):
            notification.conversation(cancel=never)  # type: ignore[arg-type]  # wrong on purpose
        async with notification.conversation(cancel=calls_never) as talk:
            with pytest.raises(InvalidArgumentError, match="expected a function that is not async"):
                await talk.ask("Name?")
        with pytest.raises(InvalidArgumentError, match="needs the state"):
            filters.no_state(notification)
        checked.append("all")

    bot = Bot(client, instance, handler)
    await bot.runs(bot.says(ANNA, "hi"), bot.says(ANNA, "Anna"))
    assert checked == ["all"]

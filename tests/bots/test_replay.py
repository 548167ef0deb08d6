"""A handler that is interrupted in a conversation continues where it was, and asks nothing twice."""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from pathlib import Path

import anyio
import pytest
import trio

from greenapi_async import (
    Client,
    ConversationCancelledError,
    ConversationTimeoutError,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    SQLiteInbox,
)
from greenapi_async.inbox import Inbox
from greenapi_async.sandbox import Instance
from tests.bots.dialogues import ANNA, BORIS, Bot, left, store_received

pytestmark = pytest.mark.anyio

NewInbox = Callable[[], Inbox]


@pytest.fixture(params=["memory", "sqlite"])
async def new_inbox(request: pytest.FixtureRequest, tmp_path: Path) -> NewInbox:
    """Return the inbox of each start: the same one in memory, or another one on the same file."""
    clock = virtual_clock()
    if request.param == "sqlite":
        return lambda: SQLiteInbox(tmp_path / "inbox.db", clock=clock)
    memory = MemoryInbox(clock=clock)
    return lambda: memory


def virtual_clock() -> Callable[[], float]:
    """Return the clock of the event loop, for any thread."""
    try:
        return asyncio.get_running_loop().time
    except RuntimeError:
        return trio.lowlevel.current_clock().current_time


class Survey:
    """A handler that asks three questions, and what it heard."""

    def __init__(self, *, timeout: float = 600, cancel: str | None = None) -> None:
        self.heard: list[object] = []
        self.others: list[str] = []
        self.fails: list[BaseException] = []
        self.timeout = timeout
        self.cancel = cancel

    async def __call__(self, notification: IncomingMessageReceived) -> None:
        if notification.text != "hi":
            self.others.append(notification.text or "")
            return
        async with notification.conversation(timeout=self.timeout, cancel=self.cancel) as talk:
            name = await talk.ask("Name?")
            await talk.say(f"Hello {name}")
            size = await talk.choose("Size?", ["Small", "Large"])
            if self.fails:
                raise self.fails.pop()
            colour = (await talk.hear("Colour?")).text
        self.heard.append((name, size, colour))
        await notification.reply("Thanks", once=f"thanks {notification.id_message}")


QUESTIONS = ["Name?", "Hello Anna", "Size?\n1. Small\n2. Large", "Colour?", "Thanks"]


@pytest.mark.parametrize("is_stored", [False, True], ids=["on the server", "in the inbox"])
@pytest.mark.parametrize("restart", range(4))
async def test_a_restart_at_any_question_asks_nothing_again(
    client: Client, instance: Instance, new_inbox: NewInbox, restart: int, is_stored: bool
) -> None:
    survey = Survey()
    texts = ["hi", "Anna", "2", "red"]
    first = Bot(client, instance, survey, new_inbox())
    await first.runs(*(first.says(ANNA, text) for text in texts[: restart + 1]), lambda: anyio.sleep(10))
    if restart < 3:
        instance.contact_writes(ANNA, texts[restart + 1])  # while the bot is down
    inbox = new_inbox()
    if is_stored:
        await store_received(client, inbox)
    second = Bot(client, instance, survey, inbox)
    await second.runs(
        lambda: anyio.sleep(30), *(second.says(ANNA, text) for text in texts[restart + 2 :]), lambda: anyio.sleep(10)
    )
    assert survey.heard == [("Anna", "Large", "red")]
    assert second.replies() == QUESTIONS
    assert survey.others == []
    assert await left(second) == 0
    assert await records_of(second.inbox) == []


async def records_of(inbox: Inbox) -> list[str]:
    async with inbox:
        return [record.key for record in await inbox.records.page("conversations")]  # type: ignore[attr-defined]  # of both


async def test_a_shutdown_does_not_wait_for_a_person(client: Client, instance: Instance) -> None:
    cleaned: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        try:
            async with notification.conversation() as talk:
                await talk.ask("Name?")
        finally:
            cleaned.append("up")

    bot, begin = Bot(client, instance, handler), 0.0
    async with anyio.create_task_group() as tasks:
        tasks.start_soon(bot.processing.run)
        await bot.says(ANNA, "hi")()
        begin = anyio.current_time()
        bot.processing.stop()
    assert anyio.current_time() - begin < 1
    assert cleaned == ["up"]
    assert await left(bot) == 1


async def test_a_retry_asks_nothing_again(client: Client, instance: Instance, new_inbox: NewInbox) -> None:
    survey = Survey()
    survey.fails = [ValueError("first"), ValueError("second")]
    bot = Bot(client, instance, survey, new_inbox(), attempts=3)
    await bot.runs(
        *(bot.says(ANNA, text) for text in ("hi", "Anna", "2")), lambda: anyio.sleep(60), bot.says(ANNA, "red")
    )
    assert survey.heard == [("Anna", "Large", "red")]
    assert bot.replies() == QUESTIONS
    assert bot.processing.counters.retried == 2
    assert await records_of(bot.inbox) == []


async def test_a_released_entry_continues(client: Client, instance: Instance, new_inbox: NewInbox) -> None:
    survey = Survey()
    survey.fails = [ValueError("once")]
    bot = Bot(client, instance, survey, new_inbox(), attempts=1)

    async def release() -> None:
        [entry] = await bot.inbox.quarantined()
        await bot.inbox.release(entry.id)
        await anyio.sleep(10)

    await bot.runs(*(bot.says(ANNA, text) for text in ("hi", "Anna", "2")), release, bot.says(ANNA, "red"))
    assert survey.heard == [("Anna", "Large", "red")]
    assert bot.replies() == QUESTIONS


async def test_another_question_than_before_drops_the_rest_and_continues(
    client: Client, instance: Instance, new_inbox: NewInbox, caplog: pytest.LogCaptureFixture
) -> None:
    heard: list[list[str]] = []

    def asking(*questions: str) -> Callable[[IncomingMessageReceived], Awaitable[object]]:
        async def handler(notification: IncomingMessageReceived) -> None:
            async with notification.conversation() as talk:
                heard.append([await talk.ask(question) for question in questions])

        return handler

    first = Bot(client, instance, asking("Name?", "Size?", "Colour?"), new_inbox())
    await first.runs(*(first.says(ANNA, text) for text in ("hi", "Anna", "L")))
    caplog.clear()
    second = Bot(client, instance, asking("Name?", "Age?", "Colour?"), new_inbox())
    await second.runs(lambda: anyio.sleep(10), second.says(ANNA, "42"), second.says(ANNA, "red"))
    assert heard == [["Anna", "42", "red"]]
    assert second.replies() == ["Name?", "Size?", "Colour?", "Age?", "Colour?"]
    [warning] = [record.getMessage() for record in caplog.records if record.levelno == logging.WARNING]
    assert warning.startswith("Step 2 of a conversation, ask, was another one")
    assert await records_of(second.inbox) == []


async def test_a_restart_does_not_extend_the_deadline(client: Client, instance: Instance, new_inbox: NewInbox) -> None:
    ended: list[float] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=100) as talk:
            try:
                await talk.ask("Name?")
            except ConversationTimeoutError:
                ended.append(anyio.current_time())
                raise

    first = Bot(client, instance, handler, new_inbox())
    await first.runs(first.says(ANNA, "hi"))
    begin = anyio.current_time() - 10
    await anyio.sleep(50)
    second = Bot(client, instance, handler, new_inbox())
    await second.runs(lambda: anyio.sleep(80))
    assert [round(at - begin, -1) for at in ended] == [100]
    assert await left(second) == 0


async def test_a_deadline_that_passed_while_the_process_was_down_ends_the_conversation(
    client: Client, instance: Instance, new_inbox: NewInbox
) -> None:
    survey = Survey(timeout=100)
    first = Bot(client, instance, survey, new_inbox())
    await first.runs(first.says(ANNA, "hi"))
    await anyio.sleep(200)
    begin = anyio.current_time()
    second = Bot(client, instance, survey, new_inbox())
    await second.runs(second.says(BORIS, "hello"))
    assert anyio.current_time() - begin < 20
    assert await left(second) == 0
    assert second.replies() == ["Name?"]


async def test_the_cancel_word_ends_it_in_the_replay_too(client: Client, instance: Instance) -> None:
    ended: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(cancel="stop") as talk:
            try:
                await talk.ask("Name?")
            except ConversationCancelledError:
                ended.append("cancelled")
                if len(ended) == 1:
                    raise ValueError from None
                raise

    bot = Bot(client, instance, handler, attempts=2)
    await bot.runs(bot.says(ANNA, "hi"), bot.says(ANNA, "stop"), lambda: anyio.sleep(60))
    assert ended == ["cancelled", "cancelled"]
    assert await left(bot) == 0


async def test_a_message_before_the_question_is_no_answer_after_a_restart_either(
    client: Client, instance: Instance, new_inbox: NewInbox
) -> None:
    survey = Survey()
    inbox = new_inbox()
    instance.contact_writes(ANNA, "hi")
    instance.contact_writes(ANNA, "hello?")
    await store_received(client, inbox)
    await anyio.sleep(5)
    first = Bot(client, instance, survey, inbox)
    await first.runs(lambda: anyio.sleep(10))
    second = Bot(client, instance, survey, new_inbox())
    await second.runs(lambda: anyio.sleep(10), *(second.says(ANNA, text) for text in ("Anna", "1", "red")))
    assert survey.heard == [("Anna", "Small", "red")]
    assert survey.others == ["hello?"]


async def test_a_step_runs_once(client: Client, instance: Instance, new_inbox: NewInbox) -> None:
    calls: list[str] = []
    results: list[object] = []

    async def reserve(when: str) -> dict[str, object]:
        calls.append(when)
        return {"when": when, "places": (1, 2)}

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            with pytest.raises(InvalidArgumentError, match="cannot be stored as JSON"):
                await talk.step("odd", odd)
            results.append(await talk.step("reserve", reserve, "at 5"))
            await talk.ask("Name?")

    async def odd() -> object:
        return object()

    first = Bot(client, instance, handler, new_inbox())
    await first.runs(first.says(ANNA, "hi"))
    second = Bot(client, instance, handler, new_inbox())
    await second.runs(lambda: anyio.sleep(10), second.says(ANNA, "Anna"))
    assert calls == ["at 5"]
    assert results == [{"when": "at 5", "places": [1, 2]}] * 2
    assert await left(second) == 0


async def test_an_inbox_without_records_starts_again_with_the_first_question(
    client: Client, instance: Instance
) -> None:
    class Plain(MemoryInbox):
        def __init__(self) -> None:
            super().__init__()
            del self.records

    survey = Survey()
    inbox = Plain()
    first = Bot(client, instance, survey, inbox)
    await first.runs(first.says(ANNA, "hi"), first.says(ANNA, "Anna"))
    second = Bot(client, instance, survey, inbox)
    await second.runs(lambda: anyio.sleep(10), *(second.says(ANNA, text) for text in ("Anna", "1", "red")))
    assert survey.heard == [("Anna", "Small", "red")]
    assert second.replies()[:5] == ["Name?", "Hello Anna", "Size?\n1. Small\n2. Large", "Name?", "Hello Anna"]


async def test_an_answer_that_is_read_again_is_the_whole_notification(
    client: Client, instance: Instance, new_inbox: NewInbox
) -> None:
    heard: list[IncomingMessageReceived] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            heard.append(await talk.hear("Where?"))
            sent = await talk.say("Thank you")
            await sent.edit("Thanks")
            await talk.ask("When?")

    first = Bot(client, instance, handler, new_inbox())

    async def sends() -> None:
        instance.contact_sends(ANNA, {"location": {"latitude": 1, "longitude": 2}})
        await anyio.sleep(10)

    await first.runs(first.says(ANNA, "hi"), sends)
    second = Bot(client, instance, handler, new_inbox())
    await second.runs(lambda: anyio.sleep(10), second.says(ANNA, "now"))
    assert len(heard) == 2
    assert heard[0] == heard[1]
    assert await left(second) == 0

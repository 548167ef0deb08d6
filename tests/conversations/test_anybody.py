"""``hear(check=...)``: a conversation waits for a message of anybody in the chat."""

from pathlib import Path
from typing import Any

import anyio
import pytest

from greenapi_async import (
    ConversationCancelledError,
    ConversationTimeoutError,
    IncomingMessageReceived,
    InvalidArgumentError,
    SQLiteInbox,
)
from greenapi_async.bots import Router, filters
from greenapi_async.testing import Contact, Group, Sandbox
from tests.bots.dialogues import ANNA, BORIS, GROUP, Bot, store_received

pytestmark = pytest.mark.anyio

People = tuple[Contact, Contact, Group]


@pytest.fixture
def people(sandbox: Sandbox) -> People:
    anna, boris = sandbox.contact("79001234567", "Anna"), sandbox.contact("79001234568", "Boris")
    return anna, boris, sandbox.group("Team", anna, boris)


def lunch() -> Router:
    """Return a bot that looks for a driver."""
    router = Router()

    @router.message(filters.command("lunch"))
    async def find_driver(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=600, cancel="stop") as talk:
            answer = await talk.hear("Who drives?", check=filters.text("me", ignore_case=True))
            car = await talk.ask("Which car?")
        await notification.reply(f"{answer.sender_name} drives the {car}.")

    @router.message(filters.command("quiz"))
    async def quiz(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            await talk.ask("Capital of France?")
        await notification.reply("Correct.")

    @router.message(filters.command("bye"), interrupts=True)
    async def bye(notification: IncomingMessageReceived) -> None:
        await notification.reply("Bye.")

    @router.error(ConversationCancelledError, ConversationTimeoutError)
    async def ended(notification: IncomingMessageReceived, error: Exception) -> None:
        await notification.reply(f"Over: {type(error).__name__}")

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        await notification.reply(f"{notification.sender_name} said {notification.text}")

    return router


async def test_anybody_in_the_group_answers(sandbox: Sandbox, people: People) -> None:
    anna, boris, team = people
    async with sandbox.runs(lunch()):
        await anna.says("/lunch", to=team)
        assert await team.hears("Who drives?")
        await boris.says("hm", to=team)
        assert await team.hears("Boris said hm")
        await anna.says("not I", to=team)
        assert await team.hears("Anna said not I")
        await boris.says("Me", to=team)
        assert await team.hears("Which car?")
        await boris.says("me", to=team)  # the second question is for Anna only
        assert await team.hears("Boris said me")
        await anna.says("red one", to=team)
        assert await team.hears("Boris drives the red one.")


async def test_the_person_may_answer_and_only_the_person_cancels(sandbox: Sandbox, people: People) -> None:
    anna, boris, team = people
    async with sandbox.runs(lunch()):
        await anna.says("/lunch", to=team)
        assert await team.hears("Who drives?")
        await boris.says("stop", to=team)
        assert await team.hears("Boris said stop")
        await boris.says("/bye", to=team)
        assert await team.hears("Bye.")
        await anna.says("me", to=team)
        assert await team.hears("Which car?")
        await anna.says("stop", to=team)
        assert await team.hears("Over: ConversationCancelledError")
        await anna.says("/lunch", to=team)
        assert await team.hears("Who drives?")
        await anna.says("Stop", to=team)
        assert await team.hears("Over: ConversationCancelledError")
        await anna.says("/lunch", to=team)
        assert await team.hears("Over: ConversationTimeoutError", timeout=700)


async def test_who_has_a_conversation_answers_that(sandbox: Sandbox, people: People) -> None:
    anna, boris, team = people
    async with sandbox.runs(lunch()):
        await anna.says("/lunch", to=team)
        assert await team.hears("Who drives?")
        await boris.says("/quiz", to=team)
        assert await team.hears("Capital of France?")
        await boris.says("me", to=team)
        assert await team.hears("Correct.")
        await boris.says("me", to=team)
        assert await team.hears("Which car?")
        await anna.says("stop", to=team)


async def test_it_works_in_a_private_chat(sandbox: Sandbox, people: People) -> None:
    anna, boris, team = people
    async with sandbox.runs(lunch()):
        await anna.says("/lunch")
        assert await anna.hears("Who drives?")
        await boris.says("me")
        assert await boris.hears("Boris said me")
        await boris.says("me", to=team)
        assert await team.hears("Boris said me")
        await anna.says("me")
        assert await anna.hears("Which car?")
        await anna.says("red one")
        assert await anna.hears("Anna drives the red one.")


def collection(found: list[str], *, busy: float = 0) -> Router:
    router = Router()

    @router.message(filters.command("count"))
    async def count(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=600) as talk:
            question: str | None = "Who comes?"
            for _ in range(3):
                answer = await talk.hear(question, check=filters.contains("me"))
                await anyio.sleep(busy)
                found.append(f"{answer.sender_name}: {answer.text}")
                question = None
        await notification.reply("Full.")

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        found.append(f"other {notification.text}")

    return router


@pytest.mark.parametrize("busy", [0, 5])
async def test_nobody_is_missed_between_two_waits(sandbox: Sandbox, people: People, busy: float) -> None:
    anna, boris, team = people
    found: list[str] = []
    async with sandbox.runs(collection(found, busy=busy)):
        await anna.says("/count", to=team)
        assert await team.hears("Who comes?")
        for text in ("me 1", "me 2", "no", "me 3"):
            await boris.says(text, to=team)
            await anyio.sleep(1)
        await anna.says("me 4", to=team)
        assert await team.hears("Full.")
        assert await team.hears_nothing()
    assert [each for each in found if each.startswith("Boris")] == ["Boris: me 1", "Boris: me 2", "Boris: me 3"]
    assert [each for each in found if each.startswith("other")] == ["other no", "other me 4"]


async def test_nobody_is_asked_or_missed_after_a_restart(sandbox: Sandbox, people: People) -> None:
    anna, boris, team = people
    async with sandbox.runs(lunch()):
        await anna.says("/lunch", to=team)
        assert await team.hears("Who drives?")
        async with sandbox.restarted():
            await boris.says("well", to=team)
            await boris.says("me", to=team)
        assert await team.hears("Which car?")
        async with sandbox.restarted(kill=True):
            await boris.says("red one", to=team)
        assert await team.hears("Boris said red one")
        await anna.says("blue one", to=team)
        assert await team.hears("Boris drives the blue one.")
    assert [message.text for message in sandbox.sent if "?" in message.text] == ["Who drives?", "Which car?"]


@pytest.mark.parametrize("is_stored", [False, True], ids=["on the server", "in the inbox"])
async def test_a_stored_answer_of_another_is_found(sandbox: Sandbox, tmp_path: Path, is_stored: bool) -> None:
    client, instance = sandbox.client, sandbox.instance
    heard: list[tuple[str, str | None]] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        if notification.text != "lunch":
            heard.append(("other", notification.text))
            return
        async with notification.conversation(timeout=6000) as talk:
            for question in ("Who drives?", "Who pays?", None):
                answer = await talk.hear(question, check=filters.contains("me"))
                heard.append((answer.sender, answer.text))

    def new_inbox() -> SQLiteInbox:
        return SQLiteInbox(tmp_path / "inbox.db", clock=sandbox.clock)

    first = Bot(client, instance, handler, new_inbox())
    await first.runs(
        first.says(GROUP, "early me", sender=BORIS),
        first.says(GROUP, "lunch", sender=ANNA),
        first.says(GROUP, "me 1", sender=BORIS),
    )
    assert heard == [("other", "early me"), (BORIS, "me 1")]
    heard.clear()
    for sender, text in ((BORIS, "no"), (BORIS, "me 2"), (BORIS, "me 3"), (ANNA, "no")):
        instance.contact_writes(GROUP, text, sender=sender)
    inbox = new_inbox()
    if is_stored:
        await store_received(client, inbox)
    second = Bot(client, instance, handler, inbox)
    await second.runs(lambda: anyio.sleep(60))
    assert [each for each in heard if each[0] != "other"] == [(BORIS, "me 1"), (BORIS, "me 2"), (BORIS, "me 3")]
    assert [each for each in heard if each[0] == "other"] == [("other", "no"), ("other", "no")]
    assert second.replies(GROUP) == ["Who drives?", "Who pays?"]


async def test_an_early_message_answers_no_later_question(sandbox: Sandbox, people: People) -> None:
    anna, boris, team = people
    found: list[str | None] = []
    router = Router()

    @router.message(filters.command("roles"))
    async def roles(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=600) as talk:
            found.append((await talk.hear("Who drives?", check=filters.group)).text)
            await anyio.sleep(5)
            found.append((await talk.hear("Who pays?", check=filters.group)).text)

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        found.append(f"other {notification.text}")

    async with sandbox.runs(router):
        await anna.says("/roles", to=team)
        assert await team.hears("Who drives?")
        await boris.says("1", to=team)
        await boris.says("2", to=team)
        assert await team.hears("Who pays?")
        await boris.says("3", to=team)
        assert await team.hears_nothing()
    assert found == ["1", "other 2", "3"]


async def test_an_error_of_the_check_is_raised_in_the_handler(sandbox: Sandbox, people: People) -> None:
    anna, boris, team = people
    router = Router()

    @router.message(filters.command("roles"))
    async def roles(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            await talk.hear("Which number?", check=lambda message: int(message.text or "") > 3)

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        await notification.reply("other")

    async with sandbox.runs(router) as running:
        await anna.says("/roles", to=team)
        assert await team.hears("Which number?")
        await boris.says("1", to=team)
        assert await team.hears("other")
        assert not running.failures
        await boris.says("one", to=team)
        assert await team.hears("other")
        assert isinstance(running.failures.pop(), ValueError)
        await boris.says("4", to=team)
        assert await team.hears("other")


async def never(_: IncomingMessageReceived) -> bool:
    return False


def calls_never(message: Any) -> Any:
    return never(message)


async def test_a_check_must_be_a_function(sandbox: Sandbox, people: People) -> None:
    anna, _, _ = people
    router = Router()

    @router.message(filters.command("roles"))
    async def roles(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            with pytest.raises(InvalidArgumentError, match="check is 'me'; expected a function of the message"):
                await talk.hear("Who?", check="me")  # type: ignore[arg-type]  # wrong on purpose
            with pytest.raises(InvalidArgumentError, match="expected a function that is not async"):
                await talk.hear("Who?", check=never)  # type: ignore[arg-type]  # wrong on purpose
            with pytest.raises(InvalidArgumentError, match="expected a function that is not async"):
                await talk.hear("Who?", check=calls_never)
            with pytest.raises(InvalidArgumentError, match="needs the state or is async"):
                await talk.hear("Who?", check=filters.no_state)
        await notification.reply("refused")

    async with sandbox.runs(router):
        await anna.says("/roles")
        assert await anna.hears("Who?")
        await anna.says("me")
        assert await anna.hears("Who?")
        await anna.says("me")
        assert await anna.hears("refused")

"""Human takeover and conversations: they are suspended while the owner writes, also over a restart."""

from typing import Any

import anyio
import pytest

from greenapi_async import (
    ConversationEndedError,
    ConversationTimeoutError,
    IncomingMessageReceived,
    SQLiteInbox,
)
from greenapi_async.bots import Router, filters, takeover
from greenapi_async.testing import Sandbox, anyio_backend
from greenapi_async.testing.plugin import sandbox

from .takeover_bots import MINUTE, echo, survey

__all__ = ["anyio_backend", "sandbox"]  # those of users, instead of those of this suite

pytestmark = pytest.mark.anyio


async def test_a_conversation_is_suspended_and_goes_on_at_the_open_question(sandbox: Sandbox) -> None:
    anna, heard = sandbox.contact("79001234567"), list[Any]()
    async with sandbox.runs(survey(Router(takeover=takeover(minutes=30)), heard, timeout=120), fix=True):
        await anna.says("/survey")
        assert await anna.hears("Name?")
        await anyio.sleep(100)
        await sandbox.owner.says("I can help you with that.", to=anna)
        await anyio.sleep(10 * MINUTE)  # longer than the conversation's timeout
        await anna.says("No, thank you")  # for the owner
        assert await anna.hears_nothing(timeout=20 * MINUTE)
        await anyio.sleep(100)  # the time for the answer began anew
        await anna.says("Anna")
        assert await anna.hears("Age?")
        await sandbox.owner.says("Do tell!", to=anna)
        await sandbox.owner.says("/bot", to=anna)
        await anyio.sleep(100)
        await anna.says("42")
        assert await anna.hears("Thanks")
    assert heard == [("Anna", "42")]


async def test_without_an_answer_after_the_pause_the_conversation_times_out(sandbox: Sandbox) -> None:
    anna, heard = sandbox.contact("79001234567"), list[Any]()
    async with sandbox.runs(survey(Router(takeover=takeover(minutes=30)), heard, timeout=120), fix=True):
        await anna.says("/survey")
        assert await anna.hears("Name?")
        await sandbox.owner.says("Hello", to=anna)
        await anyio.sleep(31 * MINUTE)
        assert heard == []
        await anyio.sleep(2 * MINUTE)
        assert heard == [ConversationTimeoutError]


async def test_a_question_that_is_due_during_the_pause_is_asked_after_it(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    router = Router(takeover=takeover(minutes=30))

    @router.message(filters.command("survey"))
    async def asks(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            name = await talk.ask("Name?")
            await anyio.sleep(60)
            await notification.reply(f"Hello {name}")
            await talk.ask("Age?")

    async with sandbox.runs(router, fix=True):
        await anna.says("/survey")
        assert await anna.hears("Name?")
        await anna.says("Anna")
        await anyio.sleep(10)
        await sandbox.owner.says("I am here.", to=anna)
        assert await anna.hears_nothing(timeout=29 * MINUTE)
        assert await anna.hears("Hello Anna", timeout=3 * MINUTE)
        assert await anna.hears("Age?")
        await anna.says("42")


async def test_a_conversation_that_has_not_begun_is_not_begun_during_the_pause(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    router = Router(takeover=takeover(minutes=30))

    @router.message()
    async def asks(notification: IncomingMessageReceived) -> None:
        await anyio.sleep(60)
        async with notification.conversation() as talk:
            await talk.ask("Name?")

    async with sandbox.runs(router, fix=True) as running:
        await anna.says("hi")
        await anyio.sleep(10)
        await sandbox.owner.says("I am here.", to=anna)
        assert await anna.hears_nothing(timeout=60 * MINUTE)
        assert running.processing.counters.waiting == 0


@pytest.mark.parametrize("kill", [False, True])
async def test_a_restart_keeps_the_pause_and_the_conversation(sandbox: Sandbox, tmp_path: Any, kill: bool) -> None:
    anna, boris, heard = sandbox.contact("79001234567"), sandbox.contact("79001234568"), list[Any]()
    inbox = SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)
    async with sandbox.runs(survey(Router(takeover=takeover(minutes=30)), heard), fix=True, inbox=inbox):
        await anna.says("/survey")
        assert await anna.hears("Name?")
        await sandbox.owner.says("I am here.", to=anna)
        await anyio.sleep(5 * MINUTE)
        async with sandbox.restarted(kill=kill):
            await anna.says("for the owner")
            await sandbox.owner.says("Hello", to=boris)  # its time counts from when it was written
            await anyio.sleep(10 * MINUTE)
        assert await anna.hears_nothing(timeout=10 * MINUTE)
        await boris.says("hi")
        assert await boris.hears_nothing(timeout=11 * MINUTE)
        await boris.says("ho")
        assert await boris.hears("answer to ho", timeout=60)
        await anna.says("Anna")
        assert await anna.hears("Age?")
        async with sandbox.restarted(kill=kill):
            pass
        await anna.says("42")
        assert await anna.hears("Thanks")
    assert heard == [("Anna", "42")]


async def test_what_was_written_in_a_pause_while_the_bot_was_down_is_for_the_owner(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(echo(Router(takeover=takeover(minutes=30))), fix=True):
        async with sandbox.restarted():
            await sandbox.owner.says("I am here.", to=anna)
            await anyio.sleep(MINUTE)
            await anna.says("for the owner")
            await anyio.sleep(60 * MINUTE)
            await anna.says("anybody?")
        assert await anna.hears("answer to anybody?")
        assert await anna.hears_nothing()
        async with sandbox.restarted():
            await sandbox.owner.says("I am here.", to=anna)
            await anyio.sleep(MINUTE)
            await anna.says("for the owner")
            await anyio.sleep(MINUTE)
            await sandbox.owner.says("/bot", to=anna)
            await anyio.sleep(1)
            await anna.says("for the bot")
        assert await anna.hears("answer to for the bot")
        assert await anna.hears_nothing()


async def test_an_interrupting_message_ends_a_suspended_conversation_and_its_handler_runs(sandbox: Sandbox) -> None:
    anna, heard, stopped = sandbox.contact("79001234567"), list[Any](), list[str]()
    router = Router(takeover=takeover(minutes=30))

    @router.message(filters.text("stop"), interrupts=True)
    async def stop(notification: IncomingMessageReceived) -> None:
        stopped.append(notification.chat_id)
        await notification.reply("You are unsubscribed.")

    async with sandbox.runs(survey(router, heard), fix=True) as running:
        await anna.says("/survey")
        assert await anna.hears("Name?")
        await sandbox.owner.says("I am here.", to=anna)
        await anyio.sleep(10)
        await anna.says("stop")
        assert await anna.hears_nothing(timeout=60 * MINUTE)
        assert running.processing.counters.waiting == 0
    assert stopped == [anna.id]
    assert heard == [ConversationEndedError]


async def test_an_answer_that_was_written_before_the_owner_wrote_is_kept_over_a_restart(
    sandbox: Sandbox, tmp_path: Any
) -> None:
    anna, heard = sandbox.contact("79001234567"), list[str]()
    router = Router(takeover=takeover(minutes=30))

    @router.message(filters.command("survey"))
    async def asks(notification: IncomingMessageReceived) -> None:
        async with notification.conversation() as talk:
            await talk.ask("Name?")
            await anyio.sleep(60)
            heard.append((await talk.hear()).text or "")
            await talk.say("Thanks")

    echo(router)
    inbox = SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)
    async with sandbox.runs(router, fix=True, inbox=inbox, drain=1):
        await anna.says("/survey")
        assert await anna.hears("Name?")
        await anna.says("Anna")
        await anyio.sleep(5)
        await anna.says("and more")
        await anyio.sleep(5)
        await sandbox.owner.says("I am here", to=anna)
        await anyio.sleep(5)
        async with sandbox.restarted(kill=True):
            await anna.says("for the owner")
        assert await anna.hears_nothing(timeout=25 * MINUTE)
        assert await anna.hears("Thanks", timeout=10 * MINUTE)
    assert heard == ["and more"]

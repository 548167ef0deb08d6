"""A bot running in a test: its dependencies, and the errors of its handlers."""

from contextlib import AsyncExitStack
from datetime import timedelta
from pathlib import Path

import anyio
import pytest

from greenapi_async import (
    IncomingMessageReceived,
    MemoryInbox,
    Notification,
    OutgoingMessageStatus,
    SQLiteInbox,
    UnauthorizedError,
)
from greenapi_async.bots import MemoryStorage, Router, filters
from greenapi_async.testing import Sandbox
from greenapi_async.types import JobRun

pytestmark = pytest.mark.anyio

DAY = timedelta(days=1)


class Database:
    def __init__(self) -> None:
        self.rows: list[str] = []


def bot() -> Router:
    router = Router()

    @router.message()
    async def save(notification: IncomingMessageReceived, database: Database) -> None:
        await notification.reply("saving")
        if notification.text == "nonsense" or (notification.text == "shy" and len(database.rows) < 2):
            database.rows.append("tried")
            raise ValueError(f"no room for {notification.text}")
        database.rows.append(notification.text or "")

    return router


async def echo(notification: Notification) -> None:
    if isinstance(notification, IncomingMessageReceived):
        await notification.reply(notification.text or "")


async def test_a_router_gets_its_dependencies(sandbox: Sandbox) -> None:
    anna, database = sandbox.contact("79001234567"), Database()
    storage, inbox = MemoryStorage(), MemoryInbox()
    async with sandbox.runs(bot(), provide={Database: lambda: database}, storage=storage, inbox=inbox) as running:
        assert (running.storage, running.inbox) == (storage, inbox)
        await anna.says("tea")
        assert await anna.hears("saving")
        await anyio.sleep(60)
        assert running.processing.counters.quarantined == 0
    assert database.rows == ["tea"]


async def test_a_plain_handler_runs_too(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(echo):
        await anna.says("hi")
        assert await anna.hears("hi")
    await anna.says("still there?")
    assert await anna.hears_nothing()


async def test_an_error_of_a_handler_is_raised_at_the_end_of_the_block(sandbox: Sandbox) -> None:
    anna, database = sandbox.contact("79001234567"), Database()
    with pytest.raises(ValueError, match="no room for nonsense") as raised:
        async with sandbox.runs(bot(), provide={Database: lambda: database}):
            await anna.says("nonsense")
            assert await anna.hears("saving")
            assert await anna.hears_nothing()
    assert raised.value.__notes__ == [
        "raised by the bot's handler (attempt 1) for incomingMessageReceived 'nonsense' in 79001234567@c.us"
    ]
    assert raised.traceback[-1].name == "save"
    assert database.rows == ["tried"]


async def test_several_errors_are_raised_as_a_group(sandbox: Sandbox) -> None:
    people = [sandbox.contact("79001234567"), sandbox.contact("79001234568")]
    with pytest.raises(ExceptionGroup, match="the bot failed") as raised:
        async with sandbox.runs(bot(), provide={Database: Database}):
            for person in people:
                await person.says("nonsense")
                assert await person.hears("saving")
    assert [type(error) for error in raised.value.exceptions] == [ValueError, ValueError]


async def test_a_successful_attempt_clears_the_errors_before_it(sandbox: Sandbox) -> None:
    anna, database = sandbox.contact("79001234567"), Database()
    async with sandbox.runs(bot(), provide={Database: lambda: database}, attempts=3) as running:
        await anna.says("shy")
        assert await anna.hears("saving")
        await anyio.sleep(2)
        assert [str(error) for error in running.failures] == ["no room for shy"]
        await anyio.sleep(600)
    assert database.rows == ["tried", "tried", "shy"]


async def test_an_error_removed_from_the_failures_is_not_raised(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(bot(), provide={Database: Database}) as running:
        await anna.says("nonsense")
        assert await anna.hears("saving")
        await anyio.sleep(1)
        assert str(running.failures.pop()) == "no room for nonsense"


async def test_an_error_of_a_handler_explains_a_failed_expectation(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(bot(), provide={Database: Database}) as running:
        await anna.says("nonsense")
        assert "got 'saving'; the bot raised ValueError: no room for nonsense" in repr(await anna.hears("saved"))
        running.failures.clear()


async def test_an_error_of_the_test_has_a_note_on_the_bots_error(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    with pytest.raises(KeyError) as raised:
        async with sandbox.runs(bot(), provide={Database: Database}):
            await anna.says("nonsense")
            assert await anna.hears("saving")
            await anyio.sleep(1)
            raise KeyError
    assert raised.value.__notes__ == ["the bot also failed: ValueError: no room for nonsense"]


async def test_a_bot_that_cannot_start_raises_at_once(sandbox: Sandbox) -> None:
    with pytest.raises(ValueError, match="Database"):
        async with sandbox.runs(bot()):
            pytest.fail("it started")


async def test_a_bot_that_stops_early_raises_the_reason(sandbox: Sandbox) -> None:
    sandbox.fail("receiveNotification", status=401)
    with pytest.raises(UnauthorizedError):
        async with sandbox.runs(echo):
            await anyio.sleep(60)
    sandbox.fail("receiveNotification", status=401)
    with pytest.raises(UnauthorizedError):
        async with sandbox.runs(bot(), provide={Database: Database}):
            await anyio.sleep(60)


async def test_pytest_fail_in_a_handler_ends_the_test(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")

    async def never(notification: Notification) -> None:
        pytest.fail(f"called with {notification.text}")

    with anyio.CancelScope() as scope:
        sandbox.journal.cancel_test = scope.cancel
        async with sandbox.runs(never):
            await anna.says("hi")
            await anyio.sleep_forever()
    assert sandbox.journal.fatal is not None
    assert str(sandbox.journal.fatal) == "called with hi"


async def test_two_bots_on_two_instances_are_independent(sandbox: Sandbox) -> None:
    second = sandbox.add_instance()
    anna, other = sandbox.contact("79001234567"), sandbox.contact("79001234567", instance=second)
    async with AsyncExitStack() as stack:
        await stack.enter_async_context(sandbox.runs(echo))
        await stack.enter_async_context(
            sandbox.runs(bot(), clients=sandbox.connect(second), provide={Database: Database})
        )
        await anna.says("hi")
        await other.says("hi")
        assert await anna.hears("hi")
        assert await other.hears("saving")


async def test_one_bot_serves_two_instances(sandbox: Sandbox) -> None:
    second = sandbox.add_instance()
    anna, other = sandbox.contact("79001234567"), sandbox.contact("79001234567", instance=second)
    async with sandbox.runs(echo, clients=[sandbox.client, sandbox.connect(second)]):
        await anna.says("one")
        await other.says("two")
        assert await anna.hears("one")
        assert await other.hears("two")


async def test_a_bot_receives_the_statuses_of_its_messages(sandbox: Sandbox) -> None:
    anna, seen = sandbox.contact("79001234567"), list[str]()

    async def watch(notification: Notification) -> None:
        if isinstance(notification, OutgoingMessageStatus):
            seen.append(str(notification.status))

    async with sandbox.runs(watch):
        await sandbox.client.send_message(anna.id, "hello")
        assert await anna.hears("hello")
        await anna.reads()
        await anyio.sleep(60)
    assert seen == ["sent", "delivered", "read"]


def survey_bot() -> Router:
    router = Router()

    @router.message(filters.command("survey"))
    async def survey(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(timeout=3600) as talk:
            name = await talk.ask("What is your name?")
            town = await talk.ask("Where do you live?")
        await notification.reply(f"{name} from {town}")

    @router.message()
    async def slow(notification: IncomingMessageReceived) -> None:
        await anyio.sleep(5)
        await notification.reply("done")

    return router


async def test_a_conversation_continues_after_a_restart(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    hooks: list[str] = []
    router = survey_bot()
    router.on_start(lambda: hooks.append("up"))
    router.on_stop(lambda: hooks.append("down"))
    async with sandbox.runs(router) as running:
        await anna.says("/survey")
        assert await anna.hears("What is your name?")
        async with sandbox.restarted():
            assert not running.is_running
            await anna.says("Anna")
            assert await anna.hears_nothing()
        assert running.is_running
        assert await anna.hears("Where do you live?")
        async with sandbox.restarted(kill=True):
            pass
        await anna.says("Perm")
        assert await anna.hears("Anna from Perm")
    assert hooks == ["up", "down"] * 3
    assert sandbox.count("sendMessage") == 3


@pytest.mark.parametrize("kill", [False, True])
async def test_a_restart_waits_for_handlers_and_a_kill_cancels_them(sandbox: Sandbox, kill: bool) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(survey_bot()):
        await anna.says("hi")
        assert await anna.hears_nothing(timeout=2)
        async with sandbox.restarted(kill=kill):
            assert len(sandbox.sent) == (not kill)
        assert await anna.hears("done")
        assert await anna.hears_nothing()


async def test_a_stored_state_survives_a_restart(sandbox: Sandbox, tmp_path: Path) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(survey_bot(), inbox=SQLiteInbox(tmp_path / "inbox.db", clock=sandbox.clock)):
        await anna.says("/survey")
        assert await anna.hears("What is your name?")
        async with sandbox.restarted():
            await anna.says("Anna")
        assert await anna.hears("Where do you live?")
        await anna.says("Perm")
        assert await anna.hears("Anna from Perm")


async def test_a_restart_needs_a_bot(sandbox: Sandbox) -> None:
    async with sandbox.runs(echo):
        pass
    with pytest.raises(RuntimeError, match="no bot is running"):
        async with sandbox.restarted():
            pass


async def test_a_bot_that_cannot_start_again_fails_the_test(sandbox: Sandbox) -> None:
    router, starts = survey_bot(), [1]

    @router.on_start
    def connect() -> None:
        if not starts:
            raise ValueError("the database is down")
        starts.pop()

    with pytest.raises(ValueError, match="the database is down") as raised:
        async with sandbox.runs(router), sandbox.restarted():
            pass
    assert not getattr(raised.value, "__notes__", [])


async def test_a_bot_that_has_stopped_early_is_not_restarted(sandbox: Sandbox) -> None:
    down: list[str] = []
    with pytest.raises(UnauthorizedError) as raised:
        async with sandbox.runs(echo):
            sandbox.fail("receiveNotification", status=401)
            await anyio.sleep(90)
            async with sandbox.restarted():
                down.append("down")
    assert not down
    assert not getattr(raised.value, "__notes__", [])


async def test_several_bots_are_restarted_together(sandbox: Sandbox) -> None:
    shop = sandbox.add_instance()
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568", instance=shop)
    async with sandbox.runs(echo), sandbox.runs(echo, clients=sandbox.connect(shop)):
        async with sandbox.restarted():
            for person in (anna, boris):
                await person.says("hi")
                assert await person.hears_nothing()
        for person in (anna, boris):
            assert await person.hears("hi")


async def test_a_job_runs_at_its_time_and_what_it_raises_fails_the_test(sandbox: Sandbox) -> None:
    anna, router = sandbox.contact("79001234567"), Router()

    @router.job("remind")
    async def remind(run: JobRun, chat_id: str, text: str) -> None:
        if text == "nonsense":
            raise ValueError("no reminder for nonsense")
        await run.client.send_message(chat_id, f"Remember: {text}", once=run.key)

    @router.message()
    async def schedule(notification: IncomingMessageReceived) -> None:
        await remind.later(DAY, notification.chat_id, notification.text or "")

    with pytest.raises(ValueError, match="no reminder for nonsense") as raised:
        async with sandbox.runs(router):
            await anna.says("tea")
            await anyio.sleep(DAY.total_seconds() - 60)
            assert await anna.hears("Remember: tea", timeout=120)
            await anna.says("nonsense")
            await anyio.sleep(DAY.total_seconds() + 20)
    assert raised.value.__notes__ == ["raised by the job 'remind' (attempt 1)"]

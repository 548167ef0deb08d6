"""A conversation with somebody else than the writer loses no answer over a restart."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import anyio
import pytest

from greenapi_async import Client, IncomingMessageReceived, Notification, SQLiteInbox
from greenapi_async.bots import Router, filters
from greenapi_async.testing import Sandbox
from tests.bots.dialogues import ANNA, BORIS, GROUP, Bot, left, store_received

pytestmark = pytest.mark.anyio

MANAGER = "79001234569@c.us"
NewInbox = Callable[[], SQLiteInbox]


@pytest.fixture
def new_inbox(sandbox: Sandbox, tmp_path: Path) -> NewInbox:
    """Return the inbox of each start, on the same file."""
    return lambda: SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)


class Approvals:
    """A handler that asks the manager about what customers order."""

    def __init__(self, client: Client) -> None:
        self.client = client
        self.others: list[str | None] = []
        self.lookup = 0.0
        self.fails = False
        self.asks = True

    async def __call__(self, notification: IncomingMessageReceived) -> None:
        if not (notification.text or "").startswith("order "):
            self.others.append(notification.text)
            return
        await anyio.sleep(self.lookup)
        if self.fails:
            raise ValueError("no such customer")
        if not self.asks:
            return
        what = (notification.text or "").removeprefix("order ")
        async with self.client.conversation(MANAGER, timeout=600) as talk:
            answer = await talk.ask(f"{what}?")
            await anyio.sleep(self.lookup)
        async with self.client.conversation(MANAGER, timeout=600) as talk:
            day = await talk.ask(f"{what}: which day?")
        await notification.reply(f"{what}: {answer}, {day}", once=f"end {notification.id_message}")


@pytest.fixture
def approvals(sandbox: Sandbox) -> Approvals:
    return Approvals(sandbox.client)


def customers_bot(others: list[str | None]) -> Router:
    router = Router()

    @router.message(filters.command("order"))
    async def order(notification: IncomingMessageReceived, client: Client) -> None:
        async with notification.conversation(timeout=600) as talk:
            what = await talk.ask("What?")
        async with client.conversation(MANAGER, timeout=600) as talk:
            answer = await talk.ask(f"{what}?")
            day = await talk.ask("Which day?")
        await notification.reply(f"{what}: {answer}, {day}")

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        others.append(notification.text)

    return router


@pytest.mark.parametrize("kill", [False, True], ids=["stopped", "killed"])
async def test_an_answer_that_arrives_while_the_bot_is_down(
    sandbox: Sandbox, new_inbox: NewInbox, *, kill: bool
) -> None:
    anna, manager = sandbox.contact("79001234567"), sandbox.contact("79001234569")
    others: list[str | None] = []
    async with sandbox.runs(customers_bot(others), inbox=new_inbox()):
        await anna.says("/order")
        assert await anna.hears("What?")
        await manager.says("early")
        await anna.says("Soup")
        assert await manager.hears("Soup?")
        async with sandbox.restarted(kill=kill):
            for text in ("yes", "Friday", "bye"):
                await manager.says(text)
        assert await anna.hears("Soup: yes, Friday")
        await manager.says("more")
        await anyio.sleep(1)
    assert others == ["early", "bye", "more"]


@pytest.mark.parametrize("lookup", [0.0, 5.0], ids=["at once", "late"])
@pytest.mark.parametrize("is_stored", [False, True], ids=["on the server", "in the inbox"])
@pytest.mark.parametrize("answered", [0, 1, 2])
async def test_every_question_finds_its_answer(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox, *, answered: int, is_stored: bool, lookup: float
) -> None:
    client, instance = sandbox.client, sandbox.instance
    texts = ["yes", "Friday", "bye"]
    first = Bot(client, instance, approvals, new_inbox())
    answers = [first.says(MANAGER, text) for text in texts[:answered]]
    await first.runs(first.says(MANAGER, "early"), first.says(ANNA, "order Soup"), *answers, lambda: anyio.sleep(1))
    approvals.lookup = lookup
    instance.contact_writes(MANAGER, texts[answered])
    inbox = new_inbox()
    if is_stored:
        await store_received(client, inbox)
    second = Bot(client, instance, approvals, inbox)
    later = [second.says(MANAGER, text) for text in texts[answered + 1 :]]
    await second.runs(lambda: anyio.sleep(30), *later, lambda: anyio.sleep(1))
    assert second.replies() == ["Soup: yes, Friday"]
    assert second.replies(MANAGER) == ["Soup?", "Soup: which day?"]
    assert approvals.others == ["early", "bye"]
    assert await left(second) == 0


async def test_an_answer_to_the_second_conversation_while_the_first_is_replayed(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox
) -> None:
    first = Bot(sandbox.client, sandbox.instance, approvals, new_inbox())
    await first.runs(first.says(ANNA, "order Soup"), first.says(MANAGER, "yes"))
    approvals.lookup = 5.0
    second = Bot(sandbox.client, sandbox.instance, approvals, new_inbox())
    await second.runs(lambda: anyio.sleep(7), second.says(MANAGER, "Friday"), lambda: anyio.sleep(10))
    assert second.replies() == ["Soup: yes, Friday"]
    assert approvals.others == []


async def test_another_conversation_with_the_manager_is_replayed_first(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox
) -> None:
    async def handler(notification: IncomingMessageReceived) -> None:
        if notification.text != "survey":
            await approvals(notification)
            return
        async with notification.conversation(timeout=600) as talk:
            await talk.ask("Name?")
        await anyio.sleep(60)

    first = Bot(sandbox.client, sandbox.instance, handler, new_inbox(), drain=0)
    await first.runs(
        first.says(MANAGER, "survey"),
        first.says(MANAGER, "Max"),
        first.says(ANNA, "order Soup"),
        lambda: anyio.sleep(1),
    )
    for text in ("yes", "bye"):
        sandbox.instance.contact_writes(MANAGER, text)
    await store_received(sandbox.client, inbox := new_inbox())
    approvals.lookup = 20.0
    second = Bot(sandbox.client, sandbox.instance, handler, inbox)
    await second.runs(lambda: anyio.sleep(90), second.says(MANAGER, "Friday"), lambda: anyio.sleep(30))
    assert second.replies() == ["Soup: yes, Friday"]
    assert approvals.others == ["bye"]


@pytest.mark.parametrize("kind", ["older", "failed"])
async def test_what_cannot_be_an_answer_is_not_held(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox, kind: str
) -> None:
    async def slow(notification: IncomingMessageReceived) -> None:
        if notification.text == "older":
            await anyio.sleep_forever()
        await approvals(notification)

    first = Bot(sandbox.client, sandbox.instance, slow, new_inbox(), drain=0)
    await first.runs(*[first.says(MANAGER, "older")] * (kind == "older"), first.says(ANNA, "order Soup"))
    if kind == "failed":
        sandbox.instance.contact_writes(MANAGER, "failed")
        await store_received(sandbox.client, inbox := new_inbox())
        await fail(inbox, sandbox, minutes=0)
    approvals.lookup = 100.0
    second = Bot(sandbox.client, sandbox.instance, approvals, new_inbox())
    await second.runs(lambda: anyio.sleep(30))
    assert approvals.others == [kind]


async def test_the_manager_may_be_named_by_another_id(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox
) -> None:
    manager = sandbox.contact("79001234569", lid="150000000000001@lid")
    first = Bot(sandbox.client, sandbox.instance, approvals, new_inbox())
    await first.runs(lambda: sandbox.client.check_whatsapp(79001234569), first.says(ANNA, "order Soup"))
    manager.is_named_by_lid = True
    await manager.says("yes")
    approvals.lookup = 5.0
    second = Bot(sandbox.client, sandbox.instance, approvals, new_inbox())
    await second.runs(lambda: anyio.sleep(30), lambda: manager.says("Friday"), lambda: anyio.sleep(10))
    assert second.replies() == ["Soup: yes, Friday"]


async def test_customers_take_turns_after_a_restart_as_before(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox
) -> None:
    client, instance = sandbox.client, sandbox.instance
    lookups = {"order Soup": 9.0, "order Bread": 0.0}

    async def handler(notification: IncomingMessageReceived) -> None:
        await anyio.sleep(lookups.get(notification.text or "", 0.0))
        await approvals(notification)

    first = Bot(client, instance, approvals, new_inbox())
    await first.runs(first.says(ANNA, "order Soup"), first.says(BORIS, "order Bread"))
    second = Bot(client, instance, handler, new_inbox())
    answers = ("yes", "Friday", "no", "never")
    await second.runs(lambda: anyio.sleep(1), *(second.says(MANAGER, text) for text in answers))
    assert second.replies() == ["Soup: yes, Friday"]
    assert second.replies(BORIS) == ["Bread: no, never"]
    assert approvals.others == []


async def test_only_who_has_an_open_question_goes_first_after_a_restart(sandbox: Sandbox, new_inbox: NewInbox) -> None:
    client, instance = sandbox.client, sandbox.instance
    pauses = {ANNA: 0.0, BORIS: 0.0}
    thinks = 30.0

    async def handler(notification: IncomingMessageReceived) -> None:
        await anyio.sleep(pauses[notification.chat_id])
        async with client.conversation(MANAGER, timeout=600) as talk:
            answer = await talk.ask(f"{notification.text}?")
            await anyio.sleep(thinks)
            day = await talk.ask(f"{notification.text}: which day?")
        await notification.reply(f"{answer}, {day}", once=f"end {notification.id_message}")

    first = Bot(client, instance, handler, new_inbox())
    await first.runs(first.says(ANNA, "Soup"), first.says(BORIS, "Bread"), first.says(MANAGER, "yes"))
    pauses, thinks = {ANNA: 9.0, BORIS: 0.0}, 0.0
    second = Bot(client, instance, handler, new_inbox())
    await second.runs(lambda: anyio.sleep(20))
    pauses = {ANNA: 0.0, BORIS: 9.0}
    third = Bot(client, instance, handler, new_inbox())
    await third.runs(lambda: anyio.sleep(1), *(third.says(MANAGER, text) for text in ("no", "Monday", "Friday")))
    assert third.replies(MANAGER) == ["Soup?", "Bread?", "Bread: which day?", "Soup: which day?"]
    assert (third.replies(), third.replies(BORIS)) == (["yes, Friday"], ["no, Monday"])


async def test_a_shutdown_passes_the_turn_to_nobody(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox
) -> None:
    client, instance = sandbox.client, sandbox.instance

    async def handler(notification: IncomingMessageReceived) -> None:
        if notification.chat_id == BORIS:
            await anyio.sleep(5)
        await approvals(notification)

    async def orders_right_before_the_shutdown() -> None:
        instance.contact_writes(BORIS, "order Bread")
        await anyio.sleep(2)

    first = Bot(client, instance, handler, new_inbox())
    await first.runs(first.says(ANNA, "order Soup"), orders_right_before_the_shutdown)
    assert first.replies(MANAGER) == ["Soup?"]
    second = Bot(client, instance, handler, new_inbox())
    answers = ("yes", "Friday", "no", "never")
    await second.runs(lambda: anyio.sleep(1), *(second.says(MANAGER, text) for text in answers))
    assert second.replies() == ["Soup: yes, Friday"]
    assert second.replies(BORIS) == ["Bread: no, never"]
    assert approvals.others == []


async def test_a_message_of_anybody_in_another_chat(sandbox: Sandbox, new_inbox: NewInbox) -> None:
    client, instance = sandbox.client, sandbox.instance
    found: list[str] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        if notification.text != "order":
            found.append(f"other {notification.text}")
            return
        await anyio.sleep(5)
        async with client.conversation(GROUP, timeout=600) as talk:
            answer = await talk.hear("Who delivers?", check=filters.text("me"))
        found.append(answer.sender)

    first = Bot(client, instance, handler, new_inbox())
    await first.runs(first.says(ANNA, "order"))
    for text in ("hm", "me", "too late"):
        instance.contact_writes(GROUP, text, sender=BORIS)
    second = Bot(client, instance, handler, new_inbox())
    await second.runs(lambda: anyio.sleep(60))
    assert sorted(found) == [BORIS, "other hm", "other too late"]


@pytest.mark.parametrize("while_retrying", ["wait", "pass"])
@pytest.mark.parametrize("happened", ["nothing", "they failed", "the clock was set back"])
async def test_two_persons_who_await_each_other(
    sandbox: Sandbox, tmp_path: Path, new_inbox: NewInbox, happened: str, while_retrying: str
) -> None:
    client, instance = sandbox.client, sandbox.instance
    heard: list[tuple[str, str]] = []

    async def handler(notification: IncomingMessageReceived) -> None:
        await anyio.sleep(5)
        asked = {ANNA: BORIS, BORIS: ANNA}[notification.chat_id]
        async with client.conversation(asked, timeout=600) as talk:
            heard.append((asked, await talk.ask("Well?")))

    first = Bot(client, instance, handler, new_inbox())
    instance.contact_writes(ANNA, "hi")
    instance.contact_writes(BORIS, "hi")
    if happened == "the clock was set back":
        await store_received(client, SQLiteInbox(tmp_path / "bot.db", clock=lambda: sandbox.clock() + 30))
    await first.runs(lambda: anyio.sleep(10))
    assert (first.replies(), first.replies(BORIS)) == (["Well?"], ["Well?"])
    if happened == "they failed":
        await fail(new_inbox(), sandbox, minutes=1)
    instance.contact_writes(ANNA, "I am Anna")
    instance.contact_writes(BORIS, "I am Boris")
    second = Bot(client, instance, handler, new_inbox(), while_retrying=while_retrying)
    await second.runs(lambda: anyio.sleep(90))
    assert sorted(heard) == [(ANNA, "I am Anna"), (BORIS, "I am Boris")]
    assert await left(second) == 0


async def interrupted(approvals: Approvals, inbox: SQLiteInbox, sandbox: Sandbox) -> None:
    """Leave a handler that waits for the manager, who answers when the bot is down."""
    first = Bot(sandbox.client, sandbox.instance, approvals, inbox)
    await first.runs(first.says(ANNA, "order Soup"))
    sandbox.instance.contact_writes(MANAGER, "yes")


async def fail(inbox: SQLiteInbox, sandbox: Sandbox, *, minutes: int) -> None:
    """Note a failed attempt of everything that waits, and the time of the next."""
    due = datetime.fromtimestamp(sandbox.clock(), UTC) + timedelta(minutes=minutes)
    async with inbox:
        for entry in await inbox.waiting({sandbox.instance.id_instance}, 0, 10):
            await inbox.failed(entry.id, 1, due, "error")


@pytest.mark.parametrize("end", ["is dropped", "is in quarantine", "fails", "asks nothing", "its time passes"])
async def test_nothing_is_held_without_the_handler(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox, end: str
) -> None:
    await interrupted(approvals, new_inbox(), sandbox)
    async with new_inbox() as inbox:
        [entry] = await inbox.waiting({sandbox.instance.id_instance}, 0, 10)
        if end == "is dropped":
            await inbox.done(entry.id)
        elif end == "is in quarantine":
            await inbox.quarantine(entry.id, 1, "by a test")
    if end == "its time passes":
        await fail(new_inbox(), sandbox, minutes=60)
    approvals.fails, approvals.asks = end == "fails", end != "asks nothing"
    second = Bot(sandbox.client, sandbox.instance, approvals, new_inbox(), attempts=1, retry_max=3600)
    await second.runs(lambda: anyio.sleep(600.0 if end == "its time passes" else 30.0))
    assert approvals.others == ["yes"]


@pytest.mark.parametrize("is_failed", [False, True], ids=["running", "retried later"])
async def test_an_instance_that_is_removed_and_added_again(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox, *, is_failed: bool
) -> None:
    await interrupted(approvals, new_inbox(), sandbox)
    if is_failed:
        await fail(new_inbox(), sandbox, minutes=2)
    approvals.lookup = 5.0
    second = Bot(sandbox.client, sandbox.instance, approvals, new_inbox())

    async def remove_and_add() -> None:
        await anyio.sleep(2)
        second.processing.remove(sandbox.client.id_instance)
        await anyio.sleep(60)
        second.processing.add(sandbox.client)
        await anyio.sleep(90)

    await second.runs(remove_and_add, second.says(MANAGER, "Friday"), second.says(MANAGER, "bye"))
    assert second.replies() == ["Soup: yes, Friday"]
    assert approvals.others == ["bye"]


def one_lane(_: Notification) -> None:
    pass


async def test_a_removed_instance_does_not_hold_a_lane_that_it_shares(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox
) -> None:
    await interrupted(approvals, new_inbox(), sandbox)
    await fail(new_inbox(), sandbox, minutes=5)
    other = sandbox.add_instance()
    async with sandbox.connect(other) as client:
        options = {"key": one_lane, "while_retrying": "pass"}
        second = Bot(sandbox.client, sandbox.instance, approvals, new_inbox(), **options)
        second.processing.add(client)

        async def remove() -> None:
            await anyio.sleep(2)
            other.contact_writes(BORIS, "hello")
            await anyio.sleep(2)
            assert approvals.others == []
            second.processing.remove(sandbox.client.id_instance)
            await anyio.sleep(2)

        await second.runs(remove)
    assert approvals.others == ["hello"]


async def test_only_questions_to_somebody_else_are_searched_at_the_start(
    sandbox: Sandbox, approvals: Approvals, new_inbox: NewInbox
) -> None:
    async def handler(notification: IncomingMessageReceived) -> None:
        if notification.chat_id == ANNA:
            await approvals(notification)
            return
        async with notification.conversation(timeout=600) as talk:
            await talk.ask("Name?")

    bot = Bot(sandbox.client, sandbox.instance, handler, new_inbox())
    await bot.runs(bot.says(BORIS, "hi"), bot.says(ANNA, "order Soup"), bot.says(MANAGER, "yes"))
    assert bot.replies(BORIS) == ["Name?"]
    async with new_inbox() as inbox:
        later = datetime.fromtimestamp(sandbox.clock(), UTC) + timedelta(days=1)
        [found] = await inbox.records.due("conversations", before=later)
    assert found.value["awaits"] == MANAGER


def nested_bot(manager: str) -> Router:
    router = Router()

    @router.message(filters.command("order"))
    async def order(notification: IncomingMessageReceived, client: Client) -> None:
        async with notification.conversation(timeout=600) as talk:
            what = await talk.ask("What?")
            async with client.conversation(manager, timeout=600) as boss:
                answer = await boss.ask(f"{what}?")
            await talk.say(f"{what}: {answer}")

    return router


@pytest.mark.parametrize("restarts", [False, True])
async def test_conversations_inside_others_take_turns(sandbox: Sandbox, new_inbox: NewInbox, *, restarts: bool) -> None:
    anna, boris, manager = (sandbox.contact(phone) for phone in ("79001234567", "79001234568", "79001234569"))
    async with sandbox.runs(nested_bot(MANAGER), inbox=new_inbox()):
        for person, what in ((boris, "Bread"), (anna, "Soup")):
            await person.says("/order")
            assert await person.hears("What?")
            await person.says(what)
            await anyio.sleep(5)
        assert await manager.hears("Bread?")
        assert await manager.hears_nothing()
        if restarts:
            async with sandbox.restarted():
                pass
        await manager.says("no")
        assert await boris.hears("Bread: no")
        assert await manager.hears("Soup?")
        await manager.says("yes")
        assert await anna.hears("Soup: yes")


async def test_handlers_that_would_wait_for_each_other_are_told(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    router = Router()

    @router.message(filters.command("ask"))
    async def ask(notification: IncomingMessageReceived, client: Client) -> None:
        other = boris if notification.chat_id == anna.id else anna
        async with notification.conversation(timeout=600) as talk:
            name = await talk.ask("Name?")
            async with client.conversation(other.id, timeout=600) as inner:
                await inner.say(f"{name} asks you")
            await talk.say("Thanks")

    async with sandbox.runs(router, attempts=5) as running:
        for person in (anna, boris):
            await person.says("/ask")
            assert await person.hears("Name?")
        await anna.says("Anna")
        await anyio.sleep(5)
        await boris.says("Boris")
        assert await boris.hears("Anna asks you")
        assert await anna.hears("Thanks")
        assert await anna.hears("Boris asks you")
        assert await boris.hears("Thanks")
    assert not running.failures

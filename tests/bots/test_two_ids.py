"""One person whom the server names by a number and by an ``@lid``, seen by a bot."""

from collections.abc import Hashable
from pathlib import Path
from typing import Any

import anyio
import attrs
import pytest

from greenapi_async import (
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    Notification,
    OutgoingMessageStatus,
    SQLiteInbox,
)
from greenapi_async.bots import Context, MemoryStorage, Router, State, StateGroup, filters
from greenapi_async.bots.storage import SQLiteStorage
from greenapi_async.inbox import Inbox
from greenapi_async.testing import Contact, Sandbox, anyio_backend
from greenapi_async.testing.plugin import sandbox

__all__ = ["anyio_backend", "sandbox"]

pytestmark = pytest.mark.anyio

LID = "150000000000001@lid"
OTHER_LID = "150000000000002@lid"


@pytest.fixture
def anna(sandbox: Sandbox) -> Contact:
    return sandbox.contact("79001234567", "Anna", lid=LID)


async def learn(sandbox: Sandbox, *, by: str = "number") -> None:
    """Let the server report that Anna's ids belong together."""
    if by == "number":
        await sandbox.client.check_whatsapp(79001234567)
    else:
        await sandbox.client.check_whatsapp(chat_id=LID)


survey = Router()


@survey.message(filters.command("survey"))
async def ask_name(notification: IncomingMessageReceived) -> None:
    async with notification.conversation() as talk:
        await notification.reply(f"Thank you, {await talk.ask('What is your name?')}")


@survey.message()
async def other(notification: IncomingMessageReceived) -> None:
    await notification.reply(f"other: {notification.text}")


@pytest.mark.parametrize("starts_by_lid", [False, True])
@pytest.mark.parametrize("by", ["number", "lid"])
@pytest.mark.parametrize("when", ["before", "while it is open"])
async def test_a_conversation_gets_the_answer_from_the_other_id(
    sandbox: Sandbox, anna: Contact, starts_by_lid: bool, by: str, when: str
) -> None:
    if when == "before":
        await learn(sandbox, by=by)
    async with sandbox.runs(survey):
        anna.is_named_by_lid = starts_by_lid
        await anna.says("/survey")
        assert await anna.hears("What is your name?")
        if when != "before":
            await learn(sandbox, by=by)
        anna.is_named_by_lid = not starts_by_lid
        await anna.says("Anna")
        assert await anna.hears("Thank you, Anna")


async def test_a_conversation_that_the_bot_opens_by_number_is_answered_from_the_lid(
    sandbox: Sandbox, anna: Contact
) -> None:
    async with sandbox.runs(survey):
        anna.is_named_by_lid = True
        check = await sandbox.client.check_whatsapp(79001234567)
        assert check.chat_id == LID
        async with anyio.create_task_group() as tasks:
            tasks.start_soon(anna.says, "at seven")
            async with sandbox.client.conversation(anna.id) as talk:
                assert await talk.ask("When?") == "at seven"
                async with sandbox.client.conversation(LID) as nested:
                    tasks.start_soon(anna.says, "at home")
                    assert await nested.ask("Where?") == "at home"


async def test_ids_that_were_not_reported_stay_two_persons(sandbox: Sandbox, anna: Contact) -> None:
    async with sandbox.runs(survey):
        await anna.says("/survey")
        assert await anna.hears("What is your name?")
        anna.is_named_by_lid = True
        await anna.says("Anna")
        assert await anna.hears("other: Anna")


async def test_a_group_conversation_knows_its_member_by_both_ids(sandbox: Sandbox, anna: Contact) -> None:
    boris = sandbox.contact("79001234568", lid=OTHER_LID)
    team = sandbox.group("Team", anna, boris)
    await learn(sandbox)
    async with sandbox.runs(survey, key=lambda notification: notification.id_message):
        await anna.says("/survey", to=team)
        assert await team.hears("What is your name?")
        anna.is_named_by_lid = boris.is_named_by_lid = True
        await boris.says("Boris", to=team)
        assert await team.hears("other: Boris")
        await anna.says("Anna", to=team)
        assert await team.hears("Thank you, Anna")


def by_sender(notification: Notification) -> Hashable:
    return notification.id_instance, getattr(notification, "sender", notification.chat_id)


@pytest.mark.parametrize("key", [None, by_sender])
@pytest.mark.parametrize("when", ["before", "while both wait", "while both run"])
async def test_messages_of_both_ids_are_handled_in_order(sandbox: Sandbox, anna: Contact, key: Any, when: str) -> None:
    handled: list[str | None] = []
    running = 0
    overlaps: list[str | None] = []

    async def handler(notification: Notification) -> None:
        nonlocal running
        if isinstance(notification, IncomingMessageReceived):
            running += 1
            if running > 1:
                overlaps.append(notification.text)
            await anyio.sleep(20)
            handled.append(notification.text)
            running -= 1

    options: Any = {} if key is None else {"key": key}
    if when == "before":
        await learn(sandbox)
    async with sandbox.runs(handler, **options):
        for number in range(8):
            anna.is_named_by_lid = number % 2 == 1
            await anna.says(str(number))
            if number == 0 and when == "while both wait":
                await anyio.sleep(5)
        await anyio.sleep(5 if when == "while both run" else 1)
        await learn(sandbox)
        await anna.says("last")
        await anyio.sleep(300)
    assert [text for text in handled if text not in {"0", "1"}] == ["2", "3", "4", "5", "6", "7", "last"]
    assert sorted(handled[:2], key=str) == ["0", "1"]
    assert overlaps == ([] if when == "before" else ["1"])


@attrs.define
class Order:
    dish: str = ""


class Ordering(StateGroup[Order], name="ordering of two ids"):
    dish = State()
    address = State()


menu = Router()


@menu.message(filters.command("stop"))
async def stop(notification: IncomingMessageReceived, context: Context[Order]) -> None:
    await context.leave()
    await notification.reply("stopped")


@menu.message(filters.state(Ordering.dish))
async def dish(notification: IncomingMessageReceived, context: Context[Order]) -> None:
    await context.enter(Ordering.address, Order(dish=notification.text or ""))
    await notification.reply("Where?")


@menu.message(filters.state(Ordering.address))
async def address(notification: IncomingMessageReceived, context: Context[Order]) -> None:
    assert context.data is not None
    await notification.reply(f"{context.data.dish} to {notification.text}")
    await context.leave()


@menu.message()
async def start(notification: IncomingMessageReceived, context: Context[Order]) -> None:
    await context.enter(Ordering.dish)
    await notification.reply("What?")


@pytest.mark.parametrize("starts_by_lid", [False, True])
async def test_a_state_is_found_under_the_other_id(sandbox: Sandbox, anna: Contact, starts_by_lid: bool) -> None:
    storage = MemoryStorage(clock=sandbox.clock)
    async with sandbox.runs(menu, storage=storage):
        anna.is_named_by_lid = starts_by_lid
        await anna.says("hi")
        assert await anna.hears("What?")
        await learn(sandbox)
        anna.is_named_by_lid = not starts_by_lid
        await anna.says("Soup")
        assert await anna.hears("Where?")
        assert len(storage) == 1
        anna.is_named_by_lid = starts_by_lid
        await anna.says("Main Street")
        assert await anna.hears("Soup to Main Street")
        assert len(storage) == 0


async def test_of_two_states_the_one_under_the_current_id_counts(sandbox: Sandbox, anna: Contact) -> None:
    storage = MemoryStorage(clock=sandbox.clock)
    async with sandbox.runs(menu, storage=storage):
        await anna.says("hi")
        assert await anna.hears("What?")
        await anna.says("old soup")
        assert await anna.hears("Where?")
        anna.is_named_by_lid = True
        await anna.says("hi")
        assert await anna.hears("What?")
        await learn(sandbox)
        await anna.says("new soup")
        assert await anna.hears("Where?")
        await anna.says("Main Street")
        assert await anna.hears("new soup to Main Street")
        await anna.says("hi again")
        assert await anna.hears("What?")
        await anna.says("/stop")
        assert await anna.hears("stopped")
    assert len(storage) == 0


async def test_the_new_owner_of_a_number_does_not_get_the_state_of_the_former_one(
    sandbox: Sandbox, anna: Contact
) -> None:
    async with sandbox.runs(menu):
        await learn(sandbox)
        await anna.says("hi")
        assert await anna.hears("What?")
        boris = sandbox.contact("79001234567", "Boris", lid=OTHER_LID)
        await learn(sandbox)
        boris.is_named_by_lid = True
        await boris.says("Soup")
        assert await boris.hears("What?")


@pytest.mark.parametrize("named_by_lid", [False, True])
@pytest.mark.parametrize("wanted", ["79001234567", LID])
async def test_filters_match_a_person_under_both_ids(
    sandbox: Sandbox, anna: Contact, named_by_lid: bool, wanted: str
) -> None:
    router = Router()

    @router.message(filters.chat(wanted) & filters.sender(wanted))
    async def matched(notification: IncomingMessageReceived) -> None:
        await notification.reply("matched")

    @router.message()
    async def missed(notification: IncomingMessageReceived) -> None:
        await notification.reply("missed")

    boris = sandbox.contact("79001234568", lid=OTHER_LID)
    await sandbox.client.check_whatsapp(79001234568)
    async with sandbox.runs(router):
        anna.is_named_by_lid = boris.is_named_by_lid = named_by_lid
        await anna.says("hi")
        assert await anna.hears("matched" if named_by_lid == (wanted == LID) else "missed")
        await learn(sandbox)
        await anna.says("hi again")
        assert await anna.hears("matched")
        await boris.says("hi")
        assert await boris.hears("missed")


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_identities_survive_a_restart(sandbox: Sandbox, anna: Contact, kind: str, tmp_path: Path) -> None:
    def open_inbox() -> Inbox:
        return SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)

    memory: Inbox = MemoryInbox(clock=sandbox.clock)
    storage: Any = MemoryStorage(clock=sandbox.clock)
    for number, text in enumerate(("What?", "Where?", "Soup to Soup")):
        inbox = memory if kind == "memory" else open_inbox()
        if isinstance(inbox, SQLiteInbox):
            storage = SQLiteStorage(inbox, clock=sandbox.clock)
        client = sandbox.connect()
        async with sandbox.runs(menu, clients=client, inbox=inbox, storage=storage):
            if number == 0:
                await client.check_whatsapp(79001234567)
            anna.is_named_by_lid = number % 2 == 1
            await anna.says("Soup")
            assert await anna.hears(text)
        assert client.known_ids(LID) == (anna.id, LID)


async def test_what_was_learned_before_the_run_is_stored_with_it(sandbox: Sandbox, anna: Contact) -> None:
    inbox = MemoryInbox(clock=sandbox.clock)
    await learn(sandbox)
    async with sandbox.runs(survey, inbox=inbox):
        await anna.says("hi")
        assert await anna.hears("other: hi")
    assert await inbox.identities.load(sandbox.instance.id_instance) == {LID: anna.id}


async def test_instances_do_not_mix(sandbox: Sandbox, anna: Contact) -> None:
    inbox = MemoryInbox(clock=sandbox.clock)
    second = sandbox.add_instance()
    clients = [sandbox.client, sandbox.connect(second)]
    boris = sandbox.contact("79001234568", lid=LID, instance=second)
    await clients[1].check_whatsapp(79001234568)
    async with sandbox.runs(survey, clients=clients, inbox=inbox):
        await anna.says("/survey")
        assert await anna.hears("What is your name?")
        anna.is_named_by_lid = boris.is_named_by_lid = True
        await boris.says("not for the survey")
        assert await boris.hears("other: not for the survey")
        await anna.says("not known to be Anna")
        assert await anna.hears("other: not known to be Anna")
    assert clients[0].known_ids(LID) == (LID,)
    assert clients[1].known_ids(LID) == (boris.id, LID)
    assert await inbox.identities.load(sandbox.instance.id_instance) == {}


class PlainInbox(MemoryInbox):
    """An inbox written by a user, without the optional part."""

    def __init__(self) -> None:
        super().__init__()
        del self.identities


class BrokenIdentities:
    async def load(self, id_instance: int) -> dict[str, str]:
        return {}

    async def save(self, id_instance: int, changes: object) -> None:
        raise OSError("read-only")


async def test_an_inbox_without_identities_keeps_them_in_memory(sandbox: Sandbox, anna: Contact) -> None:
    async with sandbox.runs(survey, inbox=PlainInbox()):
        await anna.says("/survey")
        assert await anna.hears("What is your name?")
        await learn(sandbox)
        anna.is_named_by_lid = True
        await anna.says("Anna")
        assert await anna.hears("Thank you, Anna")


async def test_identities_that_cannot_be_stored_are_logged_and_used(
    sandbox: Sandbox, anna: Contact, caplog: pytest.LogCaptureFixture
) -> None:
    inbox: Any = PlainInbox()
    inbox.identities = BrokenIdentities()
    async with sandbox.runs(survey, inbox=inbox):
        await learn(sandbox)
        assert sandbox.client.known_ids(LID) == (anna.id, LID)
    assert "Could not store which ids belong to one person" in caplog.text


async def test_a_message_is_sent_once_to_a_person_under_both_ids(sandbox: Sandbox, anna: Contact) -> None:
    async def nothing(_: Notification) -> None: ...

    async with sandbox.runs(nothing):
        sent = await sandbox.client.send_message(anna.id, "Your order", once="order")
        with pytest.raises(InvalidArgumentError, match="was used for a message to"):
            await sandbox.client.send_message(LID, "Your order", once="order")
        await learn(sandbox)
        again = await sandbox.client.send_message(LID, "Your order", once="order")
        assert again.id_message == sent.id_message
    assert sandbox.count("sendMessage") == 1


def queue(sandbox: Sandbox, *bodies: dict[str, Any]) -> None:
    for body in bodies:
        sandbox.instance.queue_notification(body)


@pytest.mark.parametrize("with_inbox", [True, False])
async def test_a_notification_that_comes_again_under_the_other_id_is_a_duplicate(
    sandbox: Sandbox, anna: Contact, with_inbox: bool
) -> None:
    body: dict[str, Any] = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": sandbox.instance.id_instance},
        "timestamp": 1700000000,
        "idMessage": "A" * 20,
        "senderData": {"chatId": LID, "sender": LID},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "pay"}},
    }
    status = {**body, "typeWebhook": "outgoingMessageStatus", "chatId": LID, "status": "sent"}
    del status["senderData"], status["messageData"]
    by_number = {**body, "senderData": {"chatId": anna.id, "sender": anna.id}}
    last = {**body, "idMessage": "B" * 20}
    seen: list[str | None] = []
    queue(sandbox, body, status)
    notifications = sandbox.client.notifications(inbox=MemoryInbox() if with_inbox else None)
    async for notification in notifications:
        seen.append(notification.id_message)
        if isinstance(notification, OutgoingMessageStatus):
            await learn(sandbox)
            queue(sandbox, by_number, {**status, "chatId": anna.id}, body, last)
        if notification.id_message == "B" * 20:
            notifications.stop()
    assert seen == ["A" * 20, "A" * 20, "B" * 20]


async def test_nothing_opens_the_file_of_a_run_that_has_ended(sandbox: Sandbox, anna: Contact, tmp_path: Path) -> None:
    inbox = SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)
    async with sandbox.runs(survey, inbox=inbox):
        await anna.says("hi")
        assert await anna.hears("other: hi")
    await learn(sandbox)
    async with SQLiteInbox(tmp_path / "bot.db") as other_inbox:
        assert await other_inbox.identities.load(sandbox.instance.id_instance) == {}
    async with sandbox.runs(survey, inbox=inbox):
        await anna.says("hi again")
        assert await anna.hears("other: hi again")
        assert await inbox.identities.load(sandbox.instance.id_instance) == {LID: anna.id}

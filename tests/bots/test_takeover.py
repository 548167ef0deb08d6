"""Human takeover: where the owner of the account writes, the bot is silent."""

from typing import Any

import anyio
import pytest

from greenapi_async import (
    ChatTakenOverError,
    IncomingMessageReceived,
    InvalidArgumentError,
    MemoryInbox,
    OutgoingMessageReceived,
)
from greenapi_async.bots import CallNext, Router, filters, lifespan, takeover
from greenapi_async.testing import Sandbox, anyio_backend
from greenapi_async.testing.plugin import sandbox

from .takeover_bots import MINUTE, echo

__all__ = ["anyio_backend", "sandbox"]  # those of users, instead of those of this suite

pytestmark = pytest.mark.anyio


async def test_the_bot_is_silent_until_the_time_is_over(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    async with sandbox.runs(echo(Router(takeover=takeover(minutes=30))), fix=True):
        await anna.says("hi")
        assert await anna.hears("answer to hi")
        await sandbox.owner.says("I will take over.", to=anna)
        await anna.says("thank you")
        assert await anna.hears_nothing(timeout=20 * MINUTE)
        await boris.says("hi")
        assert await boris.hears("answer to hi")
        await sandbox.owner.says("One more thing.", to=anna)  # the time begins anew
        assert await anna.hears_nothing(timeout=29 * MINUTE)
        await anna.says("ok")
        assert await anna.hears_nothing(timeout=2 * MINUTE)
        await anna.says("hello?")
        assert await anna.hears("answer to hello?")


async def test_the_keyword_of_the_owner_ends_it(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(echo(Router(takeover=takeover(keyword=["over to you", "bot"]))), fix=True):
        await sandbox.owner.says("Hello Anna", to=anna)
        await anna.says("Hello")
        await anna.says("bot")  # hers is none
        assert await anna.hears_nothing()
        await sandbox.owner.says("Over to you ", to=anna)
        await anna.says("hi")
        assert await anna.hears("answer to hi")
        await sandbox.owner.says("bot", to=anna)  # a keyword begins no pause
        await anna.says("ho")
        assert await anna.hears("answer to ho")


async def test_the_bots_own_messages_begin_no_pause(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    sandbox.instance.settings["outgoingAPIMessageWebhook"] = "yes"
    async with sandbox.runs(echo(Router(takeover=takeover())), fix=True):
        for number in range(3):
            await anna.says(f"{number}")
            assert await anna.hears(f"answer to {number}")
        await sandbox.client.send_message(anna.id, "news")
        assert await anna.hears("news")
        await anna.says("more")
        assert await anna.hears("answer to more")


def as_from_phone(id_message: str, chat_id: str, **more: object) -> dict[str, object]:
    return {
        "typeWebhook": "outgoingMessageReceived",
        "instanceData": {"idInstance": 1101000001, "wid": "79990000000@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1588091580,
        "idMessage": id_message,
        "senderData": {"chatId": chat_id, "sender": "79990000000@c.us"},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hi"}},
        **more,
    }


async def test_an_own_message_that_is_reported_as_the_phones_begins_no_pause(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(echo(Router(takeover=takeover())), fix=True):
        sent = await sandbox.client.send_message(anna.id, "news")
        now = {"timestamp": int(sandbox.clock())}
        sandbox.instance.queue_notification(as_from_phone(sent.id_message, anna.id, **now))
        sandbox.instance.queue_notification(as_from_phone("3EB0000000000000", anna.id, sendByApi=True, **now))
        await anyio.sleep(10)
        await anna.says("hi")
        assert await anna.hears("news")
        assert await anna.hears("answer to hi")


@pytest.mark.parametrize("is_own", [True, False])
async def test_a_message_that_is_reported_before_the_answer_of_its_request_is_told_apart(
    sandbox: Sandbox, is_own: bool
) -> None:
    anna = sandbox.contact("79001234567")
    router = Router(takeover=takeover())
    silent: list[str] = []

    @router.message()
    async def answers(notification: IncomingMessageReceived) -> None:
        try:
            await notification.reply(f"first answer to {notification.text}")
            await notification.reply("second answer")
        except ChatTakenOverError:
            silent.append(notification.text or "")
            raise

    async with sandbox.runs(router, fix=True):
        sandbox.instance.settings["delaySendMessagesMilliseconds"] = 1
        sandbox.fail("sendMessage", delay=4, after_effect=True)
        await anna.says("hi")
        while not (answered := [message for message in anna.chat if message.from_bot]):  # noqa: ASYNC110  the server has it
            await anyio.sleep(0.1)
        id_message = answered[0].id if is_own else "3EB0123456789ABC"
        body = as_from_phone(id_message, anna.id, timestamp=int(sandbox.clock()))
        sandbox.instance.queue_notification(body)
        assert await anna.hears("first answer to hi")
        if is_own:
            assert await anna.hears("second answer")
            await anna.says("ho")
            assert await anna.hears("first answer to ho")
            assert await anna.hears("second answer")
        else:
            assert await anna.hears_nothing()
    assert silent == ([] if is_own else ["hi"])


async def test_what_a_running_handler_sends_after_the_owner_raises_and_the_entry_is_done(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    router, raised = Router(takeover=takeover()), list[bool]()

    @router.message()
    async def slow(notification: IncomingMessageReceived) -> None:
        await notification.reply("Let me think.")
        await anyio.sleep(60)  # a language model
        client = sandbox.client
        for send in (
            notification.reply("x"),
            notification.reply("x", once="x"),
            notification.reply_file(b"x", file_name="x.txt"),
            notification.reply_poll("x", ["a", "b"]),
            client.send_location(anna.id, 1, 2),
            client.forward_messages(anna.id, anna.id, ["3EB0000000000000"]),
            client.send_typing(anna.id),
            client.edit_message(anna.id, "3EB0000000000000", "x"),
            client.call("POST", "sendMessage", {"chatId": anna.id, "message": "x"}),
        ):
            with pytest.raises(ChatTakenOverError):
                await send
            raised.append(True)
        await notification.reply("It is 42.")

    async with sandbox.runs(router, fix=True) as running:
        await anna.says("hi")
        assert await anna.hears("Let me think.")
        await sandbox.owner.says("It is 43.", to=anna)
        assert await anna.hears_nothing(timeout=120)
        assert running.processing.counters.waiting == 0
        assert (running.processing.counters.retried, running.processing.counters.quarantined) == (0, 0)
    assert len(raised) == 9


async def test_a_request_that_waits_for_its_turn_is_not_sent(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(echo(Router(takeover=takeover())), fix=True):
        sandbox.fail("sendMessage", status=429, times=3)
        await anna.says("hi")
        await anyio.sleep(0.1)
        assert sandbox.count("sendMessage") == 1
        await sandbox.owner.says("I am here.", to=anna)
        assert await anna.hears_nothing()
    assert sandbox.count("sendMessage") <= 2


async def test_two_chats_and_a_group_are_taken_over_each_for_itself(sandbox: Sandbox) -> None:
    anna, boris, clara = (sandbox.contact(f"7900123456{number}") for number in range(3))
    group = sandbox.group("Team", anna, boris)
    async with sandbox.runs(echo(Router(takeover=takeover(minutes=10))), fix=True):
        await sandbox.owner.says("Hello", to=anna)
        await anyio.sleep(5 * MINUTE)
        await sandbox.owner.says("Hello all", to=group)
        await anna.says("hi")
        await anna.says("hi all", to=group)
        await boris.says("hi all", to=group)
        await clara.says("hi")
        await boris.says("hi")
        assert await clara.hears("answer to hi")
        assert await boris.hears("answer to hi")
        assert await anna.hears_nothing(timeout=5 * MINUTE)
        await anna.says("ho")
        await anna.says("ho all", to=group)
        assert await anna.hears("answer to ho")
        assert await group.hears_nothing(timeout=6 * MINUTE)
        await boris.says("and now?", to=group)
        assert await group.hears("answer to and now?")


async def test_events_outer_middleware_and_handlers_of_the_owner_go_on(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    router, seen = Router(takeover=takeover(ignore=filters.command("price"))), list[str]()

    @router.outer_middleware
    async def logs(notification: Any, call_next: CallNext) -> None:
        handled = await call_next()
        if notification.text:
            seen.append(f"{notification.text}: {handled}")

    @router.on(OutgoingMessageReceived, filters.command("price"))
    async def price(notification: OutgoingMessageReceived) -> None:
        await sandbox.client.send_message(notification.chat_id or "", "It costs 5.")

    @router.message(filters.text("to Anna"))
    async def to_anna(_: IncomingMessageReceived) -> None:
        await sandbox.client.send_message(anna.id, "from Boris")

    @router.edited()
    async def edited(notification: IncomingMessageReceived) -> None:
        seen.append("edited")
        await notification.reply("An edit changes nothing.")

    async with sandbox.runs(echo(router), fix=True):
        await sandbox.owner.says("/price", to=anna)
        assert await anna.hears("It costs 5.")
        await anna.says("thanks")
        assert await anna.hears("answer to thanks")
        await sandbox.owner.says("Hello", to=anna)
        await anna.says("hi")
        await anyio.sleep(5)
        await anna.edits("ho")
        assert await anna.hears_nothing()
        await sandbox.owner.says("/price", to=anna)
        assert await anna.hears("It costs 5.")
        await boris.says("to Anna")
        assert await anna.hears("from Boris")
    assert seen[:5] == ["/price: True", "thanks: True", "Hello: False", "hi: False", "edited"]


async def test_reactions_edits_and_notes_to_oneself_begin_no_pause(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    async with sandbox.runs(echo(Router(takeover=takeover())), fix=True):
        first = await anna.says("hi")
        assert await anna.hears("answer to hi")
        await sandbox.owner.does("react", {"idMessage": first.id, "emoji": "👍"}, to=anna)
        await anyio.sleep(5)
        await anna.says("ho")
        assert await anna.hears("answer to ho")


async def test_two_runs_over_one_client_share_the_pauses_and_the_first_keeps_them(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    first, second = (echo(Router(takeover=takeover(minutes=30))) for _ in range(2))
    async with sandbox.runs(first, fix=True, inbox=MemoryInbox(clock=sandbox.clock)):
        await sandbox.owner.says("Hello", to=anna)
        await anyio.sleep(5)
        async with lifespan(second, clients=sandbox.client, inbox=MemoryInbox(clock=sandbox.clock), polling=False):
            await anna.says("hi")
            assert await anna.hears_nothing()
            await sandbox.owner.says("Hello", to=boris)
            await anyio.sleep(5)
        await anna.says("hi")
        await boris.says("hi")
        assert await anna.hears_nothing()
        assert await boris.hears_nothing()
        await sandbox.owner.says("Hello again", to=boris)
        assert await boris.hears_nothing(timeout=29 * MINUTE)
        await anna.says("ho")
        assert await anna.hears("answer to ho")


async def test_a_handler_that_has_no_conversation_does_not_keep_the_pause_in_memory_only(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    inbox = MemoryInbox(clock=sandbox.clock)
    async with sandbox.runs(echo(Router(takeover=takeover(minutes=30))), inbox=inbox, fix=True):
        await sandbox.owner.says("Hello", to=anna)
        await anyio.sleep(5)
        [record] = await inbox.records.page("takeovers")
        assert record.key == f"{sandbox.instance.id_instance}/{anna.id}"


def test_the_router_needs_the_owners_messages() -> None:
    assert Router(takeover=takeover()).allowed_notifications() == {"outgoing_message_webhook"}
    assert Router().allowed_notifications() == frozenset()


async def sends_nothing(_: OutgoingMessageReceived) -> bool:
    return False


@pytest.mark.parametrize(
    "options",
    [
        {"minutes": 0},
        {"minutes": True},
        {"minutes": "30"},
        {"minutes": float("inf")},
        {"minutes": float("nan")},
        {"keyword": ""},
        {"keyword": ["a", ""]},
        {"keyword": 5},
        {"keyword": sends_nothing},
        {"ignore": "x"},
    ],
)
def test_invalid_options_are_rejected(options: dict[str, Any]) -> None:
    with pytest.raises(InvalidArgumentError):
        takeover(**options)


def test_a_takeover_belongs_to_the_router_that_is_run() -> None:
    with pytest.raises(InvalidArgumentError, match="belongs to the router that is run"):
        Router().include(Router(takeover=takeover()))
    wrong: Any = 30
    with pytest.raises(InvalidArgumentError, match=r"Example: Router\(takeover=takeover"):
        Router(takeover=wrong)


async def test_a_person_with_two_ids_has_one_pause(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567", "Anna", lid="150000000000001@lid")
    async with sandbox.runs(echo(Router(takeover=takeover(minutes=30))), fix=True):
        await sandbox.client.check_whatsapp(79001234567)
        await anna.says("hi")
        assert await anna.hears("answer to hi")
        anna.is_named_by_lid = True
        await sandbox.owner.says("Hello", to=anna)
        await anyio.sleep(5)
        anna.is_named_by_lid = False
        await anna.says("ho")
        assert await anna.hears_nothing(timeout=60)
        await sandbox.owner.says("/bot", to=anna)
        await anyio.sleep(5)
        anna.is_named_by_lid = True
        await anna.says("hu")
        assert await anna.hears("answer to hu")

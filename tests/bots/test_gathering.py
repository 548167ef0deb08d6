"""Gathering: what one person writes in quick succession is handled as one list."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

import anyio
import pytest

from greenapi_async import Client, IncomingMessageReceived, InvalidArgumentError, SQLiteInbox
from greenapi_async.bots import SKIP, CallNext, Router, Skip, filters, takeover
from greenapi_async.testing import Sandbox, anyio_backend
from greenapi_async.testing.plugin import sandbox

__all__ = ["anyio_backend", "sandbox"]  # those of users, instead of those of this suite

pytestmark = pytest.mark.anyio


def texts(messages: Sequence[IncomingMessageReceived]) -> list[str | None]:
    return [message.text for message in messages]


def gathering(router: Router, lists: list[Any], *, at_most: float = 30) -> Router:
    @router.message(gather=3, at_most=at_most)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        lists.append(texts(messages))
        await messages[-1].reply(" + ".join(message.text or "" for message in messages))

    return router


async def test_messages_in_quick_succession_are_one_list(sandbox: Sandbox) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    async with sandbox.runs(gathering(Router(), lists)) as running:
        for text in ("hi", "I need", "a table"):
            await anna.says(text)
            await anyio.sleep(2)
        assert running.processing.counters.waiting == 3
        assert await anna.hears("hi + I need + a table")
        await anyio.sleep(10)
        assert running.processing.counters.waiting == 0
        await anna.says("thanks")
        assert await anna.hears("thanks")
    assert lists == [["hi", "I need", "a table"], ["thanks"]]


async def test_the_list_ends_after_at_most_so_many_seconds(sandbox: Sandbox) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    async with sandbox.runs(gathering(Router(), lists, at_most=10)):
        for number in range(10):
            await anna.says(str(number))
            await anyio.sleep(2)
        await anyio.sleep(20)
    assert [len(each) for each in lists] == [5, 5]
    assert [text for each in lists for text in each] == [str(number) for number in range(10)]


async def test_a_hundred_messages_are_one_list_in_order(sandbox: Sandbox) -> None:
    anna, boris, lists = sandbox.contact("79001234567"), sandbox.contact("79001234568"), list[Any]()
    async with sandbox.runs(gathering(Router(), lists), concurrency=2) as running:
        for number in range(100):
            await anna.says(str(number))
            if number % 10 == 0:
                await boris.says(f"b{number}")
        await anyio.sleep(60)
        assert running.processing.counters.waiting == 0
    assert sorted(lists, key=len) == [
        [f"b{number}" for number in range(0, 100, 10)],
        [str(number) for number in range(100)],
    ]


async def test_in_a_group_each_person_has_a_list(sandbox: Sandbox) -> None:
    anna, boris, lists = sandbox.contact("79001234567"), sandbox.contact("79001234568"), list[Any]()
    group = sandbox.group("Team", anna, boris)
    async with sandbox.runs(gathering(Router(), lists)):
        await anna.says("a1", to=group)
        await boris.says("b1", to=group)
        await anna.says("a2", to=group)
        await anna.says("private")
        await boris.says("b2", to=group)
        await anyio.sleep(30)
    assert sorted(lists) == [["a1", "a2"], ["b1", "b2"], ["private"]]


async def test_a_message_of_another_handler_ends_the_list_and_comes_after_it(sandbox: Sandbox) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    router = Router()

    @router.message(filters.text("stop"), interrupts=True)
    async def stop(notification: IncomingMessageReceived) -> None:
        lists.append("stop")
        await notification.reply("stopped")

    @router.message(filters.command("help"), interrupts="keep")
    async def helps(_: IncomingMessageReceived) -> None:
        lists.append("help")

    async with sandbox.runs(gathering(router, lists)):
        for text in ("a", "/help", "b", "stop", "c"):
            await anna.says(text)
        assert await anna.hears("a + b", timeout=2)
        assert await anna.hears("stopped", timeout=2)
        assert await anna.hears("c")
    assert lists == ["help", ["a", "b"], "stop", ["c"]]


async def test_an_open_conversation_keeps_its_answers(sandbox: Sandbox) -> None:
    anna, lists, heard = sandbox.contact("79001234567"), list[Any](), list[Any]()
    router = Router()

    @router.message(filters.command("survey"))
    async def survey(notification: IncomingMessageReceived) -> None:
        async with notification.conversation(cancel="cancel") as talk:
            heard.append((await talk.ask("Name?"), await talk.ask("Age?")))

    async with sandbox.runs(gathering(router, lists)):
        await anna.says("one moment")
        await anna.says("/survey")
        assert await anna.hears("one moment")
        assert await anna.hears("Name?")
        await anna.says("Anna")
        assert await anna.hears("Age?")
        await anna.says("42")
        await anna.says("thanks")
        await anna.says("a lot")
        assert await anna.hears("thanks + a lot")
        await anna.says("/survey")
        assert await anna.hears("Name?")
        await anna.says("cancel")
        await anna.says("next")
        assert await anna.hears("next")
    assert heard == [("Anna", "42")]


async def test_a_conversation_in_the_handler_of_a_list(sandbox: Sandbox, tmp_path: Path) -> None:
    anna, heard = sandbox.contact("79001234567"), list[Any]()
    router = Router()

    @router.message(gather=3)
    async def answers(messages: list[IncomingMessageReceived], client: Client) -> None:
        assert client.id_instance == sandbox.instance.id_instance
        async with messages[0].conversation() as talk:
            heard.append((texts(messages), await talk.ask("Sure?")))

    async with sandbox.runs(router, inbox=SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)) as running:
        await anna.says("one")
        await anna.says("two")
        assert await anna.hears("Sure?")
        async with sandbox.restarted():
            await anna.says("yes")
        await anyio.sleep(10)
        assert heard == [(["one", "two"], "yes")]
        assert running.processing.counters.waiting == 0


@pytest.mark.parametrize("kill", [False, True])
@pytest.mark.parametrize("moment", ["window", "handler"])
async def test_a_restart_loses_nothing_and_a_retry_gets_the_same_list_or_a_longer_one(
    sandbox: Sandbox, tmp_path: Path, moment: str, kill: bool
) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    router = Router()

    @router.message(gather=3)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        lists.append(texts(messages))
        if len(lists) == 1 and moment == "handler":
            await anyio.sleep(1000)

    inbox = SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)
    async with sandbox.runs(router, inbox=inbox, drain=1, attempts=3) as running:
        for text in ("one", "two", "three"):
            await anna.says(text)
        await anyio.sleep(1 if moment == "window" else 5)
        async with sandbox.restarted(kill=kill):
            await anna.says("four")
        await anyio.sleep(20)
        assert running.processing.counters.waiting == 0
    first = [["one", "two", "three"]] if moment == "handler" else []
    assert lists == [*first, ["one", "two", "three", "four"]]


@pytest.mark.parametrize("while_retrying", ["wait", "pass"])
async def test_a_failed_list_is_retried_as_a_whole(sandbox: Sandbox, while_retrying: Any) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    router = Router()

    @router.message(gather=3)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        lists.append(texts(messages))
        if len(lists) < 3:
            raise LookupError

    async with sandbox.runs(router, attempts=5, while_retrying=while_retrying) as running:
        await anna.says("one")
        await anna.says("two")
        await anyio.sleep(60)
        assert running.processing.counters.waiting == 0
    assert lists == [["one", "two"]] * 3


async def test_a_failed_list_that_meets_a_newer_one_becomes_part_of_it(sandbox: Sandbox) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    router, failed = Router(), anyio.Event()

    @router.message(gather=3)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        lists.append(texts(messages))
        if not failed.is_set():
            failed.set()
            raise LookupError

    async with sandbox.runs(router, attempts=3, while_retrying="pass") as running:
        await anna.says("one")
        await anna.says("two")
        await failed.wait()
        await anna.says("three")
        await anyio.sleep(60)
        assert running.processing.counters.waiting == 0
        assert await running.inbox.waiting({sandbox.client.id_instance}, 0, 10) == []
        assert await running.inbox.records.page("conversations") == []  # type: ignore[attr-defined]  # a MemoryInbox
    assert lists == [["one", "two"], ["one", "two", "three"]]


@pytest.mark.parametrize("while_retrying", ["wait", "pass"])
async def test_a_retry_for_another_handler_loses_nothing(sandbox: Sandbox, while_retrying: Any) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    router = Router()

    def nothing_was_handled(_: IncomingMessageReceived) -> bool:
        return not lists

    @router.message(filters.where(nothing_was_handled), gather=3)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        lists.append(texts(messages))
        raise LookupError

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        lists.append(notification.text)

    async with sandbox.runs(router, attempts=3, while_retrying=while_retrying) as running:
        await anna.says("one")
        await anna.says("two")
        await anna.says("three")
        await anyio.sleep(60)
        assert running.processing.counters.waiting == 0
    assert lists == [["one", "two", "three"], "one", "two", "three"]


async def test_what_waits_for_the_end_of_a_list_comes_before_what_arrives_later(sandbox: Sandbox) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    router = Router()

    @router.message(filters.text("stop", "next"))
    async def others(notification: IncomingMessageReceived) -> None:
        lists.append(notification.text)

    @router.message(gather=3)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        lists.append(texts(messages))
        await anyio.sleep(5)

    async with sandbox.runs(router):
        await anna.says("one")
        await anna.says("stop")
        await anyio.sleep(1)
        await anna.says("next")
        await anyio.sleep(20)
    assert lists == [["one"], "stop", "next"]


async def test_a_message_that_the_handler_acknowledged_is_not_quarantined(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    router = Router()

    @router.message(gather=3)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        await messages[1].ack()
        raise LookupError

    async with sandbox.runs(router) as running:
        await anna.says("one")
        await anna.says("two")
        await anyio.sleep(10)
        assert running.processing.counters.quarantined == 1
        running.failures.clear()


async def test_restarts_during_the_window_count_as_no_attempts(sandbox: Sandbox, tmp_path: Path) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    inbox = SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)
    async with sandbox.runs(gathering(Router(), lists), inbox=inbox, attempts=2):
        await anna.says("one")
        await anna.says("two")
        for _ in range(5):
            await anyio.sleep(1)
            async with sandbox.restarted():
                pass
        await anyio.sleep(10)
        assert await inbox.quarantined() == []
    assert lists == [["one", "two"]]


async def test_the_whole_list_is_quarantined(sandbox: Sandbox, tmp_path: Path) -> None:
    anna, tries = sandbox.contact("79001234567"), list[Any]()
    router = Router()

    @router.message(gather=3)
    async def answers(messages: list[IncomingMessageReceived]) -> None:
        tries.append(texts(messages))
        if len(tries) <= 2:
            raise LookupError

    inbox = SQLiteInbox(tmp_path / "bot.db", clock=sandbox.clock)
    async with sandbox.runs(router, inbox=inbox, attempts=2) as running:
        for text in ("one", "two", "three"):
            await anna.says(text)
        await anyio.sleep(60)
        quarantined = await inbox.quarantined()
        assert len(quarantined) == 3
        assert {entry.attempts for entry in quarantined} == {2}
        assert running.processing.counters.quarantined == 3
        running.failures.clear()
        for entry in quarantined:
            await inbox.release(entry.id)
        await anyio.sleep(60)
        assert await inbox.quarantined() == []
        assert running.processing.counters.waiting == 0
    assert tries == [["one", "two", "three"]] * 3


async def test_middleware_runs_for_each_message(sandbox: Sandbox) -> None:
    anna, lists, seen = sandbox.contact("79001234567"), list[Any](), list[Any]()
    router = Router()

    @router.middleware
    async def logs(notification: Any, call_next: CallNext) -> None:
        seen.append((notification.text, await call_next()))

    async with sandbox.runs(gathering(router, lists)):
        await anna.says("one")
        await anna.says("two")
        assert await anna.hears("one + two")
    assert seen == [("two", True), ("one", True)]


async def test_middleware_that_fails_after_its_message_has_joined_retries_that_message(sandbox: Sandbox) -> None:
    anna, lists, failed = sandbox.contact("79001234567"), list[Any](), list[str]()
    router = Router()

    @router.middleware
    async def fails_once(notification: Any, call_next: CallNext) -> None:
        await call_next()
        if notification.text == "two" and not failed:
            failed.append("two")
            raise LookupError

    async with sandbox.runs(gathering(router, lists), attempts=3) as running:
        await anna.says("one")
        await anna.says("two")
        await anyio.sleep(60)
        assert running.processing.counters.waiting == 0
    assert sorted(text for each in lists for text in each) == ["one", "two"]


async def test_a_list_of_a_chat_that_the_owner_takes_over_goes_to_nobody(sandbox: Sandbox) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    async with sandbox.runs(gathering(Router(takeover=takeover()), lists), fix=True) as running:
        await anna.says("one")
        await anna.says("two")
        await anyio.sleep(1)
        await sandbox.owner.says("I am here", to=anna)
        await anna.says("three")
        await anyio.sleep(60)
        assert running.processing.counters.waiting == 0
    assert lists == []


async def test_without_process_each_message_is_a_list(sandbox: Sandbox) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    router = gathering(Router(), lists)
    await anna.says("one")
    async for notification in sandbox.client.notifications():
        await router.feed(notification, sandbox.client)
        break
    assert lists == [["one"]]


def test_a_handler_that_cannot_get_lists_is_rejected() -> None:
    router = Router()

    async def one(message: list[IncomingMessageReceived]) -> None: ...

    router.message()(one)
    with pytest.raises(InvalidArgumentError, match=r"use @router.message\(gather=3\)"):
        router.handler()
    wrong: list[dict[str, Any]] = [
        {"gather": 0},
        {"gather": True},
        {"gather": "3"},
        {"gather": 3, "at_most": None},
        {"gather": 3, "at_most": 2},
        {"gather": 3, "interrupts": True},
    ]
    for options in wrong:
        with pytest.raises(InvalidArgumentError):
            Router().message(filters.text("hi"), **options)


async def test_a_handler_that_asks_for_no_message_is_called_once_for_several(sandbox: Sandbox) -> None:
    anna, calls = sandbox.contact("79001234567"), list[None]()
    router = Router()

    @router.message(gather=3)
    async def ring() -> None:
        calls.append(None)

    async with sandbox.runs(router) as running:
        for text in ("a", "b", "c"):
            await anna.says(text)
        await anyio.sleep(10)
        assert running.processing.counters.waiting == 0
    assert len(calls) == 1


async def test_a_handler_without_annotations_gets_the_list_and_cannot_skip(sandbox: Sandbox) -> None:
    anna, lists = sandbox.contact("79001234567"), list[Any]()
    router = Router()

    @router.message(gather=3)
    async def skips(messages) -> Skip:  # type: ignore[no-untyped-def]  # what is tested
        lists.append(texts(cast("list[IncomingMessageReceived]", messages)))
        return SKIP

    async with sandbox.runs(router) as running:
        await anna.says("one")
        await anyio.sleep(10)
        [failure] = running.failures
        assert isinstance(failure, InvalidArgumentError)
        running.failures.clear()
    assert lists == [["one"]]

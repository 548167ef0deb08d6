"""300 people in conversations: the owner takes over in some chats, some people send stop, some edit their messages."""

import random
from collections import defaultdict
from typing import Any

import anyio
import pytest

from greenapi_async import ConversationEndedError, IncomingMessageReceived
from greenapi_async.bots import Router, filters, takeover
from greenapi_async.testing import Contact, Sandbox, anyio_backend
from greenapi_async.testing.plugin import sandbox
from tests.backends import ON_ASYNCIO

__all__ = ["anyio_backend", "sandbox"]  # those of users, instead of those of this suite

pytestmark = [
    pytest.mark.anyio,
    pytest.mark.slow,
    ON_ASYNCIO,
]

PEOPLE = 300
QUESTIONS = 3
PAUSE = 1800


def bot(heard: dict[str, list[Any]]) -> Router:
    router = Router(takeover=takeover(minutes=PAUSE / 60))

    @router.message(filters.text("stop"), interrupts=True)
    async def stop(notification: IncomingMessageReceived) -> None:
        heard[notification.chat_id].append("stop")
        await notification.reply("stopped")

    @router.message(filters.text("hi"))
    async def survey(notification: IncomingMessageReceived) -> None:
        try:
            async with notification.conversation(timeout=7200) as talk:
                for number in range(QUESTIONS):
                    heard[notification.chat_id].append(await talk.ask(f"{notification.chat_id} {number}?"))
        except ConversationEndedError:
            heard[notification.chat_id].append("ended")
            raise
        await notification.reply("thanks")

    @router.edited()
    async def edited(notification: IncomingMessageReceived) -> None:
        heard[notification.chat_id].append(f"edit {notification.text}")

    @router.message()
    async def other(notification: IncomingMessageReceived) -> None:
        heard[notification.chat_id].append(f"not asked: {notification.text}")

    return router


async def test_nobody_gets_anothers_answer_and_the_bot_never_talks_over_the_owner(sandbox: Sandbox) -> None:
    chance = random.Random(18)
    heard: dict[str, list[Any]] = defaultdict(list)
    sandbox.instance.settings["delaySendMessagesMilliseconds"] = 500
    people = [sandbox.contact(f"7900{number:07}") for number in range(PEOPLE)]
    taken_over, stopping, editing = set(people[:30]), set(people[20:50]), set(people[40:70])  # some do both
    pauses: dict[str, tuple[float, float]] = {}

    async def answers(person: Contact, number: int) -> None:
        """Answer a question; the owner or the person may do something else before."""
        if person in taken_over and number == 1:
            await anyio.sleep(chance.random() * 30)
            await sandbox.owner.says("I will take over", to=person)
            begun = sandbox.clock()
            await anyio.sleep(chance.random() * 600)
            await person.says("for the owner")
            if person in stopping:
                await person.says("stop")
            await anyio.sleep(600)
            await sandbox.owner.says("Done", to=person)
            pauses[person.id] = (begun, sandbox.clock() + PAUSE)
            await anyio.sleep(PAUSE + 60)
        elif person in stopping and number == 1:
            await person.says("stop")
            assert await person.hears("stopped", timeout=600)
        if person in stopping and number == 1:
            return
        await person.says(f"{person.id} answers {number}")

    async def lives(person: Contact) -> None:
        await anyio.sleep(chance.random() * 1000)
        await person.says("hi")
        for number in range(QUESTIONS):
            question = await person.hears(f"{person.id} {number}?", timeout=7200)
            assert question, question
            await anyio.sleep(chance.random() * 60)
            if person in editing and number == 1:
                await person.edits(f"{person.id} edits")
            await answers(person, number)
            if person in stopping and number == 1:
                return
        assert await person.hears("thanks", timeout=7200)

    async with sandbox.runs(bot(heard), fix=True, concurrency=5, attempts=1) as running:
        async with anyio.create_task_group() as tasks:
            for person in people:
                tasks.start_soon(lives, person)
        await anyio.sleep(7200)
        assert running.processing.counters.waiting == 0
        assert running.processing.counters.quarantined == 0

    for person in people:
        expected: list[str] = [f"{person.id} answers {number}" for number in range(QUESTIONS)]
        if person in stopping:
            expected = [expected[0]]
        got = [each for each in heard[person.id] if not each.startswith("edit ") and each not in {"stop", "ended"}]
        assert got == expected
        assert sorted(each for each in heard[person.id] if each in {"stop", "ended"}) == (
            ["ended", "stop"] if person in stopping else []
        )
        assert heard[person.id].count(f"edit {person.id} edits") == (person in editing)
        begun, ended = pauses.get(person.id, (0.0, 0.0))
        assert [
            message.text for message in person.chat if message.from_bot and begun + 5 <= message.timestamp < ended - 1
        ] == []
    assert len(pauses) == 30

"""The owner writes from the phone."""

import pytest

from greenapi_async import IncomingMessageReceived, OutgoingMessageReceived
from greenapi_async.bots import Router, filters
from greenapi_async.testing import Sandbox

pytestmark = pytest.mark.anyio


async def test_the_bot_is_notified_and_the_person_hears_only_the_bot(sandbox: Sandbox) -> None:
    router, seen = Router(), list[object]()

    @router.on(OutgoingMessageReceived)
    async def taken_over(notification: OutgoingMessageReceived) -> None:
        seen.append((notification.chat_id, notification.text))

    @router.message(filters.text("help"))
    async def answer(notification: IncomingMessageReceived) -> None:
        await notification.reply("I am the bot.")

    anna = sandbox.contact("79001234567")
    async with sandbox.runs(router):
        question = await anna.says("hi")
        written = await sandbox.owner.says("I will take over.", to=anna, quote=question)
        assert await anna.hears_nothing()
        await anna.says("help")
        assert await anna.hears("I am the bot.")
    assert seen == [(anna.id, "I will take over.")]
    assert (written.text, written.from_bot, written.quoted) == ("I will take over.", False, question)


async def test_the_owner_writes_to_groups_and_sends_anything(sandbox: Sandbox) -> None:
    group = sandbox.group("Team", sandbox.contact("79001234567"))
    await sandbox.owner.says("Hello", to=group)
    place = await sandbox.owner.does("location", {"latitude": 58.0, "longitude": 56.2}, to=group)
    assert [message.type for message in group.chat] == ["textMessage", "locationMessage"]
    assert place.location == (58.0, 56.2)


async def test_the_persons_instance_decides_whose_phone_it_is(sandbox: Sandbox) -> None:
    other = sandbox.add_instance()
    boris = sandbox.contact("79001234568", instance=other)
    written = await sandbox.owner.says("Hello", to=boris)
    assert written.sender == other.wid

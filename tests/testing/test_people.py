"""What people do, as the bot is told of it; and what they see of the bot."""

from pathlib import Path
from typing import TypeVar

import pytest

from greenapi_async import (
    ContactMessage,
    ImageMessage,
    IncomingCall,
    IncomingMessageReceived,
    LocationMessage,
    Notification,
    PollMessage,
    PollUpdateMessage,
    QuotedMessage,
    ReactionMessage,
)
from greenapi_async.testing import Sandbox
from greenapi_async.types import ReplyButton

pytestmark = pytest.mark.anyio

N = TypeVar("N", bound=Notification)
PICTURE = b"\x89PNG and more"


async def received(sandbox: Sandbox, kind: type[N]) -> N:
    """Give the next notification of this kind, as a bot without a router sees it."""
    async with sandbox.client.notifications() as notifications:
        async for notification in notifications:
            if isinstance(notification, kind):
                await notification.ack()
                return notification
    raise AssertionError


async def test_a_person_is_the_same_however_the_number_is_written(sandbox: Sandbox) -> None:
    anna = sandbox.contact("+7 900 123-45-67", name="Anna")
    assert sandbox.contact(79001234567) is anna
    assert (anna.id, anna.phone, anna.name) == ("79001234567@c.us", "79001234567", "Anna")


async def test_a_text_comes_with_its_writer_and_what_it_quotes(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567", name="Anna")
    first = await anna.says("one")
    second = await anna.says("two", quote=first)
    assert second.quoted == first
    assert (await received(sandbox, IncomingMessageReceived)).sender_name == "Anna"
    told = await received(sandbox, IncomingMessageReceived)
    assert isinstance(told.message, QuotedMessage)
    assert (told.text, told.message.quoted and told.message.quoted.text) == ("two", "one")


async def test_a_file_is_sent_by_its_path_or_by_its_content(sandbox: Sandbox, tmp_path: Path) -> None:
    anna = sandbox.contact("79001234567")
    (tmp_path / "photo.png").write_bytes(PICTURE)
    await anna.sends_file(tmp_path / "photo.png", caption="Look")
    told = await received(sandbox, IncomingMessageReceived)
    assert isinstance(told.message, ImageMessage)
    path = await sandbox.client.download(told, tmp_path / "copy.png")
    assert (told.text, path.read_bytes()) == ("Look", PICTURE)
    with pytest.raises(ValueError, match="give name="):
        await anna.sends_file(PICTURE)
    assert (await anna.sends_file(PICTURE, name="photo.png", kind="document")).type == "documentMessage"


async def test_places_cards_and_calls_arrive(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await anna.sends_location(55.75, 37.62, name="Here")
    place = (await received(sandbox, IncomingMessageReceived)).message
    assert isinstance(place, LocationMessage)
    assert (place.latitude, place.name_location) == (55.75, "Here")
    await anna.sends_contact(79001112233, "Boris")
    card = (await received(sandbox, IncomingMessageReceived)).message
    assert isinstance(card, ContactMessage)
    assert card.display_name == "Boris"
    id_message = await anna.calls("missed")
    assert (await received(sandbox, IncomingCall)).id_message == id_message


async def test_the_bot_is_told_of_polls_and_votes(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    poll = await anna.asks("Tea?", ["Yes", "No"])
    assert isinstance((await received(sandbox, IncomingMessageReceived)).message, PollMessage)
    assert await anna.votes("Yes") == poll
    assert isinstance((await received(sandbox, IncomingMessageReceived)).message, PollUpdateMessage)
    assert poll.votes == {anna.id: ("Yes",)}
    with pytest.raises(ValueError, match=r"'Tea\?' has no 'Maybe'; it has 'Yes', 'No'"):
        await anna.votes("Maybe")


async def test_a_poll_of_the_bot_is_heard_with_its_options(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await sandbox.client.send_poll(anna.id, "Size?", ["S", "L"])
    poll = await anna.hears("Size?")
    assert poll
    assert (poll.type, poll.options) == ("pollMessage", ("S", "L"))
    assert (await anna.votes("L")).votes == {anna.id: ("L",)}


@pytest.mark.parametrize("button", ["Yes", "2"])
async def test_a_button_is_pressed_by_its_text_or_its_id(sandbox: Sandbox, button: str) -> None:
    anna = sandbox.contact("79001234567")
    buttons = [ReplyButton(button_id="1", button_text="No"), ReplyButton(button_id="2", button_text="Yes")]
    await sandbox.client.send_interactive_buttons_reply(anna.id, "Sure?", buttons)
    heard = await anna.hears()
    assert heard
    assert [each.text for each in heard.buttons] == ["No", "Yes"]
    await anna.presses(button)
    assert (await received(sandbox, IncomingMessageReceived)).text == "Yes"
    with pytest.raises(ValueError, match="'Sure\\?' has no button 'Perhaps'; it has 'No', 'Yes'"):
        await anna.presses("Perhaps")


async def test_what_has_nothing_to_refer_to_says_so(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await anna.says("hi")
    for act in (anna.presses("Yes"), anna.votes("Yes"), anna.reacts("!")):
        with pytest.raises(LookupError, match=r"there is no .+ in the chat yet"):
            await act


async def test_reactions_edits_and_deletions_are_of_the_last_that_fits(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await sandbox.client.send_message(anna.id, "hello")
    assert await anna.hears("hello")
    own = await anna.says("Helo")
    assert (await anna.reacts("👍")).text == "hello"
    assert (await anna.edits("Hello")) == own
    assert (own.text, own.deleted) == ("Hello", False)
    assert (await anna.deletes()).deleted
    types: list[str] = []
    async with sandbox.client.notifications() as notifications:
        async for notification in notifications:
            if isinstance(notification, IncomingMessageReceived):
                types.append(type(notification.message).__name__)
                if len(types) == 4:
                    break
    assert types == ["TextMessage", ReactionMessage.__name__, "EditedMessage", "DeletedMessage"]


async def test_the_status_of_a_message_is_what_became_of_it(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567"), sandbox.contact("79001234568")
    boris.has_account = False
    for person in (anna, boris):
        await sandbox.client.send_message(person.id, "hello")
    heard = await anna.hears("hello")
    assert heard
    assert (heard.status, heard.from_bot, heard.sender) == ("delivered", True, sandbox.instance.wid)
    assert await anna.reads() == [heard]
    assert heard.status == "read"
    assert await boris.hears_nothing()
    assert [message.status for message in sandbox.sent] == ["read", "noAccount"]
    assert (anna.has_account, boris.has_account) == (True, False)


async def test_a_person_sees_the_bot_type(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    assert anna.typing is None
    async with sandbox.client.typing(anna.id):
        await sandbox.client.send_message(anna.id, "wait")
        assert await anna.hears("wait")
        assert anna.typing == "typing"


async def test_a_file_of_the_bot_has_its_content(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await sandbox.client.send_file_by_upload(anna.id, PICTURE, file_name="photo.png", caption="Here")
    heard = await anna.hears("Here")
    assert heard
    assert heard.file
    assert (heard.file.name, heard.file.mime_type, heard.file.content) == ("photo.png", "image/png", PICTURE)
    await sandbox.client.send_file_by_url(anna.id, "https://example.com/a.pdf", "a.pdf")
    linked = await anna.hears()
    assert linked
    assert linked.file
    with pytest.raises(LookupError, match=r"no file of the URL https://example\.com"):
        _ = linked.file.content


async def test_a_group_hears_what_is_said_in_it(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567", "Anna"), sandbox.contact("79001234568", "Boris")
    team = sandbox.group("Team", anna, boris)
    await boris.says("hi", to=team)
    told = await received(sandbox, IncomingMessageReceived)
    assert (told.chat_id, told.sender) == (team.id, boris.id)
    await told.reply("hello")
    assert await team.hears("hello")
    assert not await anna.hears(timeout=1)
    assert team.members == [anna.id, sandbox.instance.wid, boris.id]
    assert (team.name, [message.text for message in team.chat]) == ("Team", ["hi", "hello"])

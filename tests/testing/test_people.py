"""Actions of people as the bot receives them, and what people see of the bot."""

from decimal import Decimal
from pathlib import Path
from typing import TypeVar

import pytest

from greenapi_async import (
    ContactMessage,
    ImageMessage,
    IncomingCall,
    IncomingMessageReceived,
    InvalidArgumentError,
    LocationMessage,
    Notification,
    OrderMessage,
    PollMessage,
    PollUpdateMessage,
    ProductMessage,
    QuotedMessage,
    ReactionMessage,
)
from greenapi_async.testing import Sandbox
from greenapi_async.types import ReplyButton

pytestmark = pytest.mark.anyio

N = TypeVar("N", bound=Notification)
PICTURE = b"\x89PNG and more"


@pytest.fixture(autouse=True)
def everything_is_notified(sandbox: Sandbox) -> None:
    """Switch on the notifications that are off in a new instance."""
    sandbox.instance.settings.update(pollMessageWebhook="yes", incomingCallWebhook="yes", catalogWebhook="yes")


async def received(sandbox: Sandbox, kind: type[N]) -> N:
    """Return the next notification of a class, as a bot without a router receives it."""
    async with sandbox.client.notifications() as notifications:
        async for notification in notifications:
            if isinstance(notification, kind):
                await notification.ack()
                return notification
    raise AssertionError


async def test_a_person_is_identified_by_the_number_in_any_notation(sandbox: Sandbox) -> None:
    anna = sandbox.contact("+7 900 123-45-67", name="Anna")
    assert sandbox.contact(79001234567) is anna
    assert (anna.id, anna.phone, anna.name) == ("79001234567@c.us", "79001234567", "Anna")


async def test_a_text_has_its_sender_and_the_quoted_message(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567", name="Anna")
    first = await anna.says("one")
    second = await anna.says("two", quote=first)
    assert second.quoted == first
    assert (await received(sandbox, IncomingMessageReceived)).sender_name == "Anna"
    notification = await received(sandbox, IncomingMessageReceived)
    assert isinstance(notification.message, QuotedMessage)
    assert (notification.text, notification.message.quoted and notification.message.quoted.text) == ("two", "one")


async def test_a_file_is_sent_by_path_or_by_content(sandbox: Sandbox, tmp_path: Path) -> None:
    anna = sandbox.contact("79001234567")
    (tmp_path / "photo.png").write_bytes(PICTURE)
    await anna.sends_file(tmp_path / "photo.png", caption="Look")
    notification = await received(sandbox, IncomingMessageReceived)
    assert isinstance(notification.message, ImageMessage)
    path = await sandbox.client.download(notification, tmp_path / "copy.png")
    assert (notification.text, path.read_bytes()) == ("Look", PICTURE)
    with pytest.raises(ValueError, match="needs a name"):
        await anna.sends_file(PICTURE)
    assert (await anna.sends_file(PICTURE, name="photo.png", kind="document")).type == "documentMessage"


async def test_locations_contact_cards_and_calls_are_received(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await anna.sends_location(55.75, 37.62, name="Here")
    location = (await received(sandbox, IncomingMessageReceived)).message
    assert isinstance(location, LocationMessage)
    assert (location.latitude, location.name_location) == (55.75, "Here")
    await anna.sends_contact(79001112233, "Boris")
    card = (await received(sandbox, IncomingMessageReceived)).message
    assert isinstance(card, ContactMessage)
    assert card.display_name == "Boris"
    id_message = await anna.calls("missed")
    assert (await received(sandbox, IncomingCall)).id_message == id_message


async def test_the_bot_receives_products_and_orders(sandbox: Sandbox) -> None:
    anna, client = sandbox.contact("79001234567"), sandbox.client
    with pytest.raises(LookupError, match=r"no product 'Mug'. Its products: none; create one with"):
        await anna.orders("Mug")
    image = (await client.upload_file(PICTURE, file_name="mug.png")).url_file or ""
    mug = await client.create_product("Mug", "GB", "8.50", image, currency="EUR")
    assert (await anna.sends_product("Mug")).text == "Mug"
    notification = await received(sandbox, IncomingMessageReceived)
    assert isinstance(notification.message, ProductMessage)
    assert (notification.message.product_id, notification.message.price_amount) == (mug.id, Decimal("8.50"))
    await anna.orders(mug.id or "", "Mug")
    notification = await received(sandbox, IncomingMessageReceived)
    assert isinstance(notification.message, OrderMessage)
    assert notification.message.total_amount == Decimal("17.00")
    with pytest.raises(LookupError, match=r"no product 'Plate'. Its products: 'Mug'"):
        await anna.orders("Mug", "Plate")


async def test_the_image_of_a_product_is_downloaded(sandbox: Sandbox, tmp_path: Path) -> None:
    anna, client = sandbox.contact("79001234567"), sandbox.client
    image = (await client.upload_file(PICTURE, file_name="mug.png")).url_file or ""
    await client.create_product("Mug", "GB", "8.50", image)
    await anna.sends_product("Mug")
    notification = await received(sandbox, IncomingMessageReceived)
    assert (await notification.download(tmp_path / "mug.png")).read_bytes() == PICTURE
    await anna.orders("Mug")
    notification = await received(sandbox, IncomingMessageReceived)
    with pytest.raises(InvalidArgumentError, match="is a OrderMessage and has no file"):
        await notification.download(tmp_path / "mug.png")


async def test_the_bot_orders_from_a_person(sandbox: Sandbox) -> None:
    anna, client = sandbox.contact("79001234567"), sandbox.client
    vase = await anna.sells("Vase", "20", currency="EUR")
    [product] = (await client.get_products(anna.id)).products or []
    assert (product.name, product.price_amount) == ("Vase", Decimal("20.00"))
    await client.send_order(anna.id, [vase])
    heard = await anna.hears()
    assert heard
    assert heard.type == "orderMessage"


async def test_the_bot_receives_polls_and_votes(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    poll = await anna.asks("Tea?", ["Yes", "No"])
    assert isinstance((await received(sandbox, IncomingMessageReceived)).message, PollMessage)
    assert await anna.votes("Yes") == poll
    assert isinstance((await received(sandbox, IncomingMessageReceived)).message, PollUpdateMessage)
    assert poll.votes == {anna.id: ("Yes",)}
    with pytest.raises(ValueError, match=r"'Tea\?' has no option 'Maybe'. Its options: 'Yes', 'No'"):
        await anna.votes("Maybe")


async def test_a_poll_of_the_bot_has_its_options(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await sandbox.client.send_poll(anna.id, "Size?", ["S", "L"])
    poll = await anna.hears("Size?")
    assert poll
    assert (poll.type, poll.options) == ("pollMessage", ("S", "L"))
    assert (await anna.votes("L")).votes == {anna.id: ("L",)}


@pytest.mark.parametrize("button", ["Yes", "2"])
async def test_a_button_is_pressed_by_text_or_id(sandbox: Sandbox, button: str) -> None:
    anna = sandbox.contact("79001234567")
    buttons = [ReplyButton(button_id="1", button_text="No"), ReplyButton(button_id="2", button_text="Yes")]
    await sandbox.client.send_interactive_buttons_reply(anna.id, "Sure?", buttons)
    heard = await anna.hears()
    assert heard
    assert [each.text for each in heard.buttons] == ["No", "Yes"]
    await anna.presses(button)
    assert (await received(sandbox, IncomingMessageReceived)).text == "Yes"
    with pytest.raises(ValueError, match=r"'Sure\?' has no button 'Perhaps'. Its buttons: 'No', 'Yes'"):
        await anna.presses("Perhaps")


async def test_an_action_without_a_message_to_refer_to_raises(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    await anna.says("hi")
    for action in (anna.presses("Yes"), anna.votes("Yes"), anna.reacts("!")):
        with pytest.raises(LookupError, match=r"the chat has no .+ yet"):
            await action


async def test_reactions_edits_and_deletions_apply_to_the_last_suitable_message(sandbox: Sandbox) -> None:
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


async def test_a_message_shows_its_delivery_status(sandbox: Sandbox) -> None:
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


async def test_a_person_sees_the_typing_indicator(sandbox: Sandbox) -> None:
    anna = sandbox.contact("79001234567")
    assert anna.typing is None
    async with sandbox.client.typing(anna.id):
        await sandbox.client.send_message(anna.id, "wait")
        assert await anna.hears("wait")
        assert anna.typing == "typing"


async def test_the_content_of_a_file_sent_by_the_bot_can_be_read(sandbox: Sandbox) -> None:
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
    with pytest.raises(LookupError, match=r"no file with the URL https://example\.com"):
        _ = linked.file.content


async def test_a_group_receives_the_messages_sent_to_it(sandbox: Sandbox) -> None:
    anna, boris = sandbox.contact("79001234567", "Anna"), sandbox.contact("79001234568", "Boris")
    team = sandbox.group("Team", anna, boris)
    await boris.says("hi", to=team)
    notification = await received(sandbox, IncomingMessageReceived)
    assert (notification.chat_id, notification.sender) == (team.id, boris.id)
    await notification.reply("hello")
    assert await team.hears("hello")
    assert not await anna.hears(timeout=1)
    assert team.members == [anna.id, sandbox.instance.wid, boris.id]
    assert (team.name, [message.text for message in team.chat]) == ("Team", ["hi", "hello"])

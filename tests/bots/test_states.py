"""Conversation states: names, data, expiry and isolation."""

import importlib.util
import json
import logging
import random
import sys
from collections import defaultdict
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypedDict

import anyio
import attrs
import pytest

from greenapi_async import Client, InvalidArgumentError, MemoryInbox, Notification, parse_notification
from greenapi_async.bots.context import DAY, Context, by_sender, load_context
from greenapi_async.bots.states import State, StateGroup
from greenapi_async.bots.storage import MemoryStorage
from greenapi_async.sandbox import Instance

pytestmark = pytest.mark.anyio

ANNA = "79001234567@c.us"
BORIS = "79001234568@c.us"
GROUP = "120363043968066561@g.us"


@attrs.define
class OrderData:
    size: str = ""
    address: str = ""


class Ordering(StateGroup[OrderData]):
    size = State()
    address = State()


@dataclass
class Visit:
    at: datetime
    guests: int = 1


class Booking(StateGroup[Visit], name="booking"):
    name = State()
    states = State()


class Answers(TypedDict, total=False):
    colour: str


class Survey(StateGroup[Answers]):
    colour = State()


class Menu(StateGroup[None]):
    top = State()


def written(sender: str = ANNA, chat_id: str | None = None, **fields: Any) -> Notification:
    body = {
        "typeWebhook": "incomingMessageReceived",
        "instanceData": {"idInstance": 1101000001, "wid": "79990000000@c.us", "typeInstance": "whatsapp"},
        "timestamp": 1700000000,
        "idMessage": "3A00000000000001",
        "senderData": {"chatId": chat_id or sender, "sender": sender},
        "messageData": {"typeMessage": "textMessage", "textMessageData": {"textMessage": "hello"}},
    }
    return parse_notification({**body, **fields})


@pytest.fixture
def storage() -> MemoryStorage:
    return MemoryStorage(clock=anyio.current_time)


def test_a_state_is_named_after_its_group_and_attribute() -> None:
    assert str(Ordering.size) == "Ordering.size"
    assert repr(Ordering.address) == "<State Ordering.address>"
    assert Ordering.size.group is Ordering
    assert str(Booking.name) == "booking.name"
    assert {Ordering.size: 1, Ordering.address: 2}[Ordering.address] == 2
    assert Ordering.size != Ordering.address


def test_two_groups_with_one_name_are_rejected() -> None:
    with pytest.raises(InvalidArgumentError, match=r"both stored as 'Ordering'. .* class Other\(\.\.\., name="):
        type("Other", (Ordering,), {}, name="Ordering")


def test_a_reloaded_module_replaces_its_groups() -> None:
    def again() -> type[StateGroup[Any]]:
        class Same(StateGroup[OrderData], name="read again"):
            one = State()

        return Same

    assert again() is not again()


TWICE = """
from dataclasses import dataclass
from greenapi_async.bots.states import State, StateGroup

@dataclass
class Order:
    size: str = ""

class Twice(StateGroup[Order], name={name!r}):
    size = State()
    address = State()
"""


def load(path: Path, module_name: str, group_name: str) -> Any:
    """Import a file under a name, as often as it is called."""
    path.write_text(TWICE.format(name=group_name))
    spec = importlib.util.spec_from_file_location(module_name, path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[module_name] = module  # dataclasses look for it
    try:
        spec.loader.exec_module(module)
    finally:
        del sys.modules[module_name]
    return module


async def test_a_module_imported_under_two_names_has_one_group(tmp_path: Path, storage: MemoryStorage) -> None:
    main, named = (load(tmp_path / "shop.py", name, str(tmp_path)) for name in ("shop_main", "shop"))
    assert {main.Twice.size: 1}[named.Twice.size] == 1
    assert main.Twice.size != named.Twice.address
    context: Context[Any] = await load_context(storage, written())
    await context.enter(main.Twice.size, main.Order(size="L"))
    again: Context[Any] = await load_context(storage, written())
    assert again.current == main.Twice.size
    for twin in (main, named):
        await again.enter(twin.Twice.address)  # keeps the data, whichever import they belong to
        await again.update(size="M")
        assert (await load_context(storage, written())).data == named.Order(size="M")


def test_a_group_of_the_same_name_in_another_file_is_rejected(tmp_path: Path) -> None:
    load(tmp_path / "shop.py", "shop", str(tmp_path))
    with pytest.raises(InvalidArgumentError, match=r"shop\.Twice and other\.Twice are both stored as"):
        load(tmp_path / "other.py", "other", str(tmp_path))


def test_a_data_type_that_json_cannot_hold_is_rejected_when_the_class_is_created() -> None:
    class Connection:
        pass

    with pytest.raises(InvalidArgumentError, match="cannot be read from JSON"):

        class Broken(StateGroup[Connection]):  # pyright: ignore[reportUnusedClass]  # making it is what fails
            one = State()


async def test_a_state_outside_a_group_is_rejected(storage: MemoryStorage) -> None:
    context = await load_context(storage, written())
    with pytest.raises(InvalidArgumentError, match="attribute of a StateGroup"):
        await context.enter(State())


async def test_the_next_notification_has_the_state_and_its_own_copy_of_the_data(storage: MemoryStorage) -> None:
    first: Context[OrderData] = await load_context(storage, written())
    assert (first.current, first.data) == (None, None)
    data = OrderData(size="L")
    await first.enter(Ordering.size, data)
    assert (first.current, first.data) == (Ordering.size, data)
    second: Context[OrderData] = await load_context(storage, written())
    assert second.current is Ordering.size
    assert second.data == data
    assert second.data is not data
    assert second.data is not None
    second.data.size = "changed, not saved"
    assert (await load_context(storage, written())).data == data


async def test_data_are_saved_updated_kept_within_the_group_and_deleted(storage: MemoryStorage) -> None:
    context: Context[OrderData] = await load_context(storage, written())
    await context.enter(Ordering.size)
    await context.update(size="L")
    await context.enter(Ordering.address)
    assert (await load_context(storage, written())).data == OrderData(size="L")
    await context.update(address="Perm")
    assert (await load_context(storage, written())).data == OrderData(size="L", address="Perm")
    await context.save(OrderData(size="S"))
    assert (await load_context(storage, written())).data == OrderData(size="S")
    await context.enter(Menu.top)
    assert (await load_context(storage, written())).data is None
    await context.leave()
    assert (context.current, context.data) == (None, None)
    assert (await load_context(storage, written())).current is None


async def test_data_can_be_a_dataclass_or_a_typed_dict(storage: MemoryStorage) -> None:
    booking: Context[Visit] = await load_context(storage, written())
    await booking.enter(Booking.states, Visit(at=datetime(2026, 1, 2, tzinfo=UTC)))
    await booking.update(guests=3)
    found = await load_context(storage, written())
    assert (found.current, found.data) == (Booking.states, Visit(datetime(2026, 1, 2, tzinfo=UTC), 3))
    survey: Context[Answers] = await load_context(storage, written(BORIS))
    await survey.enter(Survey.colour)
    await survey.update(colour="green")
    await survey.update(colour="red")
    assert (await load_context(storage, written(BORIS))).data == {"colour": "red"}


async def test_invalid_data_and_expiry_are_rejected(storage: MemoryStorage) -> None:
    context: Context[Any] = await load_context(storage, written())
    with pytest.raises(InvalidArgumentError, match="no current state to store data in"):
        await context.save(OrderData())
    with pytest.raises(InvalidArgumentError, match="no current state to store data in"):
        await context.update(size="L")
    with pytest.raises(InvalidArgumentError, match="Menu has no data"):
        await context.enter(Menu.top, OrderData())
    with pytest.raises(InvalidArgumentError, match="booking must be Visit, got OrderData"):
        await context.enter(Booking.name, OrderData())
    for expires in (0, -1, float("nan"), True, "day"):
        with pytest.raises(InvalidArgumentError, match="positive number of seconds"):
            await context.enter(Ordering.size, expires=expires)  # type: ignore[arg-type]  # wrong on purpose
    assert (await load_context(storage, written())).current is None


async def test_a_state_expires_after_its_time_counted_from_the_last_change(storage: MemoryStorage) -> None:
    context: Context[OrderData] = await load_context(storage, written())
    await context.enter(Ordering.size, expires=100)
    await anyio.sleep(90)
    context = await load_context(storage, written())
    await context.update(size="L")
    await anyio.sleep(90)
    assert (await load_context(storage, written())).current is Ordering.size
    await anyio.sleep(20)
    assert (await load_context(storage, written())).current is None


async def test_a_state_expires_after_a_day_by_default(storage: MemoryStorage) -> None:
    await (await load_context(storage, written(ANNA))).enter(Ordering.size)
    await (await load_context(storage, written(BORIS))).enter(Ordering.size, expires=None)
    await anyio.sleep(DAY - 1)
    assert (await load_context(storage, written(ANNA))).current is Ordering.size
    await anyio.sleep(30 * DAY)
    assert (await load_context(storage, written(ANNA))).current is None
    assert (await load_context(storage, written(BORIS))).current is Ordering.size


@pytest.mark.parametrize(
    ("name", "stored"),
    [
        ("booking.name", {"state": "booking.name", "expires": None, "data": {"at": "no time, but SECRET"}}),
        ("Gone.size", {"state": "Gone.size", "expires": None, "data": None}),
        ("Ordering.removed", {"state": "Ordering.removed", "expires": None, "data": None}),
        ("?", "SECRET"),
    ],
)
async def test_an_unreadable_stored_state_is_none_and_logged_once(
    storage: MemoryStorage, name: str, stored: object, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("greenapi_async.bots.context._reported", set[str]())
    for sender in (ANNA, BORIS):
        await storage.set(by_sender(written(sender)), json.dumps(stored), None)
    with caplog.at_level(logging.INFO):
        for sender in (ANNA, BORIS, ANNA):
            context: Context[OrderData] = await load_context(storage, written(sender))
            assert (context.current, context.data) == (None, None)
    assert len(caplog.records) == 1
    assert name in caplog.text
    assert "SECRET" not in caplog.text
    context = await load_context(storage, written(ANNA))
    await context.enter(Ordering.size)
    assert (await load_context(storage, written(ANNA))).current is Ordering.size
    assert await storage.get(by_sender(written(BORIS))) == json.dumps(stored)


def test_the_default_key_has_instance_chat_and_sender() -> None:
    assert by_sender(written(ANNA)) == f"1101000001/{ANNA}/{ANNA}"
    assert by_sender(written(ANNA, GROUP)) == f"1101000001/{GROUP}/{ANNA}"
    status = written(typeWebhook="outgoingMessageStatus", chatId=ANNA, status="read")
    assert by_sender(status) == f"1101000001/{ANNA}/{ANNA}"
    changed = {"typeWebhook": "stateInstanceChanged", "instanceData": {"idInstance": 1101000001}}
    assert by_sender(parse_notification(changed)) == "1101000001//"


async def test_a_custom_key(storage: MemoryStorage) -> None:
    def by_chat(notification: Notification) -> str:
        return notification.chat_id or ""

    await (await load_context(storage, written(ANNA, GROUP), by_chat)).enter(Ordering.size)
    found = await load_context(storage, written(BORIS, GROUP), by_chat)
    assert (found.key, found.current) == (GROUP, Ordering.size)
    assert (await load_context(storage, written(BORIS, GROUP))).current is None


async def test_states_of_a_hundred_concurrent_contacts_do_not_mix(
    client: Client, instance: Instance, storage: MemoryStorage
) -> None:
    """All messages of a contact are queued from the start, so only the lanes isolate the contacts."""
    contacts = [f"790012345{number:02}@c.us" for number in range(100)]
    for text in ("order", "size", "address"):
        for contact in contacts:
            written = text if text == "order" else f"{text} of {contact}"
            instance.contact_writes(contact, written)
    chance = random.Random(6)
    orders: dict[str, list[OrderData]] = defaultdict(list)

    async def handler(notification: Notification) -> None:
        context: Context[OrderData] = await load_context(storage, notification)
        await anyio.sleep(chance.random() * 10)
        assert notification.text is not None
        assert notification.chat_id is not None
        if context.current is None:
            await context.enter(Ordering.size, OrderData())
        elif context.current is Ordering.size:
            await context.update(size=notification.text)
            await anyio.sleep(chance.random())
            await context.enter(Ordering.address)
        else:
            await context.update(address=notification.text)
            assert context.data is not None
            orders[notification.chat_id].append(context.data)
            await context.leave()
            if len(orders) == 100:
                processing.stop()

    processing = client.process(handler, inbox=MemoryInbox(), attempts=1)
    await processing
    assert orders == {contact: [OrderData(f"size of {contact}", f"address of {contact}")] for contact in contacts}
    assert len(storage) == 0

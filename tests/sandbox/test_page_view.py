"""The page view of an instance: everything once, then only changes."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Fault, Instance, ManualClock
from greenapi_async.sandbox.control.page_view import SHOWN, PageView

ANNA = "79001234567@c.us"
GROUP = "120363043968066561@g.us"
pytestmark = pytest.mark.anyio

Api = Callable[..., Awaitable[httpx.Response]]


@pytest.fixture
def view(instance: Instance) -> PageView:
    view = PageView(instance)
    view.changes()
    return view


def row(update: dict[str, Any]) -> dict[str, Any]:
    """Return the single message of the update."""
    [found] = update["messages"]
    return dict(found)


async def test_a_new_page_receives_everything(instance: Instance, api: Api) -> None:
    instance.contact_writes(ANNA, "hi", sender_name="Anna")
    await api("GET", "getSettings")
    update = PageView(instance).changes()
    assert update["first"] is True
    assert [(one["text"], one["senderName"], one["type"]) for one in update["messages"]] == [("hi", "Anna", "incoming")]
    assert [(one["chatId"], one["name"], one["exists"]) for one in update["chats"]] == [(ANNA, "Anna", True)]
    assert [(one["method"], one["status"], one["open"]) for one in update["calls"]] == [("getSettings", 200, False)]
    assert update["instance"]["stateInstance"] == "authorized"
    assert update["choices"]["limits"]["sendMessage"] == 50


def test_no_update_is_sent_without_changes(instance: Instance, view: PageView, clock: ManualClock) -> None:
    assert view.changes() == {}
    instance.contact_writes(ANNA, "hi")
    assert set(view.changes()) == {"now", "instance", "chats", "messages"}
    clock.advance(1)
    assert view.changes() == {}


async def test_products_are_sent_when_the_catalogue_changes(instance: Instance, view: PageView) -> None:
    mug = instance.shops.own.add("Mug", "8.50", currency="EUR")
    assert view.changes()["products"] == [mug.as_row()]
    instance.contact_sends(ANNA, {"order": {"productIds": [mug.product_id]}})
    update = view.changes()
    assert row(update)["content"]["orderMessage"]["totalPrice"] == "850"
    assert "products" not in update


async def test_a_message_is_queued_sent_and_read(
    api: Api, instance: Instance, view: PageView, clock: ManualClock
) -> None:
    for text in ("one", "two"):
        await api("POST", "sendMessage", json={"chatId": ANNA, "message": text})
    one, two = view.changes()["messages"]
    assert [(one["text"], one["status"]), (two["text"], two["status"])] == [("one", "delivered"), ("two", "queued")]
    assert one["order"] < two["order"]
    instance.contact_writes(ANNA, "meanwhile")
    meanwhile = row(view.changes())
    assert one["order"] < meanwhile["order"] < two["order"]
    clock.advance(0.5)
    left = row(view.changes())
    assert (left["text"], left["status"], left["byApi"]) == ("two", "delivered", True)
    assert left["order"] > meanwhile["order"]
    instance.contact_reads(ANNA)
    assert [one["status"] for one in view.changes()["messages"]] == ["read", "read"]


async def test_a_queued_message_is_not_sent_again_when_another_leaves(
    api: Api, view: PageView, clock: ManualClock
) -> None:
    for text in ("one", "two", "three"):
        await api("POST", "sendMessage", json={"chatId": ANNA, "message": text})
    waiting = view.changes()["messages"]
    assert [one["order"] for one in waiting] == sorted(one["order"] for one in waiting)
    clock.advance(0.5)
    assert row(view.changes())["text"] == "two"


def test_an_old_message_does_not_reappear(instance: Instance) -> None:
    sent = [instance.contact_writes(ANNA, f"{number}") for number in range(SHOWN + 5)]
    view = PageView(instance)
    assert [one["idMessage"] for one in view.changes()["messages"]] == sent[5:]
    instance.contact_sends(ANNA, {"delete": {"idMessage": sent[-1]}})
    update = view.changes()
    assert (update["gone"], update.get("messages", [])) == ([sent[-1]], [])


def test_a_message_updates_its_own_chat_only(instance: Instance, view: PageView) -> None:
    for number in range(3):
        instance.contact_writes(f"7900123456{number}@c.us", "hi")
    view.changes()
    instance.contact_writes("79001234560@c.us", "again")
    assert "chats" not in view.changes()


def test_an_undelivered_message_is_in_its_chat(instance: Instance, view: PageView) -> None:
    instance.people.no_account.add(ANNA)
    instance.add_contact(ANNA, "Anna")
    instance.contact_makes_group("Team", [ANNA])
    [group] = instance.groups
    group.remove(instance.wid)
    assert {one["name"] for one in view.changes()["chats"]} == {"Anna", "Team"}


@pytest.mark.parametrize(("chat_id", "status"), [(ANNA, "noAccount"), (GROUP, "failed")])
async def test_a_failed_message_is_shown_as_failed(
    api: Api, instance: Instance, view: PageView, chat_id: str, status: str
) -> None:
    instance.people.no_account.add(ANNA)
    await api("POST", "sendMessage", json={"chatId": chat_id, "message": "hi"})
    update = row(view.changes())
    assert (update["chatId"], update["status"]) == (chat_id, status)


async def test_a_chat_with_queued_messages_only_is_listed(api: Api, view: PageView) -> None:
    for chat_id in (ANNA, "79001234568@c.us"):
        await api("POST", "sendMessage", json={"chatId": chat_id, "message": "hi"})
    assert [one["chatId"] for one in view.changes()["chats"]] == [ANNA, "79001234568@c.us"]


def test_reactions_votes_and_edits_update_their_message(instance: Instance, view: PageView) -> None:
    poll = instance.phone_sends(ANNA, {"poll": {"message": "Tea?", "options": ["yes", "no"]}})
    view.changes()
    instance.contact_sends(ANNA, {"vote": {"idMessage": poll, "options": ["yes"]}})
    assert (row(view.changes())["idMessage"], instance.chat(ANNA)[0].votes) == (poll, {ANNA: ("yes",)})
    instance.contact_sends(ANNA, {"react": {"idMessage": poll, "emoji": "👍"}})
    assert row(view.changes())["reactions"] == {ANNA: "👍"}
    instance.contact_sends(ANNA, {"react": {"idMessage": poll, "emoji": ""}})
    assert row(view.changes())["reactions"] == {}
    text = instance.contact_writes(ANNA, "helo", quoted_message_id=poll)
    quoted = row(view.changes())["quoted"]
    assert (quoted["idMessage"], quoted["typeMessage"], quoted["text"]) == (poll, "pollMessage", "Tea?")
    instance.contact_sends(ANNA, {"edit": {"idMessage": text, "text": "hello"}})
    assert [(one["text"], one["isEdited"]) for one in view.changes()["messages"]] == [("hello", True)]
    instance.contact_sends(ANNA, {"delete": {"idMessage": text}})
    assert view.changes()["gone"] == [text]


async def test_the_account_edits_deletes_and_types(api: Api, instance: Instance, view: PageView) -> None:
    id_message = (await api("POST", "sendMessage", json={"chatId": ANNA, "message": "helo"})).json()["idMessage"]
    view.changes()
    await api("POST", "editMessage", json={"chatId": ANNA, "idMessage": id_message, "message": "hello"})
    assert [(one["text"], one["isEdited"]) for one in view.changes()["messages"]] == [("hello", True)]
    await api("POST", "sendTyping", json={"chatId": ANNA})
    assert view.changes()["chats"][0]["typing"] == "typing"
    await api("POST", "deleteMessage", json={"chatId": ANNA, "idMessage": id_message})
    assert view.changes()["gone"] == [id_message]


def test_a_group_lists_its_members(instance: Instance, view: PageView) -> None:
    instance.add_contact(ANNA, "Anna")
    group_id = instance.contact_makes_group("Team", [ANNA])
    [_, group] = view.changes()["chats"]
    assert (group["chatId"], group["name"], group["isGroup"]) == (group_id, "Team", True)
    assert [(one["name"], one["isAdmin"], one["isAccount"]) for one in group["members"]] == [
        ("Anna", True, False),
        ("79876543210", False, True),
    ]


async def test_calls_are_listed_with_their_errors(api: Api, instance: Instance, view: PageView) -> None:
    await api("POST", "sendMessage", json={"chatId": "nobody", "message": "hi"})
    instance.fail("sendMessage", Fault(status=502, body="<html>Bad Gateway</html>"))
    assert view.changes()["instance"]["faults"][0]["status"] == 502
    await api("POST", "sendMessage", json={"chatId": ANNA, "message": "hi"})
    update = view.changes()
    assert [(one["status"], one["error"]) for one in update["calls"]] == [(502, "<html>Bad Gateway</html>")]
    assert update["instance"]["faults"] == []
    refused, _ = instance.calls
    assert refused.error is not None
    assert "'chatId'" in refused.error
    assert instance.token not in refused.error


async def test_the_qr_code_is_included_while_no_phone_is_linked(
    api: Api, instance: Instance, view: PageView, clock: ManualClock
) -> None:
    instance.set_state("notAuthorized")
    first = view.changes()["instance"]["qr"]
    assert first["image"] == (await api("GET", "qr")).json()["message"]
    clock.advance(20)
    second = view.changes()["instance"]["qr"]
    assert second["text"] != first["text"]
    instance.sign_in.scan(second["text"])
    assert view.changes()["instance"]["qr"] is None


def test_only_the_latest_messages_of_a_chat_are_sent(instance: Instance, view: PageView) -> None:
    for n in range(250):
        instance.contact_writes(ANNA, str(n))
    update = view.changes()["messages"]
    assert [one["text"] for one in update] == [str(n) for n in range(50, 250)]
    instance.contact_writes(ANNA, "250")
    assert [one["text"] for one in view.changes()["messages"]] == ["250"]


async def test_the_queue_and_a_message_to_several_chats_are_shown(
    api: Api, instance: Instance, view: PageView, clock: ManualClock
) -> None:
    instance.people.no_account.add("79001230001@c.us")
    for number in range(4):
        await api("POST", "sendMessage", json={"chatId": f"7900123000{number}@c.us", "message": "The sale begins"})
    shown = view.changes()["outgoing"]
    assert (shown["waiting"], shown["delay"]) == (3, instance.settings["delaySendMessagesMilliseconds"])
    assert [row["text"] for row in shown["queue"]] == ["The sale begins"] * 3
    clock.advance(1)
    [series] = view.changes()["outgoing"]["series"]
    assert series == {
        "text": "The sale begins",
        "total": 4,
        "queued": 1,
        "sent": 0,
        "delivered": 2,
        "read": 0,
        "failed": 1,
    }

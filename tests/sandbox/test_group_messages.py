from collections.abc import Awaitable, Callable

import httpx
import pytest

from greenapi_async.sandbox import Instance, ManualClock

Api = Callable[..., Awaitable[httpx.Response]]
ANN, BOB, EVE = "79001234568@c.us", "79001234569@c.us", "79001234565@c.us"
NOWHERE = "120363000000000000@g.us"
pytestmark = pytest.mark.anyio


@pytest.fixture
def theirs(instance: Instance) -> str:
    """A group in which the account is a regular member."""
    return instance.contact_makes_group("Theirs", [ANN, BOB])


def statuses(instance: Instance) -> list[tuple[str, str | None]]:
    bodies = instance.notifications.bodies()
    return [
        (body["status"], body.get("description")) for body in bodies if body["typeWebhook"] == "outgoingMessageStatus"
    ]


async def test_a_group_message_is_delivered_only_to_members(
    api: Api, instance: Instance, theirs: str, clock: ManualClock
) -> None:
    body = {"chatId": theirs, "message": "hi"}
    await api("POST", "sendMessage", json=body)
    assert statuses(instance) == [("sent", None), ("delivered", None)]
    await api("POST", "leaveGroup", json={"groupId": theirs})
    clock.advance(1)
    for wrong in (theirs, NOWHERE):
        await api("POST", "sendMessage", json={**body, "chatId": wrong})
        clock.advance(1)
        instance.timeline.settle()
    assert statuses(instance)[2:] == [("failed", "Error: item-not-found")] * 2
    assert [message.text for message in instance.chat(theirs)] == ["hi"]


def test_the_author_of_a_group_message_becomes_a_member(instance: Instance, theirs: str) -> None:
    instance.contact_writes(theirs, "hi", sender=EVE)
    instance.contact_writes(NOWHERE, "hello")
    members = {group.group_id: list(group.members) for group in instance.groups}
    assert members == {theirs: [ANN, instance.wid, BOB, EVE], NOWHERE: [ANN, instance.wid]}


def test_a_left_group_delivers_no_messages(instance: Instance, theirs: str) -> None:
    group = instance.groups.get(theirs)
    assert group is not None
    group.remove(instance.wid)
    for write in (instance.contact_writes, instance.phone_writes):
        with pytest.raises(ValueError, match="the account is not a member of the group"):
            write(theirs, "hi")


async def test_groups_are_created_and_listed_by_the_control_api(http: httpx.AsyncClient, instance: Instance) -> None:
    body = {"groupName": "Theirs", "chatIds": [ANN, BOB], "admin": True}
    made = (await http.post(f"/sandbox/{instance.id_instance}/groups", json=body)).json()
    listed = (await http.get(f"/sandbox/{instance.id_instance}/groups")).json()
    members = [ANN, instance.wid, BOB]
    assert listed == [
        {
            "groupId": made["groupId"],
            "groupName": "Theirs",
            "owner": ANN,
            "members": members,
            "admins": [ANN, instance.wid],
        }
    ]


async def test_a_group_needs_contacts(http: httpx.AsyncClient, instance: Instance) -> None:
    answer = await http.post(f"/sandbox/{instance.id_instance}/groups", json={"groupName": "x", "chatIds": []})
    assert answer.status_code == 400
    with pytest.raises(ValueError, match="'chatIds'"):
        instance.contact_makes_group("x", [])

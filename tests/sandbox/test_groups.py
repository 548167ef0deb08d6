from collections.abc import Awaitable, Callable
from typing import Any

import httpx
import pytest

from greenapi_async.sandbox import Fault, Instance, ManualClock, Sandbox
from greenapi_async.sandbox.simulation.content import TextContent

Api = Callable[..., Awaitable[httpx.Response]]
ANN, BOB, EVE = "79001234568@c.us", "79001234569@c.us", "79001234565@c.us"
NOWHERE = "120363000000000000@g.us"
JPG = ("a.jpg", b"\xff\xd8\xff", "image/jpeg")
pytestmark = pytest.mark.anyio


@pytest.fixture(autouse=True)
def no_rate_limits(sandbox: Sandbox) -> None:
    sandbox.enforce_rates = False


@pytest.fixture
def ours(instance: Instance) -> str:
    """A group owned by the account."""
    group = instance.groups.create("Ours", instance.wid, [ANN, BOB])
    return group.group_id


@pytest.fixture
def theirs(instance: Instance) -> str:
    """A group in which the account is a regular member."""
    return instance.contact_makes_group("Theirs", [ANN, BOB])


@pytest.fixture
def left(instance: Instance, theirs: str) -> str:
    """A group that the account has left."""
    group = instance.groups.get(theirs)
    assert group is not None
    group.remove(instance.wid)
    return theirs


async def ask(api: Api, method: str, group_id: str, **more: Any) -> Any:
    answer = await api("POST", method, json={"groupId": group_id, **more})
    assert answer.status_code == 200
    return answer.json()


def statuses(instance: Instance) -> list[tuple[str, str | None]]:
    bodies = instance.notifications.bodies()
    return [
        (body["status"], body.get("description")) for body in bodies if body["typeWebhook"] == "outgoingMessageStatus"
    ]


async def test_a_created_group_has_its_members_and_owner(api: Api, instance: Instance, clock: ManualClock) -> None:
    made = (await api("POST", "createGroup", json={"groupName": "Green API", "chatIds": [ANN, BOB]})).json()
    assert made["created"] is True
    assert made["chatId"].endswith("@g.us")
    assert made["groupInviteLink"].startswith("https://chat.whatsapp.com/")
    now = int(clock.now)
    assert await ask(api, "getGroupData", made["chatId"]) == {
        "groupId": made["chatId"],
        "owner": instance.wid,
        "subject": "Green API",
        "creation": now,
        "participants": [
            {"id": instance.wid, "isAdmin": True, "isSuperAdmin": True},
            {"id": ANN, "isAdmin": False, "isSuperAdmin": False},
            {"id": BOB, "isAdmin": False, "isSuperAdmin": False},
        ],
        "subjectTime": now,
        "subjectOwner": instance.wid,
        "groupInviteLink": made["groupInviteLink"],
    }


@pytest.mark.parametrize(
    ("body", "status", "message"),
    [
        ({"chatIds": [ANN]}, 400, "Validation failed. Details: 'groupName' is required"),
        (
            {"groupName": "", "chatIds": [ANN]},
            400,
            "Validation failed. Details: 'groupName' is not allowed to be empty",
        ),
        ({"groupName": "x", "chatIds": ANN}, 400, "Validation failed. Details: 'chatIds' must be an array"),
        ({"groupName": "x", "chatIds": [ANN, 7]}, 400, "Validation failed. Details: 'chatIds[1]' must be a string"),
        (
            {"groupName": "x" * 101, "chatIds": [ANN]},
            400,
            "Validation failed. Details: 'groupName' length must be less than or equal to 100 characters long",
        ),
        ({"groupName": "x", "chatIds": [ANN, NOWHERE]}, 500, "Timed Out"),
        ({"groupName": "x", "chatIds": [ANN, EVE]}, 500, "Internal Server Error"),
    ],
)
async def test_creating_a_group_fails_for_unreachable_members(
    api: Api, instance: Instance, body: dict[str, Any], status: int, message: str
) -> None:
    instance.people.no_account.add(EVE)
    answer = await api("POST", "createGroup", json=body)
    assert (answer.status_code, answer.json()["message"]) == (status, message)
    assert list(instance.groups) == []


async def test_creating_groups_can_be_limited_by_a_fault(api: Api, instance: Instance) -> None:
    instance.fail("createGroup", Fault(status=500))
    assert (await api("POST", "createGroup", json={"groupName": "x", "chatIds": [ANN]})).status_code == 500


async def test_a_renamed_group_reports_who_renamed_it_and_when(
    api: Api, instance: Instance, ours: str, clock: ManualClock
) -> None:
    clock.advance(60)
    assert await ask(api, "updateGroupName", ours, groupName="New") == {"updateGroupName": True}
    data = await ask(api, "getGroupData", ours)
    assert (data["subject"], data["subjectTime"], data["subjectOwner"]) == ("New", int(clock.now), instance.wid)
    instance.contact_writes(ours, "hi", sender=ANN)
    assert instance.notifications.bodies()[-1]["senderData"]["chatName"] == "New"


async def test_only_admins_change_a_group(api: Api, theirs: str) -> None:
    assert await ask(api, "updateGroupName", theirs, groupName="New") == {"updateGroupName": False}
    assert await ask(api, "addGroupParticipant", theirs, participantChatId=EVE) == {"addParticipant": False}
    assert await ask(api, "removeGroupParticipant", theirs, participantChatId=BOB) == {"removeParticipant": False}
    assert await ask(api, "setGroupAdmin", theirs, participantChatId=BOB) == "failed to set group admin"
    assert await ask(api, "removeAdmin", theirs, participantChatId=ANN) == {"removeAdmin": False}
    assert await ask(api, "updateGroupSettings", theirs) == {"updateGroupSettings": False, "reason": "FORBIDDEN"}


@pytest.mark.parametrize("group_id", [NOWHERE, "nonsense"])
async def test_a_wrong_group_is_rejected_with_the_status_200(api: Api, group_id: str) -> None:
    assert await ask(api, "updateGroupName", group_id, groupName="New") == {"updateGroupName": False}
    assert await ask(api, "addGroupParticipant", group_id, participantChatId=EVE) == {"addParticipant": False}
    assert await ask(api, "removeGroupParticipant", group_id, participantChatId=BOB) == {"removeParticipant": False}
    assert await ask(api, "setGroupAdmin", group_id, participantChatId=BOB) == "failed to set group admin"
    assert await ask(api, "removeAdmin", group_id, participantChatId=ANN) == {"removeAdmin": False}
    assert await ask(api, "leaveGroup", group_id) == {"leaveGroup": False}
    refused = {"updateGroupSettings": False, "reason": "NOT_ENOUGH_RIGHTS"}
    assert await ask(api, "updateGroupSettings", group_id) == refused


@pytest.mark.parametrize(
    ("method", "body"),
    [
        ("updateGroupName", {"groupName": "x"}),
        ("getGroupData", {}),
        ("addGroupParticipant", {"participantChatId": ANN}),
        ("removeGroupParticipant", {"participantChatId": ANN}),
        ("setGroupAdmin", {"participantChatId": ANN}),
        ("removeAdmin", {"participantChatId": ANN}),
        ("leaveGroup", {}),
        ("updateGroupSettings", {}),
    ],
)
async def test_a_group_name_must_be_a_string(api: Api, method: str, body: dict[str, Any]) -> None:
    for wrong, details in (({}, "'groupId' is required"), ({"groupId": 7}, "'groupId' must be a string")):
        answer = await api("POST", method, json={**wrong, **body})
        assert (answer.status_code, answer.json()["message"]) == (400, f"Validation failed. Details: {details}")


async def test_group_data_is_returned_to_members_only(api: Api, left: str) -> None:
    assert await ask(api, "getGroupData", left) == "Error: forbidden"
    assert await ask(api, "getGroupData", NOWHERE) == "Error: item-not-found"
    answer = await api("POST", "getGroupData", json={"groupId": ANN})
    details = "Validation failed. Details: 'groupId' must be the next formats: 'group_id@g.us'"
    assert (answer.status_code, answer.json()["message"]) == (400, details)


async def test_the_invite_link_is_returned_to_admins_only(api: Api, instance: Instance, theirs: str) -> None:
    assert (await ask(api, "getGroupData", theirs))["groupInviteLink"] == ""
    ruled = instance.contact_makes_group("Ruled", [ANN], admin=True)
    assert (await ask(api, "getGroupData", ruled))["groupInviteLink"] != ""


async def test_members_are_added_and_removed(api: Api, instance: Instance, ours: str) -> None:
    assert await ask(api, "addGroupParticipant", ours, participantChatId=EVE) == {"addParticipant": True}
    assert await ask(api, "addGroupParticipant", ours, participantChatId=EVE) == {"addParticipant": False}
    assert await ask(api, "removeGroupParticipant", ours, participantChatId=EVE) == {"removeParticipant": True}
    assert await ask(api, "removeGroupParticipant", ours, participantChatId=EVE) == {"removeParticipant": False}
    instance.people.no_account.add(EVE)
    for wrong in (EVE, "nonsense", NOWHERE):
        assert await ask(api, "addGroupParticipant", ours, participantChatId=wrong) == {"addParticipant": False}
        assert await ask(api, "removeGroupParticipant", ours, participantChatId=wrong) == {"removeParticipant": False}
    owner = instance.wid
    assert await ask(api, "removeGroupParticipant", ours, participantChatId=owner) == {"removeParticipant": False}


async def test_a_former_member_cannot_add_members(api: Api, left: str) -> None:
    assert await ask(api, "addGroupParticipant", left, participantChatId=EVE) == {"addParticipant": False}


async def test_admins_are_appointed_and_removed(api: Api, instance: Instance, ours: str) -> None:
    assert await ask(api, "setGroupAdmin", ours, participantChatId=ANN) == {"setGroupAdmin": True}
    assert (await ask(api, "getGroupData", ours))["participants"][1]["isAdmin"] is True
    assert await ask(api, "removeAdmin", ours, participantChatId=ANN) == {"removeAdmin": True}
    assert await ask(api, "setGroupAdmin", ours, participantChatId=EVE) == "participant not found"
    for wrong in (EVE, ANN, instance.wid):
        assert await ask(api, "removeAdmin", ours, participantChatId=wrong) == {"removeAdmin": False}


async def test_a_group_picture_is_set_and_returned(api: Api, ours: str) -> None:
    answer = (await api("POST", "setGroupPicture", data={"groupId": ours}, files={"file": JPG})).json()
    assert answer == {"setGroupPicture": True, "urlAvatar": answer["urlAvatar"], "reason": ""}
    avatar = (await api("POST", "getAvatar", json={"chatId": ours})).json()
    assert avatar == {"urlAvatar": answer["urlAvatar"], "available": True}


@pytest.mark.parametrize("group_id", ["true", "", NOWHERE])
async def test_a_picture_for_a_wrong_group_times_out(api: Api, group_id: str) -> None:
    answer = await api("POST", "setGroupPicture", data={"groupId": group_id}, files={"file": JPG})
    assert answer.json() == {"reason": "Timed Out", "urlAvatar": None, "setGroupPicture": False}


@pytest.mark.parametrize(
    ("form", "message"),
    [
        ({"files": {"file": JPG}}, "Validation failed. Details: 'groupId' is required"),
        ({"files": {"groupId": (None, NOWHERE)}}, "Validation failed. Details: 'file' is required"),
        (
            {"files": {"groupId": (None, NOWHERE), "file": (None, "x")}},
            "Validation failed. Details: 'file' must be a file",
        ),
        ({"data": {"groupId": NOWHERE}, "files": {"file": ("a.jpg", b"")}}, "File is empty"),
        ({"data": {"groupId": NOWHERE}, "files": {"file": ("a.png", b"x", "image/png")}}, "Unsupported media type"),
        ({"json": {"groupId": NOWHERE}}, "failed to upload file"),
    ],
)
async def test_an_invalid_picture_is_rejected(api: Api, form: dict[str, Any], message: str) -> None:
    answer = await api("POST", "setGroupPicture", **form)
    assert (answer.status_code, answer.json()["message"]) == (400, message)


async def test_leaving_a_group_has_two_response_keys(api: Api, instance: Instance, ours: str, theirs: str) -> None:
    assert await ask(api, "leaveGroup", theirs) == {"leaveGroup": True}
    assert await ask(api, "leaveGroup", ours) == {"removeAdmin": True}
    assert await ask(api, "leaveGroup", ours) == {"leaveGroup": False}
    group = instance.groups.get(ours)
    assert group is not None
    assert group.members == {ANN: True, BOB: False}


async def test_group_settings_restrict_members(api: Api, instance: Instance) -> None:
    ruled = instance.contact_makes_group("Ruled", [ANN], admin=True)
    allow = {"allowParticipantsEditGroupSettings": True, "allowParticipantsSendMessages": False}
    assert await ask(api, "updateGroupSettings", ruled, **allow) == {"updateGroupSettings": True}
    group = instance.groups.get(ruled)
    assert group is not None
    group.members[instance.wid] = False
    assert await ask(api, "updateGroupName", ruled, groupName="New") == {"updateGroupName": True}
    instance.outbox.send("sendMessage", {"chatId": ruled, "message": "hi"}, TextContent("hi"))
    assert statuses(instance) == [("failed", "Error: forbidden")]

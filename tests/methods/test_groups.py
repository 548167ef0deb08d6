from datetime import UTC, datetime
from typing import Any

import pytest

from greenapi_async import Client, RefusedError
from greenapi_async.types import GroupParticipant

from .conftest import ANNA, GROUP, Call, Request, Server

pytestmark = pytest.mark.anyio

MEMBER = {"groupId": GROUP, "participantChatId": ANNA}


async def add(client: Client) -> object:
    return await client.add_group_participant(GROUP, ANNA)


async def remove(client: Client) -> object:
    return await client.remove_group_participant(GROUP, ANNA)


async def appoint(client: Client) -> object:
    return await client.set_group_admin(GROUP, ANNA)


async def dismiss(client: Client) -> object:
    return await client.remove_admin(GROUP, ANNA)


async def rename(client: Client) -> object:
    return await client.update_group_name(GROUP, "Group created by Green API+")


async def leave(client: Client) -> object:
    return await client.leave_group(GROUP)


async def data(client: Client) -> object:
    return await client.get_group_data(GROUP)


async def change(client: Client) -> object:
    return await client.update_group_settings(
        GROUP, allow_participants_edit_group_settings=True, allow_participants_send_messages=False
    )


REQUESTS: list[tuple[Call, str, Any, Any, str]] = [
    (
        lambda client: client.create_group("Group created by Green API", ("79001234568@c.us", "79001234569@c.us")),
        "createGroup",
        {"groupName": "Group created by Green API", "chatIds": ["79001234568@c.us", "79001234569@c.us"]},
        {"created": True, "chatId": GROUP, "groupInviteLink": "https://chat.whatsapp.com/x"},
        "created",
    ),
    (
        rename,
        "updateGroupName",
        {"groupId": GROUP, "groupName": "Group created by Green API+"},
        {"updateGroupName": True},
        "update_group_name",
    ),
    (
        change,
        "updateGroupSettings",
        {
            "groupId": GROUP,
            "allowParticipantsEditGroupSettings": True,
            "allowParticipantsSendMessages": False,
        },
        {"updateGroupSettings": True},
        "update_group_settings",
    ),
    (add, "addGroupParticipant", MEMBER, {"addParticipant": True}, "add_participant"),
    (remove, "removeGroupParticipant", MEMBER, {"removeParticipant": True}, "remove_participant"),
    (appoint, "setGroupAdmin", MEMBER, {"setGroupAdmin": True}, "set_group_admin"),
    (dismiss, "removeAdmin", MEMBER, {"removeAdmin": True}, "remove_admin"),
    (leave, "leaveGroup", {"groupId": GROUP}, {"leaveGroup": True}, "leave_group"),
    (leave, "leaveGroup", {"groupId": GROUP}, {"removeAdmin": True}, "remove_admin"),
]


@pytest.mark.parametrize(
    ("call", "method", "body", "answer", "field"),
    REQUESTS,
)
async def test_request_and_answer(
    client: Client, server: Server, call: Call, method: str, body: Any, answer: Any, field: str
) -> None:
    server.respond(answer)
    assert getattr(await call(client), field) is True
    assert server.requests == [Request("POST", method, body)]


async def test_new_group_has_an_id_and_a_link(client: Client, server: Server) -> None:
    server.respond({"created": True, "chatId": GROUP, "groupInviteLink": "https://chat.whatsapp.com/x"})
    group = await client.create_group("x", [ANNA])
    assert (group.chat_id, group.group_invite_link) == (GROUP, "https://chat.whatsapp.com/x")


async def test_group_is_typed_two_levels_deep(client: Client, server: Server) -> None:
    server.respond(
        {
            "groupId": GROUP,
            "owner": ANNA,
            "subject": "Green API Group",
            "creation": 1587570015,
            "participants": [
                {"id": ANNA, "isAdmin": True, "isSuperAdmin": True},
                {"id": "79001234569@c.us", "isAdmin": False, "isSuperAdmin": False},
            ],
            "subjectTime": 1587737715,
            "subjectOwner": ANNA,
            "groupInviteLink": "",
            "description": "new",
        }
    )
    group = await client.get_group_data(GROUP)
    assert server.requests == [Request("POST", "getGroupData", {"groupId": GROUP})]
    assert (group.group_id, group.owner, group.subject, group.subject_owner) == (GROUP, ANNA, "Green API Group", ANNA)
    assert group.creation == datetime(2020, 4, 22, 15, 40, 15, tzinfo=UTC)
    assert group.subject_time == datetime(2020, 4, 24, 14, 15, 15, tzinfo=UTC)
    assert group.participants == [
        GroupParticipant(id=ANNA, is_admin=True, is_super_admin=True),
        GroupParticipant(id="79001234569@c.us", is_admin=False, is_super_admin=False),
    ]
    assert (group.group_invite_link, group.raw["description"]) == ("", "new")


@pytest.mark.parametrize(
    ("call", "answer", "reason"),
    [
        (rename, {"updateGroupName": False}, "the server answered updateGroupName: false"),
        (change, {"updateGroupSettings": False, "reason": "NOT_ENOUGH_RIGHTS"}, "NOT_ENOUGH_RIGHTS"),
        (add, {"addParticipant": False}, "the server answered addParticipant: false"),
        (remove, {"removeParticipant": False}, "the server answered removeParticipant: false"),
        (dismiss, {"removeAdmin": False}, "the server answered removeAdmin: false"),
        (appoint, "failed to set group admin", "failed to set group admin"),
        (appoint, {"setGroupAdmin": "participant not found"}, "participant not found"),
        (appoint, {"setGroupAdmin": False, "reason": "participant not found"}, "participant not found"),
        (appoint, {"error": "participant not found"}, "participant not found"),
        (data, "Error: forbidden", "Error: forbidden"),
        (data, {"message": "Error: item-not-found"}, "Error: item-not-found"),
        (leave, {"leaveGroup": False}, "the server answered leaveGroup: false"),
    ],
)
async def test_error_in_a_200_answer_is_raised_with_its_reason(
    client: Client, server: Server, call: Call, answer: Any, reason: str
) -> None:
    server.respond(answer)
    with pytest.raises(RefusedError) as raised:
        await call(client)
    assert (raised.value.reason, raised.value.status, raised.value.method) == (reason, 200, server.requests[0].method)

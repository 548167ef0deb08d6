"""Methods of groups.

Errors that the manual lists with the status 200 are responses here too. If the manual documents only a
sentence, the body is that sentence as a JSON string.

Source: manual 1.3.7.
"""

from typing import Any, Final

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.field_types import array, file, group_id
from greenapi_async.sandbox.payloads.multipart import File
from greenapi_async.sandbox.payloads.responses import RequestRejected
from greenapi_async.sandbox.payloads.schema import Schema, boolean, chat_id, is_group, text
from greenapi_async.sandbox.simulation.groups import Group
from greenapi_async.sandbox.simulation.instance import Instance

__all__ = [
    "MEMBER",
    "add_group_participant",
    "check_picture",
    "create_group",
    "get_group_data",
    "leave_group",
    "picture_url",
    "remove_admin",
    "remove_group_participant",
    "set_group_admin",
    "set_group_picture",
    "update_group_name",
    "update_group_settings",
]

NAME: Final = text(required=True, longest=100)
MEMBER: Final[Schema] = {"groupId": text(required=True), "participantChatId": text(required=True)}
"""A malformed id is rejected with 200, like that of a person who is not a member: the manual has no 400 here."""


@method("POST", "createGroup", body={"groupName": NAME, "chatIds": array(chat_id(), required=True)})
def create_group(call: Call) -> dict[str, Any]:
    """Create a group owned by the account; fails if any number has no WhatsApp account."""
    instance, others = call.instance, call.body["chatIds"]
    if any(map(is_group, others)):
        raise RequestRejected(500, "Timed Out")
    if not all(map(instance.people.has_account, others)):
        raise RequestRejected(500, "Internal Server Error")
    group = instance.groups.create(call.body["groupName"], instance.own_id, others)
    return {"created": True, "chatId": group.group_id, "groupInviteLink": group.invite_link}


@method("POST", "updateGroupName", body={"groupId": text(required=True), "groupName": NAME})
def update_group_name(call: Call) -> dict[str, Any]:
    """Rename a group."""
    group = _editable(call)
    if group:
        group.rename(call.body["groupName"], by=call.instance.own_id, at=int(call.instance.timeline.now))
    return {"updateGroupName": group is not None}


@method("POST", "getGroupData", body={"groupId": group_id()})
def get_group_data(call: Call) -> dict[str, Any] | str:
    """Return the data of a group; only admins get the invite link."""
    group = _group(call)
    if group is None:
        return "Error: item-not-found"
    me = call.instance.own_id
    return group.as_seen_by(me) if me in group.members else "Error: forbidden"


@method("POST", "addGroupParticipant", body=MEMBER)
def add_group_participant(call: Call) -> dict[str, Any]:
    """Add a member."""
    group, member = _administered(call), call.body["participantChatId"]
    unreachable = not call.instance.messenger.is_person(member) or not call.instance.people.has_account(member)
    if group is None or member in group.members or unreachable:
        return {"addParticipant": False}
    group.members[member] = False
    return {"addParticipant": True}


@method("POST", "removeGroupParticipant", body=MEMBER)
def remove_group_participant(call: Call) -> dict[str, Any]:
    """Remove a member; the owner cannot be removed."""
    group, member = _administered(call), call.body["participantChatId"]
    if group is None or member not in group.members or member == group.owner:
        return {"removeParticipant": False}
    group.remove(member)
    return {"removeParticipant": True}


@method("POST", "setGroupAdmin", body=MEMBER)
def set_group_admin(call: Call) -> dict[str, Any] | str:
    """Make a member an admin."""
    group, member = _administered(call), call.body["participantChatId"]
    if group is None:
        return "failed to set group admin"
    if member not in group.members:
        return "participant not found"
    group.members[member] = True
    return {"setGroupAdmin": True}


@method("POST", "removeAdmin", body=MEMBER)
def remove_admin(call: Call) -> dict[str, Any]:
    """Make an admin a regular member, except for the owner."""
    group, member = _administered(call), call.body["participantChatId"]
    if group is None or not group.is_admin(member) or member == group.owner:
        return {"removeAdmin": False}
    group.members[member] = False
    return {"removeAdmin": True}


@method("POST", "setGroupPicture", form={"groupId": text(required=True, may_be_empty=True), "file": file()})
def set_group_picture(call: Call) -> dict[str, Any]:
    """Set the picture that getAvatar returns."""
    picture: File = call.body["file"]
    check_picture(picture)
    group = _editable(call)
    if group is None:
        return {"setGroupPicture": False, "urlAvatar": None, "reason": "Timed Out"}
    group.picture = picture_url(call.instance)
    return {"setGroupPicture": True, "urlAvatar": group.picture, "reason": ""}


@method("POST", "leaveGroup", body={"groupId": text(required=True)})
def leave_group(call: Call) -> dict[str, Any]:
    """Leave a group; the response to an admin uses another key."""
    group, me = _group(call), call.instance.own_id
    if group is None or me not in group.members:
        return {"leaveGroup": False}
    flag = "removeAdmin" if group.is_admin(me) else "leaveGroup"
    group.remove(me)
    return {flag: True}


@method(
    "POST",
    "updateGroupSettings",
    body={
        "groupId": text(required=True),
        "allowParticipantsEditGroupSettings": boolean(),
        "allowParticipantsSendMessages": boolean(),
    },
)
def update_group_settings(call: Call) -> dict[str, Any]:
    """Set what members who are not admins may do. Source: the vendor's documentation, beyond the manual."""
    group = _group(call)
    if group is None or call.instance.own_id not in group.members:
        return {"updateGroupSettings": False, "reason": "NOT_ENOUGH_RIGHTS"}
    if not group.is_admin(call.instance.own_id):
        return {"updateGroupSettings": False, "reason": "FORBIDDEN"}
    group.members_edit = call.body.get("allowParticipantsEditGroupSettings", group.members_edit)
    group.members_send = call.body.get("allowParticipantsSendMessages", group.members_send)
    return {"updateGroupSettings": True}


def check_picture(picture: File) -> None:
    """Reject a file that cannot be the picture of a profile or a group.

    Raises:
        RequestRejected: It is empty or not a JPEG.
    """
    if not picture.content:
        raise RequestRejected(400, "File is empty")
    if picture.content_type != "image/jpeg" and not picture.filename.lower().endswith((".jpg", ".jpeg")):
        raise RequestRejected(400, "Unsupported media type")


def picture_url(instance: Instance) -> str:
    """Return a new URL of a picture that was set."""
    return f"https://pps.whatsapp.net/v/t61.24694-24/{instance.random.getrandbits(60)}_n.jpg"


def _group(call: Call) -> Group | None:
    return call.instance.groups.get(call.body["groupId"])


def _administered(call: Call) -> Group | None:
    """Return the group if the account is its admin."""
    group = _group(call)
    return group if group and group.is_admin(call.instance.own_id) else None


def _editable(call: Call) -> Group | None:
    """Return the group if the account may change its name and picture."""
    group = _group(call)
    return group if group and group.may_edit(call.instance.own_id) else None

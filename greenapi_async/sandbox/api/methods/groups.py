"""Section 1.3.7 of the manual: groups.

What the manual lists under Errors with the status 200 is an answer here too; a refusal that is a sentence is the whole
body, a JSON string: the manual does not say where it stands.
"""

from typing import Any, Final

from greenapi_async.sandbox.api.methods.definition import Call, method
from greenapi_async.sandbox.payloads.multipart import File
from greenapi_async.sandbox.payloads.rejection import Rejected
from greenapi_async.sandbox.payloads.schema import Schema, boolean, chat_id, text
from greenapi_async.sandbox.payloads.field_types import CONTACT_ID, array, file, group_id
from greenapi_async.sandbox.simulation.groups import Group
from greenapi_async.sandbox.simulation.instance import Instance

NAME: Final = text(required=True, longest=100)
MEMBER: Final[Schema] = {"groupId": text(required=True), "participantChatId": text(required=True)}
"""The manual has no 400 for a malformed id here: it is refused with 200, like one that is not in the group."""


@method("POST", "createGroup", body={"groupName": NAME, "chatIds": array(chat_id(), required=True)})
def create_group(call: Call) -> dict[str, Any]:
    """Make a group with the account as its owner; a number without an account fails the whole call."""
    instance, others = call.instance, call.body["chatIds"]
    if any(other.endswith("@g.us") for other in others):
        raise Rejected(500, "Timed Out")
    if not instance.no_account.isdisjoint(others):
        raise Rejected(500, "Internal Server Error")
    group = instance.groups.make(call.body["groupName"], instance.wid, others, at=instance.now, random=instance.random)
    return {"created": True, "chatId": group.group_id, "groupInviteLink": group.invite_link}


@method("POST", "updateGroupName", body={"groupId": text(required=True), "groupName": NAME})
def update_group_name(call: Call) -> dict[str, Any]:
    """Rename a group."""
    group = _editable(call)
    if group:
        group.rename(call.body["groupName"], by=call.instance.wid, at=int(call.instance.now))
    return {"updateGroupName": group is not None}


@method("POST", "getGroupData", body={"groupId": group_id()})
def get_group_data(call: Call) -> dict[str, Any] | str:
    """Tell of a group, with its invite link for its admins only."""
    group = _group(call)
    if group is None:
        return "Error: item-not-found"
    me = call.instance.wid
    return group.as_seen_by(me) if me in group.members else "Error: forbidden"


@method("POST", "addGroupParticipant", body=MEMBER)
def add_group_participant(call: Call) -> dict[str, Any]:
    """Let somebody in."""
    group, who = _governed(call), call.body["participantChatId"]
    unreachable = not CONTACT_ID.fullmatch(who) or who in call.instance.no_account
    if group is None or who in group.members or unreachable:
        return {"addParticipant": False}
    group.members[who] = False
    return {"addParticipant": True}


@method("POST", "removeGroupParticipant", body=MEMBER)
def remove_group_participant(call: Call) -> dict[str, Any]:
    """Put somebody out; the owner cannot be put out."""
    group, who = _governed(call), call.body["participantChatId"]
    if group is None or who not in group.members or who == group.owner:
        return {"removeParticipant": False}
    group.remove(who)
    return {"removeParticipant": True}


@method("POST", "setGroupAdmin", body=MEMBER)
def set_group_admin(call: Call) -> dict[str, Any] | str:
    """Make a member an admin."""
    group, who = _governed(call), call.body["participantChatId"]
    if group is None:
        return "failed to set group admin"
    if who not in group.members:
        return "participant not found"
    group.members[who] = True
    return {"setGroupAdmin": True}


@method("POST", "removeAdmin", body=MEMBER)
def remove_admin(call: Call) -> dict[str, Any]:
    """Make an admin a plain member; the owner stays an admin."""
    group, who = _governed(call), call.body["participantChatId"]
    if group is None or not group.is_admin(who) or who == group.owner:
        return {"removeAdmin": False}
    group.members[who] = False
    return {"removeAdmin": True}


@method("POST", "setGroupPicture", form={"groupId": text(required=True, may_be_empty=True), "file": file()})
def set_group_picture(call: Call) -> dict[str, Any]:
    """Set the picture that getAvatar shows."""
    picture: File = call.body["file"]
    refuse_picture(picture)
    group = _editable(call)
    if group is None:
        return {"setGroupPicture": False, "urlAvatar": None, "reason": "Timed Out"}
    group.picture = picture_url(call.instance)
    return {"setGroupPicture": True, "urlAvatar": group.picture, "reason": ""}


@method("POST", "leaveGroup", body={"groupId": text(required=True)})
def leave_group(call: Call) -> dict[str, Any]:
    """Leave a group; an admin is answered under another name."""
    group, me = _group(call), call.instance.wid
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
    """Say what members that are no admins may do; beyond the manual."""
    group = _group(call)
    if group is None or call.instance.wid not in group.members:
        return {"updateGroupSettings": False, "reason": "NOT_ENOUGH_RIGHTS"}
    if not group.is_admin(call.instance.wid):
        return {"updateGroupSettings": False, "reason": "FORBIDDEN"}
    group.members_edit = call.body.get("allowParticipantsEditGroupSettings", group.members_edit)
    group.members_send = call.body.get("allowParticipantsSendMessages", group.members_send)
    return {"updateGroupSettings": True}


def refuse_picture(picture: File) -> None:
    """Reject what is no picture for a profile or a group: *.jpg, not empty."""
    if not picture.content:
        raise Rejected(400, "File is empty")
    if picture.content_type != "image/jpeg" and not picture.filename.lower().endswith((".jpg", ".jpeg")):
        raise Rejected(400, "Unsupported media type")


def picture_url(instance: Instance) -> str:
    """Make the address of a picture that was set."""
    return f"https://pps.whatsapp.net/v/t61.24694-24/{instance.random.getrandbits(60)}_n.jpg"


def _group(call: Call) -> Group | None:
    return call.instance.groups.get(call.body["groupId"])


def _governed(call: Call) -> Group | None:
    """Find the group if the account is its admin."""
    group = _group(call)
    return group if group and group.is_admin(call.instance.wid) else None


def _editable(call: Call) -> Group | None:
    """Find the group if the account may change its name and picture."""
    group = _group(call)
    return group if group and group.may_edit(call.instance.wid) else None

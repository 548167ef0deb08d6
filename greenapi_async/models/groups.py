"""Groups and their members. Source: manual 1.3.7."""

from datetime import datetime

import attrs

from greenapi_async.models.base import Model, json_names

__all__ = [
    "AddedParticipant",
    "CreatedGroup",
    "GroupAdmin",
    "GroupData",
    "GroupParticipant",
    "LeftGroup",
    "RemovedAdmin",
    "RemovedParticipant",
    "RenamedGroup",
    "SavedGroupSettings",
]


@attrs.frozen(kw_only=True)
class CreatedGroup(Model):
    """Answer of createGroup."""

    created: bool | None = None
    chat_id: str | None = None
    group_invite_link: str | None = None


@attrs.frozen(kw_only=True)
class RenamedGroup(Model):
    """Answer of updateGroupName."""

    update_group_name: bool | None = None


@attrs.frozen(kw_only=True)
class SavedGroupSettings(Model):
    """Answer of updateGroupSettings. Source: the vendor's documentation, beyond the manual."""

    update_group_settings: bool | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class GroupParticipant(Model):
    """A member of a group.

    Attributes:
        id: Chat id of the member.
        is_super_admin: Whether the member created the group.
    """

    id: str | None = None
    is_admin: bool | None = None
    is_super_admin: bool | None = None


@attrs.frozen(kw_only=True)
class GroupData(Model):
    """A group and its members, the answer of getGroupData.

    Attributes:
        owner: Chat id of the owner.
        subject: Name of the group.
        creation: When the group was created, in UTC.
        subject_time: When the name was set, in UTC.
        subject_owner: Who set the name.
        group_invite_link: Empty unless the account is an administrator or the owner.
    """

    group_id: str | None = attrs.field(default=None, metadata=json_names("groupId", "chatId"))
    owner: str | None = None
    subject: str | None = None
    creation: datetime | None = None
    participants: list[GroupParticipant] | None = None
    subject_time: datetime | None = None
    subject_owner: str | None = None
    group_invite_link: str | None = None


@attrs.frozen(kw_only=True)
class AddedParticipant(Model):
    """Answer of addGroupParticipant."""

    add_participant: bool | None = None


@attrs.frozen(kw_only=True)
class RemovedParticipant(Model):
    """Answer of removeGroupParticipant."""

    remove_participant: bool | None = None


@attrs.frozen(kw_only=True)
class GroupAdmin(Model):
    """Answer of setGroupAdmin."""

    set_group_admin: bool | None = None


@attrs.frozen(kw_only=True)
class RemovedAdmin(Model):
    """Answer of removeAdmin."""

    remove_admin: bool | None = None


@attrs.frozen(kw_only=True)
class LeftGroup(Model):
    """Answer of leaveGroup.

    Attributes:
        leave_group: Whether the account left the group.
        remove_admin: Sent instead of ``leave_group`` if the account was an administrator (quirk 21).
    """

    leave_group: bool | None = None
    remove_admin: bool | None = None

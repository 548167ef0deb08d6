"""Groups. Manual: 1.3.7."""

from datetime import datetime

import attrs

from greenapi_async.models.base import Model

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
    """The answer of createGroup."""

    created: bool | None = None
    chat_id: str | None = None
    group_invite_link: str | None = None


@attrs.frozen(kw_only=True)
class RenamedGroup(Model):
    """The answer of updateGroupName."""

    update_group_name: bool | None = None


@attrs.frozen(kw_only=True)
class SavedGroupSettings(Model):
    """The answer of updateGroupSettings. Beyond the manual."""

    update_group_settings: bool | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class GroupParticipant(Model):
    """A member of a group."""

    id: str | None = None
    is_admin: bool | None = None
    is_super_admin: bool | None = None
    """Whether it is the one who made the group."""


@attrs.frozen(kw_only=True)
class GroupData(Model):
    """A group and its members."""

    group_id: str | None = None
    owner: str | None = None
    subject: str | None = None
    """The group's name."""
    creation: datetime | None = None
    """When it was made, in UTC."""
    participants: list[GroupParticipant] | None = None
    subject_time: datetime | None = None
    """When it got its name, in UTC."""
    subject_owner: str | None = None
    group_invite_link: str | None = None
    """Empty unless the account is an administrator or the owner."""


@attrs.frozen(kw_only=True)
class AddedParticipant(Model):
    """The answer of addGroupParticipant."""

    add_participant: bool | None = None


@attrs.frozen(kw_only=True)
class RemovedParticipant(Model):
    """The answer of removeGroupParticipant."""

    remove_participant: bool | None = None


@attrs.frozen(kw_only=True)
class GroupAdmin(Model):
    """The answer of setGroupAdmin."""

    set_group_admin: bool | None = None


@attrs.frozen(kw_only=True)
class RemovedAdmin(Model):
    """The answer of removeAdmin."""

    remove_admin: bool | None = None


@attrs.frozen(kw_only=True)
class LeftGroup(Model):
    """The answer of leaveGroup; an administrator's leave is told in ``remove_admin`` instead (quirk 21)."""

    leave_group: bool | None = None
    remove_admin: bool | None = None

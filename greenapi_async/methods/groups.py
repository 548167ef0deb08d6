"""Groups. Manual: 1.3.7."""

from collections.abc import Sequence

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.error_bodies import refused_unless, refused_without
from greenapi_async.http.validation import each, person_id, text
from greenapi_async.http.validation import group_id as a_group_id
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.groups import (
    AddedParticipant,
    CreatedGroup,
    GroupAdmin,
    GroupData,
    LeftGroup,
    RemovedAdmin,
    RemovedParticipant,
    RenamedGroup,
    SavedGroupSettings,
)
from greenapi_async.serialization.converter import object_of, unstructure

__all__ = [
    "ADD_GROUP_PARTICIPANT",
    "CREATE_GROUP",
    "GET_GROUP_DATA",
    "LEAVE_GROUP",
    "REMOVE_ADMIN",
    "REMOVE_GROUP_PARTICIPANT",
    "SET_GROUP_ADMIN",
    "UPDATE_GROUP_NAME",
    "UPDATE_GROUP_SETTINGS",
    "Groups",
]

_MEMBER = ("groupId", "participantChatId")
_OF_MEMBER = {"groupId": a_group_id, "participantChatId": person_id}

CREATE_GROUP = Endpoint(
    "POST",
    "createGroup",
    object_of(CreatedGroup),
    per_second=1,
    developer_quota=1000,
    idempotent=False,
    required=("groupName", "chatIds"),
    limits={"groupName": text(100), "chatIds": each(person_id)},
)
UPDATE_GROUP_NAME = Endpoint(
    "POST",
    "updateGroupName",
    object_of(RenamedGroup),
    per_second=1,
    developer_quota=1000,
    idempotent=False,
    required=("groupId", "groupName"),
    limits={"groupId": a_group_id, "groupName": text(100)},
    refusal=refused_unless("updateGroupName"),
)
UPDATE_GROUP_SETTINGS = Endpoint(
    "POST",
    "updateGroupSettings",
    object_of(SavedGroupSettings),
    idempotent=False,
    required=("groupId",),
    limits={"groupId": a_group_id},
    refusal=refused_unless("updateGroupSettings"),
)
GET_GROUP_DATA = Endpoint(
    "POST",
    "getGroupData",
    object_of(GroupData),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    required=("groupId",),
    limits={"groupId": a_group_id},
    refusal=refused_without("groupId"),
)
ADD_GROUP_PARTICIPANT = Endpoint(
    "POST",
    "addGroupParticipant",
    object_of(AddedParticipant),
    per_second=10,
    developer_quota=1000,
    idempotent=False,
    required=_MEMBER,
    limits=_OF_MEMBER,
    refusal=refused_unless("addParticipant"),
)
REMOVE_GROUP_PARTICIPANT = Endpoint(
    "POST",
    "removeGroupParticipant",
    object_of(RemovedParticipant),
    per_second=10,
    developer_quota=1000,
    idempotent=False,
    required=_MEMBER,
    limits=_OF_MEMBER,
    refusal=refused_unless("removeParticipant"),
)
SET_GROUP_ADMIN = Endpoint(
    "POST",
    "setGroupAdmin",
    object_of(GroupAdmin),
    per_second=10,
    developer_quota=1000,
    idempotent=False,
    required=_MEMBER,
    limits=_OF_MEMBER,
    refusal=refused_unless("setGroupAdmin"),
)
REMOVE_ADMIN = Endpoint(
    "POST",
    "removeAdmin",
    object_of(RemovedAdmin),
    per_second=10,
    developer_quota=1000,
    idempotent=False,
    required=_MEMBER,
    limits=_OF_MEMBER,
    refusal=refused_unless("removeAdmin"),
)
LEAVE_GROUP = Endpoint(
    "POST",
    "leaveGroup",
    object_of(LeftGroup),
    per_second=10,
    developer_quota=1000,
    idempotent=False,
    required=("groupId",),
    limits={"groupId": a_group_id},
    refusal=refused_unless("leaveGroup", "removeAdmin"),
)


class Groups(MethodGroup):
    """Methods on groups; a ``RefusedError`` tells why the group or the member is not as it should be."""

    async def create_group(self, group_name: str, chat_ids: Sequence[str]) -> CreatedGroup:
        """Make a group of the account and these persons.

        ``group_name`` has 1 to 100 characters. One group in five minutes is what the vendor asks for, to look human.
        Raises ``DeliveryUnknownError`` when WhatsApp refuses, which the server tells as a 500.

        Manual: 1.3.7, CreateGroup.
        """
        return await self._request(CREATE_GROUP, {"groupName": group_name, "chatIds": unstructure(chat_ids)})

    async def update_group_name(self, group_id: str, group_name: str) -> RenamedGroup:
        """Rename a group, to 1 to 100 characters.

        Manual: 1.3.7, UpdateGroupName.
        """
        return await self._request(UPDATE_GROUP_NAME, {"groupId": group_id, "groupName": group_name})

    async def update_group_settings(
        self,
        group_id: str,
        *,
        allow_participants_edit_group_settings: bool | None = None,
        allow_participants_send_messages: bool | None = None,
    ) -> SavedGroupSettings:
        """Change what members may do in a group.

        Beyond the manual.
        """
        return await self._request(
            UPDATE_GROUP_SETTINGS,
            {
                "groupId": group_id,
                "allowParticipantsEditGroupSettings": allow_participants_edit_group_settings,
                "allowParticipantsSendMessages": allow_participants_send_messages,
            },
        )

    async def get_group_data(self, group_id: str) -> GroupData:
        """Get a group with its members.

        Raises ``RefusedError`` with ``Error: forbidden`` when the account is not in it, and with
        ``Error: item-not-found`` when there is none.

        Manual: 1.3.7, GetGroupData.
        """
        return await self._request(GET_GROUP_DATA, {"groupId": group_id})

    async def add_group_participant(self, group_id: str, participant_chat_id: str) -> AddedParticipant:
        """Add somebody to a group that the account administers.

        Refused, too, when somebody is in it already, or is not in the contacts of the account's phone.

        Manual: 1.3.7, AddGroupParticipant.
        """
        return await self._request(
            ADD_GROUP_PARTICIPANT, {"groupId": group_id, "participantChatId": participant_chat_id}
        )

    async def remove_group_participant(self, group_id: str, participant_chat_id: str) -> RemovedParticipant:
        """Remove somebody from a group.

        Manual: 1.3.7, RemoveGroupParticipant.
        """
        return await self._request(
            REMOVE_GROUP_PARTICIPANT, {"groupId": group_id, "participantChatId": participant_chat_id}
        )

    async def set_group_admin(self, group_id: str, participant_chat_id: str) -> GroupAdmin:
        """Make a member of a group its administrator.

        Manual: 1.3.7, SetGroupAdmin.
        """
        return await self._request(SET_GROUP_ADMIN, {"groupId": group_id, "participantChatId": participant_chat_id})

    async def remove_admin(self, group_id: str, participant_chat_id: str) -> RemovedAdmin:
        """Make an administrator of a group a plain member.

        Manual: 1.3.7, RemoveAdmin.
        """
        return await self._request(REMOVE_ADMIN, {"groupId": group_id, "participantChatId": participant_chat_id})

    async def leave_group(self, group_id: str) -> LeftGroup:
        """Leave a group.

        Manual: 1.3.7, LeaveGroup.
        """
        return await self._request(LEAVE_GROUP, {"groupId": group_id})

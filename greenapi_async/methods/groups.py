"""Groups. Source: manual 1.3.7."""

from collections.abc import Sequence

from greenapi_async import http, models
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Content, Endpoint, ErrorPattern
from greenapi_async.http.error_bodies import error_unless_present, error_unless_true
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import object_of
from greenapi_async.serialization.encoding import unstructure

__all__ = [
    "ADD_GROUP_PARTICIPANT",
    "CREATE_GROUP",
    "GET_GROUP_DATA",
    "LEAVE_GROUP",
    "REMOVE_ADMIN",
    "REMOVE_GROUP_PARTICIPANT",
    "SET_GROUP_ADMIN",
    "SET_GROUP_PICTURE",
    "UPDATE_GROUP_NAME",
    "UPDATE_GROUP_SETTINGS",
    "Groups",
]

_PARTICIPANT = ("groupId", "participantChatId")
_PARTICIPANT_LIMITS = {"groupId": validation.group_id, "participantChatId": validation.person_id}

_GROUP_ADVICE = "Check group_id, and that the account is an administrator of the group."
_PARTICIPANT_ADVICE = "Check group_id and that the person is in the group, and the account one of its administrators."
_CHECK_MEMBERS = "Call get_group_data() to see whether the person is in the group."

CREATE_GROUP = Endpoint(
    "POST",
    "createGroup",
    object_of(lambda: models.groups.CreatedGroup),
    per_second=1,
    developer_quota=1000,
    idempotent=False,
    required=("groupName", "chatIds"),
    limits={
        "groupName": validation.text(100),
        "chatIds": validation.list_of(validation.person_id, min_items=1, max_items=100),
    },
    outcome_check=(
        "Look for the group with get_contacts(group=True), which lags behind by up to five minutes, before creating it "
        "again. WhatsApp's own refusal, for too many groups in a short time, arrives as 500 as well."
    ),
)
UPDATE_GROUP_NAME = Endpoint(
    "POST",
    "updateGroupName",
    object_of(lambda: models.groups.RenamedGroup),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    required=("groupId", "groupName"),
    limits={"groupId": validation.group_id, "groupName": validation.text(100)},
    refusal=error_unless_true("updateGroupName"),
    advice={ErrorPattern(200): _GROUP_ADVICE},
)
GET_GROUP_DATA = Endpoint(
    "POST",
    "getGroupData",
    object_of(lambda: models.groups.GroupData),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    required=("groupId",),
    limits={"groupId": validation.group_id},
    refusal=error_unless_present("groupId", "chatId"),
    advice={
        ErrorPattern(200, "forbidden"): "The account is not in the group.",
        ErrorPattern(200, "item-not-found"): "There is no such group: check group_id.",
    },
)
ADD_GROUP_PARTICIPANT = Endpoint(
    "POST",
    "addGroupParticipant",
    object_of(lambda: models.groups.AddedParticipant),
    per_second=10,
    developer_quota=1000,
    idempotent=False,
    required=_PARTICIPANT,
    limits=_PARTICIPANT_LIMITS,
    refusal=error_unless_true("addParticipant"),
    advice={
        ErrorPattern(200): (
            "The person is already in the group or missing from the phone's contacts, participant_chat_id is wrong, or "
            "the account is not an administrator of the group."
        )
    },
    outcome_check=_CHECK_MEMBERS,
)
REMOVE_GROUP_PARTICIPANT = Endpoint(
    "POST",
    "removeGroupParticipant",
    object_of(lambda: models.groups.RemovedParticipant),
    per_second=10,
    developer_quota=1000,
    idempotent=False,
    required=_PARTICIPANT,
    limits=_PARTICIPANT_LIMITS,
    refusal=error_unless_true("removeParticipant"),
    advice={ErrorPattern(200): _PARTICIPANT_ADVICE},
    outcome_check=_CHECK_MEMBERS,
)
SET_GROUP_ADMIN = Endpoint(
    "POST",
    "setGroupAdmin",
    object_of(lambda: models.groups.GroupAdmin),
    per_second=10,
    developer_quota=1000,
    idempotent=True,
    required=_PARTICIPANT,
    limits=_PARTICIPANT_LIMITS,
    refusal=error_unless_true("setGroupAdmin"),
    advice={ErrorPattern(200): _PARTICIPANT_ADVICE},
)
REMOVE_ADMIN = Endpoint(
    "POST",
    "removeAdmin",
    object_of(lambda: models.groups.RemovedAdmin),
    per_second=10,
    developer_quota=1000,
    idempotent=True,
    required=_PARTICIPANT,
    limits=_PARTICIPANT_LIMITS,
    refusal=error_unless_true("removeAdmin"),
    advice={ErrorPattern(200): _PARTICIPANT_ADVICE},
)
SET_GROUP_PICTURE = Endpoint(
    "POST",
    "setGroupPicture",
    object_of(lambda: models.files.GroupPicture),
    per_second=1,
    developer_quota=100,
    idempotent=True,
    content=Content.FORM,
    required=("groupId", "file"),
    limits={"groupId": validation.group_id, "file": lambda file: http.uploads.jpeg_error(file)},  # noqa: PLW0108  imported on first use
    refusal=error_unless_true("setGroupPicture"),
    advice={ErrorPattern(200): _GROUP_ADVICE},
)
LEAVE_GROUP = Endpoint(
    "POST",
    "leaveGroup",
    object_of(lambda: models.groups.LeftGroup),
    per_second=10,
    developer_quota=1000,
    idempotent=False,
    required=("groupId",),
    limits={"groupId": validation.group_id},
    refusal=error_unless_true("leaveGroup", "removeAdmin"),
    outcome_check="Call get_group_data(): Error: forbidden means that the account has left the group.",
)
UPDATE_GROUP_SETTINGS = Endpoint(
    "POST",
    "updateGroupSettings",
    object_of(lambda: models.groups.SavedGroupSettings),
    idempotent=True,
    required=("groupId",),
    limits={
        "groupId": validation.group_id,
        "allowParticipantsEditGroupSettings": validation.boolean,
        "allowParticipantsSendMessages": validation.boolean,
    },
    refusal=error_unless_true("updateGroupSettings"),
    advice={ErrorPattern(200): _GROUP_ADVICE},
)


class Groups(MethodGroup):
    """Methods on groups of up to 100 participants.

    Only administrators may change a group. What the server rejects raises ``RefusedError``; it seldom gives a reason.
    """

    async def create_group(self, group_name: str, chat_ids: Sequence[str]) -> "models.groups.CreatedGroup":
        """Create a group of the account and other persons.

        The vendor recommends creating at most one group in five minutes, like a human.

        Args:
            group_name: Name, 1 to 100 characters.
            chat_ids: The persons, 1 to 100.

        Returns:
            The new group, with its ``chat_id`` and the link for invitations.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent, or WhatsApp refused, which the
                server reports as 500. The group may or may not have been created.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> people = [chat_id("+7 900 123-45-67"), chat_id("+7 900 123-45-68")]
            >>> group = await client.create_group("Order 17", people)
            >>> await client.send_message(group.chat_id, "Welcome!")

        Source: manual 1.3.7, CreateGroup; 1 request per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(CREATE_GROUP, {"groupName": group_name, "chatIds": unstructure(chat_ids)})

    async def update_group_name(self, group_id: str, group_name: str) -> "models.groups.RenamedGroup":
        """Rename a group.

        Args:
            group_id: The group, ``...@g.us``.
            group_name: New name, 1 to 100 characters.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            RefusedError: There is no such group.

        Source: manual 1.3.7, UpdateGroupName; 1 request per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(UPDATE_GROUP_NAME, {"groupId": group_id, "groupName": group_name})

    async def get_group_data(self, group_id: str) -> "models.groups.GroupData":
        """Return a group with its participants.

        Args:
            group_id: The group, ``...@g.us``.

        Returns:
            The group; ``group_invite_link`` is empty unless the account is an administrator.

        Raises:
            InvalidArgumentError: ``group_id`` is not a group's.
            RefusedError: The account is not in the group (``Error: forbidden``), or there is no such group
                (``Error: item-not-found``).

        Example:
            >>> group = await client.get_group_data("120363043968066561@g.us")
            >>> admins = [member.id for member in group.participants or [] if member.is_admin]

        Source: manual 1.3.7, GetGroupData; 1 request per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(GET_GROUP_DATA, {"groupId": group_id})

    async def add_group_participant(self, group_id: str, participant_chat_id: str) -> "models.groups.AddedParticipant":
        """Add a person to a group.

        Args:
            group_id: The group, ``...@g.us``; the account must be one of its administrators.
            participant_chat_id: The person, who should be in the contacts of the account's phone.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            RefusedError: The account is not an administrator, or the person is already in the group or not in the
                phone's contacts.
            DeliveryUnknownError: The connection failed after the request was sent. The person may or may not have been
                added.

        Source: manual 1.3.7, AddGroupParticipant; 10 requests per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(
            ADD_GROUP_PARTICIPANT, {"groupId": group_id, "participantChatId": participant_chat_id}
        )

    async def remove_group_participant(
        self, group_id: str, participant_chat_id: str
    ) -> "models.groups.RemovedParticipant":
        """Remove a person from a group.

        Args:
            group_id: The group, ``...@g.us``; the account must be one of its administrators.
            participant_chat_id: The person.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            RefusedError: The person is not in the group.
            DeliveryUnknownError: The connection failed after the request was sent. The person may or may not have been
                removed.

        Source: manual 1.3.7, RemoveGroupParticipant; 10 requests per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(
            REMOVE_GROUP_PARTICIPANT, {"groupId": group_id, "participantChatId": participant_chat_id}
        )

    async def set_group_admin(self, group_id: str, participant_chat_id: str) -> "models.groups.GroupAdmin":
        """Make a participant an administrator of a group.

        Args:
            group_id: The group, ``...@g.us``; the account must be one of its administrators.
            participant_chat_id: The participant.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            RefusedError: There is no such group, or the person is not in it (``participant not found``).

        Source: manual 1.3.7, SetGroupAdmin; 10 requests per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(SET_GROUP_ADMIN, {"groupId": group_id, "participantChatId": participant_chat_id})

    async def remove_admin(self, group_id: str, participant_chat_id: str) -> "models.groups.RemovedAdmin":
        """Make an administrator of a group an ordinary participant.

        Args:
            group_id: The group, ``...@g.us``; the account must be one of its administrators.
            participant_chat_id: The administrator.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            RefusedError: There is no such group, or the person is not in it.

        Source: manual 1.3.7, RemoveAdmin; 10 requests per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(REMOVE_ADMIN, {"groupId": group_id, "participantChatId": participant_chat_id})

    async def set_group_picture(
        self, group_id: str, file: "models.files.File", *, progress: "models.files.Progress | None" = None
    ) -> "models.files.GroupPicture":
        """Set a group's picture.

        Args:
            group_id: The group, ``...@g.us``; the account must be one of its administrators.
            file: A JPEG: a path, bytes, an open binary file, or an async iterator of bytes.
            progress: Called after each chunk with the bytes sent and the total.

        Raises:
            InvalidArgumentError: The file is empty, over 100 MB or unreadable, or ``group_id`` is not a group's;
                nothing was sent.
            RefusedError: WhatsApp rejected the picture, or there is no such group (``Timed Out``).

        Source: manual 1.3.7, SetGroupPicture; 1 request per second, 100 per month on the Developer tariff.
        """
        async with http.uploads.open_payload(file, name="picture.jpg", progress=progress) as payload:
            return await self._request(SET_GROUP_PICTURE, {"groupId": group_id, "file": payload})

    async def leave_group(self, group_id: str) -> "models.groups.LeftGroup":
        """Leave a group.

        Args:
            group_id: The group, ``...@g.us``.

        Raises:
            InvalidArgumentError: ``group_id`` is not a group's.
            RefusedError: The account did not leave the group.
            DeliveryUnknownError: The connection failed after the request was sent. The account may or may not be in the
                group.

        Source: manual 1.3.7, LeaveGroup; 10 requests per second, 1,000 per month on the Developer tariff.
        """
        return await self._request(LEAVE_GROUP, {"groupId": group_id})

    async def update_group_settings(
        self,
        group_id: str,
        *,
        allow_participants_edit_group_settings: bool | None = None,
        allow_participants_send_messages: bool | None = None,
    ) -> "models.groups.SavedGroupSettings":
        """Change what ordinary participants of a group may do.

        Args:
            group_id: The group, ``...@g.us``; the account must be one of its administrators.
            allow_participants_edit_group_settings: Whether they may edit the group's settings; None leaves it as it is.
            allow_participants_send_messages: Whether they may send messages; None leaves it as it is.

        Raises:
            InvalidArgumentError: ``group_id`` is not a group's.
            RefusedError: The settings were not changed; the reason is the server's.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(
            UPDATE_GROUP_SETTINGS,
            {
                "groupId": group_id,
                "allowParticipantsEditGroupSettings": allow_participants_edit_group_settings,
                "allowParticipantsSendMessages": allow_participants_send_messages,
            },
        )

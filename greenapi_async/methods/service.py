"""Chats, and people as WhatsApp knows them. Manual: 1.3.10."""

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.validation import between, choice, message_id, person_id, phone, text
from greenapi_async.http.validation import chat_id as a_chat_id
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.sending import SentMessage
from greenapi_async.models.service import Avatar, Chat, Contact, ContactInfo, DisappearingChat, WhatsappCheck
from greenapi_async.serialization.converter import ignore_body, list_of, object_of

__all__ = [
    "ARCHIVE_CHAT",
    "CHECK_WHATSAPP",
    "DELETE_MESSAGE",
    "EDIT_MESSAGE",
    "GET_AVATAR",
    "GET_CHATS",
    "GET_CONTACTS",
    "GET_CONTACT_INFO",
    "SEND_TYPING",
    "SET_DISAPPEARING_CHAT",
    "UNARCHIVE_CHAT",
    "Service",
]

CHECK_WHATSAPP = Endpoint(
    "POST",
    "checkWhatsapp",
    object_of(WhatsappCheck),
    per_second=10,
    developer_quota=100,
    business_quota=30_000,
    idempotent=True,
    limits={"phoneNumber": phone(11, 12), "chatId": person_id},
)
GET_AVATAR = Endpoint(
    "POST",
    "getAvatar",
    object_of(Avatar),
    per_second=10,
    developer_quota=100,
    idempotent=True,
    required=("chatId",),
    limits={"chatId": a_chat_id},
)
GET_CONTACTS = Endpoint(
    "GET",
    "getContacts",
    list_of(Contact),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    query=("group", "count"),
)
GET_CONTACT_INFO = Endpoint(
    "POST",
    "getContactInfo",
    object_of(ContactInfo),
    per_second=1,
    developer_quota=100,
    idempotent=True,
    required=("chatId",),
    limits={"chatId": person_id},
)
DELETE_MESSAGE = Endpoint(
    "POST",
    "deleteMessage",
    ignore_body,
    per_second=10,
    developer_quota=1000,
    idempotent=True,
    required=("chatId", "idMessage"),
    limits={"chatId": a_chat_id, "idMessage": message_id},
)
EDIT_MESSAGE = Endpoint(
    "POST",
    "editMessage",
    object_of(SentMessage),
    idempotent=False,
    required=("chatId", "idMessage", "message"),
    limits={"chatId": a_chat_id, "idMessage": message_id, "message": text(20_000)},
)
ARCHIVE_CHAT = Endpoint(
    "POST",
    "archiveChat",
    ignore_body,
    per_second=10,
    developer_quota=100,
    idempotent=False,
    required=("chatId",),
    limits={"chatId": a_chat_id},
)
UNARCHIVE_CHAT = Endpoint(
    "POST",
    "unarchiveChat",
    ignore_body,
    per_second=10,
    developer_quota=100,
    idempotent=False,
    required=("chatId",),
    limits={"chatId": a_chat_id},
)
SET_DISAPPEARING_CHAT = Endpoint(
    "POST",
    "setDisappearingChat",
    object_of(DisappearingChat),
    per_second=1,
    developer_quota=100,
    idempotent=False,
    required=("chatId", "ephemeralExpiration"),
    limits={"chatId": a_chat_id, "ephemeralExpiration": choice((0, 86_400, 604_800, 7_776_000), "seconds")},
)
SEND_TYPING = Endpoint(
    "POST",
    "sendTyping",
    ignore_body,
    idempotent=False,
    required=("chatId",),
    limits={
        "chatId": a_chat_id,
        "typingTime": between(1000, 20_000, "ms"),
        "typingType": choice(("recording",)),
    },
)
GET_CHATS = Endpoint("GET", "getChats", list_of(Chat), idempotent=True, query=("count",))


class Service(MethodGroup):
    """Methods on chats, contacts and messages that are there already."""

    async def check_whatsapp(
        self, phone_number: int | None = None, *, chat_id: str | None = None, force: bool | None = None
    ) -> WhatsappCheck:
        """Ask whether somebody has a WhatsApp account, by number or by chat id.

        ``phone_number`` has 11 or 12 digits, without + and 00. The only method with a quota on the Business tariff.

        Manual: 1.3.10, CheckWhatsapp; ``chat_id`` and ``force`` are beyond it.
        """
        if (phone_number is None) == (chat_id is None):
            given = "neither was" if chat_id is None else "both were"
            raise InvalidArgumentError(
                f"of phone_number and chat_id {given} given; exactly one is needed", method=CHECK_WHATSAPP.name
            )
        return await self._request(
            CHECK_WHATSAPP,
            {
                "phoneNumber": phone_number,
                "chatId": chat_id,
                "force": force,
            },
        )

    async def get_avatar(self, chat_id: str) -> Avatar:
        """Get the link to somebody's picture, to a group's, or to one's own.

        Manual: 1.3.10, GetAvatar.
        """
        return await self._request(GET_AVATAR, {"chatId": chat_id})

    async def get_contacts(self, *, group: bool | None = None, count: int | None = None) -> list[Contact]:
        """List the account's contacts and groups; with ``group``, only groups or only persons.

        The list is up to five minutes behind. When it is empty, ask again, or link the phone anew.

        Manual: 1.3.10, GetContacts; ``group`` and ``count`` are beyond it.
        """
        return await self._request(GET_CONTACTS, {"group": group, "count": count})

    async def get_contact_info(self, chat_id: str) -> ContactInfo:
        """Get what is known of a person or a business; of groups, ``get_group_data`` tells.

        Manual: 1.3.10, GetContactInfo.
        """
        return await self._request(GET_CONTACT_INFO, {"chatId": chat_id})

    async def delete_message(self, chat_id: str, id_message: str, *, only_sender_delete: bool | None = None) -> None:
        """Delete a message for everybody, or with ``only_sender_delete`` for the account alone.

        Raises ``BadRequestError`` when it is deleted already.

        Manual: 1.3.10, DeleteMessage; ``only_sender_delete`` is beyond it.
        """
        await self._request(
            DELETE_MESSAGE,
            {
                "chatId": chat_id,
                "idMessage": id_message,
                "onlySenderDelete": only_sender_delete,
            },
        )

    async def edit_message(self, chat_id: str, id_message: str, message: str) -> SentMessage:
        """Change the text of a message that was sent through the API, to 1 to 20,000 characters.

        WhatsApp allows it for 15 minutes; afterwards the server answers an id all the same, and a notification tells
        that nothing changed.

        Beyond the manual.
        """
        return await self._request(
            EDIT_MESSAGE,
            {
                "chatId": chat_id,
                "idMessage": id_message,
                "message": message,
            },
        )

    async def archive_chat(self, chat_id: str) -> None:
        """Archive a chat that has at least one incoming message.

        Raises ``BadRequestError`` when it is archived already. Needs ``incoming_webhook``.

        Manual: 1.3.10, ArchiveChat.
        """
        await self._request(ARCHIVE_CHAT, {"chatId": chat_id})

    async def unarchive_chat(self, chat_id: str) -> None:
        """Take a chat out of the archive.

        Raises ``BadRequestError`` when it is not there.

        Manual: 1.3.10, UnarchiveChat.
        """
        await self._request(UNARCHIVE_CHAT, {"chatId": chat_id})

    async def set_disappearing_chat(self, chat_id: str, ephemeral_expiration: int) -> DisappearingChat:
        """Let a chat's messages disappear after so many seconds: 86,400, 604,800 or 7,776,000; 0 ends it.

        Manual: 1.3.10, SetDisappearingChat.
        """
        return await self._request(
            SET_DISAPPEARING_CHAT, {"chatId": chat_id, "ephemeralExpiration": ephemeral_expiration}
        )

    async def send_typing(
        self, chat_id: str, *, typing_time: int | None = None, typing_type: str | None = None
    ) -> None:
        """Show in a chat that the account is typing, or with ``typing_type="recording"`` that it records.

        ``typing_time`` is 1,000 to 20,000 ms.

        Beyond the manual.
        """
        await self._request(
            SEND_TYPING,
            {
                "chatId": chat_id,
                "typingTime": typing_time,
                "typingType": typing_type,
            },
        )

    async def get_chats(self, *, count: int | None = None) -> list[Chat]:
        """List the account's chats, ``count`` of them, by when something last happened there.

        Beyond the manual.
        """
        return await self._request(GET_CHATS, {"count": count})

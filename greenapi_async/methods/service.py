"""Service methods on chats, contacts and existing messages. Source: manual 1.3.10."""

from typing import Literal

from greenapi_async import models
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.phones import phone_to_wire
from greenapi_async.serialization.decoders import ignore_body, list_of, object_of
from greenapi_async.serialization.identities import checked_ids, contact_ids, listed_ids

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

_ARCHIVING = {
    ErrorPattern(400, "last message not found"): (
        "Check chat_id; the chat also needs an incoming message that arrived while incoming_webhook was on."
    ),
    ErrorPattern(400, "not found"): "Check chat_id: the account has no such contact or group.",
}
_MESSAGE = {"chatId": validation.chat_id, "idMessage": validation.message_id}

CHECK_WHATSAPP = Endpoint(
    "POST",
    "checkWhatsapp",
    object_of(lambda: models.service.WhatsappCheck),
    per_second=10,
    developer_quota=100,
    business_quota=30_000,
    idempotent=True,
    limits={"phoneNumber": validation.phone_number, "chatId": validation.person_id, "force": validation.boolean},
    advice={
        ErrorPattern(400, "timeout limit exceeded"): (
            "WhatsApp did not answer the check in time, so the number may or may not have an account: try again later."
        ),
        ErrorPattern(
            400, "bad phone number"
        ): "Give the number in international format; the server may require 11 or more digits.",
    },
    reported_ids=checked_ids,
)
GET_AVATAR = Endpoint(
    "POST",
    "getAvatar",
    object_of(lambda: models.service.Avatar),
    per_second=10,
    developer_quota=100,
    idempotent=True,
    required=("chatId",),
    limits={"chatId": validation.chat_id},
)
GET_CONTACTS = Endpoint(
    "GET",
    "getContacts",
    list_of(lambda: models.service.Contact),
    per_second=1,
    developer_quota=1000,
    idempotent=True,
    query=("group", "count"),
    limits={"group": validation.boolean, "count": validation.integer(1)},
    reported_ids=listed_ids,
)
GET_CONTACT_INFO = Endpoint(
    "POST",
    "getContactInfo",
    object_of(lambda: models.service.ContactInfo),
    per_second=1,
    developer_quota=100,
    idempotent=True,
    required=("chatId",),
    limits={"chatId": validation.person_id},
    advice={ErrorPattern(400, "does not support group chats"): "Use get_group_data() for a group."},
    reported_ids=contact_ids,
)
DELETE_MESSAGE = Endpoint(
    "POST",
    "deleteMessage",
    ignore_body,
    per_second=10,
    developer_quota=1000,
    idempotent=True,
    already_done=(ErrorPattern(400, "message by id not found"),),
    required=("chatId", "idMessage"),
    limits={**_MESSAGE, "onlySenderDelete": validation.boolean},
    advice={
        ErrorPattern(400, "message by id not found"): (
            "The message was already deleted, or id_message does not belong to chat_id."
        )
    },
)
ARCHIVE_CHAT = Endpoint(
    "POST",
    "archiveChat",
    ignore_body,
    per_second=10,
    developer_quota=100,
    idempotent=True,
    already_done=(ErrorPattern(400, "already archive=true"),),
    required=("chatId",),
    limits={"chatId": validation.chat_id},
    advice={ErrorPattern(400, "already archive=true"): "The chat is archived: nothing is left to do.", **_ARCHIVING},
)
UNARCHIVE_CHAT = Endpoint(
    "POST",
    "unarchiveChat",
    ignore_body,
    per_second=10,
    developer_quota=100,
    idempotent=True,
    already_done=(ErrorPattern(400, "already archive=false"),),
    required=("chatId",),
    limits={"chatId": validation.chat_id},
    advice={
        ErrorPattern(400, "already archive=false"): "The chat is not archived: nothing is left to do.",
        **_ARCHIVING,
    },
)
SET_DISAPPEARING_CHAT = Endpoint(
    "POST",
    "setDisappearingChat",
    object_of(lambda: models.service.DisappearingChat),
    per_second=1,
    developer_quota=100,
    idempotent=True,
    required=("chatId", "ephemeralExpiration"),
    limits={
        "chatId": validation.chat_id,
        "ephemeralExpiration": validation.one_of((0, 86_400, 604_800, 7_776_000), "seconds"),
    },
)
EDIT_MESSAGE = Endpoint(
    "POST",
    "editMessage",
    object_of(lambda: models.sending.SentMessage),
    idempotent=False,
    required=("chatId", "idMessage", "message"),
    limits={**_MESSAGE, "message": validation.text(20_000)},
)
"""Not idempotent: an edit is queued and reported like a message of its own."""
SEND_TYPING = Endpoint(
    "POST",
    "sendTyping",
    ignore_body,
    idempotent=False,
    required=("chatId",),
    limits={
        "chatId": validation.chat_id,
        "typingTime": validation.integer(1000, 20_000, "ms"),
        "typingType": validation.one_of(("recording",)),
    },
    outcome_check="Nothing needs to be checked: call it again if the indicator is still wanted.",
)
GET_CHATS = Endpoint(
    "GET",
    "getChats",
    list_of(lambda: models.service.Chat),
    idempotent=True,
    query=("count",),
    limits={"count": validation.integer(1)},
    reported_ids=listed_ids,
)


class Service(MethodGroup):
    """Methods on chats, contacts and existing messages."""

    async def check_whatsapp(
        self, phone_number: int | str | None = None, *, chat_id: str | None = None, force: bool | None = None
    ) -> "models.service.WhatsappCheck":
        """Check whether a phone number or a chat id has a WhatsApp account.

        Args:
            phone_number: The number in international format, 7 to 15 digits, as a number or a string. None if
                ``chat_id`` is given; exactly one of them is required.
            chat_id: The person's chat id; None if ``phone_number`` is given.
            force: Parameter ``force`` of the vendor's client, which does not document it; None omits it.

        Raises:
            InvalidArgumentError: Both or neither of ``phone_number`` and ``chat_id`` were given, or one is malformed.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> check = await client.check_whatsapp(79001234567)
            >>> if check.exists_whatsapp:
            ...     await client.send_message(chat_id(79001234567), "Hello!")

        Source: manual 1.3.10, CheckWhatsapp; 10 requests per second, 100 per month on the Developer tariff, 30,000 per
        month on the Business tariff. ``chat_id`` and ``force`` are beyond the manual.
        """
        if (phone_number is None) == (chat_id is None):
            given = "neither phone_number nor chat_id was" if chat_id is None else "both phone_number and chat_id were"
            raise InvalidArgumentError(f"{given} given; exactly one is required", method=CHECK_WHATSAPP.name)
        return await self._request(
            CHECK_WHATSAPP,
            {
                "phoneNumber": phone_to_wire(phone_number),
                "chatId": chat_id,
                "force": force,
            },
        )

    async def get_avatar(self, chat_id: str) -> "models.service.Avatar":
        """Return the avatar of a person, of a group, or of the account itself.

        Args:
            chat_id: The person or group; the account's own chat id returns its own avatar.

        Returns:
            The avatar's URL. It is empty if there is no avatar or no such account, and if ``available`` is False, which
            means that the person hides it.

        Raises:
            InvalidArgumentError: ``chat_id`` is malformed.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.10, GetAvatar; 10 requests per second, 100 per month on the Developer tariff.
        """
        return await self._request(GET_AVATAR, {"chatId": chat_id})

    async def get_contacts(
        self, *, group: bool | None = None, count: int | None = None
    ) -> "list[models.service.Contact]":
        """Return the account's contacts and groups.

        The list lags behind by up to five minutes. If it is empty, request it again; if it stays empty, link the phone
        again.

        Args:
            group: True returns groups only, False persons only, None both.
            count: Maximum number of entries; None means all.

        Raises:
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> for contact in await client.get_contacts(group=False):
            ...     print(contact.id, contact.contact_name or contact.name)

        Source: manual 1.3.10, GetContacts; 1 request per second, 1,000 per month on the Developer tariff. ``group`` and
        ``count`` are beyond the manual.
        """
        return await self._request(GET_CONTACTS, {"group": group, "count": count})

    async def get_contact_info(self, chat_id: str) -> "models.service.ContactInfo":
        """Return information about a person or business; for a group see ``get_group_data``.

        Args:
            chat_id: The person.

        Raises:
            InvalidArgumentError: ``chat_id`` is not a person's.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.10, GetContactInfo; 1 request per second, 100 per month on the Developer tariff.
        """
        return await self._request(GET_CONTACT_INFO, {"chatId": chat_id})

    async def delete_message(self, chat_id: str, id_message: str, *, only_sender_delete: bool | None = None) -> None:
        """Delete a message from a chat.

        Args:
            chat_id: The message's chat.
            id_message: Id of the message.
            only_sender_delete: Whether to delete it for the account only; None deletes it for everyone.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            BadRequestError: There is no such message, or it was deleted before. If a retry of the same call finds it
                deleted, the call has succeeded.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.10, DeleteMessage; 10 requests per second, 1,000 per month on the Developer tariff.
        ``only_sender_delete`` is beyond the manual.
        """
        await self._request(
            DELETE_MESSAGE,
            {
                "chatId": chat_id,
                "idMessage": id_message,
                "onlySenderDelete": only_sender_delete,
            },
        )

    async def archive_chat(self, chat_id: str) -> None:
        """Archive a chat that has at least one incoming message.

        Needs the setting ``incoming_webhook``: the server must have seen the messages.

        Args:
            chat_id: The chat, with a person or of a group.

        Raises:
            InvalidArgumentError: ``chat_id`` is malformed.
            BadRequestError: The chat has no messages, or is archived already.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.10, ArchiveChat; 10 requests per second, 100 per month on the Developer tariff.
        """
        await self._request(ARCHIVE_CHAT, {"chatId": chat_id})

    async def unarchive_chat(self, chat_id: str) -> None:
        """Restore a chat from the archive.

        Args:
            chat_id: The chat, with a person or of a group.

        Raises:
            InvalidArgumentError: ``chat_id`` is malformed.
            BadRequestError: The chat has no messages, or is not archived.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.10, UnarchiveChat; 10 requests per second, 100 per month on the Developer tariff.
        """
        await self._request(UNARCHIVE_CHAT, {"chatId": chat_id})

    async def set_disappearing_chat(
        self, chat_id: str, ephemeral_expiration: Literal[0, 86_400, 604_800, 7_776_000]
    ) -> "models.service.DisappearingChat":
        """Set the time after which messages of a chat disappear.

        Args:
            chat_id: The chat.
            ephemeral_expiration: Seconds: 86,400 (24 hours), 604,800 (7 days) or 7,776,000 (90 days); 0 means never.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.10, SetDisappearingChat; 1 request per second, 100 per month on the Developer tariff.
        """
        return await self._request(
            SET_DISAPPEARING_CHAT, {"chatId": chat_id, "ephemeralExpiration": ephemeral_expiration}
        )

    async def edit_message(self, chat_id: str, id_message: str, message: str) -> "models.sending.SentMessage":
        """Change the text of a message that was sent through the API.

        WhatsApp allows it for 15 minutes. Later the server still returns an id, and a notification reports that nothing
        changed.

        Args:
            chat_id: The message's chat.
            id_message: Id of the message.
            message: New text, 1 to 20,000 characters.

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have
                changed.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(
            EDIT_MESSAGE,
            {
                "chatId": chat_id,
                "idMessage": id_message,
                "message": message,
            },
        )

    async def send_typing(
        self, chat_id: str, *, typing_time: int | None = None, typing_type: Literal["recording"] | None = None
    ) -> None:
        """Show in a chat that the account is typing; ``Client.typing`` does so for the duration of a block.

        Args:
            chat_id: The chat, with a person or of a group.
            typing_time: Milliseconds, 1,000 to 20,000; None leaves it to the server.
            typing_type: ``recording`` shows "recording audio"; None shows "typing".

        Raises:
            InvalidArgumentError: An argument violates a documented limit.
            DeliveryUnknownError: The connection failed after the request was sent.

        Source: the vendor's documentation, beyond the manual.
        """
        await self._request(
            SEND_TYPING,
            {
                "chatId": chat_id,
                "typingTime": typing_time,
                "typingType": typing_type,
            },
        )

    async def get_chats(self, *, count: int | None = None) -> "list[models.service.Chat]":
        """Return the account's chats in the order of their last activity.

        Args:
            count: Maximum number of chats; None means all.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(GET_CHATS, {"count": count})

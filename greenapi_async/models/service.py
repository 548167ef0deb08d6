"""Chats, contacts and business profiles. Source: manual 1.3.9 and 1.3.10."""

from datetime import datetime

import attrs

from greenapi_async.models.base import Model, json_names
from greenapi_async.models.catalogs import Product
from greenapi_async.models.states import ContactType

__all__ = [
    "Avatar",
    "Chat",
    "Contact",
    "ContactInfo",
    "DisappearingChat",
    "ReadMark",
    "WhatsappCheck",
]


@attrs.frozen(kw_only=True)
class WhatsappCheck(Model):
    """Answer of checkWhatsapp.

    Attributes:
        exists_whatsapp: Whether the phone number has a WhatsApp account.
        chat_id: Chat id of the account, often an ``@lid``. This and the following are beyond the manual.
        phone_number: Number of the account as a chat id, ``<phone>@c.us``; empty if the person hides it.
        from_cache: Whether the answer comes from the server's cache.
    """

    exists_whatsapp: bool | None = None
    chat_id: str | None = None
    phone_number: str | None = None
    username: str | None = None
    from_cache: bool | None = None


@attrs.frozen(kw_only=True)
class Avatar(Model):
    """Picture of a person or a group, the answer of getAvatar.

    Attributes:
        url_avatar: Empty if there is no picture, it is hidden, or there is no such account.
        available: False if the picture is hidden from the account.
    """

    url_avatar: str | None = None
    available: bool | None = None


@attrs.frozen(kw_only=True)
class Contact(Model):
    """A contact of the account, or a group it belongs to.

    Attributes:
        id: Chat id.
        name: Name in WhatsApp; empty for a person who never wrote to the account.
        contact_name: Name in the phone's contacts; only for persons.
        phone_number: On MAX and Telegram; 0 if it is hidden.
    """

    id: str | None = attrs.field(default=None, metadata=json_names("id", "chatId"))
    name: str | None = None
    contact_name: str | None = None
    type: ContactType | str | None = None
    phone_number: int | None = None


@attrs.frozen(kw_only=True)
class ContactInfo(Model):
    """Profile of a person or a business, the answer of getContactInfo.

    Attributes:
        avatar: URL of the picture.
        name: Name in WhatsApp; empty for a person who never wrote to the account.
        contact_name: Name in the phone's contacts; empty if there is none.
        category: Only for businesses.
        description: Only for businesses.
        products: Only for businesses.
        message_expiration: Seconds after which messages disappear.
        mute_expiration: End of muting; the manual gives no unit.
        chat_type: This and the rest are on MAX and Telegram.
        phone_number: 0 if it is hidden.
        phone_number_timestamp: When the phone number was looked up, in UTC.
        username: Name with its @.
    """

    avatar: str | None = None
    name: str | None = None
    contact_name: str | None = None
    email: str | None = None
    category: str | None = None
    description: str | None = None
    products: list[Product] | None = None
    chat_id: str | None = None
    last_seen: str | None = None
    is_archive: bool | None = None
    is_disappearing: bool | None = None
    is_mute: bool | None = None
    message_expiration: int | None = attrs.field(
        default=None, metadata=json_names("messageExpiration", "messageexpiration")
    )
    mute_expiration: int | None = attrs.field(default=None, metadata=json_names("muteExpiration", "muteexpiration"))
    is_business: bool | None = None
    chat_type: ContactType | str | None = None
    phone_number: int | None = None
    phone_number_timestamp: datetime | None = None
    username: str | None = None


@attrs.frozen(kw_only=True)
class DisappearingChat(Model):
    """Answer of setDisappearingChat.

    Attributes:
        ephemeral_expiration: Seconds after which messages disappear.
    """

    chat_id: str | None = None
    disappearing_messages_in_chat: bool | None = None
    ephemeral_expiration: int | None = None


@attrs.frozen(kw_only=True)
class Chat(Model):
    """A chat of the account.

    Attributes:
        id: Chat id.
        new_chat_id: The id to use from now on, if the person's ``@lid`` has changed.
        ephemeral_expiration: Seconds after which messages disappear.
        ephemeral_setting_timestamp: When that was set, in UTC; 1970-01-01 if it never was.
        phone_number: On MAX and Telegram; 0 if it is hidden.
        username: Name with its @; on MAX and Telegram.

    Source: the vendor's documentation, beyond the manual.
    """

    id: str | None = attrs.field(default=None, metadata=json_names("id", "chatId"))
    name: str | None = None
    type: ContactType | str | None = None
    phone_number: int | None = None
    username: str | None = None
    archive: bool | None = None
    ephemeral_expiration: int | None = None
    ephemeral_setting_timestamp: datetime | None = None
    new_chat_id: str | None = None


@attrs.frozen(kw_only=True)
class ReadMark(Model):
    """Answer of readChat."""

    set_read: bool | None = None

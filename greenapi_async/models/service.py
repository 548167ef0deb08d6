"""Chats, and people as WhatsApp knows them. Manual: 1.3.10."""

from datetime import datetime

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.states import ContactType

__all__ = [
    "Avatar",
    "Chat",
    "Contact",
    "ContactInfo",
    "DisappearingChat",
    "Product",
    "ProductImages",
    "ProductReview",
    "ReadMark",
    "WhatsappCheck",
]


@attrs.frozen(kw_only=True)
class WhatsappCheck(Model):
    """Whether a phone number has a WhatsApp account."""

    exists_whatsapp: bool | None = None
    chat_id: str | None = None
    """Beyond the manual."""


@attrs.frozen(kw_only=True)
class Avatar(Model):
    """Somebody's picture, or a group's."""

    url_avatar: str | None = None
    """Empty when there is none, when it is hidden, and when there is no such account."""
    available: bool | None = None
    """False when it is hidden from the account."""


@attrs.frozen(kw_only=True)
class Contact(Model):
    """A contact of the account, or a group it is in."""

    id: str | None = None
    name: str | None = None
    """The name in WhatsApp; empty for a person who never wrote to the account."""
    contact_name: str | None = None
    """The name in the phone's contacts; only of persons."""
    type: ContactType | str | None = None


@attrs.frozen(kw_only=True)
class ProductImages(Model):
    """Where the picture of a product is."""

    requested: str | None = None
    original: str | None = None


@attrs.frozen(kw_only=True)
class ProductReview(Model):
    """Whether a product passed WhatsApp's review."""

    whatsapp: str | None = None
    """As in ``APPROVED``."""


@attrs.frozen(kw_only=True)
class Product(Model):
    """A product in a business's catalogue."""

    id: str | None = None
    image_urls: ProductImages | None = None
    review_status: ProductReview | None = None
    availability: str | None = None
    """As in ``in stock``."""
    name: str | None = None
    description: str | None = None
    price: str | None = None
    is_hidden: bool | None = None


@attrs.frozen(kw_only=True)
class ContactInfo(Model):
    """What is known of a person or a business."""

    avatar: str | None = None
    """A link."""
    name: str | None = None
    """The name in WhatsApp; empty for a person who never wrote to the account."""
    contact_name: str | None = None
    """The name in the phone's contacts; empty when it is not there."""
    email: str | None = None
    category: str | None = None
    """Of businesses, as the description and the products."""
    description: str | None = None
    products: list[Product] | None = None
    chat_id: str | None = None
    last_seen: str | None = None
    is_archive: bool | None = None
    is_disappearing: bool | None = None
    is_mute: bool | None = None
    message_expiration: int | None = None
    """Seconds after which messages disappear."""
    mute_expiration: int | None = None
    """When the chat is heard again; the manual gives no unit."""
    is_business: bool | None = None


@attrs.frozen(kw_only=True)
class DisappearingChat(Model):
    """The answer of setDisappearingChat."""

    chat_id: str | None = None
    disappearing_messages_in_chat: bool | None = None
    ephemeral_expiration: int | None = None
    """Seconds after which messages disappear."""


@attrs.frozen(kw_only=True)
class Chat(Model):
    """A chat of the account. Beyond the manual."""

    id: str | None = None
    name: str | None = None
    type: ContactType | str | None = None
    archive: bool | None = None
    ephemeral_expiration: int | None = None
    """Seconds after which messages disappear."""
    ephemeral_setting_timestamp: datetime | None = None
    """When that was set, in UTC; the start of 1970 when it never was."""


@attrs.frozen(kw_only=True)
class ReadMark(Model):
    """The answer of readChat."""

    set_read: bool | None = None

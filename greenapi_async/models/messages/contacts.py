"""Contacts and invitations. Manual: 1.3.4, "Входящее сообщение с контактом" and the two after it."""

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.messages.base import WordlessMessage

__all__ = ["ContactMessage", "ContactsArrayMessage", "GroupInviteMessage", "SharedContact"]


@attrs.frozen(kw_only=True)
class SharedContact(Model):
    """A contact from somebody's address book."""

    display_name: str | None = None
    vcard: str | None = attrs.field(default=None, repr=False)
    """As sent; ``greenapi_async.serialization.vcard.parse_vcard`` reads it."""


@attrs.frozen(kw_only=True)
class ContactMessage(WordlessMessage):
    """One contact."""

    types = ("contactMessage",)
    wrappers = ("contactMessageData", "contact")

    display_name: str | None = None
    vcard: str | None = attrs.field(default=None, repr=False)
    """As sent; ``greenapi_async.serialization.vcard.parse_vcard`` reads it."""


@attrs.frozen(kw_only=True)
class ContactsArrayMessage(WordlessMessage):
    """Several contacts."""

    types = ("contactsArrayMessage",)
    wrappers = ("messageData",)

    contacts: list[SharedContact] | None = None


@attrs.frozen(kw_only=True)
class GroupInviteMessage(WordlessMessage):
    """An invitation to a group."""

    types = ("groupInviteMessage",)
    wrappers = ("groupInviteMessageData",)

    group_jid: str | None = None
    """The group's chat id."""
    invite_code: str | None = None
    invite_expiration: int | None = None
    """UNIX time; 0 is never."""
    group_name: str | None = None
    caption: str | None = None
    name: str | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)
    """Base64; see ``thumbnail``."""

    @property
    def text(self) -> str | None:
        """The caption."""
        return self.caption or None

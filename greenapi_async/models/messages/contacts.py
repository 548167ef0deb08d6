"""Contacts and group invitations.

Source: manual 1.3.4, "Входящее сообщение с контактом" and the two following sections.
"""

import attrs

from greenapi_async.models.base import Model
from greenapi_async.models.messages.base import NonTextMessage

__all__ = ["ContactMessage", "ContactsArrayMessage", "GroupInviteMessage", "SharedContact"]


@attrs.frozen(kw_only=True)
class SharedContact(Model):
    """One contact of a ``ContactsArrayMessage``.

    Attributes:
        vcard: Contact card as text, see ``greenapi_async.serialization.vcard.parse_vcard``.
    """

    display_name: str | None = None
    vcard: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class ContactMessage(NonTextMessage):
    """A contact.

    Attributes:
        vcard: Contact card as text, see ``greenapi_async.serialization.vcard.parse_vcard``. Telegram has the following
            attributes instead.
        phone_contact: Phone number.
    """

    types = ("contactMessage",)
    wrappers = ("contactMessageData", "contact")

    display_name: str | None = None
    vcard: str | None = attrs.field(default=None, repr=False)
    phone_contact: int | None = None
    first_name: str | None = None
    middle_name: str | None = None
    last_name: str | None = None
    company: str | None = None


@attrs.frozen(kw_only=True)
class ContactsArrayMessage(NonTextMessage):
    """Several contacts."""

    types = ("contactsArrayMessage",)
    wrappers = ("messageData",)

    contacts: list[SharedContact] | None = None


@attrs.frozen(kw_only=True)
class GroupInviteMessage(NonTextMessage):
    """An invitation to a group.

    Attributes:
        group_jid: Chat id of the group.
        invite_expiration: UNIX time; 0 means never.
        jpeg_thumbnail: Preview in Base64; see ``thumbnail``.
    """

    types = ("groupInviteMessage",)
    wrappers = ("groupInviteMessageData",)

    group_jid: str | None = None
    invite_code: str | None = None
    invite_expiration: int | None = None
    group_name: str | None = None
    caption: str | None = None
    name: str | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)

    @property
    def text(self) -> str | None:
        """Caption, or None if it is empty."""
        return self.caption or None

"""What changes of the account's contacts answer. Beyond the manual."""

import attrs

from greenapi_async.models.base import Model

__all__ = ["AddedContact", "DeletedContact", "EditedContact"]


@attrs.frozen(kw_only=True)
class AddedContact(Model):
    """The answer of addContact."""

    add_contact: bool | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class EditedContact(Model):
    """The answer of editContact."""

    edit_contact: bool | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class DeletedContact(Model):
    """The answer of deleteContact."""

    delete_contact: bool | None = None
    message: str | None = None

"""Answers of the methods that edit the account's contacts. Source: the vendor's documentation, beyond the manual."""

import attrs

from greenapi_async.models.base import Model

__all__ = ["AddedContact", "DeletedContact", "EditedContact"]


@attrs.frozen(kw_only=True)
class AddedContact(Model):
    """Answer of addContact."""

    add_contact: bool | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class EditedContact(Model):
    """Answer of editContact."""

    edit_contact: bool | None = None
    message: str | None = None


@attrs.frozen(kw_only=True)
class DeletedContact(Model):
    """Answer of deleteContact."""

    delete_contact: bool | None = None
    message: str | None = None

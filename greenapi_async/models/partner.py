"""Answers of the partner methods. Source: the vendor's pages "Partner API", beyond the manual."""

import attrs

from greenapi_async.models.base import Model

__all__ = ["CreatedInstance", "DeletedInstanceAccount", "PartnerInstance"]


@attrs.frozen(kw_only=True)
class CreatedInstance(Model):
    """A new instance.

    Attributes:
        id_instance: 0 if the answer has none that can be read; then see ``raw``.
        api_token_instance: Empty if the answer has none that can be read.
        type_instance: Messenger of the instance: ``whatsapp``, ``v3`` (MAX) or ``telegram``.
    """

    id_instance: int
    api_token_instance: str = attrs.field(repr=False)
    type_instance: str | None = None


@attrs.frozen(kw_only=True)
class PartnerInstance(Model):
    """An instance of the partner. Times are strings as received.

    Attributes:
        id_instance: 0 if the answer has none that can be read.
        type_instance: Messenger of the instance: ``whatsapp``, ``v3`` (MAX) or ``telegram``.
        is_free: Whether the tariff is "Developer".
        is_partner: Whether the tariff is "Partner".
        expiration_date: End of the paid period; instances of partners are renewed automatically.
    """

    id_instance: int
    api_token_instance: str | None = attrs.field(default=None, repr=False)
    name: str | None = None
    type_instance: str | None = None
    time_created: str | None = None
    time_deleted: str | None = None
    deleted: bool | None = None
    tariff: str | None = None
    is_free: bool | None = None
    is_partner: bool | None = None
    expiration_date: str | None = None
    is_expired: bool | None = None


@attrs.frozen(kw_only=True)
class DeletedInstanceAccount(Model):
    """Answer of deleteInstanceAccount."""

    delete_instance_account: bool | None = None

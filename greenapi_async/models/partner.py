"""What the partner's methods answer. Beyond the manual: the vendor's pages "Partner API"."""

import attrs

from greenapi_async.models.base import Model

__all__ = ["CreatedInstance", "DeletedInstanceAccount", "PartnerInstance"]


@attrs.frozen(kw_only=True)
class CreatedInstance(Model):
    """A new instance."""

    id_instance: int
    api_token_instance: str = attrs.field(repr=False)
    type_instance: str | None = None
    """The messenger: ``whatsapp``."""


@attrs.frozen(kw_only=True)
class PartnerInstance(Model):
    """An instance of the partner's. Times are as the server writes them."""

    id_instance: int
    api_token_instance: str | None = attrs.field(default=None, repr=False)
    name: str | None = None
    type_instance: str | None = None
    time_created: str | None = None
    time_deleted: str | None = None
    deleted: bool | None = None
    tariff: str | None = None
    is_free: bool | None = None
    """Whether it is on the tariff "Developer"."""
    is_partner: bool | None = None
    """Whether it is on the tariff "Partner"."""
    expiration_date: str | None = None
    """Until when it is paid; partners' instances are renewed by themselves."""
    is_expired: bool | None = None


@attrs.frozen(kw_only=True)
class DeletedInstanceAccount(Model):
    """The answer of deleteInstanceAccount."""

    delete_instance_account: bool | None = None

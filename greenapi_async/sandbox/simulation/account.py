"""The WhatsApp account that an instance is linked to."""

from typing import Any

import attrs

__all__ = ["Account"]


@attrs.frozen
class Account:
    """The identity of an instance and of its account.

    Attributes:
        id_instance: The number of the instance.
        phone: The account's phone number, digits only.
        owner_name: The name that contacts see.
    """

    id_instance: int
    phone: str
    owner_name: str = "Иван"

    @property
    def wid(self) -> str:
        """The account's own chat id."""
        return f"{self.phone}@c.us"

    def instance_data(self, *, linked: bool = True) -> dict[str, Any]:
        """Return the `instanceData` of a notification; `wid` is empty unless a phone is linked."""
        return {"idInstance": self.id_instance, "wid": self.wid if linked else "", "typeInstance": "whatsapp"}

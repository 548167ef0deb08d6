"""The account that an instance is linked to."""

from typing import Any

import attrs

from greenapi_async.sandbox.simulation.messengers import WHATSAPP, Messenger

__all__ = ["Account"]


@attrs.frozen
class Account:
    """The identity of an instance and of its account.

    Attributes:
        id_instance: The number of the instance.
        phone: The account's phone number, digits only.
        owner_name: The name that contacts see.
        messenger: The messenger of the account.
    """

    id_instance: int
    phone: str
    owner_name: str = "Иван"
    messenger: Messenger = WHATSAPP

    @property
    def wid(self) -> str:
        """The account's `wid`."""
        return f"{self.phone}@c.us"

    @property
    def chat_id(self) -> str:
        """The account's own chat id; on WhatsApp its `wid`."""
        return f"1{self.phone[-8:]:0>8}" if self.messenger.has_numbers else self.wid

    def instance_data(self, *, linked: bool = True) -> dict[str, Any]:
        """Return the `instanceData` of a notification; `wid` is empty unless a phone is linked."""
        wid = self.wid if linked else ""
        return {"idInstance": self.id_instance, "wid": wid, "typeInstance": self.messenger.type_instance}

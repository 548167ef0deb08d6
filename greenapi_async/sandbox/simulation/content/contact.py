"""Contact cards."""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable

__all__ = ["ContactContent"]


@attrs.frozen(kw_only=True)
class ContactContent(Forwardable):
    """A contact card."""

    display_name: str
    vcard: str
    fields: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False)
    """The phone number and the names, which Telegram tells in place of the card."""

    @classmethod
    def from_parameters(cls, contact: Mapping[str, Any]) -> "ContactContent":
        """Create a card from the `contact` parameter of `sendContact`."""
        first, middle, last, company = (
            contact.get(name, "") for name in ("firstName", "middleName", "lastName", "company")
        )
        name = " ".join(part for part in (first, middle, last) if part) or company
        phone = contact["phoneContact"]
        lines = [
            "BEGIN:VCARD",
            "VERSION:3.0",
            f"N:{last};{first};{middle};;",
            f"FN:{name}",
            *([f"ORG:{company}"] if company else []),
            f"TEL;type=CELL;type=VOICE;waid={phone}:+{phone}",
            "END:VCARD",
        ]
        return cls(display_name=name, vcard="\n".join(lines), fields=dict(contact))

    @property
    def text(self) -> str:
        """The name on the card."""
        return self.display_name

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification."""
        return {"typeMessage": "contactMessage", "contactMessageData": {**self._fields(), **self.forwarding}}

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row."""
        return {"typeMessage": "contactMessage", "contact": {**self._fields(), **self.forwarding}}

    def quote(self) -> dict[str, Any]:
        """Return the flat fields of a quote, without the forwarding fields."""
        return {"typeMessage": "contactMessage", "contact": self._fields()}

    def _fields(self) -> dict[str, Any]:
        return {"displayName": self.display_name, "vcard": self.vcard}

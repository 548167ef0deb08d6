"""A place on the map, and a person's card."""

from collections.abc import Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable


@attrs.frozen(kw_only=True)
class LocationContent(Forwardable):
    """A place on the map."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""

    @property
    def text(self) -> str:
        """The name of the place."""
        return self.name

    def data(self) -> dict[str, Any]:
        """Give the `messageData`."""
        return {"typeMessage": "locationMessage", "locationMessageData": {**self._place(), **self.marks}}

    def flat(self) -> dict[str, Any]:
        """Give the flat shape."""
        return {"typeMessage": "locationMessage", "location": {**self._place(), **self.marks}}

    def quote(self) -> dict[str, Any]:
        """Give the flat shape without the forwarding."""
        return {"typeMessage": "locationMessage", "location": self._place()}

    def _place(self) -> dict[str, Any]:
        return {
            "nameLocation": self.name,
            "address": self.address,
            "jpegThumbnail": "",
            "latitude": self.latitude,
            "longitude": self.longitude,
        }


@attrs.frozen(kw_only=True)
class ContactContent(Forwardable):
    """A person's card."""

    display_name: str
    vcard: str

    @classmethod
    def of(cls, contact: Mapping[str, Any]) -> "ContactContent":
        """Make a card of the `contact` that `sendContact` takes."""
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
        return cls(display_name=name, vcard="\n".join(lines))

    @property
    def text(self) -> str:
        """The name on the card."""
        return self.display_name

    def data(self) -> dict[str, Any]:
        """Give the `messageData`."""
        return {"typeMessage": "contactMessage", "contactMessageData": {**self._card(), **self.marks}}

    def flat(self) -> dict[str, Any]:
        """Give the flat shape."""
        return {"typeMessage": "contactMessage", "contact": {**self._card(), **self.marks}}

    def quote(self) -> dict[str, Any]:
        """Give the flat shape without the forwarding."""
        return {"typeMessage": "contactMessage", "contact": self._card()}

    def _card(self) -> dict[str, Any]:
        return {"displayName": self.display_name, "vcard": self.vcard}

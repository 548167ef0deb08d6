"""Locations."""

from typing import Any

import attrs

from greenapi_async.sandbox.simulation.content.base import Forwardable

__all__ = ["LocationContent"]


@attrs.frozen(kw_only=True)
class LocationContent(Forwardable):
    """A location on the map."""

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""

    @property
    def text(self) -> str:
        """The name of the place."""
        return self.name

    def data(self) -> dict[str, Any]:
        """Return the `messageData` of a notification."""
        return {"typeMessage": "locationMessage", "locationMessageData": {**self._fields(), **self.forwarding}}

    def flat(self) -> dict[str, Any]:
        """Return the flat fields of a journal row."""
        return {"typeMessage": "locationMessage", "location": {**self._fields(), **self.forwarding}}

    def quote(self) -> dict[str, Any]:
        """Return the flat fields of a quote, without the forwarding fields."""
        return {"typeMessage": "locationMessage", "location": self._fields()}

    def _fields(self) -> dict[str, Any]:
        return {
            "nameLocation": self.name,
            "address": self.address,
            "jpegThumbnail": "",
            "latitude": self.latitude,
            "longitude": self.longitude,
        }

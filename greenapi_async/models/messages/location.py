"""Locations. Source: manual 1.3.4, "Входящее сообщение с геолокацией"."""

import attrs

from greenapi_async.models.messages.base import NonTextMessage

__all__ = ["LocationMessage"]


@attrs.frozen(kw_only=True)
class LocationMessage(NonTextMessage):
    """A location on the map.

    Attributes:
        name_location: Name of the place.
        jpeg_thumbnail: Preview in Base64; see ``thumbnail``.
    """

    types = ("locationMessage",)
    wrappers = ("locationMessageData", "location")

    name_location: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)

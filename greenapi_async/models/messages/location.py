"""Places. Manual: 1.3.4, "Входящее сообщение с геолокацией"."""

import attrs

from greenapi_async.models.messages.base import WordlessMessage

__all__ = ["LocationMessage"]


@attrs.frozen(kw_only=True)
class LocationMessage(WordlessMessage):
    """A place on the map."""

    types = ("locationMessage",)
    wrappers = ("locationMessageData", "location")

    name_location: str | None = None
    address: str | None = None
    latitude: float | None = None
    longitude: float | None = None
    jpeg_thumbnail: str | None = attrs.field(default=None, repr=False)
    """Base64; see ``thumbnail``."""

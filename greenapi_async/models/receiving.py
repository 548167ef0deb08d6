"""What receiving answers. Manual: 1.3.4."""

from typing import Any

import attrs

from greenapi_async.models.base import LIFTED, Model

__all__ = ["DeletedNotification", "DownloadLink", "ReceivedNotification"]


@attrs.frozen(kw_only=True)
class ReceivedNotification(Model):
    """The head of the notification queue, served until it is deleted; ``parse_notification`` reads its body."""

    receipt_id: int
    body: Any = attrs.field(default=None, repr=False)
    """An object by the manual; anything else becomes a ``MalformedNotification`` in the loop."""
    body_text: str | None = attrs.field(default=None, repr=False, eq=False, metadata=LIFTED)
    """The JSON text of the body as received; None if it was not kept."""

    @property
    def id_message(self) -> str | None:
        """Id of the message, if the body names one."""
        value: object = self.body.get("idMessage") if isinstance(self.body, dict) else None
        return value if isinstance(value, str) else None


@attrs.frozen(kw_only=True)
class DeletedNotification(Model):
    """The answer of deleteNotification; a False result means that it was deleted before."""

    result: bool | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class DownloadLink(Model):
    """Where the file of a message can be fetched."""

    download_url: str | None = None

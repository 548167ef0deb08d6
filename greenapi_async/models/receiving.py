"""Answers of the methods that receive notifications and files. Source: manual 1.3.4."""

from typing import Any, cast

import attrs

from greenapi_async.models.base import DERIVED, Model

__all__ = ["DeletedNotification", "DownloadLink", "ReceivedNotification"]


@attrs.frozen(kw_only=True)
class ReceivedNotification(Model):
    """Head of the notification queue; the server returns it again until it is deleted.

    Attributes:
        receipt_id: Argument for ``delete_notification``.
        body: The notification's JSON, for ``parse_notification``. Always an object according to the manual; in the
            polling loop anything else becomes a ``MalformedNotification``.
        body_text: The JSON text of the body as received; None if it was not kept.
    """

    receipt_id: int
    body: Any = attrs.field(default=None, repr=False)
    body_text: str | None = attrs.field(default=None, repr=False, eq=False, metadata=DERIVED)

    @property
    def id_message(self) -> str | None:
        """Id of the message, if the body names one."""
        body: object = self.body
        value = cast("dict[str, object]", body).get("idMessage") if isinstance(body, dict) else None
        return value if isinstance(value, str) else None


@attrs.frozen(kw_only=True)
class DeletedNotification(Model):
    """Answer of deleteNotification.

    Attributes:
        result: False if the notification had already been deleted.
    """

    result: bool | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class DownloadLink(Model):
    """Answer of downloadFile.

    Attributes:
        download_url: URL of the message's file.
    """

    download_url: str | None = None

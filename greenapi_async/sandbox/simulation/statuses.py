"""Statuses: posts that the account and its contacts show for a day to those who have saved them.

Source: manual 1.3.8.
"""

from collections.abc import Mapping
from random import Random
from typing import Any, Final, Literal

import attrs

from greenapi_async.sandbox.simulation.ids import incoming_id
from greenapi_async.sandbox.simulation.media_types import kind, mime_type
from greenapi_async.sandbox.simulation.messages import Message
from greenapi_async.sandbox.simulation.people import People
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["ContactStatus", "OwnStatus", "StatusContent", "StatusView", "Statuses", "file_status", "text_status"]

MOST_VIEWERS: Final = 1024
"""Contacts, from the top of the address book, that a status without participants is shown to."""

StatusContent = Mapping[str, Any]
"""What a status shows, in the fields of the journals."""


def text_status(text: str, background_color: str = "#FFFFFF", font: str = "SERIF") -> StatusContent:
    """Create the content of a status with a text.

    Args:
        text: The text.
        background_color: The colour behind it, as `#RRGGBB`.
        font: One of the documented fonts.
    """
    extended = {"text": text, "backgroundColor": background_color, "font": font}
    return {"typeMessage": "extendedTextMessage", "textMessage": text, "extendedTextMessage": extended}


def file_status(url: str, file_name: str, caption: str = "") -> StatusContent:
    """Create the content of a status with a file.

    Args:
        url: Where the file is.
        file_name: Its name, whose extension decides how it is shown; anything but audio and video is an image.
        caption: The text under an image or a video.
    """
    mime = mime_type(file_name)
    family = kind(mime)
    content = {"downloadUrl": url, "fileName": file_name, "mimeType": mime}
    if family == "audio":
        return {"typeMessage": "audioMessage", **content}
    type_message = "videoMessage" if family == "video" else "imageMessage"
    return {"typeMessage": type_message, **content, "caption": caption, "jpegThumbnail": ""}


@attrs.frozen
class StatusView:
    """The progress of a status with one contact."""

    status: Literal["pending", "sent", "delivered", "read"]
    at: int


@attrs.define(kw_only=True)
class OwnStatus(Message):
    """A status of the account; its `status` is None while it is queued.

    Attributes:
        shown: What it shows.
        participants: Chat ids of the contacts it is for; empty for everybody.
        views: Progress by contact.
    """

    shown: StatusContent
    participants: list[str]
    views: dict[str, StatusView] = attrs.field(factory=dict[str, StatusView])

    def as_journal_row(self) -> dict[str, Any]:
        """Return the row of getOutgoingStatuses."""
        shown = dict(self.shown)
        if "extendedTextMessage" in shown:
            shown["extendedTextMessage"] = {**shown["extendedTextMessage"], "participants": self.participants}
        else:
            shown["participants"] = self.participants
        reached = {view.status for view in self.views.values()}
        furthest = next((step for step in ("read", "delivered") if step in reached), self.status or "pending")
        return {
            "type": "outgoing",
            "idMessage": self.id_message,
            "timestamp": self.timestamp,
            "chatId": self.chat_id,
            **shown,
            "statusMessage": furthest,
            "sendByApi": self.by_api,
        }

    def statistic(self) -> list[dict[str, Any]]:
        """Return the response of getStatusStatistic."""
        return [
            {"participant": contact, "timestamp": view.at, "status": view.status}
            for contact, view in self.views.items()
        ]


@attrs.frozen(kw_only=True)
class ContactStatus:
    """A status of a contact."""

    id_message: str
    sender: str
    sender_name: str
    sender_contact_name: str
    timestamp: int
    shown: StatusContent

    def as_journal_row(self) -> dict[str, Any]:
        """Return the row of getIncomingStatuses."""
        return {
            "type": "incoming",
            "idMessage": self.id_message,
            "timestamp": self.timestamp,
            "chatId": self.sender,
            **self.shown,
            "senderId": self.sender,
            "senderName": self.sender_name,
            "senderContactName": self.sender_contact_name,
        }


@attrs.define(eq=False, kw_only=True)
class Statuses:
    """The statuses that the account has posted and seen, oldest first.

    Attributes:
        allowed: Whether the instance takes part in the beta of these methods.
        own: The account's statuses by id.
        seen: The statuses of contacts.
    """

    _timeline: Timeline = attrs.field(alias="timeline", repr=False)
    _settings: Mapping[str, Any] = attrs.field(alias="settings", repr=False)
    _people: People = attrs.field(alias="people", repr=False)
    _random: Random = attrs.field(alias="random", repr=False)
    allowed: bool = attrs.field(default=True, init=False)
    own: dict[str, OwnStatus] = attrs.field(factory=dict[str, OwnStatus], init=False)
    seen: list[ContactStatus] = attrs.field(factory=list[ContactStatus], init=False)

    def publish(self, status: OwnStatus) -> None:
        """Show a status of the account to the contacts it is for."""
        now = int(self._timeline.now)
        status.timestamp = now
        status.status = "sent"
        self.own[status.id_message] = status
        viewers = status.participants or list(self._people.address_book.entries)[:MOST_VIEWERS]
        status.views = {viewer: StatusView("sent", now) for viewer in viewers if self._people.has_account(viewer)}
        for viewer in status.views:
            self._progress(status, viewer, "delivered")

    def contact_posts(self, chat_id: str, shown: StatusContent) -> str:
        """Post a status of a contact, which the account sees if the contact is in its address book.

        Args:
            chat_id: The contact.
            shown: The content, from `text_status` or `file_status`.

        Returns:
            The id of the status.
        """
        self._timeline.settle()
        posted = ContactStatus(
            id_message=incoming_id(self._random),
            sender=chat_id,
            sender_name=self._people.names.get(chat_id, chat_id.partition("@")[0]),
            sender_contact_name=self._people.address_book.name(chat_id),
            timestamp=int(self._timeline.now),
            shown=shown,
        )
        if posted.sender_contact_name:
            self.seen.append(posted)
        return posted.id_message

    def contact_views(self, chat_id: str, id_message: str) -> None:
        """Mark a status of the account as read by a contact.

        Args:
            chat_id: The contact.
            id_message: The id of the status.

        Raises:
            ValueError: The status was not shown to the contact.
        """
        self._timeline.settle()
        status = self.own.get(id_message)
        if status is None or chat_id not in status.views:
            raise ValueError(f"the status {id_message} was not shown to {chat_id}")
        self._progress(status, chat_id, "read")

    def _progress(self, status: OwnStatus, viewer: str, step: Literal["delivered", "read"]) -> None:
        if self._settings["outgoingWebhook"] == "yes":
            status.views[viewer] = StatusView(step, int(self._timeline.now))

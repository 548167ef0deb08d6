"""Statuses: what the account and its contacts show for a day to everybody that has saved them."""

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from greenapi_async.sandbox.simulation.media_types import kind, mime_type
from greenapi_async.sandbox.simulation.messages import Message

MOST_VIEWERS = 1024
"""So many contacts, the first ones of the address book, get a status that is for everybody."""

Look = Mapping[str, Any]
"""What a status shows, as the journals tell it."""


def text_look(text: str, background_color: str = "#FFFFFF", font: str = "SERIF") -> Look:
    """Show a text on a background."""
    extended = {"text": text, "backgroundColor": background_color, "font": font}
    return {"typeMessage": "extendedTextMessage", "textMessage": text, "extendedTextMessage": extended}


def file_look(url: str, file_name: str, caption: str = "") -> Look:
    """Show a picture or a video, or play a sound; what is neither is taken for a picture."""
    mime = mime_type(file_name)
    family = kind(mime)
    look = {"downloadUrl": url, "fileName": file_name, "mimeType": mime}
    if family == "audio":
        return {"typeMessage": "audioMessage", **look}
    shown = "videoMessage" if family == "video" else "imageMessage"
    return {"typeMessage": shown, **look, "caption": caption, "jpegThumbnail": ""}


@attrs.frozen
class View:
    """How far a status has come with one contact."""

    status: Literal["pending", "sent", "delivered", "read"]
    at: int


@attrs.define(kw_only=True)
class OwnStatus(Message):
    """A status of the account; its `status` is None while it is queued."""

    look: Look
    participants: list[str]
    """For whom it is; for everybody when there are none."""
    views: dict[str, View] = attrs.field(factory=dict[str, View])

    def row(self) -> dict[str, Any]:
        """Give the row of getOutgoingStatuses."""
        shown = dict(self.look)
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
        """Give the answer of getStatusStatistic."""
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
    look: Look

    def row(self) -> dict[str, Any]:
        """Give the row of getIncomingStatuses."""
        return {
            "type": "incoming",
            "idMessage": self.id_message,
            "timestamp": self.timestamp,
            "chatId": self.sender,
            **self.look,
            "senderId": self.sender,
            "senderName": self.sender_name,
            "senderContactName": self.sender_contact_name,
        }


@attrs.define
class Statuses:
    """What the account has shown and has been shown, oldest first."""

    allowed: bool = True
    """Whether the instance has been let into the beta of these methods."""
    shown: dict[str, OwnStatus] = attrs.field(factory=dict[str, OwnStatus], init=False)
    seen: list[ContactStatus] = attrs.field(factory=list[ContactStatus], init=False)

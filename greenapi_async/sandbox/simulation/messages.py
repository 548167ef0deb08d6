"""A message, and the chat it stands in."""

from typing import Any, Literal

import attrs

from greenapi_async.sandbox.simulation.content import Content


@attrs.define(kw_only=True)
class Message:
    """One message, whichever way it went."""

    id_message: str
    chat_id: str
    type: Literal["incoming", "outgoing"]
    content: Content
    sender: str
    sender_name: str = ""
    sender_contact_name: str = ""
    quoted_message_id: str | None = None
    timestamp: int = 0
    status: str | None = None
    """What became of an outgoing one: sent, delivered, read, noAccount, failed; None while it is queued."""
    by_api: bool = False
    edited: bool = False
    acted_at: int = 0
    """When something last happened to it."""
    votes: dict[str, tuple[str, ...]] = attrs.field(factory=dict[str, tuple[str, ...]], repr=False)
    """What each voter has chosen in it, if it is a poll."""
    in_journal: bool = True
    """Whether the journals show it; what came in while `incomingWebhook` was off is not shown."""

    @property
    def text(self) -> str:
        """What a person reads in it."""
        return self.content.text

    def as_dict(self) -> dict[str, Any]:
        """Give the row of the control API."""
        return {
            "idMessage": self.id_message,
            "type": self.type,
            "typeMessage": self.content.flat()["typeMessage"],
            "text": self.text,
            "timestamp": self.timestamp,
            "status": self.status,
            "quotedMessageId": self.quoted_message_id,
        }


@attrs.define
class Chat:
    """What both sides of a chat see, oldest first."""

    chat_id: str
    name: str
    messages: list[Message] = attrs.field(factory=list[Message])

    def find(self, id_message: str | None) -> Message | None:
        """Look a message up by its id."""
        return next((message for message in self.messages if message.id_message == id_message), None)

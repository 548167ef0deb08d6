"""Messages and chats."""

from typing import Any, Literal

import attrs

from greenapi_async.sandbox.simulation.content import Content

__all__ = ["Chat", "ChatSettings", "Message", "Typing"]


@attrs.define(kw_only=True)
class Message:
    """One message, incoming or outgoing.

    Attributes:
        id_message: Its id.
        chat_id: The chat it belongs to.
        type: Its direction.
        content: What it says.
        sender: The author's chat id.
        sender_name: The name that the author chose.
        sender_contact_name: The name that the account saved the author under.
        quoted_message_id: The id of the message that it quotes.
        timestamp: When it was sent.
        status: Delivery status of an outgoing message: sent, delivered, read, noAccount or failed; None while it is
            queued.
        by_api: Whether it was sent through the API.
        edited: Whether it was edited.
        deleted: Whether it was deleted for everyone.
        updated_at: When it was sent or last changed its status.
        votes: The chosen options of a poll, by voter.
        in_journal: Whether the journals list it; a message received while `incomingWebhook` was off is not listed.
    """

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
    by_api: bool = False
    edited: bool = False
    deleted: bool = False
    updated_at: int = 0
    votes: dict[str, tuple[str, ...]] = attrs.field(factory=dict[str, tuple[str, ...]], repr=False)
    in_journal: bool = True

    @property
    def text(self) -> str:
        """The text that a person reads in it."""
        return self.content.text

    @property
    def type_message(self) -> str:
        """Its `typeMessage`."""
        type_message: str = self.content.flat()["typeMessage"]
        return type_message

    def as_row(self) -> dict[str, Any]:
        """Return the row of the control API."""
        return {
            "idMessage": self.id_message,
            "type": self.type,
            "typeMessage": self.type_message,
            "text": self.text,
            "timestamp": self.timestamp,
            "status": self.status,
            "quotedMessageId": self.quoted_message_id,
        }


@attrs.define
class Chat:
    """One chat with its messages, oldest first, and those that were deleted for everyone."""

    chat_id: str
    name: str
    messages: list[Message] = attrs.field(factory=list[Message])
    deleted: list[Message] = attrs.field(factory=list[Message], init=False, repr=False)

    def find(self, id_message: str | None) -> Message | None:
        """Return a message by its id."""
        return next((message for message in self.messages if message.id_message == id_message), None)

    def delete(self, message: Message) -> None:
        """Delete a message for everyone; the journals can still list it."""
        self.messages.remove(message)
        message.deleted = True
        self.deleted.append(message)


@attrs.frozen
class Typing:
    """The activity that the other side of a chat sees, and when it ends."""

    action: Literal["typing", "recording"]
    until: float


@attrs.define
class ChatSettings:
    """The account's own settings of one chat.

    Attributes:
        archived: Whether the chat is archived.
        expiration: Seconds until messages disappear; 0 is never.
        expiration_set_at: When `expiration` was set.
        hidden: Ids of the messages that the account deleted for itself only.
        typing: The activity last shown, which may be over.
    """

    archived: bool = False
    expiration: int = 0
    expiration_set_at: int = 0
    hidden: set[str] = attrs.field(factory=set[str], init=False)
    typing: Typing | None = None

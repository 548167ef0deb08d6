"""A message that was sent, and what can be done with it."""

from typing import TYPE_CHECKING, Any, Protocol

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.base import Model
from greenapi_async.models.states import MessageStatus

if TYPE_CHECKING:
    from greenapi_async.loop.listening import Listening
    from greenapi_async.models.notifications import OutgoingMessageStatus
    from greenapi_async.models.sending import SentMessage

__all__ = ["Sender", "Sent", "sent_by"]


class Sender(Protocol):
    """What a sent message needs of the client that sent it."""

    @property
    def listening(self) -> "Listening":
        """What is heard of it."""
        ...

    async def edit_message(self, chat_id: str, id_message: str, message: str) -> "SentMessage":
        """Change its text."""
        ...

    async def delete_message(self, chat_id: str, id_message: str) -> None:
        """Delete it."""
        ...


class _Bound(Model):
    """Who sent it and where to: no field of it, as with notifications."""

    __slots__ = ("_chat_id", "_sender")

    _sender: Sender
    _chat_id: str


@attrs.frozen(kw_only=True)
class Sent(_Bound):
    """A message that the server took into its outgoing queue."""

    id_message: str

    async def wait_for(
        self, status: MessageStatus = MessageStatus.DELIVERED, *, timeout: float = 60.0
    ) -> "OutgoingMessageStatus":
        """Wait until it was sent, delivered or read; what comes later in that order counts as well.

        Needs notifications to come in by ``process`` meanwhile, with ``outgoing_webhook`` switched on. Raises
        ``DeliveryFailedError`` when it failed, and ``TimeoutExpiredError`` after ``timeout`` seconds.
        """
        return await self._by()[0].listening.status(self.id_message, status, timeout)

    async def edit(self, text: str) -> "SentMessage":
        """Change its text; see ``Client.edit_message``."""
        sender, chat_id = self._by()
        return await sender.edit_message(chat_id, self.id_message, text)

    async def delete(self) -> None:
        """Delete it for everybody; see ``Client.delete_message``."""
        sender, chat_id = self._by()
        await sender.delete_message(chat_id, self.id_message)

    def _by(self) -> tuple[Sender, str]:
        sender: Sender | None = getattr(self, "_sender", None)
        if sender is None:
            raise InvalidArgumentError(
                "this message was not sent to a chat by a client, so nothing can be done with it"
            )
        return sender, self._chat_id


def sent_by(sender: Sender, values: dict[str, Any], answer: object) -> None:
    """Let an answer know who sent it where, if it is a message that was sent."""
    chat_id = values.get("chatId")
    if isinstance(answer, Sent) and isinstance(chat_id, str):
        object.__setattr__(answer, "_sender", sender)
        object.__setattr__(answer, "_chat_id", chat_id)

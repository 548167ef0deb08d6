"""Notifications that carry a message. Manual: 1.3.4, "Входящее сообщение" and "Отправленное сообщение"."""

import os
from pathlib import Path
from typing import ClassVar

import attrs

from greenapi_async.models.base import LIFTED
from greenapi_async.models.files import Progress
from greenapi_async.models.messages import Message, UnknownMessage
from greenapi_async.models.notifications.base import BaseNotification
from greenapi_async.models.service_errors import ServiceError, service_error
from greenapi_async.models.states import MessageStatus

__all__ = [
    "IncomingMessageReceived",
    "MessageNotification",
    "OutgoingAPIMessageReceived",
    "OutgoingMessageReceived",
    "OutgoingMessageStatus",
]


@attrs.frozen(kw_only=True)
class MessageNotification(BaseNotification):
    """What the three notifications with a message have in common."""

    sender: str | None = None
    """Who wrote it; in a group, not the chat."""
    chat_name: str | None = None
    sender_name: str | None = None
    sender_contact_name: str | None = None
    """The sender's name in the account's contacts."""
    message: Message = attrs.field(factory=UnknownMessage, metadata=LIFTED)

    @property
    def text(self) -> str | None:
        """The message's text."""
        return self.message.text

    @property
    def service_error(self) -> ServiceError | None:
        """The marker in the message, if it could not be had."""
        return self.message.service_error

    async def download(
        self, path: str | os.PathLike[str], *, max_bytes: int | None = None, progress: Progress | None = None
    ) -> Path:
        """Download the file of its message; see ``Client.download``."""
        return await self._bound_client().download(self, path, max_bytes=max_bytes, progress=progress)


@attrs.frozen(kw_only=True)
class IncomingMessageReceived(MessageNotification):
    """Somebody wrote to the account."""

    type: ClassVar[str] = "incomingMessageReceived"


@attrs.frozen(kw_only=True)
class OutgoingMessageReceived(MessageNotification):
    """The account's owner wrote on the phone."""

    type: ClassVar[str] = "outgoingMessageReceived"


@attrs.frozen(kw_only=True)
class OutgoingAPIMessageReceived(MessageNotification):
    """A message sent through the API went out."""

    type: ClassVar[str] = "outgoingAPIMessageReceived"


@attrs.frozen(kw_only=True)
class OutgoingMessageStatus(BaseNotification):
    """A message that was sent was delivered, read, or failed. Manual: 1.3.4, "Статус отправленного сообщения"."""

    type: ClassVar[str] = "outgoingMessageStatus"

    status: MessageStatus | str | None = None
    description: str | None = None
    """What went wrong."""
    send_by_api: bool | None = None

    @property
    def service_error(self) -> ServiceError | None:
        """The marker at the beginning of the description."""
        return service_error(self.description)

"""Notifications of messages and their statuses.

Source: manual 1.3.4, "Входящее сообщение" and "Отправленное сообщение".
"""

import os
from pathlib import Path
from typing import ClassVar, overload

import attrs

from greenapi_async.models.base import DERIVED
from greenapi_async.models.files import Progress, Writer
from greenapi_async.models.messages import Message, UnknownMessage
from greenapi_async.models.notifications.base import BaseNotification
from greenapi_async.models.service_errors import ServiceError, service_error
from greenapi_async.models.states import ContactType, MessageStatus

__all__ = [
    "IncomingMessageReceived",
    "MessageNotification",
    "OutgoingAPIMessageReceived",
    "OutgoingMessageReceived",
    "OutgoingMessageStatus",
]


@attrs.frozen(kw_only=True)
class MessageNotification(BaseNotification):
    """Base class of the three notifications with a message.

    Attributes:
        chat_id: Chat that the message is in; an empty string if the server did not name it.
        sender: Chat id of the author, which differs from ``chat_id`` in a group; an empty string if the server did not
            name it.
        sender_name: Author's name in WhatsApp.
        sender_contact_name: Author's name in the account's contacts.
        sender_phone_number: Author's phone number, 0 if it is hidden. This and the next two only come from MAX and
            Telegram instances.
        chat_type: Whether the chat is a person's, a group or a channel; missing in older bodies.
        sender_type: Whether the author is a person, a bot or a channel; missing in older bodies.
        message: The content.
    """

    chat_id: str = ""
    sender: str = ""
    chat_name: str | None = None
    sender_name: str | None = None
    sender_contact_name: str | None = None
    sender_phone_number: int | None = None
    chat_type: ContactType | str | None = None
    sender_type: ContactType | str | None = None
    message: "Message" = attrs.field(factory=UnknownMessage, metadata=DERIVED)

    @property
    def text(self) -> str | None:
        """Human-readable text of any message type; None if there is none."""
        return self.message.text

    @property
    def service_error(self) -> ServiceError | None:
        """Marker that replaces content the server could not obtain; its ``advice`` says what to do."""
        return self.message.service_error

    @overload
    async def download(
        self, path: str | os.PathLike[str], *, max_bytes: int | None = None, progress: Progress | None = None
    ) -> Path: ...
    @overload
    async def download(
        self, path: None = None, *, max_bytes: int | None = None, progress: Progress | None = None
    ) -> bytes: ...
    @overload
    async def download(
        self, path: Writer, *, max_bytes: int | None = None, progress: Progress | None = None
    ) -> int: ...
    async def download(
        self,
        path: str | os.PathLike[str] | Writer | None = None,
        *,
        max_bytes: int | None = None,
        progress: Progress | None = None,
    ) -> Path | bytes | int:
        """Download the file of the message; see ``Client.download``.

        Args:
            path: A file, which is replaced, or a folder, in which the file gets the name it was sent with. None returns
                the content; a writer (a binary file or a stream) gets it when the download is complete.
            max_bytes: Size limit; None is unlimited, and 100 MB for content that is returned.
            progress: Callback with the bytes received and the total, None if unknown; awaited if it is asynchronous.

        Returns:
            Path of the file; without ``path``, its content; for a writer, the number of bytes.

        Raises:
            InvalidArgumentError: The notification has no client, the message has no file, or ``path`` is nothing that
                can be written to.
            PayloadTooLargeError: The file is larger than ``max_bytes``.
            ServerError: WhatsApp no longer stores the file.
        """
        return await self._bound_client().download(self, path, max_bytes=max_bytes, progress=progress)


@attrs.frozen(kw_only=True)
class IncomingMessageReceived(MessageNotification):
    """A message to the account. Attributes: see ``MessageNotification`` and ``BaseNotification``."""

    type: ClassVar[str] = "incomingMessageReceived"


@attrs.frozen(kw_only=True)
class OutgoingMessageReceived(MessageNotification):
    """A message sent from the phone. Attributes: see ``MessageNotification`` and ``BaseNotification``."""

    type: ClassVar[str] = "outgoingMessageReceived"


@attrs.frozen(kw_only=True)
class OutgoingAPIMessageReceived(MessageNotification):
    """A message sent through the API. Attributes: see ``MessageNotification`` and ``BaseNotification``."""

    type: ClassVar[str] = "outgoingAPIMessageReceived"


@attrs.frozen(kw_only=True)
class OutgoingMessageStatus(BaseNotification):
    """The status of a sent message changed.

    Attributes:
        chat_id: Chat that the message is in; an empty string if the server did not name it.
        description: Cause of a failure.
        send_by_api: Whether the message was sent through the API.

    Source: manual 1.3.4, "Статус отправленного сообщения".
    """

    type: ClassVar[str] = "outgoingMessageStatus"

    chat_id: str = ""
    status: MessageStatus | str | None = None
    description: str | None = None
    send_by_api: bool | None = None

    @property
    def service_error(self) -> ServiceError | None:
        """Marker at the start of the description; its ``advice`` says what to do."""
        return service_error(self.description)

"""Base class of notifications, with the operations that use the client, and the classes for unparsed notifications."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.base import DERIVED, Model
from greenapi_async.models.bound import BoundClient, Cancel, Conversation
from greenapi_async.models.chat_ids import ReceivedChatId, is_group
from greenapi_async.models.files import File, SentFile
from greenapi_async.models.messengers import Messenger, find_messenger
from greenapi_async.models.sending import SentMessage
from greenapi_async.models.service import ReadMark
from greenapi_async.models.service_errors import ServiceError
from greenapi_async.models.states import ContactType

__all__ = ["BaseNotification", "Delivery", "MalformedNotification", "UnknownNotification"]


@attrs.frozen
class Delivery:
    """Origin and acknowledgement of a notification.

    Attributes:
        receipt_id: None if the notification was pushed to a webhook or recovered from the journal.
        acknowledge: Coroutine function that acknowledges the notification.
        recovered: Whether the notification was recovered from the journal.
    """

    receipt_id: int | None
    acknowledge: Callable[[], Awaitable[None]] = attrs.field(repr=False)
    recovered: bool = False


class _Bound(Model):
    """The client and the delivery; not attrs fields, so that copies, pickles and comparisons ignore them."""

    __slots__ = ("_client", "_delivery")

    _client: BoundClient
    _delivery: Delivery


@attrs.frozen(kw_only=True)
class BaseNotification(_Bound):
    """Base class of notifications. A field that the notification type does not have is None.

    Attributes:
        type_webhook: Notification type as spelled by the server.
        wid: Account of the instance, for example ``11001234567@c.us``.
        type_instance: Messenger of the instance: ``whatsapp``, ``v3`` (MAX) or ``telegram``.
        timestamp: When it happened, in UTC.
        id_message: Id of the message it is about.
        chat_id: Chat it is about.
    """

    type_webhook: str | None = None
    id_instance: int | None = None
    wid: str | None = None
    type_instance: str | None = None
    timestamp: datetime | None = None
    id_message: str | None = None
    chat_id: str | None = None

    @property
    def text(self) -> str | None:
        """Human-readable text of any message type; None if there is none."""
        return None

    @property
    def is_group(self) -> bool:
        """True if the chat is a group; False for channels of MAX and Telegram, if the server says that it is one."""
        return is_group(self.chat_id) and getattr(self, "chat_type", None) != ContactType.CHANNEL

    @property
    def service_error(self) -> ServiceError | None:
        """Marker that replaces content the server could not obtain; its ``advice`` says what to do."""
        return None

    @property
    def receipt_id(self) -> int:
        """Id for ``Client.delete_notification``.

        Raises:
            InvalidArgumentError: The notification was not received by polling.
        """
        receipt_id = self._delivered().receipt_id
        if receipt_id is None:
            raise InvalidArgumentError(
                "this notification was pushed to a webhook or recovered from the journal, so it has no receipt"
            )
        return receipt_id

    @property
    def recovered(self) -> bool:
        """True if the notification was recovered from the journal after an outage; see ``Client.recover``."""
        delivery: Delivery | None = getattr(self, "_delivery", None)
        return delivery is not None and delivery.recovered

    async def ack(self) -> None:
        """Acknowledge the notification now instead of when its loop body or handler finishes.

        Raises:
            InvalidArgumentError: The notification was not received by ``Client.notifications`` or ``Client.process``.
        """
        await self._delivered().acknowledge()

    async def reply(
        self,
        text: str,
        quote: bool = False,  # noqa: FBT001, FBT002  documented so
        *,
        once: str | None = None,
    ) -> SentMessage:
        """Send a text to the notification's chat; see ``Client.send_message``.

        Args:
            text: Text, 1 to 20,000 characters.
            quote: Whether to quote the notification's message.
            once: Idempotency key, see ``Client.send_message``.

        Raises:
            InvalidArgumentError: The notification has no client or no chat.

        Example:
            >>> await notification.reply("pong", quote=True)
        """
        quoted = self.id_message if quote else None
        return await self._bound_client().send_message(self._chat(), text, quoted_message_id=quoted, once=once)

    async def send_file(
        self, file: File, *, file_name: str | None = None, caption: str | None = None, quote: bool = False
    ) -> SentFile:
        """Upload a file and send it to the notification's chat; see ``Client.send_file_by_upload``.

        Args:
            file: A path, bytes, an open file, an HTTP response or an async iterator of bytes; see ``File``.
            file_name: Name shown to the recipient, with extension; None uses the name of the file.
            caption: Text under the file.
            quote: Whether to quote the notification's message.

        Raises:
            InvalidArgumentError: The notification has no client or no chat.
        """
        quoted = self.id_message if quote else None
        return await self._bound_client().send_file_by_upload(
            self._chat(), file, file_name=file_name, caption=caption, quoted_message_id=quoted
        )

    def conversation(self, *, timeout: float = 120.0, cancel: Cancel | None = None) -> Conversation:
        """Return a conversation with the sender in the notification's chat; see ``Client.conversation``.

        Args:
            timeout: Seconds to wait for each answer.
            cancel: Word with which the person cancels the conversation, or several; or a function of the message, such
                as a filter. None allows no cancelling.

        Raises:
            InvalidArgumentError: The notification has no client or no chat.

        Example:
            >>> async with notification.conversation(timeout=300) as talk:
            ...     name = await talk.ask("What is your name?")
        """
        sender: str | None = getattr(self, "sender", None)
        return self._bound_client().conversation(self._chat(), sender=sender, timeout=timeout, cancel=cancel)

    async def mark_read(self) -> ReadMark:
        """Mark the notification's message as read, on Telegram its whole chat; see ``Client.read_chat``."""
        marks_chats = find_messenger(self.type_instance) is Messenger.TELEGRAM
        return await self._bound_client().read_chat(self._chat(), id_message=None if marks_chats else self.id_message)

    @property
    def client(self) -> BoundClient:
        """The client that received the notification.

        Raises:
            InvalidArgumentError: The notification was parsed without a client.
        """
        return self._bound_client()

    def _bound_client(self) -> BoundClient:
        client: BoundClient | None = getattr(self, "_client", None)
        if client is None:
            raise InvalidArgumentError(
                "this notification has no client; receive it with client.notifications() "
                "or pass the client: parse_notification(body, client)"
            )
        return client

    def _chat(self) -> str:
        if not self.chat_id:
            raise InvalidArgumentError(f"a notification of type {self.type_webhook} has no chat to reply to")
        return ReceivedChatId(self.chat_id)

    def _delivered(self) -> Delivery:
        delivery: Delivery | None = getattr(self, "_delivery", None)
        if delivery is None:
            raise InvalidArgumentError(
                "this notification was not received by a loop, so it has no receipt and cannot be acknowledged; "
                "receive it with client.notifications()"
            )
        return delivery


@attrs.frozen(kw_only=True)
class UnknownNotification(BaseNotification):
    """A notification of a type that this version does not know; ``raw`` holds the whole notification."""


@attrs.frozen(kw_only=True)
class MalformedNotification(BaseNotification):
    """A notification whose overall shape is not that of its type; ``raw`` holds the whole notification.

    An invalid field does not make a notification malformed: its attribute is None.

    Attributes:
        error: What could not be parsed and why. May quote private text.
    """

    error: str = attrs.field(metadata=DERIVED)

"""Base class of notifications, and the classes for unparsed notifications."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.base import DERIVED
from greenapi_async.models.bound import Cancel, Conversation
from greenapi_async.models.chat_ids import is_group
from greenapi_async.models.messengers import Messenger, find_messenger
from greenapi_async.models.notifications.replies import Replies
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


class _Delivered(Replies):
    """The delivery; not an attrs field, so that copies, pickles and comparisons ignore it, like the client."""

    __slots__ = ("_delivery",)

    _delivery: Delivery


@attrs.frozen(kw_only=True)
class BaseNotification(_Delivered):
    """Base class of notifications. A field that the notification type does not have is None.

    Attributes:
        type_webhook: Notification type as spelled by the server.
        wid: Account of the instance, for example ``11001234567@c.us``.
        type_instance: Messenger of the instance: ``whatsapp``, ``v3`` (MAX) or ``telegram``.
        timestamp: When it happened, in UTC.
        id_message: Id of the message it is about.
        chat_id: Chat it is about. Types that always have a chat declare it as ``str``, and messages their ``sender``:
            if the server leaves it out or it is invalid, it is an empty string.
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

    def conversation(self, *, timeout: float = 120.0, cancel: Cancel | None = None) -> Conversation:
        """Return a conversation with the sender in the notification's chat; see ``Client.conversation``.

        Args:
            timeout: Seconds to wait for each answer.
            cancel: Word with which the person cancels the conversation, or several; or a function of the message, such
                as a filter. None allows what the conversation around this one allows.

        Raises:
            InvalidArgumentError: The notification has no client or no chat.

        Example:
            >>> async with notification.conversation(timeout=300) as talk:
            ...     name = await talk.ask("What is your name?")
        """
        sender: str = getattr(self, "sender", "")
        return self._bound_client().conversation(self._chat(), sender=sender or None, timeout=timeout, cancel=cancel)

    async def mark_read(self) -> ReadMark:
        """Mark the notification's message as read, on Telegram its whole chat; see ``Client.read_chat``."""
        marks_chats = find_messenger(self.type_instance) is Messenger.TELEGRAM
        return await self._bound_client().read_chat(self._chat(), id_message=None if marks_chats else self.id_message)

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

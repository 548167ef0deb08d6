"""What every notification has, and what it can do through the client it came from."""

from collections.abc import Awaitable, Callable
from datetime import datetime

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.base import LIFTED, Model
from greenapi_async.models.bound import BoundClient, Conversation
from greenapi_async.models.chat_ids import is_group
from greenapi_async.models.files import File, SentFile
from greenapi_async.models.sending import SentMessage
from greenapi_async.models.service import ReadMark
from greenapi_async.models.service_errors import ServiceError

__all__ = ["BaseNotification", "Delivery", "MalformedNotification", "UnknownNotification"]


@attrs.frozen
class Delivery:
    """How a notification came: by which receipt, and how to acknowledge it."""

    receipt_id: int | None
    """None of one that was pushed, or came from the journal."""
    acknowledge: Callable[[], Awaitable[None]] = attrs.field(repr=False)
    recovered: bool = False


class _Bound(Model):
    """Where a notification came from: no field of it, so that copies, pickles and comparisons are of what it says."""

    __slots__ = ("_client", "_delivery")

    _client: BoundClient
    _delivery: Delivery


@attrs.frozen(kw_only=True)
class BaseNotification(_Bound):
    """What every notification has; a field is None where its type has none."""

    type_webhook: str | None = None
    id_instance: int | None = None
    wid: str | None = None
    """The instance's account in WhatsApp."""
    type_instance: str | None = None
    timestamp: datetime | None = None
    """When it happened, in UTC."""
    id_message: str | None = None
    chat_id: str | None = None

    @property
    def text(self) -> str | None:
        """The human text, whichever type carries it."""
        return None

    @property
    def is_group(self) -> bool:
        """Whether it is of a group chat."""
        return is_group(self.chat_id)

    @property
    def service_error(self) -> ServiceError | None:
        """The marker that stands where content could not be had; its ``advice`` says what to do."""
        return None

    @property
    def receipt_id(self) -> int:
        """The number that deletes it at the server; only of what was polled."""
        receipt_id = self._delivered().receipt_id
        if receipt_id is None:
            raise InvalidArgumentError(
                "this notification was pushed, or recovered from the journal, so it has no receipt"
            )
        return receipt_id

    @property
    def recovered(self) -> bool:
        """Whether it came from the journal, after an outage; see ``Client.recover``."""
        delivery: Delivery | None = getattr(self, "_delivery", None)
        return delivery is not None and delivery.recovered

    async def ack(self) -> None:
        """Acknowledge it now, instead of when it is done with; only inside the loop."""
        await self._delivered().acknowledge()

    async def reply(
        self,
        text: str,
        quote: bool = False,  # noqa: FBT001, FBT002  documented so
        *,
        once: str | None = None,
    ) -> SentMessage:
        """Send a text to the chat it came from, quoting its message if asked; see ``Client.send_message``."""
        quoted = self.id_message if quote else None
        return await self._bound_client().send_message(self._chat(), text, quoted_message_id=quoted, once=once)

    async def send_file(
        self, file: File, *, file_name: str | None = None, caption: str | None = None, quote: bool = False
    ) -> SentFile:
        """Upload a file and send it to the chat it came from; see ``Client.send_file_by_upload``."""
        quoted = self.id_message if quote else None
        return await self._bound_client().send_file_by_upload(
            self._chat(), file, file_name=file_name, caption=caption, quoted_message_id=quoted
        )

    def conversation(self, *, timeout: float = 120.0, cancel: str | None = None) -> Conversation:
        """Talk with the person it came from, in its chat; see ``Client.conversation``."""
        sender: str | None = getattr(self, "sender", None)
        return self._bound_client().conversation(self._chat(), sender=sender, timeout=timeout, cancel=cancel)

    async def mark_read(self) -> ReadMark:
        """Mark its message as read; see ``Client.read_chat``."""
        return await self._bound_client().read_chat(self._chat(), id_message=self.id_message)

    @property
    def client(self) -> BoundClient:
        """The client it came from."""
        return self._bound_client()

    def _bound_client(self) -> BoundClient:
        client: BoundClient | None = getattr(self, "_client", None)
        if client is None:
            raise InvalidArgumentError(
                "this notification has no client; take it from client.notifications(), or give "
                "parse_notification(body, client=...)"
            )
        return client

    def _chat(self) -> str:
        if self.chat_id is None:
            raise InvalidArgumentError(f"a notification of type {self.type_webhook} has no chat to answer in")
        return self.chat_id

    def _delivered(self) -> Delivery:
        delivery: Delivery | None = getattr(self, "_delivery", None)
        if delivery is None:
            raise InvalidArgumentError(
                "this notification was not received by a loop, so it has no receipt; "
                "take it from client.notifications()"
            )
        return delivery


@attrs.frozen(kw_only=True)
class UnknownNotification(BaseNotification):
    """A notification of a type that this version does not know; ``raw`` holds it whole."""


@attrs.frozen(kw_only=True)
class MalformedNotification(BaseNotification):
    """A notification of a known type that could not be read; ``raw`` holds it whole."""

    error: str = attrs.field(metadata=LIFTED)
    """What could not be read, and why; may quote what somebody wrote."""

"""A sent message, and the operations on it."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.base import Model
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.states import MessageStatus

if TYPE_CHECKING:
    from greenapi_async.models.notifications import OutgoingMessageStatus
    from greenapi_async.models.sending import SentMessage

__all__ = ["Sent", "bind_sent"]


class _Bound(Model):
    """The client and the chat; not attrs fields, so that copies, pickles and comparisons ignore them."""

    __slots__ = ("_chat_id", "_client")

    _client: BoundClient
    _chat_id: str


@attrs.frozen(kw_only=True)
class Sent(_Bound):
    """A message that the server accepted into its outgoing queue.

    Attributes:
        id_message: Id of the message; it appears again in its status notifications. Empty if the server's answer has
            none that can be read.
    """

    id_message: str

    async def wait_for(
        self, status: MessageStatus = MessageStatus.DELIVERED, *, timeout: float = 60.0
    ) -> "OutgoingMessageStatus":
        """Wait until the message has a status, or a later one (sent, delivered, read).

        Needs ``process`` to run over the same client, and the setting ``outgoing_webhook``.

        Args:
            status: The status to wait for.
            timeout: Seconds.

        Returns:
            The status notification.

        Raises:
            DeliveryFailedError: The message failed.
            TimeoutExpiredError: The status did not arrive in time.
            RuntimeError: ``process`` is not running.
        """
        client, chat_id = self._origin()
        return await client.wait_for_status(self.id_message, status, timeout=timeout, chat_id=chat_id)

    async def edit(self, text: str) -> "SentMessage":
        """Change the text; see ``Client.edit_message``.

        Args:
            text: The new text, 1 to 20,000 characters.
        """
        client, chat_id = self._origin()
        return await client.edit_message(chat_id, self.id_message, text)

    async def delete(self) -> None:
        """Delete the message for everyone; see ``Client.delete_message``."""
        client, chat_id = self._origin()
        await client.delete_message(chat_id, self.id_message)

    def _origin(self) -> tuple[BoundClient, str]:
        client: BoundClient | None = getattr(self, "_client", None)
        if client is None:
            raise InvalidArgumentError("this message was not sent to a chat by a client; edit or delete it by its id")
        if not self.id_message:
            raise InvalidArgumentError(
                "the server's answer has no message id that can be read (see raw), so this message cannot be awaited, "
                "edited or deleted; look for it with last_outgoing_messages()"
            )
        return client, self._chat_id


def bind_sent(answer: object, client: BoundClient, values: Mapping[str, Any]) -> None:
    """Store the client and the chat in an answer, if it is a sent message.

    Args:
        answer: Result of an API method.
        client: Client that called the method.
        values: Arguments of the call by their JSON names.
    """
    chat_id = values.get("chatId")
    if isinstance(answer, Sent) and isinstance(chat_id, str):
        object.__setattr__(answer, "_client", client)
        object.__setattr__(answer, "_chat_id", chat_id)

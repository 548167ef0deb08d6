"""Sending messages. Manual: 1.3.3."""

from greenapi_async.api.section import Section
from greenapi_async.codec import one
from greenapi_async.endpoint import Endpoint, Replay
from greenapi_async.limits import chat_id as a_chat_id
from greenapi_async.limits import message_id, text
from greenapi_async.models.sending import SentMessage

__all__ = ["SEND_MESSAGE", "Sending"]

SEND_MESSAGE = Endpoint(
    "POST",
    "sendMessage",
    one(SentMessage),
    per_second=50,
    replay=Replay.UNSENT,
    required=("chatId", "message"),
    limits={"chatId": a_chat_id, "message": text(20_000), "quotedMessageId": message_id},
)


class Sending(Section):
    """Methods that send."""

    async def send_message(
        self, chat_id: str, message: str, *, quoted_message_id: str | None = None, link_preview: bool | None = None
    ) -> SentMessage:
        """Send a text message to a private or group chat.

        Queued by the server for up to 24 hours and sent at the instance's sending delay. ``message`` has 1 to 20,000
        characters. With a ``quoted_message_id`` that the chat does not have, the server answers an id and delivers
        nothing. Raises ``DeliveryUnknownError`` when it may or may not have been queued.

        Manual: 1.3.3, SendMessage.
        """
        return await self._call(
            SEND_MESSAGE, chatId=chat_id, message=message, quotedMessageId=quoted_message_id, linkPreview=link_preview
        )

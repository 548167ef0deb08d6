"""Replies: the operations of a notification that send something to its chat, with the client it came from.

Each has the options of the client's method, and ``quote`` in place of the id of a message to quote.
"""

from collections.abc import Sequence
from typing import Literal

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.models.base import Model
from greenapi_async.models.bound import BoundClient
from greenapi_async.models.buttons import ReplyButton
from greenapi_async.models.chat_ids import ReceivedChatId
from greenapi_async.models.files import File, Progress, SentFile
from greenapi_async.models.sending import ContactCard, CustomPreview, SentMessage

__all__ = ["Replies"]


class Replies(Model):
    """Base class of ``BaseNotification``: the client, and what can be sent with it.

    The client is no attrs field, so that copies, pickles and comparisons ignore it.
    """

    __slots__ = ("_client",)

    _client: BoundClient
    type_webhook: str | None
    id_message: str | None
    chat_id: str | None

    async def reply(
        self,
        text: str,
        quote: bool = False,  # noqa: FBT001, FBT002  documented so
        *,
        link_preview: bool | None = None,
        archive_chat: bool | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
        type_preview: Literal["small", "large"] | None = None,
        custom_preview: CustomPreview | None = None,
        once: str | None = None,
    ) -> SentMessage:
        """Send a text to the notification's chat; see ``Client.send_message``.

        Args:
            text: Text, 1 to 20,000 characters.
            quote: Whether to quote the notification's message.
            link_preview: Whether to show a preview of the first link; None leaves it to the instance's setting.
            archive_chat: Whether to archive the chat afterwards; None means no.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: What is shown, only on Telegram, for example ``record_voice_note``; None is ``text``.
            type_preview: Size of the link preview, ``small`` or ``large``; None leaves it to the server.
            custom_preview: Preview to show instead of the link's own; None shows the link's own.
            once: Idempotency key, see ``Client.send_message``.

        Raises:
            InvalidArgumentError: The notification has no client or no chat, or an argument violates a documented limit;
                nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Example:
            >>> await notification.reply("pong", quote=True)
        """
        return await self._bound_client().send_message(
            self._chat(),
            text,
            quoted_message_id=self._quoted(quote),
            link_preview=link_preview,
            archive_chat=archive_chat,
            typing_time=typing_time,
            typing_type=typing_type,
            type_preview=type_preview,
            custom_preview=custom_preview,
            once=once,
        )

    async def reply_file(
        self,
        file: File,
        *,
        file_name: str | None = None,
        caption: str | None = None,
        quote: bool = False,
        typing_time: int | None = None,
        typing_type: Literal["recording"] | None = None,
        progress: Progress | None = None,
    ) -> SentFile:
        """Upload a file and send it to the notification's chat; see ``Client.send_file_by_upload``.

        Args:
            file: A path, bytes, an open file, an HTTP response or an async iterator of bytes; see ``File``.
            file_name: Name shown to the recipient, with extension; None uses the name of the file.
            caption: Text under the file.
            quote: Whether to quote the notification's message.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: ``recording`` shows "recording audio" instead of "typing".
            progress: Called after each chunk with the bytes sent and the total; awaited if it is asynchronous.

        Raises:
            InvalidArgumentError: The notification has no client or no chat, or an argument violates a documented limit;
                nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The file may or may not have been
                queued.

        Example:
            >>> await notification.reply_file("price-list.pdf", caption="Prices from May")
        """
        return await self._bound_client().send_file_by_upload(
            self._chat(),
            file,
            file_name=file_name,
            caption=caption,
            quoted_message_id=self._quoted(quote),
            typing_time=typing_time,
            typing_type=typing_type,
            progress=progress,
        )

    send_file = reply_file

    async def reply_poll(
        self,
        message: str,
        options: Sequence[str],
        *,
        multiple_answers: bool | None = None,
        is_anonymous: bool | None = None,
        quote: bool = False,
        typing_time: int | None = None,
        typing_type: str | None = None,
        once: str | None = None,
    ) -> SentMessage:
        """Send a poll to the notification's chat; see ``Client.send_poll``.

        Args:
            message: The question, 1 to 255 characters.
            options: 2 to 12 different answers of 1 to 100 characters.
            multiple_answers: Whether several answers may be chosen; None means no.
            is_anonymous: Whether it is hidden who chose what; only on Telegram. None leaves it to the server.
            quote: Whether to quote the notification's message.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: What is shown, only on Telegram, for example ``record_voice_note``; None is ``text``.
            once: Idempotency key, see ``Client.send_poll``.

        Raises:
            InvalidArgumentError: The notification has no client or no chat, or an argument violates a documented limit;
                nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The poll may or may not have been
                queued.

        Example:
            >>> poll = await notification.reply_poll("Tea or coffee?", ["Tea", "Coffee"])
        """
        return await self._bound_client().send_poll(
            self._chat(),
            message,
            options,
            multiple_answers=multiple_answers,
            is_anonymous=is_anonymous,
            quoted_message_id=self._quoted(quote),
            typing_time=typing_time,
            typing_type=typing_type,
            once=once,
        )

    async def reply_location(
        self,
        latitude: float,
        longitude: float,
        *,
        name_location: str | None = None,
        address: str | None = None,
        quote: bool = False,
        typing_time: int | None = None,
        typing_type: str | None = None,
    ) -> SentMessage:
        """Send a location to the notification's chat; see ``Client.send_location``.

        Args:
            latitude: Degrees, -90 to 90, positive to the north.
            longitude: Degrees, -180 to 180, positive to the east.
            name_location: Name of the place; None shows none.
            address: Address of the place; None shows none.
            quote: Whether to quote the notification's message.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: What is shown, only on Telegram, for example ``record_voice_note``; None is ``text``.

        Raises:
            InvalidArgumentError: The notification has no client or no chat, or an argument violates a documented limit;
                nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The location may or may not have
                been queued.
        """
        return await self._bound_client().send_location(
            self._chat(),
            latitude,
            longitude,
            name_location=name_location,
            address=address,
            quoted_message_id=self._quoted(quote),
            typing_time=typing_time,
            typing_type=typing_type,
        )

    async def reply_contact(
        self,
        contact: ContactCard,
        *,
        quote: bool = False,
        typing_time: int | None = None,
        typing_type: str | None = None,
    ) -> SentMessage:
        """Send a contact card to the notification's chat; see ``Client.send_contact``.

        Args:
            contact: The card: a phone number of 7 to 15 digits and at least one name or the company.
            quote: Whether to quote the notification's message.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: What is shown, only on Telegram, for example ``record_voice_note``; None is ``text``.

        Raises:
            InvalidArgumentError: The notification has no client or no chat, or an argument violates a documented limit;
                nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The contact may or may not have been
                queued.
        """
        return await self._bound_client().send_contact(
            self._chat(),
            contact,
            quoted_message_id=self._quoted(quote),
            typing_time=typing_time,
            typing_type=typing_type,
        )

    async def reply_buttons(
        self,
        body: str,
        buttons: Sequence[ReplyButton],
        *,
        header: str | None = None,
        footer: str | None = None,
        typing_time: int | None = None,
    ) -> SentMessage:
        """Send a text with reply buttons to the notification's chat; see ``Client.send_interactive_buttons_reply``.

        Args:
            body: Text, 1 to 20,000 characters.
            buttons: 1 to 3 buttons with texts of up to 25 characters.
            header: Text above the body; None shows none.
            footer: Text below the body; None shows none.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.

        Raises:
            InvalidArgumentError: The notification has no client or no chat, or an argument violates a documented limit;
                nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Example:
            >>> buttons = [ReplyButton(button_id=word.lower(), button_text=word) for word in ("Yes", "No")]
            >>> await notification.reply_buttons("Deliver tomorrow?", buttons)
        """
        return await self._bound_client().send_interactive_buttons_reply(
            self._chat(), body, buttons, header=header, footer=footer, typing_time=typing_time
        )

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

    def _quoted(self, quote: bool) -> str | None:  # noqa: FBT001  the value of a keyword argument
        return self.id_message if quote else None

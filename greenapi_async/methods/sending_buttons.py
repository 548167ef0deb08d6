"""Sending texts with buttons. Source: the vendor's documentation, beyond the manual.

For the retired kinds of buttons see ``deprecated``.
"""

from collections.abc import Sequence

from greenapi_async import models
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import object_of
from greenapi_async.serialization.encoding import unstructure

__all__ = ["SEND_INTERACTIVE_BUTTONS", "SEND_INTERACTIVE_BUTTONS_REPLY", "SendingButtons"]

_BUTTON = validation.json_object(
    {
        **dict.fromkeys(("buttonId", "copyCode", "phoneNumber"), validation.string),
        "buttonText": validation.text(25),
        "url": validation.url,
    },
    required=("buttonId", "buttonText"),
)
_WITH_BUTTONS = {
    "chatId": validation.chat_id,
    "typingTime": validation.integer(1000, 20_000, "ms"),
    "body": validation.text(20_000),
    **dict.fromkeys(("header", "footer"), validation.string),
    "buttons": validation.list_of(_BUTTON, min_items=1, max_items=3),
}

SEND_INTERACTIVE_BUTTONS = Endpoint(
    "POST",
    "sendInteractiveButtons",
    object_of(lambda: models.sending.SentMessage),
    idempotent=False,
    required=("chatId", "body", "buttons"),
    limits=_WITH_BUTTONS,
)
SEND_INTERACTIVE_BUTTONS_REPLY = Endpoint(
    "POST",
    "sendInteractiveButtonsReply",
    object_of(lambda: models.sending.SentMessage),
    idempotent=False,
    required=("chatId", "body", "buttons"),
    limits=_WITH_BUTTONS,
)


class SendingButtons(MethodGroup):
    """Methods that send texts with buttons."""

    async def send_interactive_buttons(
        self,
        chat_id: str,
        body: str,
        buttons: "Sequence[models.buttons.InteractiveButton]",
        *,
        header: str | None = None,
        footer: str | None = None,
        typing_time: int | None = None,
    ) -> "models.sending.SentMessage":
        """Send a text with buttons that copy a code, call a number or open a URL.

        Args:
            chat_id: Recipient, a person or group.
            body: Text, 1 to 20,000 characters.
            buttons: 1 to 3 buttons with texts of up to 25 characters.
            header: Text above the body; None shows none.
            footer: Text below the body; None shows none.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(
            SEND_INTERACTIVE_BUTTONS,
            {
                "chatId": chat_id,
                "header": header,
                "body": body,
                "footer": footer,
                "buttons": unstructure(buttons),
                "typingTime": typing_time,
            },
        )

    async def send_interactive_buttons_reply(
        self,
        chat_id: str,
        body: str,
        buttons: "Sequence[models.buttons.ReplyButton]",
        *,
        header: str | None = None,
        footer: str | None = None,
        typing_time: int | None = None,
    ) -> "models.sending.SentMessage":
        """Send a text with reply buttons.

        A pressed button arrives as an incoming message with the button's id and text.

        Args:
            chat_id: Recipient, a person or group.
            body: Text, 1 to 20,000 characters.
            buttons: 1 to 3 buttons with texts of up to 25 characters.
            header: Text above the body; None shows none.
            footer: Text below the body; None shows none.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Example:
            >>> buttons = [ReplyButton(button_id=word.lower(), button_text=word) for word in ("Yes", "No")]
            >>> await client.send_interactive_buttons_reply(customer, "Deliver tomorrow?", buttons)

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(
            SEND_INTERACTIVE_BUTTONS_REPLY,
            {
                "chatId": chat_id,
                "header": header,
                "body": body,
                "footer": footer,
                "buttons": unstructure(buttons),
                "typingTime": typing_time,
            },
        )

"""Methods that the vendor has deprecated; they emit a ``DeprecationWarning`` and still call the server.

The manual lists them in its tables of rate limits and quotas only (1.3.12, 1.2.2). Their parameters are those of the
vendor's own client.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from greenapi_async import models
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint, ErrorPattern
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import object_of
from greenapi_async.serialization.encoding import unstructure

__all__ = [
    "GET_DEVICE_INFO",
    "GET_STATUS_INSTANCE",
    "SEND_BUTTONS",
    "SEND_LINK",
    "SEND_LIST_MESSAGE",
    "SEND_TEMPLATE",
    "SEND_TEMPLATE_BUTTONS",
    "Deprecated",
]

_COMMON = {
    "chatId": validation.chat_id,
    "message": validation.text(20_000),
    "quotedMessageId": validation.message_id,
    "footer": validation.string,
    "archiveChat": validation.boolean,
}
_BUTTON = validation.json_object({}, required=("buttonId", "buttonText"))


def _unsupported(replacement: str) -> Mapping[ErrorPattern, str]:
    """Return the advice for the statuses with which the server rejects a method that it no longer supports."""
    advice = (
        f"GREEN-API no longer supports this method: use {replacement} instead. If other methods answer the same, check "
        "the instance id and api_url."
    )
    return {ErrorPattern(status): advice for status in (403, 404, 405)}


SEND_BUTTONS = Endpoint(
    "POST",
    "sendButtons",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message", "buttons"),
    limits={**_COMMON, "buttons": validation.list_of(_BUTTON, min_items=1)},
    advice=_unsupported("send_interactive_buttons_reply()"),
)
SEND_TEMPLATE_BUTTONS = Endpoint(
    "POST",
    "sendTemplateButtons",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message", "templateButtons"),
    limits={**_COMMON, "templateButtons": validation.list_of(validation.json_object({}), min_items=1)},
    advice=_unsupported("send_interactive_buttons()"),
)
SEND_LIST_MESSAGE = Endpoint(
    "POST",
    "sendListMessage",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message", "buttonText", "sections"),
    limits={
        **_COMMON,
        "title": validation.string,
        "buttonText": validation.string,
        "sections": validation.list_of(validation.json_object({}), min_items=1),
    },
    advice=_unsupported("send_poll() or send_interactive_buttons_reply()"),
)
SEND_LINK = Endpoint(
    "POST",
    "sendLink",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "urlLink"),
    limits={
        "chatId": validation.chat_id,
        "urlLink": validation.url,
        "quotedMessageId": validation.message_id,
    },
    advice=_unsupported("send_message()"),
)
SEND_TEMPLATE = Endpoint(
    "POST",
    "sendTemplate",
    lambda value: value,
    per_second=50,
    idempotent=False,
    advice=_unsupported("send_message() or send_interactive_buttons()"),
)
GET_STATUS_INSTANCE = Endpoint(
    "GET",
    "getStatusInstance",
    object_of(lambda: models.account.StatusInstance),
    per_second=1,
    developer_quota=100,
    idempotent=True,
    advice=_unsupported("get_state_instance()"),
)
GET_DEVICE_INFO = Endpoint(
    "GET",
    "getDeviceInfo",
    object_of(lambda: models.account.Device),
    per_second=1,
    idempotent=True,
    advice=_unsupported("get_wa_settings()"),
)


class Deprecated(MethodGroup):
    """Methods that the vendor has deprecated; each emits a ``DeprecationWarning``."""

    async def send_buttons(
        self,
        chat_id: str,
        message: str,
        buttons: "Sequence[models.buttons.ReplyButton]",
        *,
        footer: str | None = None,
        quoted_message_id: str | None = None,
        archive_chat: bool | None = None,
    ) -> "models.sending.SentMessage":
        """Send a text with reply buttons. Deprecated: use ``send_interactive_buttons_reply``.

        Args:
            chat_id: Recipient, a person or group.
            message: Text, 1 to 20,000 characters.
            buttons: The buttons, at least one.
            footer: Text below the message; None shows none.
            quoted_message_id: Id of a message of the same chat to quote.
            archive_chat: Whether to archive the chat afterwards; None means no.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: the vendor's own client, beyond the manual; 50 requests per second (1.3.12).
        """
        _warn("send_buttons", "use send_interactive_buttons_reply")
        return await self._request(
            SEND_BUTTONS,
            {
                "chatId": chat_id,
                "message": message,
                "footer": footer,
                "buttons": unstructure(buttons),
                "quotedMessageId": quoted_message_id,
                "archiveChat": archive_chat,
            },
        )

    async def send_template_buttons(
        self,
        chat_id: str,
        message: str,
        template_buttons: "Sequence[models.messages.TemplateButton]",
        *,
        footer: str | None = None,
        quoted_message_id: str | None = None,
        archive_chat: bool | None = None,
    ) -> "models.sending.SentMessage":
        """Send a text with template buttons. Deprecated: use ``send_interactive_buttons``.

        Args:
            chat_id: Recipient, a person or group.
            message: Text, 1 to 20,000 characters.
            template_buttons: The buttons, at least one. Their fields are documented for received messages only (1.3.4).
            footer: Text below the message; None shows none.
            quoted_message_id: Id of a message of the same chat to quote.
            archive_chat: Whether to archive the chat afterwards; None means no.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: the vendor's own client, beyond the manual; 50 requests per second (1.3.12).
        """
        _warn("send_template_buttons", "use send_interactive_buttons")
        return await self._request(
            SEND_TEMPLATE_BUTTONS,
            {
                "chatId": chat_id,
                "message": message,
                "footer": footer,
                "templateButtons": unstructure(template_buttons),
                "quotedMessageId": quoted_message_id,
                "archiveChat": archive_chat,
            },
        )

    async def send_list_message(
        self,
        chat_id: str,
        message: str,
        button_text: str,
        sections: "Sequence[models.messages.ListSection]",
        *,
        title: str | None = None,
        footer: str | None = None,
        quoted_message_id: str | None = None,
        archive_chat: bool | None = None,
    ) -> "models.sending.SentMessage":
        """Send a text with a list to choose from. Deprecated: use ``send_poll``.

        Args:
            chat_id: Recipient, a person or group.
            message: Text, 1 to 20,000 characters.
            button_text: Text of the button that opens the list.
            sections: The list, at least one section. The fields are documented for received messages only (1.3.4).
            title: Title above the message; None shows none.
            footer: Text below the message; None shows none.
            quoted_message_id: Id of a message of the same chat to quote.
            archive_chat: Whether to archive the chat afterwards; None means no.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: the vendor's own client, beyond the manual; 50 requests per second (1.3.12).
        """
        _warn("send_list_message", "use send_poll or send_interactive_buttons_reply")
        return await self._request(
            SEND_LIST_MESSAGE,
            {
                "chatId": chat_id,
                "message": message,
                "buttonText": button_text,
                "title": title,
                "footer": footer,
                "sections": unstructure(sections),
                "quotedMessageId": quoted_message_id,
                "archiveChat": archive_chat,
            },
        )

    async def send_link(
        self, chat_id: str, url_link: str, *, quoted_message_id: str | None = None
    ) -> "models.sending.SentMessage":
        """Send a link with a preview. Deprecated: use ``send_message``, which shows previews, too.

        Args:
            chat_id: Recipient, a person or group.
            url_link: The link, http or https.
            quoted_message_id: Id of a message of the same chat to quote.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The link may or may not have been
                queued.

        Source: the vendor's own client, beyond the manual; 50 requests per second (1.3.12).
        """
        _warn("send_link", "use send_message")
        return await self._request(
            SEND_LINK,
            {
                "chatId": chat_id,
                "urlLink": url_link,
                "quotedMessageId": quoted_message_id,
            },
        )

    async def send_template(self, parameters: Mapping[str, Any]) -> Any:
        """Call sendTemplate. Deprecated, without a replacement.

        No document describes its parameters, its HTTP verb or its answer.

        Args:
            parameters: The body of the POST request, with names as on the wire; None values are omitted.

        Returns:
            The answer's JSON.

        Raises:
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.

        Source: manual 1.3.12, sendTemplate; 50 requests per second.
        """
        _warn("send_template", "no document describes it")
        return await self._request(SEND_TEMPLATE, parameters)

    async def get_status_instance(self) -> "models.account.StatusInstance":
        """Return whether the instance is connected to WhatsApp. Deprecated: use ``get_state_instance``.

        Source: manual 1.3.12, getStatusInstance; 1 request per second, 100 per month on the Developer tariff. The
        answer is beyond the manual.
        """
        _warn("get_status_instance", "use get_state_instance")
        return await self._request(GET_STATUS_INSTANCE, {})

    async def get_device_info(self) -> "models.account.Device":
        """Return the model of the linked phone. Deprecated: the server answers with 405.

        Source: manual 1.3.12, getDeviceInfo; 1 request per second. The answer is beyond the manual.
        """
        _warn("get_device_info", "the server no longer supports it")
        return await self._request(GET_DEVICE_INFO, {})


def _warn(name: str, advice: str) -> None:
    message = f"{name} calls a method that GREEN-API has deprecated; {advice}"
    warnings.warn(message, DeprecationWarning, stacklevel=3)

"""Methods that the vendor has retired; they warn and are still called. Manual: 1.3.12.

The manual has them in its tables of rates and quotas only. Their parameters are those of the vendor's own client.
"""

import warnings
from collections.abc import Mapping, Sequence
from typing import Any

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.validation import chat_id as a_chat_id
from greenapi_async.http.validation import each, link, message_id, record, text
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.account import Device, StatusInstance
from greenapi_async.models.buttons import ReplyButton
from greenapi_async.models.messages import ListSection, TemplateButton
from greenapi_async.models.sending import SentMessage
from greenapi_async.serialization.converter import object_of, unstructure

__all__ = [
    "GET_DEVICE_INFO",
    "GET_STATUS_INSTANCE",
    "SEND_BUTTONS",
    "SEND_LINK",
    "SEND_LIST_MESSAGE",
    "SEND_TEMPLATE",
    "SEND_TEMPLATE_BUTTONS",
    "Retired",
]

_COMMON = {"chatId": a_chat_id, "message": text(20_000), "quotedMessageId": message_id}

SEND_BUTTONS = Endpoint(
    "POST",
    "sendButtons",
    object_of(SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message", "buttons"),
    limits={**_COMMON, "buttons": each(record({}, required=("buttonId", "buttonText")), fewest=1)},
)
SEND_TEMPLATE_BUTTONS = Endpoint(
    "POST",
    "sendTemplateButtons",
    object_of(SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message", "templateButtons"),
    limits={**_COMMON, "templateButtons": each(record({}), fewest=1)},
)
SEND_LIST_MESSAGE = Endpoint(
    "POST",
    "sendListMessage",
    object_of(SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message", "buttonText", "sections"),
    limits={**_COMMON, "sections": each(record({}), fewest=1)},
)
SEND_LINK = Endpoint(
    "POST",
    "sendLink",
    object_of(SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "urlLink"),
    limits={"chatId": a_chat_id, "urlLink": link, "quotedMessageId": message_id},
)
GET_STATUS_INSTANCE = Endpoint(
    "GET", "getStatusInstance", object_of(StatusInstance), per_second=1, developer_quota=100, idempotent=True
)
GET_DEVICE_INFO = Endpoint("GET", "getDeviceInfo", object_of(Device), per_second=1, idempotent=True)
SEND_TEMPLATE = Endpoint("POST", "sendTemplate", lambda value: value, per_second=50, idempotent=False)


class Retired(MethodGroup):
    """Methods that the vendor has retired; each warns with ``DeprecationWarning``."""

    async def send_buttons(
        self,
        chat_id: str,
        message: str,
        buttons: Sequence[ReplyButton],
        *,
        footer: str | None = None,
        quoted_message_id: str | None = None,
        archive_chat: bool | None = None,
    ) -> SentMessage:
        """Send a text with buttons; retired, use ``send_interactive_buttons_reply``.

        Beyond the manual.
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
        template_buttons: Sequence[TemplateButton],
        *,
        footer: str | None = None,
        quoted_message_id: str | None = None,
        archive_chat: bool | None = None,
    ) -> SentMessage:
        """Send a text with template buttons; retired, use ``send_interactive_buttons``.

        The fields of a button are documented only for a message that arrived, in 1.3.4.

        Beyond the manual.
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
        sections: Sequence[ListSection],
        *,
        title: str | None = None,
        footer: str | None = None,
        quoted_message_id: str | None = None,
        archive_chat: bool | None = None,
    ) -> SentMessage:
        """Send a text with a list to choose from; retired, use ``send_poll``.

        The fields of a section are documented only for a message that arrived, in 1.3.4.

        Beyond the manual.
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

    async def send_link(self, chat_id: str, url_link: str, *, quoted_message_id: str | None = None) -> SentMessage:
        """Send a link with its preview; retired, use ``send_message``, which shows previews too.

        Beyond the manual.
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
        """Call sendTemplate with parameters named as on the wire; retired, and nothing takes its place.

        No document names its parameters, its verb or its answer: they are sent as given, by POST, and the answer's
        JSON is returned as it came.

        Manual: 1.3.12, sendTemplate.
        """
        _warn("send_template", "no document describes it")
        return await self._request(SEND_TEMPLATE, parameters)

    async def get_status_instance(self) -> StatusInstance:
        """Get whether the instance's connection to WhatsApp is up; retired, use ``get_state_instance``.

        Manual: 1.3.12, getStatusInstance; the answer is beyond it.
        """
        _warn("get_status_instance", "use get_state_instance")
        return await self._request(GET_STATUS_INSTANCE, {})

    async def get_device_info(self) -> Device:
        """Get what kind of phone is linked; retired, the server answers a 405.

        Manual: 1.3.12, getDeviceInfo; the answer is beyond it.
        """
        _warn("get_device_info", "the server answers it no longer")
        return await self._request(GET_DEVICE_INFO, {})


def _warn(name: str, advice: str) -> None:
    words = f"{name} calls a method that GREEN-API has retired; {advice}"
    warnings.warn(words, DeprecationWarning, stacklevel=3)

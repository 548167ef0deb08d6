"""Sending messages. Manual: 1.3.3."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, cast

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.validation import between, choice, each, file_name, link, message_id, phone, record, text
from greenapi_async.http.validation import chat_id as a_chat_id
from greenapi_async.methods.base import MethodGroup
from greenapi_async.models.buttons import InteractiveButton, ReplyButton
from greenapi_async.models.sending import ContactCard, CustomPreview, ForwardedMessages, SentMessage
from greenapi_async.serialization.converter import object_of, unstructure

__all__ = [
    "FORWARD_MESSAGES",
    "SEND_CONTACT",
    "SEND_FILE_BY_URL",
    "SEND_INTERACTIVE_BUTTONS",
    "SEND_INTERACTIVE_BUTTONS_REPLY",
    "SEND_LOCATION",
    "SEND_MESSAGE",
    "SEND_POLL",
    "Sending",
]

_COMMON = {"chatId": a_chat_id, "quotedMessageId": message_id, "typingTime": between(1000, 20_000, "ms")}
_PREVIEW = {"title": text(300), "description": text(300, shortest=0), "link": text(300, shortest=0), "urlFile": link}
_BUTTON = record({"buttonText": text(25), "url": link}, required=("buttonId", "buttonText"))
_WITH_BUTTONS = {**_COMMON, "body": text(20_000), "buttons": each(_BUTTON, fewest=1, most=3)}

SEND_MESSAGE = Endpoint(
    "POST",
    "sendMessage",
    object_of(SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message"),
    limits={
        **_COMMON,
        "message": text(20_000),
        "typePreview": choice(("small", "large")),
        "customPreview": record(_PREVIEW, required=("title",)),
    },
)
SEND_POLL = Endpoint(
    "POST",
    "sendPoll",
    object_of(SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message", "options"),
    limits={
        **_COMMON,
        "message": text(255),
        "options": each(record({"optionName": text(100)}, required=("optionName",)), fewest=2, most=12, unique=True),
    },
)
SEND_FILE_BY_URL = Endpoint(
    "POST",
    "sendFileByUrl",
    object_of(SentMessage),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    required=("chatId", "urlFile", "fileName"),
    limits={
        **_COMMON,
        "urlFile": link,
        "fileName": file_name(),
        "caption": text(20_000, shortest=0),
        "typingType": choice(("recording",)),
    },
)
SEND_LOCATION = Endpoint(
    "POST",
    "sendLocation",
    object_of(SentMessage),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    required=("chatId", "latitude", "longitude"),
    limits=_COMMON,
)
SEND_CONTACT = Endpoint(
    "POST",
    "sendContact",
    object_of(SentMessage),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    required=("chatId", "contact"),
    limits={
        **_COMMON,
        "contact": record(
            {"phoneContact": phone(11, 12)},
            required=("phoneContact",),
            any_of=("firstName", "middleName", "lastName", "company"),
        ),
    },
)
FORWARD_MESSAGES = Endpoint(
    "POST",
    "forwardMessages",
    object_of(ForwardedMessages),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    required=("chatId", "chatIdFrom", "messages"),
    limits={**_COMMON, "chatIdFrom": a_chat_id, "messages": each(message_id, fewest=1)},
)
SEND_INTERACTIVE_BUTTONS = Endpoint(
    "POST",
    "sendInteractiveButtons",
    object_of(SentMessage),
    idempotent=False,
    required=("chatId", "body", "buttons"),
    limits=_WITH_BUTTONS,
)
SEND_INTERACTIVE_BUTTONS_REPLY = Endpoint(
    "POST",
    "sendInteractiveButtonsReply",
    object_of(SentMessage),
    idempotent=False,
    required=("chatId", "body", "buttons"),
    limits=_WITH_BUTTONS,
)


class Sending(MethodGroup):
    """Methods that send.

    What is sent is queued by the server for up to 24 hours and leaves at the instance's sending delay. With a
    ``quoted_message_id`` that the chat does not have, the server answers an id and delivers nothing. With a
    ``typing_time``, 1,000 to 20,000 ms, the chat shows that the account is typing first. All raise
    ``DeliveryUnknownError`` when it may or may not have been queued.
    """

    @abstractmethod
    async def _send_once(
        self, key: str, chat_id: str, text: str, endpoint: Endpoint[SentMessage], values: Mapping[str, Any]
    ) -> SentMessage: ...

    async def send_message(
        self,
        chat_id: str,
        message: str,
        *,
        quoted_message_id: str | None = None,
        link_preview: bool | None = None,
        archive_chat: bool | None = None,
        typing_time: int | None = None,
        type_preview: str | None = None,
        custom_preview: CustomPreview | None = None,
        once: str | None = None,
    ) -> SentMessage:
        """Send a text message to a private or group chat.

        Queued by the server for up to 24 hours and sent at the instance's sending delay. ``message`` has 1 to 20,000
        characters. With a ``quoted_message_id`` that the chat does not have, the server answers an id and delivers
        nothing. A link in the text shows a preview unless ``link_preview`` is False; ``type_preview`` is its size,
        ``small`` or ``large``. ``typing_time`` is 1,000 to 20,000 ms. Raises ``DeliveryUnknownError`` when it may or
        may not have been queued.

        ``once`` is a key of 1 to 200 characters, as in ``order-17``, under which the instance sends at most one
        message; it needs an inbox, which remembers the key for 366 days. Where something was sent under it, that
        message is given and nothing is sent. After an unclear failure the outgoing queue and the journal are looked at
        for two minutes, as far as the journal may be behind. What they do not show is sent again; when that too is
        unclear, ``DeliveryUnknownError`` is raised, and the next call with the key begins by looking. The same text,
        sent to the same chat without a key meanwhile, may be taken for it.

        Manual: 1.3.3, SendMessage.
        """
        values = {
            "chatId": chat_id,
            "message": message,
            "quotedMessageId": quoted_message_id,
            "linkPreview": link_preview,
            "archiveChat": archive_chat,
            "typingTime": typing_time,
            "typePreview": type_preview,
            "customPreview": unstructure(custom_preview),
        }
        if once is not None:
            return await self._send_once(once, chat_id, message, SEND_MESSAGE, values)
        return await self._request(SEND_MESSAGE, values)

    async def send_poll(
        self,
        chat_id: str,
        message: str,
        options: Sequence[str],
        *,
        multiple_answers: bool | None = None,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
    ) -> SentMessage:
        """Send a poll.

        ``message`` has 1 to 255 characters; there are 2 to 12 options, all different, of 1 to 100 characters. Votes
        arrive as notifications while both ``incoming_webhook`` and ``poll_message_webhook`` are on.

        Manual: 1.3.3, SendPoll.
        """
        return await self._request(
            SEND_POLL,
            {
                "chatId": chat_id,
                "message": message,
                "options": _poll_options(options),
                "multipleAnswers": multiple_answers,
                "quotedMessageId": quoted_message_id,
                "typingTime": typing_time,
            },
        )

    async def send_file_by_url(
        self,
        chat_id: str,
        url_file: str,
        file_name: str,
        *,
        caption: str | None = None,
        quoted_message_id: str | None = None,
        archive_chat: bool | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
    ) -> SentMessage:
        """Send a file that the server fetches from a link.

        The link leads to the file itself, not to a page; it is not percent-encoded and has none of ``~$#?!``. A file
        has up to 100 MB. ``file_name`` decides, by its extension, whether it arrives as an image, a video, an audio
        file or a document. ``caption`` has up to 20,000 characters and shows under images and videos only;
        ``typing_type`` is ``recording``.

        Manual: 1.3.3, SendFileByUrl.
        """
        return await self._request(
            SEND_FILE_BY_URL,
            {
                "chatId": chat_id,
                "urlFile": url_file,
                "fileName": file_name,
                "caption": caption,
                "quotedMessageId": quoted_message_id,
                "archiveChat": archive_chat,
                "typingTime": typing_time,
                "typingType": typing_type,
            },
        )

    async def send_location(
        self,
        chat_id: str,
        latitude: float,
        longitude: float,
        *,
        name_location: str | None = None,
        address: str | None = None,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
    ) -> SentMessage:
        """Send a place, in degrees.

        Manual: 1.3.3, SendLocation.
        """
        return await self._request(
            SEND_LOCATION,
            {
                "chatId": chat_id,
                "nameLocation": name_location,
                "address": address,
                "latitude": latitude,
                "longitude": longitude,
                "quotedMessageId": quoted_message_id,
                "typingTime": typing_time,
            },
        )

    async def send_contact(
        self,
        chat_id: str,
        contact: ContactCard,
        *,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
    ) -> SentMessage:
        """Send a contact; it needs a name or a company, and a number of 11 or 12 digits.

        Manual: 1.3.3, SendContact.
        """
        return await self._request(
            SEND_CONTACT,
            {
                "chatId": chat_id,
                "contact": unstructure(contact),
                "quotedMessageId": quoted_message_id,
                "typingTime": typing_time,
            },
        )

    async def forward_messages(
        self, chat_id: str, chat_id_from: str, messages: Sequence[str], *, typing_time: int | None = None
    ) -> ForwardedMessages:
        """Forward messages, at least one, from one chat to another.

        ``messages`` are ids. For one that ``chat_id_from`` does not have, the server answers an id and delivers
        nothing.

        Manual: 1.3.3, ForwardMessages.
        """
        return await self._request(
            FORWARD_MESSAGES,
            {
                "chatId": chat_id,
                "chatIdFrom": chat_id_from,
                "messages": unstructure(messages),
                "typingTime": typing_time,
            },
        )

    async def send_interactive_buttons(
        self,
        chat_id: str,
        body: str,
        buttons: Sequence[InteractiveButton],
        *,
        header: str | None = None,
        footer: str | None = None,
        typing_time: int | None = None,
    ) -> SentMessage:
        """Send a text with one to three buttons that copy a code, call a number or open a link.

        ``body`` has up to 20,000 characters, a button's text up to 25.

        Beyond the manual.
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
        buttons: Sequence[ReplyButton],
        *,
        header: str | None = None,
        footer: str | None = None,
        typing_time: int | None = None,
    ) -> SentMessage:
        """Send a text with one to three buttons that answer with their own text.

        ``body`` has up to 20,000 characters, a button's text up to 25.

        Beyond the manual.
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


def _poll_options(options: Sequence[str]) -> Any:
    names = unstructure(options)
    return [{"optionName": name} for name in cast("Iterable[Any]", names)] if isinstance(names, list) else names

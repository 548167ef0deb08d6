"""Sending messages. Source: manual 1.3.3.

For buttons see ``sending_buttons``, for files ``sending_files``.
"""

from abc import abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal, cast

from greenapi_async import models
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Endpoint
from greenapi_async.methods.base import MethodGroup
from greenapi_async.serialization.decoders import object_of
from greenapi_async.serialization.encoding import unstructure

__all__ = [
    "FORWARD_MESSAGES",
    "SEND_CONTACT",
    "SEND_LOCATION",
    "SEND_MESSAGE",
    "SEND_POLL",
    "Sending",
]

_COMMON = {
    "chatId": validation.chat_id,
    "quotedMessageId": validation.message_id,
    "typingTime": validation.integer(1000, 20_000, "ms"),
    "typingType": validation.text(50),
}
_PREVIEW = validation.json_object(
    {
        "title": validation.text(300),
        "description": validation.text(300, min_length=0),
        "link": validation.text(300, min_length=0),
        "urlFile": validation.url,
        "jpegThumbnail": validation.string,
    },
    required=("title",),
)
_POLL_OPTION = validation.json_object({"optionName": validation.text(100)}, required=("optionName",))
_CONTACT = validation.json_object(
    {
        "phoneContact": validation.phone_number,
        **dict.fromkeys(("firstName", "middleName", "lastName", "company"), validation.string),
    },
    required=("phoneContact",),
    any_of=("firstName", "middleName", "lastName", "company"),
)

SEND_MESSAGE = Endpoint(
    "POST",
    "sendMessage",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message"),
    limits={
        **_COMMON,
        "message": validation.text(20_000),
        **dict.fromkeys(("linkPreview", "archiveChat"), validation.boolean),
        "typePreview": validation.one_of(("small", "large")),
        "customPreview": _PREVIEW,
    },
)
SEND_POLL = Endpoint(
    "POST",
    "sendPoll",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    idempotent=False,
    required=("chatId", "message", "options"),
    limits={
        **_COMMON,
        "message": validation.text(255),
        "options": validation.list_of(_POLL_OPTION, min_items=2, max_items=12, unique=True),
        "multipleAnswers": validation.boolean,
        "isAnonymous": validation.boolean,
    },
)
SEND_LOCATION = Endpoint(
    "POST",
    "sendLocation",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    required=("chatId", "latitude", "longitude"),
    limits={
        **_COMMON,
        "latitude": validation.in_range(-90, 90, "degrees"),
        "longitude": validation.in_range(-180, 180, "degrees"),
        **dict.fromkeys(("nameLocation", "address"), validation.string),
    },
)
SEND_CONTACT = Endpoint(
    "POST",
    "sendContact",
    object_of(lambda: models.sending.SentMessage),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    required=("chatId", "contact"),
    limits={**_COMMON, "contact": _CONTACT},
)
FORWARD_MESSAGES = Endpoint(
    "POST",
    "forwardMessages",
    object_of(lambda: models.sending.ForwardedMessages),
    per_second=50,
    developer_quota=1000,
    idempotent=False,
    required=("chatId", "chatIdFrom", "messages"),
    limits={
        **_COMMON,
        "chatIdFrom": validation.chat_id,
        "messages": validation.list_of(validation.message_id, min_items=1),
    },
)


class Sending(MethodGroup):
    """Methods that send messages.

    The server puts a message into the instance's outgoing queue and sends it at the instance's sending delay. While no
    phone is linked, it keeps the message for up to 24 hours.

    A send is never repeated on its own after an unclear failure: ``DeliveryUnknownError`` leaves the decision to you.
    """

    @abstractmethod
    async def _send_once(
        self,
        key: str,
        endpoint: "Endpoint[models.sending.SentMessage]",
        values: Mapping[str, Any],
    ) -> "models.sending.SentMessage": ...

    async def send_message(
        self,
        chat_id: str,
        message: str,
        *,
        quoted_message_id: str | None = None,
        link_preview: bool | None = None,
        archive_chat: bool | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
        type_preview: Literal["small", "large"] | None = None,
        custom_preview: "models.sending.CustomPreview | None" = None,
        once: str | None = None,
    ) -> "models.sending.SentMessage":
        """Send a text message to a person or group.

        The server queues it for up to 24 hours and sends it at the instance's sending delay.

        With ``once`` a message is sent at most once per key, also across restarts. The outbox remembers a key for 366
        days. After an unclear failure the outgoing queue and the journal are searched for the message for two minutes,
        because the journal may lag behind that long. If they do not show it, it is sent again; if that is unclear too,
        ``DeliveryUnknownError`` is raised, and the next call with the key starts with the search. The same text, sent
        to the same chat without a key at about the same time, may be mistaken for the message. Times are compared by
        the server's clock; if a restart or a wrong local clock leaves open which message was found,
        ``DeliveryUnknownError`` is raised and nothing is sent.

        Args:
            chat_id: Recipient, for example ``chat_id("+7 900 123-45-67")`` or a group's ``...@g.us``.
            message: Text, 1 to 20,000 characters; emoji and WhatsApp formatting are allowed.
            quoted_message_id: Id of a message of the same chat to quote. For an unknown id the server returns a message
                id all the same, but delivers nothing.
            link_preview: Whether to show a preview of the first link; None leaves it to the instance's setting.
            archive_chat: Whether to archive the chat afterwards; None means no.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: What is shown, only on Telegram, for example ``record_voice_note``; None is ``text``.
            type_preview: Size of the link preview, ``small`` or ``large``; None leaves it to the server.
            custom_preview: Preview to show instead of the link's own; None shows the link's own.
            once: Idempotency key, 1 to 200 characters. At most one message is ever sent per key; if one was sent
                before, its id is returned. A key belongs to one chat and text (white space does not count). Needs an
                outbox: ``Client(..., outbox=inbox.outbox)``, or a running ``process``, which uses that of its inbox.
                None sends in any case.

        Returns:
            The sent message; ``id_message`` appears again in its status notifications.

        Raises:
            InvalidArgumentError: An argument violates a documented limit, or ``once`` was used for another chat or
                text; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The message may or may not have been
                queued.
            QuotaExceededError: The tariff's quota of chats is used up (466).

        Example:
            >>> sent = await client.send_message(chat_id("+7 900 123-45-67"), "Your order is ready", once="order-17")
            >>> await sent.wait_for(MessageStatus.DELIVERED, timeout=60)

        Source: manual 1.3.3, SendMessage; 50 requests per second. ``archive_chat``, ``typing_time``, ``typing_type``,
        ``type_preview`` and ``custom_preview`` are beyond the manual.
        """
        values = {
            "chatId": chat_id,
            "message": message,
            "quotedMessageId": quoted_message_id,
            "linkPreview": link_preview,
            "archiveChat": archive_chat,
            "typingTime": typing_time,
            "typingType": typing_type,
            "typePreview": type_preview,
            "customPreview": unstructure(custom_preview),
        }
        if once is not None:
            return await self._send_once(once, SEND_MESSAGE, values)
        return await self._request(SEND_MESSAGE, values)

    async def send_poll(
        self,
        chat_id: str,
        message: str,
        options: Sequence[str],
        *,
        multiple_answers: bool | None = None,
        is_anonymous: bool | None = None,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
        once: str | None = None,
    ) -> "models.sending.SentMessage":
        """Send a poll.

        Votes arrive as notifications (``PollUpdateMessage``) while both ``incoming_webhook`` and
        ``poll_message_webhook`` are on, see ``set_settings``.

        Args:
            chat_id: Recipient, a person or group.
            message: The question, 1 to 255 characters.
            options: 2 to 12 different answers of 1 to 100 characters.
            multiple_answers: Whether several answers may be chosen; None means no.
            is_anonymous: Whether it is hidden who chose what; only on Telegram. None leaves it to the server.
            quoted_message_id: Id of a message of the same chat to quote. For an unknown id the server returns a message
                id all the same, but delivers nothing.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: What is shown, only on Telegram, for example ``record_voice_note``; None is ``text``.
            once: Idempotency key, as of ``send_message``; the key belongs to one chat, question and list of answers.
                None sends in any case.

        Raises:
            InvalidArgumentError: An argument violates a documented limit, or ``once`` was used for another message;
                nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The poll may or may not have been
                queued.

        Example:
            >>> poll = await client.send_poll(group, "Lunch at?", ["12:00", "13:00"], multiple_answers=True)

        Source: manual 1.3.3, SendPoll; 50 requests per second. ``is_anonymous``, ``typing_time`` and ``typing_type``
        are beyond the manual.
        """
        values = {
            "chatId": chat_id,
            "message": message,
            "options": _poll_options(options),
            "multipleAnswers": multiple_answers,
            "isAnonymous": is_anonymous,
            "quotedMessageId": quoted_message_id,
            "typingTime": typing_time,
            "typingType": typing_type,
        }
        if once is not None:
            return await self._send_once(once, SEND_POLL, values)
        return await self._request(SEND_POLL, values)

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
        typing_type: str | None = None,
    ) -> "models.sending.SentMessage":
        """Send a location.

        Args:
            chat_id: Recipient, a person or group.
            latitude: Degrees, -90 to 90, positive to the north.
            longitude: Degrees, -180 to 180, positive to the east.
            name_location: Name of the place; None shows none.
            address: Address of the place; None shows none.
            quoted_message_id: Id of a message of the same chat to quote. For an unknown id the server returns a message
                id all the same, but delivers nothing.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: What is shown, only on Telegram, for example ``record_voice_note``; None is ``text``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The location may or may not have
                been queued.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> await client.send_location(chat_id("+7 900 123-45-67"), 58.0105, 56.2502, name_location="Perm")

        Source: manual 1.3.3, SendLocation; 50 requests per second, 1,000 per month on the Developer tariff.
        ``typing_time`` and ``typing_type`` are beyond the manual.
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
                "typingType": typing_type,
            },
        )

    async def send_contact(
        self,
        chat_id: str,
        contact: "models.sending.ContactCard",
        *,
        quoted_message_id: str | None = None,
        typing_time: int | None = None,
        typing_type: str | None = None,
    ) -> "models.sending.SentMessage":
        """Send a contact card.

        Args:
            chat_id: Recipient, a person or group.
            contact: The card: a phone number of 7 to 15 digits and at least one name or the company.
            quoted_message_id: Id of a message of the same chat to quote. For an unknown id the server returns a message
                id all the same, but delivers nothing.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.
            typing_type: What is shown, only on Telegram, for example ``record_voice_note``; None is ``text``.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The contact may or may not have been
                queued.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Example:
            >>> card = ContactCard(phone_contact=79001234568, first_name="Anna", company="Example Ltd")
            >>> await client.send_contact(chat_id("+7 900 123-45-67"), card)

        Source: manual 1.3.3, SendContact; 50 requests per second, 1,000 per month on the Developer tariff.
        ``typing_time`` and ``typing_type`` are beyond the manual.
        """
        return await self._request(
            SEND_CONTACT,
            {
                "chatId": chat_id,
                "contact": unstructure(contact),
                "quotedMessageId": quoted_message_id,
                "typingTime": typing_time,
                "typingType": typing_type,
            },
        )

    async def forward_messages(
        self, chat_id: str, chat_id_from: str, messages: Sequence[str], *, typing_time: int | None = None
    ) -> "models.sending.ForwardedMessages":
        """Forward messages from one chat to another.

        Args:
            chat_id: Recipient, a person or group.
            chat_id_from: The chat that has the messages.
            messages: Ids of the messages, at least one. For an unknown id the server returns a message id all the same,
                but delivers nothing.
            typing_time: Milliseconds (1,000 to 20,000) for which "typing" is shown first; None leaves it to the
                instance's ``auto_typing``.

        Returns:
            The ids of the new messages.

        Raises:
            InvalidArgumentError: An argument violates a documented limit; nothing was sent.
            DeliveryUnknownError: The connection failed after the request was sent. The messages may or may not have
                been queued.
            QuotaExceededError: The tariff's monthly quota is used up (466).

        Source: manual 1.3.3, ForwardMessages; 50 requests per second, 1,000 per month on the Developer tariff.
        ``typing_time`` is beyond the manual.
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


def _poll_options(options: Sequence[str]) -> Any:
    names = unstructure(options)
    return [{"optionName": name} for name in cast("Iterable[Any]", names)] if isinstance(names, list) else names

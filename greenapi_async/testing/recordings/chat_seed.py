"""Seeding of the sandbox with the group, chat and message of a replayed notification.

The bot can then answer, quote and read messages that did not originate in the sandbox.
"""

from collections import deque
from contextlib import suppress
from typing import Any, Final, cast

from greenapi_async.sandbox.payloads.schema import is_group
from greenapi_async.sandbox.simulation.content import Content, Structured, TextContent
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.messages import Chat, Message

__all__ = ["ChatSeeder"]

MAX_MESSAGES: Final = 10_000
"""Number of seeded messages; older ones are removed and can no longer be quoted or read."""

_MESSAGES: Final = {"incomingMessageReceived", "outgoingMessageReceived", "outgoingAPIMessageReceived"}
_ABOUT_OTHER_MESSAGES: Final = {"editedMessage", "deletedMessage", "reactionMessage", "pollUpdateMessage"}


class ChatSeeder:
    """Adds the messages of a recording to the chats of an instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._seeded: deque[tuple[Chat, Message]] = deque()

    def seed(self, body: dict[str, Any]) -> None:
        """Add the group, chat and message of a notification; ignore anything that differs from the manual."""
        sender_data, data = _object(body.get("senderData")), _object(body.get("messageData"))
        chat_id = sender_data.get("chatId", body.get("chatId", body.get("from")))
        if not isinstance(chat_id, str) or not self._instance.messenger.chat_id.fullmatch(chat_id):
            return
        sender = _text(sender_data.get("sender")) or chat_id
        name = _text(sender_data.get("chatName")) or chat_id.partition("@")[0]
        instance = self._instance
        if is_group(chat_id) and instance.groups.get(chat_id) is None:
            instance.groups.create(name, sender, [instance.own_id], group_id=chat_id)
        id_message, type_message = _text(body.get("idMessage")), _text(data.get("typeMessage"))
        if body.get("typeWebhook") in _MESSAGES and id_message and type_message not in {"", *_ABOUT_OTHER_MESSAGES}:
            incoming = body["typeWebhook"] == "incomingMessageReceived"
            message = Message(
                id_message=id_message,
                chat_id=chat_id,
                type="incoming" if incoming else "outgoing",
                content=_content(type_message, data),
                sender=sender,
                sender_name=_text(sender_data.get("senderName")),
                sender_contact_name=_text(sender_data.get("senderContactName")),
                timestamp=int(instance.clock()),
                status=None if incoming else "sent",
            )
            self._add(instance.chats.open(chat_id, name), message)

    def _add(self, chat: Chat, message: Message) -> None:
        chat.messages.append(message)
        self._seeded.append((chat, message))
        if len(self._seeded) > MAX_MESSAGES:
            chat, oldest = self._seeded.popleft()
            with suppress(ValueError):  # the message was deleted in the meantime
                chat.messages.remove(oldest)


def _content(type_message: str, data: dict[str, Any]) -> Content:
    text = _text(_object(data.get("textMessageData")).get("textMessage"))
    text = text or _text(_object(data.get("extendedTextMessageData")).get("text"))
    if text:
        return TextContent(text)
    key = next((name for name, part in data.items() if isinstance(part, dict) and name != "quotedMessage"), "content")
    fields = _object(data.get(key))
    return Structured(type_message=type_message, key=key, fields=fields, text=_text(fields.get("caption")))


def _object(value: Any) -> dict[str, Any]:
    return cast("dict[str, Any]", value) if isinstance(value, dict) else {}


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""

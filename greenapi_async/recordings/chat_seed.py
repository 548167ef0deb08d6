"""What the sandbox must know of a notification that did not come about in it: its group, its chat and its message."""

from collections import deque
from contextlib import suppress
from typing import Any, Final, cast

from greenapi_async.sandbox.payloads.schema import CHAT_ID
from greenapi_async.sandbox.simulation.content import Content, Structured, TextContent
from greenapi_async.sandbox.simulation.instance import Instance
from greenapi_async.sandbox.simulation.messages import Chat, Message

__all__ = ["Scenery"]

REMEMBERED: Final = 10_000
"""Messages of a recording that can be quoted and read at one time."""

_MESSAGES: Final = {"incomingMessageReceived", "outgoingMessageReceived", "outgoingAPIMessageReceived"}
_ABOUT_OTHERS: Final = {"editedMessage", "deletedMessage", "reactionMessage", "pollUpdateMessage"}


class Scenery:
    """Puts the messages of a recording into the chats of an instance."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._set: deque[tuple[Chat, Message]] = deque()

    def set(self, body: dict[str, Any]) -> None:
        """Make known what a notification tells of; whatever is not as the manual has it is left alone."""
        who, data = _object(body.get("senderData")), _object(body.get("messageData"))
        chat_id = who.get("chatId", body.get("chatId", body.get("from")))
        if not isinstance(chat_id, str) or not CHAT_ID.fullmatch(chat_id):
            return
        sender = _text(who.get("sender")) or chat_id
        name = _text(who.get("chatName")) or chat_id.partition("@")[0]
        instance = self._instance
        if chat_id.endswith("@g.us") and instance.groups.get(chat_id) is None:
            instance.groups.create(name, sender, [instance.wid], group_id=chat_id)
        id_message, type_message = _text(body.get("idMessage")), _text(data.get("typeMessage"))
        if body.get("typeWebhook") in _MESSAGES and id_message and type_message not in {"", *_ABOUT_OTHERS}:
            incoming = body["typeWebhook"] == "incomingMessageReceived"
            message = Message(
                id_message=id_message,
                chat_id=chat_id,
                type="incoming" if incoming else "outgoing",
                content=_content(type_message, data),
                sender=sender,
                sender_name=_text(who.get("senderName")),
                sender_contact_name=_text(who.get("senderContactName")),
                timestamp=int(instance.clock()),
                status=None if incoming else "sent",
            )
            self._add(instance.chats.open(chat_id, name), message)

    def _add(self, chat: Chat, message: Message) -> None:
        chat.messages.append(message)
        self._set.append((chat, message))
        if len(self._set) > REMEMBERED:
            chat, oldest = self._set.popleft()
            with suppress(ValueError):  # a message that was deleted meanwhile
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

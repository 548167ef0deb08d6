"""The chats of an account: storage and lookup."""

from collections.abc import Iterator, Mapping

import attrs

from greenapi_async.sandbox.simulation.messages import Chat, ChatSettings, Message, Typing
from greenapi_async.sandbox.simulation.messengers import Messenger
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["Chats"]


@attrs.define(eq=False)
class Chats(Mapping[str, Chat]):
    """The chats by chat id, the account's settings of each, and the messages that never arrived.

    Attributes:
        undelivered: Messages that were sent and never reached their chat.
    """

    _messenger: Messenger = attrs.field(repr=False)
    _timeline: Timeline = attrs.field(repr=False)
    _by_id: dict[str, Chat] = attrs.field(factory=dict[str, Chat], init=False)
    _settings: dict[str, ChatSettings] = attrs.field(factory=dict[str, ChatSettings], init=False, repr=False)
    undelivered: list[Message] = attrs.field(factory=list[Message], init=False, repr=False)

    def __getitem__(self, chat_id: str) -> Chat:
        return self._by_id[chat_id]

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_id)

    def __len__(self) -> int:
        return len(self._by_id)

    def open(self, chat_id: str, name: str | None = None, *, quoting: str | None = None) -> Chat:
        """Return a chat, created if it does not exist.

        Args:
            chat_id: The chat id.
            name: The name of a new chat; None is the number in its id.
            quoting: The id of a message that must be in the chat.

        Raises:
            ValueError: It is not the id of a chat, or `quoting` is not the id of a message in it.
        """
        if not self._messenger.chat_id.fullmatch(chat_id):
            raise ValueError(f"'chatId' must be one of the next formats: {self._messenger.formats}")
        chat = self._by_id.setdefault(chat_id, Chat(chat_id, name or chat_id.partition("@")[0]))
        if quoting is not None and chat.find(quoting) is None:
            raise ValueError("'quotedMessageId' must be the id of a message in this chat")
        return chat

    def settings(self, chat_id: str) -> ChatSettings:
        """Return the account's own settings of a chat."""
        return self._settings.setdefault(chat_id, ChatSettings())

    def typing(self, chat_id: str) -> Typing | None:
        """Return the activity of the account that the other side of a chat sees now."""
        self._timeline.settle()
        typing = self.settings(chat_id).typing
        return typing if typing and self._timeline.now < typing.until else None

    def journal(self, *, with_deleted: bool = False) -> list[Message]:
        """Return every message that the journals list, newest first.

        Args:
            with_deleted: Whether messages that were deleted for everyone are listed.
        """
        self._timeline.settle()
        in_chats = [message for chat in self.values() for message in chat.messages]
        in_chats += [message for chat in self.values() if with_deleted for message in chat.deleted]
        hidden = {(chat, id_message) for chat, settings in self._settings.items() for id_message in settings.hidden}
        every = (*in_chats, *self.undelivered)
        listed = [
            message for message in every if message.in_journal and (message.chat_id, message.id_message) not in hidden
        ]
        return sorted(listed, key=lambda message: message.timestamp)[::-1]

    def quoted_by(self, message: Message) -> Message | None:
        """Return the message that another one quotes."""
        chat = self.get(message.chat_id)
        return chat.find(message.quoted_message_id) if chat and message.quoted_message_id else None

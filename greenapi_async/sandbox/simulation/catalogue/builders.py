"""Building blocks of the catalogue: a content in the envelope of `bodies`, then changed.

A change is the difference between two spellings in the manual: a field dropped, moved, or written differently.
"""

from collections.abc import Callable, Mapping
from copy import deepcopy
from random import Random
from typing import Any, Final

import attrs

from greenapi_async.sandbox.payloads.schema import is_group
from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.content import Content
from greenapi_async.sandbox.simulation.files import FileStore
from greenapi_async.sandbox.simulation.ids import incoming_id, number_id, outgoing_id
from greenapi_async.sandbox.simulation.messages import Message

__all__ = [
    "AS_STRINGS",
    "CONTACT",
    "GROUP",
    "INCOMING",
    "NO_CHAT_NAME",
    "WEBHOOKS",
    "BodyFactory",
    "Change",
    "ContentFactory",
    "NotificationContext",
    "Variants",
    "as_strings",
    "drop",
    "message_with",
    "move",
    "put",
    "with_changes",
]

CONTACT: Final = "79001234568@c.us"
GROUP: Final = "120363347693198097@g.us"
NUMBERED: Final = {CONTACT: "201234568", GROUP: "-69120363347693"}
"""Chat ids of MAX and Telegram for the same person and group."""
INCOMING: Final = "incomingMessageReceived"
WEBHOOKS: Final = (INCOMING, "outgoingMessageReceived", "outgoingAPIMessageReceived")
"""The types of notifications that carry a message."""


@attrs.frozen(kw_only=True)
class NotificationContext:
    """The circumstances of a notification.

    Attributes:
        account: The instance and its account.
        at: When it happens.
        random: Source of ids.
        files: Where the files of messages are stored.
        chat_id: The chat; None is the contact or the group of the manual's examples.
        type_webhook: The notification that carries a message.
    """

    account: Account
    at: int
    random: Random = attrs.field(repr=False)
    files: FileStore = attrs.field(repr=False)
    chat_id: str | None = None
    type_webhook: str = INCOMING

    @property
    def instance(self) -> dict[str, Any]:
        """The `instanceData`."""
        return self.account.instance_data()

    @property
    def phone(self) -> int | None:
        """The author's phone number, in the notifications of MAX and Telegram."""
        author = self.account.phone if self.type_webhook != INCOMING else CONTACT.partition("@")[0]
        return int(author) if self.account.messenger.has_numbers else None

    def example(self, chat_id: str) -> str:
        """Return the number that MAX and Telegram have in place of a chat id of the manual's examples."""
        return NUMBERED.get(chat_id, chat_id) if self.account.messenger.has_numbers else chat_id

    def new_id(self, *, incoming: bool) -> str:
        """Generate the id of a message."""
        if self.account.messenger.has_numbers:
            return str(number_id(self.account.messenger, self.at) + self.random.randrange(1000))
        return (incoming_id if incoming else outgoing_id)(self.random)


BodyFactory = Callable[[NotificationContext], dict[str, Any]]
Variants = Mapping[str, BodyFactory]
ContentFactory = Callable[[NotificationContext], Content]
Change = Callable[[dict[str, Any]], None]


def message_with(
    content: ContentFactory, *changes: Change, quoting: ContentFactory | None = None, chat_id: str = CONTACT
) -> BodyFactory:
    """Return a factory of the notification of a message.

    Args:
        content: The factory of the message's content.
        changes: Changes of the body, applied in order.
        quoting: The factory of the content of the quoted message, if it quotes one.
        chat_id: The chat, unless the context names one.
    """

    def build(context: NotificationContext) -> dict[str, Any]:
        chat = context.chat_id or context.example(chat_id)
        sent = _message(context, content, chat)
        quoted = None if quoting is None else _message(context, quoting, chat)
        name = "Махловка, рисование 4-6" if is_group(chat) else "Иван"
        return bodies.message(
            context.type_webhook, context.instance, sent, chat_name=name, quoted=quoted, phone=context.phone
        )

    return with_changes(build, *changes)


def with_changes(build: BodyFactory, *changes: Change) -> BodyFactory:
    """Return a factory whose bodies are changed.

    Args:
        build: The factory of the unchanged bodies.
        changes: Changes of the body, applied in order.
    """

    def changed(context: NotificationContext) -> dict[str, Any]:
        body = deepcopy(build(context))
        for change in changes:
            change(body)
        return body

    return changed


def drop(*paths: str) -> Change:
    """Return a change that removes fields."""

    def change(body: dict[str, Any]) -> None:
        for path in paths:
            holder, name = _field(body, path)
            del holder[name]

    return change


def put(path: str, value: Any) -> Change:
    """Return a change that sets a field.

    Args:
        path: The names from the top, separated by dots.
        value: The new value.
    """

    def change(body: dict[str, Any]) -> None:
        holder, name = _field(body, path)
        holder[name] = deepcopy(value)

    return change


def move(*paths: tuple[str, str]) -> Change:
    """Return a change that moves or renames fields, each given by its old and its new path."""

    def change(body: dict[str, Any]) -> None:
        for old, new in paths:
            holder, name = _field(body, old)
            target, new_name = _field(body, new)
            target[new_name] = holder.pop(name)

    return change


def as_strings(*paths: str) -> Change:
    """Return a change that writes numbers as strings."""

    def change(body: dict[str, Any]) -> None:
        for path in paths:
            holder, name = _field(body, path)
            if name in holder:
                holder[name] = str(holder[name])

    return change


AS_STRINGS: Final = as_strings("instanceData.idInstance", "timestamp")
NO_CHAT_NAME: Final = drop("senderData.chatName")


def _field(body: dict[str, Any], path: str) -> tuple[dict[str, Any], str]:
    *parents, name = path.split(".")
    for parent in parents:
        body = body[parent]
    return body, name


def _message(context: NotificationContext, content: ContentFactory, chat_id: str) -> Message:
    incoming = context.type_webhook == INCOMING
    author = context.example(CONTACT) if is_group(chat_id) else chat_id
    return Message(
        id_message=context.new_id(incoming=incoming),
        chat_id=chat_id,
        type="incoming" if incoming else "outgoing",
        content=content(context),
        sender=author if incoming else context.account.chat_id,
        sender_name="Иван",
        sender_contact_name="Иван Васильевич" if incoming else "",
        timestamp=context.at,
    )

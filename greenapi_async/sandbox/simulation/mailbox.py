"""The chats of an instance: what stands in them, and what is told of it."""

import attrs

from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.content import Content
from greenapi_async.sandbox.simulation.files import FileStore
from greenapi_async.sandbox.simulation.ids import outgoing_id
from greenapi_async.sandbox.simulation.messages import Chat, Message
from greenapi_async.sandbox.simulation.people import People
from greenapi_async.sandbox.simulation.quotas import Quotas, Tariff

LINKED = frozenset({"authorized", "yellowCard", "sleepMode", "starting"})
"""The states in which WhatsApp still knows the instance as a device of the account."""
POLLS = frozenset({"pollMessage", "pollUpdateMessage"})


@attrs.define(eq=False, kw_only=True)
class Mailbox(People):
    """An instance with chats, in which nobody does anything yet."""

    files: FileStore = attrs.field(repr=False)
    owner_name: str = "Иван"
    chats: dict[str, Chat] = attrs.field(factory=dict[str, Chat], init=False, repr=False)
    undelivered: list[Message] = attrs.field(factory=list[Message], init=False, repr=False)
    """What was sent and never reached its chat."""
    quotas: Quotas = attrs.field(factory=lambda: Quotas("business"), init=False, repr=False)

    @property
    def tariff(self) -> Tariff:
        """What the month's quotas are those of; may be set."""
        return self.quotas.tariff

    @tariff.setter
    def tariff(self, tariff: Tariff) -> None:
        self.quotas.tariff = tariff

    def chat(self, chat_id: str) -> list[Message]:
        """Give what stands in a chat, both ways, oldest first."""
        self.settle()
        return list(self.chats[chat_id].messages) if chat_id in self.chats else []

    def meet(self, chat_id: str, name: str = "") -> None:
        """Begin an empty chat with somebody, who calls themselves this."""
        self.settle()
        chat = self._chat(chat_id)
        if name:
            self.names[chat_id] = name
            chat.name = self.address_book.name(chat_id) or name
        self._changed()

    def journal(self) -> list[Message]:
        """Give every message that the journals show, newest first."""
        self.settle()
        ours = [message for chat in self.chats.values() for message in chat.messages]
        hidden = {id_message for marks in self._marks.values() for id_message in marks.hidden}
        every = (*ours, *self.undelivered)
        shown = [message for message in every if message.in_journal and message.id_message not in hidden]
        return sorted(shown, key=lambda message: message.timestamp)[::-1]

    def quoted_by(self, message: Message) -> Message | None:
        """Find what a message quotes."""
        chat = self.chats.get(message.chat_id)
        return chat.find(message.quoted_message_id) if chat and message.quoted_message_id else None

    def _chat(self, chat_id: str) -> Chat:
        return self.chats.setdefault(chat_id, Chat(chat_id, chat_id.partition("@")[0]))

    def _outgoing(self, chat_id: str, content: Content, quoted: str | None, *, by_api: bool) -> Message:
        return Message(
            id_message=outgoing_id(self.random),
            chat_id=chat_id,
            type="outgoing",
            content=content,
            sender=self.wid,
            sender_name=self.owner_name,
            quoted_message_id=quoted,
            by_api=by_api,
        )

    def _post(self, chat: Chat, message: Message, type_webhook: str, switch: str, *, lost: bool = False) -> None:
        message.timestamp = message.acted_at = int(self._settled_at)
        if group := self.groups.get(chat.chat_id):
            chat.name = group.subject
        quoted = self.quoted_by(message)
        type_message = message.content.flat()["typeMessage"]
        if lost:
            self.undelivered.append(message)
        elif type_message not in {"editedMessage", "deletedMessage"}:
            chat.messages.append(message)
        if message.type == "incoming":
            message.in_journal = self.settings["incomingWebhook"] == "yes"
        if self.state not in LINKED or (type_message in POLLS and self.settings["pollMessageWebhook"] != "yes"):
            self._changed()
        elif self.quotas.meet(chat.chat_id, self._settled_at):
            told = bodies.message(type_webhook, self._who(), message, chat_name=chat.name, quoted=quoted)
            self._tell(switch, told)
        else:
            self._tell_quota()

    def _mark(self, message: Message, status: str, description: str | None = None) -> None:
        message.status = status
        message.acted_at = int(self._settled_at)
        body = bodies.status(self._who(), message, self._settled_at, description)
        if status in {"failed", "noAccount"}:
            self._tell(None, body)
        elif self.state in LINKED and (message.by_api or self.settings["outgoingMessageWebhook"] == "yes"):
            self._tell("outgoingWebhook", body)

    def _tell_quota(self) -> None:
        status = self.quotas.chats_status("CORRESPONDENTS_QUOTA_EXCEEDED", ", ")
        self._tell(None, bodies.quota_exceeded(self._who(), status, self._settled_at))

    def _who(self) -> dict[str, object]:
        return bodies.instance_data(self.id_instance, self.wid)

"""One instance with its messages: what programs send through the API, and what people do on their phones."""

from collections import deque
from collections.abc import Iterator, Mapping
from random import Random
from typing import Any

import attrs

from greenapi_async.sandbox import bodies
from greenapi_async.sandbox.calls import LoggedCall
from greenapi_async.sandbox.content import Content, TextContent
from greenapi_async.sandbox.faults import Fault, FaultPlan
from greenapi_async.sandbox.identity import incoming_id, outgoing_id
from greenapi_async.sandbox.lifecycle import Event, Lifecycle
from greenapi_async.sandbox.messages import Chat, Message
from greenapi_async.sandbox.outbox import Outbox, Queued
from greenapi_async.sandbox.pace import Pace
from greenapi_async.sandbox.schema import CHAT_ID

GROUP_MEMBER = "79001234568@c.us"
LINKED = frozenset({"authorized", "yellowCard", "sleepMode", "starting"})
"""The states in which WhatsApp still knows the instance as a device of the account."""


@attrs.define(eq=False, kw_only=True)
class Instance(Lifecycle):
    """A WhatsApp account behind the gateway, and the phones around it."""

    random: Random = attrs.field(repr=False)
    owner_name: str = "Иван"
    no_account: set[str] = attrs.field(factory=set[str], init=False, repr=False)
    """Chats whose number has no WhatsApp account."""
    outbox: Outbox = attrs.field(factory=Outbox, init=False, repr=False)
    chats: dict[str, Chat] = attrs.field(factory=dict[str, Chat], init=False, repr=False)
    names: dict[str, str] = attrs.field(factory=dict[str, str], init=False, repr=False)
    """The name that each contact gave to itself."""
    faults: FaultPlan = attrs.field(factory=FaultPlan, init=False, repr=False)
    calls: deque[LoggedCall] = attrs.field(factory=lambda: deque[LoggedCall](maxlen=1000), init=False, repr=False)
    pace: Pace = attrs.field(factory=Pace, init=False, repr=False)

    def send(self, method: str, body: Mapping[str, Any], content: Content) -> str:
        """Queue a message to be sent, and give its id; `body` is what the queue will show."""
        self.settle()
        message = self._outgoing(body["chatId"], content, body.get("quotedMessageId"), by_api=True)
        self.outbox.add(Queued(message, method, body, self._settled_at))
        self.settle()
        self._changed()
        return message.id_message

    def receive(self) -> dict[str, Any] | None:
        """Serve the oldest notification with its receipt."""
        self.settle()
        return self.notifications.serve()

    def delete(self, receipt_id: int) -> bool:
        """Remove a served notification; waiting polls get the next one."""
        self.settle()
        deleted = self.notifications.delete(receipt_id)
        self._changed()
        return deleted

    def contact_writes(
        self,
        chat_id: str,
        text: str,
        *,
        sender_name: str | None = None,
        sender: str | None = None,
        contact_name: str = "",
        quoted_message_id: str | None = None,
    ) -> str:
        """Let a contact write, and give the message's id; in a group, `sender` is the member that writes."""
        self.settle()
        chat = self._open(chat_id, text, quoted_message_id)
        group = chat_id.endswith("@g.us")
        author = (sender or GROUP_MEMBER) if group else chat_id
        name = self.names.get(author, author.partition("@")[0]) if sender_name is None else sender_name
        self.names[author] = name
        if not group:
            chat.name = contact_name or name
        message = Message(
            id_message=incoming_id(self.random),
            chat_id=chat_id,
            type="incoming",
            content=TextContent(text),
            sender=author,
            sender_name=name,
            sender_contact_name=contact_name,
            quoted_message_id=quoted_message_id,
        )
        self._post(chat, message, "incomingMessageReceived", "incomingWebhook")
        return message.id_message

    def phone_writes(self, chat_id: str, text: str, *, quoted_message_id: str | None = None) -> str:
        """Let the account's owner write from the phone, and give the message's id."""
        self.settle()
        chat = self._open(chat_id, text, quoted_message_id)
        message = self._outgoing(chat_id, TextContent(text), quoted_message_id, by_api=False)
        self._post(chat, message, "outgoingMessageReceived", "outgoingMessageWebhook")
        self._mark(message, "sent")
        if chat_id != self.wid:
            self._mark(message, "delivered")
        return message.id_message

    def contact_reads(self, chat_id: str) -> list[str]:
        """Let the contact read the chat, and give the ids of the messages that were unread."""
        unread = [message for message in self.chat(chat_id) if message.status == "delivered"]
        for message in unread:
            self._mark(message, "read")
        return [message.id_message for message in unread]

    def chat(self, chat_id: str) -> list[Message]:
        """Give what stands in a chat, both ways, oldest first."""
        self.settle()
        return list(self.chats[chat_id].messages) if chat_id in self.chats else []

    def fail(self, method: str, fault: Fault, times: int = 1) -> None:
        """Let the next calls of a method go wrong; `*` is any method."""
        self.faults.add(method, fault, times)

    def clear_faults(self) -> None:
        """Let everything go well again."""
        self.faults.clear()

    def settle(self) -> None:
        """Make everything happen that was due by now."""
        super().settle()
        self.outbox.drop_expired(self._settled_at)

    def _events(self) -> Iterator[Event]:
        yield from super()._events()
        delay = self.settings["delaySendMessagesMilliseconds"] / 1000
        if self.state == "authorized" and (due := self.outbox.due(delay)) is not None:
            yield due, self._leave

    def _leave(self) -> None:
        message = self.outbox.leave(self._settled_at)
        if message is None:
            return
        if message.chat_id in self.no_account:
            self._mark(message, "noAccount")
            return
        chat = self._chat(message.chat_id)
        # The manual: a message that quotes a wrong id is accepted, and never reaches the contact.
        lost = message.quoted_message_id is not None and chat.find(message.quoted_message_id) is None
        self._post(chat, message, "outgoingAPIMessageReceived", "outgoingAPIMessageWebhook", lost=lost)
        self._mark(message, "sent")
        if not lost and message.chat_id != self.wid:
            self._mark(message, "delivered")

    def _open(self, chat_id: str, text: str, quoted_message_id: str | None) -> Chat:
        if not CHAT_ID.fullmatch(chat_id):
            raise ValueError("'chatId' must be one of the next formats: 'phone_number@c.us' or 'group_id@g.us'")
        if not text:
            raise ValueError("'text' is not allowed to be empty")
        chat = self._chat(chat_id)
        if quoted_message_id is not None and chat.find(quoted_message_id) is None:
            raise ValueError("'quotedMessageId' must be the id of a message in this chat")
        return chat

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
        message.timestamp = int(self._settled_at)
        quoted = chat.find(message.quoted_message_id)
        if not lost:
            chat.messages.append(message)
        if self.state in LINKED:
            who = bodies.instance_data(self.id_instance, self.wid)
            self._tell(switch, bodies.message(type_webhook, who, message, chat_name=chat.name, quoted=quoted))

    def _mark(self, message: Message, status: str) -> None:
        message.status = status
        who = bodies.instance_data(self.id_instance, self.wid)
        body = bodies.status(who, message, self._settled_at)
        if status in {"failed", "noAccount"}:
            self._tell(None, body)
        elif self.state in LINKED and (message.by_api or self.settings["outgoingMessageWebhook"] == "yes"):
            self._tell("outgoingWebhook", body)

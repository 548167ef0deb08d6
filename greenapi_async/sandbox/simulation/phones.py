"""What happens on the phones: those of the contacts, and the one of the account's owner."""

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from greenapi_async.sandbox.payloads.schema import CHAT_ID, complaint
from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.actions import ACTS, SCHEMA, Scene
from greenapi_async.sandbox.simulation.catalogue import Stage, produced
from greenapi_async.sandbox.simulation.content import Content
from greenapi_async.sandbox.simulation.ids import incoming_id
from greenapi_async.sandbox.simulation.mailbox import LINKED, Mailbox
from greenapi_async.sandbox.simulation.messages import Chat, Message
from greenapi_async.sandbox.simulation.phone_calls import INCOMING, OUTGOING, PhoneCall


@attrs.define(eq=False, kw_only=True)
class Phones(Mailbox):
    """An instance with chats in which people do things, and no API yet."""

    phone_calls: list[PhoneCall] = attrs.field(factory=list[PhoneCall], init=False, repr=False)

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
        return self.contact_sends(
            chat_id,
            {"text": text},
            sender_name=sender_name,
            sender=sender,
            contact_name=contact_name,
            quoted_message_id=quoted_message_id,
        )

    def contact_sends(
        self,
        chat_id: str,
        what: Mapping[str, Any],
        *,
        sender_name: str | None = None,
        sender: str | None = None,
        contact_name: str = "",
        quoted_message_id: str | None = None,
    ) -> str:
        """Let a contact do one of the acts in `acts.ACTS`, such as `{"poll": {...}}`, and give the message's id."""
        self.settle()
        chat = self._open(chat_id, quoted_message_id)
        group = chat_id.endswith("@g.us")
        author = self._enter_group(chat_id, sender) if group else chat_id
        content = self._done(chat, author, what)
        name = self.names.get(author, author.partition("@")[0]) if sender_name is None else sender_name
        self.names[author] = name
        if contact_name:
            self.address_book.save(author, contact_name)
        contact_name = self.address_book.name(author)
        if not group:
            chat.name = contact_name or name
        message = Message(
            id_message=incoming_id(self.random),
            chat_id=chat_id,
            type="incoming",
            content=content,
            sender=author,
            sender_name=name,
            sender_contact_name=contact_name,
            quoted_message_id=quoted_message_id,
        )
        self._post(chat, message, "incomingMessageReceived", "incomingWebhook")
        return message.id_message

    def phone_writes(self, chat_id: str, text: str, *, quoted_message_id: str | None = None) -> str:
        """Let the account's owner write from the phone, and give the message's id."""
        return self.phone_sends(chat_id, {"text": text}, quoted_message_id=quoted_message_id)

    def phone_sends(self, chat_id: str, what: Mapping[str, Any], *, quoted_message_id: str | None = None) -> str:
        """Let the owner do one of the acts in `acts.ACTS` on the phone, and give the message's id."""
        self.settle()
        chat = self._open(chat_id, quoted_message_id)
        if chat_id.endswith("@g.us"):
            self._enter_group(chat_id, self.wid)
        content = self._done(chat, self.wid, what)
        message = self._outgoing(chat_id, content, quoted_message_id, by_api=False)
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

    def contact_calls(self, chat_id: str, status: str = "offer", *, is_video: bool = False) -> str:
        """Let a contact call, and give the call's id; another status than `offer` is how the call ends, at once."""
        _check(status, INCOMING)
        ends = () if status == "offer" else (status,)
        return self._call("incoming", chat_id, ("offer", *ends), is_video=is_video)

    def call_ends(self, id_message: str, status: str) -> None:
        """Let an incoming call end: picked up, hung up, missed or declined."""
        _check(status, INCOMING[1:])
        self.settle()
        call = next((call for call in self.phone_calls if call.id_message == id_message), None)
        if call is None:
            raise ValueError("'idMessage' must be the id of a call")
        self._tell_call(call, status)

    def phone_calls_out(
        self, chat_id: str, status: str = "pickUp", *, is_video: bool = False, duration: int = 0
    ) -> str:
        """Let the owner call somebody from the phone, and give the call's id."""
        _check(status, OUTGOING)
        return self._call("outgoing", chat_id, (status,), is_video=is_video, duration=duration)

    def produce(self, kind: str, *, variant: str | None = None, **fields: Any) -> str:
        """Queue a notification of `catalogue.KINDS`, whatever the settings say, and give its `idMessage` if it has one.

        Each of `fields` replaces the one of that name in the body, as in `produce("textMessage", textMessage="hi")`.
        Nothing but the notification comes of it: what it tells of stands in no chat and no journal.
        """
        self.settle()
        stage = Stage(
            id_instance=self.id_instance,
            wid=self.wid,
            at=int(self._settled_at),
            random=self.random,
            files=self.files,
        )
        body = produced(stage, kind, variant, fields)
        self._tell(None, body)
        return str(body.get("idMessage", ""))

    def _call(
        self,
        way: Literal["incoming", "outgoing"],
        chat_id: str,
        statuses: tuple[str, ...],
        *,
        is_video: bool,
        duration: int = 0,
    ) -> str:
        self.settle()
        self._open(chat_id, None)
        call = PhoneCall(
            id_message=incoming_id(self.random),
            type=way,
            chat_id=chat_id,
            timestamp=int(self._settled_at),
            status=statuses[0],
            is_video=is_video,
            duration=duration,
        )
        self.phone_calls.append(call)
        for status in statuses:
            self._tell_call(call, status)
        return call.id_message

    def _tell_call(self, call: PhoneCall, status: str) -> None:
        call.status = status
        switches = ("incomingWebhook", "incomingCallWebhook") if call.type == "incoming" else ("outgoingCallWebhook",)
        if self.state in LINKED and all(self.settings.get(switch) == "yes" for switch in switches):
            self._tell(None, bodies.event(f"{call.type}Call", self._who(), call.told(status), self._settled_at))

    def _done(self, chat: Chat, author: str, what: Mapping[str, Any]) -> Content:
        if wrong := complaint(SCHEMA, what):
            raise ValueError(wrong)
        if len(what) != 1:
            raise ValueError(f"there must be one of [{', '.join(ACTS)}]")
        [(name, value)] = what.items()
        return ACTS[name].perform(Scene(chat, author, self.files), value)

    def _open(self, chat_id: str, quoted_message_id: str | None) -> Chat:
        if not CHAT_ID.fullmatch(chat_id):
            raise ValueError("'chatId' must be one of the next formats: 'phone_number@c.us' or 'group_id@g.us'")
        chat = self._chat(chat_id)
        if quoted_message_id is not None and chat.find(quoted_message_id) is None:
            raise ValueError("'quotedMessageId' must be the id of a message in this chat")
        return chat


def _check(status: str, known: tuple[str, ...]) -> None:
    if status not in known:
        raise ValueError(f"'status' must be one of [{', '.join(known)}]")

"""The send queue: messages leave one at a time, separated by the sending delay.

Messages are sent while the instance is authorized, and dropped after 24 hours.

Source: manual 1.3.6 and the setting `delaySendMessagesMilliseconds`.
"""

from collections import deque
from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.payloads.schema import is_group
from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.chats import Chats
from greenapi_async.sandbox.simulation.content import Content
from greenapi_async.sandbox.simulation.groups import Groups
from greenapi_async.sandbox.simulation.ids import MessageIds
from greenapi_async.sandbox.simulation.lifecycle import Lifecycle
from greenapi_async.sandbox.simulation.limits import QUOTAS, RETENTION_SECONDS, Quota
from greenapi_async.sandbox.simulation.mailbox import Mailbox
from greenapi_async.sandbox.simulation.messages import Message
from greenapi_async.sandbox.simulation.people import People
from greenapi_async.sandbox.simulation.quotas import Quotas
from greenapi_async.sandbox.simulation.statuses import OwnStatus, Statuses
from greenapi_async.sandbox.simulation.timeline import Event, Timeline

__all__ = ["Outbox", "Queued"]


@attrs.frozen
class Queued:
    """A queued message with the method and the parameters that queued it."""

    message: Message
    method: str
    body: Mapping[str, Any]
    queued_at: float


@attrs.define(eq=False, kw_only=True)
class Outbox:
    """The messages that wait to be sent; iteration yields them in order."""

    _account: Account = attrs.field(alias="account", repr=False)
    _timeline: Timeline = attrs.field(alias="timeline", repr=False)
    _settings: Mapping[str, Any] = attrs.field(alias="settings", repr=False)
    _lifecycle: Lifecycle = attrs.field(alias="lifecycle", repr=False)
    _mailbox: Mailbox = attrs.field(alias="mailbox", repr=False)
    _chats: Chats = attrs.field(alias="chats", repr=False)
    _people: People = attrs.field(alias="people", repr=False)
    _groups: Groups = attrs.field(alias="groups", repr=False)
    _statuses: Statuses = attrs.field(alias="statuses", repr=False)
    _quotas: Quotas = attrs.field(alias="quotas", repr=False)
    _ids: MessageIds = attrs.field(alias="ids", repr=False)
    _waiting: deque[Queued] = attrs.field(factory=deque[Queued], init=False)
    _last_sent_at: float | None = attrs.field(default=None, init=False, repr=False)

    def __attrs_post_init__(self) -> None:
        self._timeline.add_source(self._events)
        self._timeline.add_expiry(self._drop_expired)

    def __len__(self) -> int:
        return len(self._waiting)

    def __iter__(self) -> Iterator[Queued]:
        return iter(self._waiting)

    def send(self, method: str, body: Mapping[str, Any], content: Content, *, called: str | None = None) -> str:
        """Queue a message of the account.

        Args:
            method: The method that the queue shows.
            body: The parameters that the queue shows; `chatId` and `quotedMessageId` are read from it.
            content: What the message says.
            called: The method that was called, if not `method`.

        Returns:
            The id of the message.

        Raises:
            QuotaExceeded: The chat is not one of those that the tariff allows.
        """
        self._timeline.settle()
        chat_id, called = body["chatId"], called or method
        if not self._quotas.admit_chat(chat_id, self._timeline.now):
            self._mailbox.report_quota()
            raise self._quotas.chat_rejection(called, QUOTAS.get(called, Quota()))
        message = self._mailbox.compose(chat_id, content, body.get("quotedMessageId"), by_api=True)
        return self.enqueue(message, method, body)

    def forward(self, body: Mapping[str, Any]) -> list[str]:
        """Queue copies of messages from another chat.

        Args:
            body: The parameters of `forwardMessages`.

        Returns:
            The ids of the copies; an unknown id gets one too, although nothing is sent for it.
        """
        self._timeline.settle()
        source = self._chats.get(body["chatIdFrom"])
        found = [source.find(id_message) if source else None for id_message in body["messages"]]
        return [
            self.send("ForwardMessages", body, message.content.as_forwarded(), called="forwardMessages")
            if message
            else self.new_id(body["chatId"])
            for message in found
        ]

    def enqueue(self, message: Message, method: str, body: Mapping[str, Any]) -> str:
        """Append a message to the queue.

        Args:
            message: The message.
            method: The method that the queue shows.
            body: The parameters that the queue shows.

        Returns:
            The id of the message.
        """
        self._timeline.settle()
        self._waiting.append(Queued(message, method, body, self._timeline.now))
        self._timeline.settle()
        self._timeline.changes.notify()
        return message.id_message

    def new_id(self, chat_id: str) -> str:
        """Return a new id of an outgoing message."""
        return self._ids.new(chat_id, incoming=False)

    def clear(self) -> None:
        """Remove every queued message."""
        self._waiting.clear()

    def _events(self) -> Iterator[Event]:
        if not self._waiting or self._lifecycle.state not in {"authorized", "suspended"}:
            return
        due = self._waiting[0].queued_at
        if self._last_sent_at is not None:
            due = max(due, self._last_sent_at + self._settings["delaySendMessagesMilliseconds"] / 1000)
        yield due, self._send_head

    def _send_head(self) -> None:
        now = self._timeline.now
        queued = self._waiting.popleft()
        if now - queued.queued_at > RETENTION_SECONDS:
            return
        self._last_sent_at = now
        message = queued.message
        if isinstance(message, OwnStatus):
            self._statuses.publish(message)
        elif is_group(message.chat_id) and (error := self._groups.send_error(message.chat_id)):
            self._reject(message, "failed", error)
        elif not self._people.has_account(message.chat_id):
            about = "the receiver has no account" if self._account.messenger.has_numbers else None
            self._reject(message, "noAccount", about)
        else:
            self._deliver(message)

    def _reject(self, message: Message, status: str, description: str | None = None) -> None:
        message.timestamp = int(self._timeline.now)
        self._chats.undelivered.append(message)
        self._mailbox.set_status(message, status, description)

    def _deliver(self, message: Message) -> None:
        chat = self._chats.open(message.chat_id)
        # The manual: a message that quotes a wrong id is accepted and never reaches the contact.
        lost = message.quoted_message_id is not None and chat.find(message.quoted_message_id) is None
        self._mailbox.post(chat, message, "api", lost=lost)
        self._mailbox.set_status(message, "sent")
        if not lost and message.chat_id != self._account.chat_id:
            self._mailbox.set_status(message, "delivered")

    def _drop_expired(self, now: float) -> None:
        while self._waiting and now - self._waiting[0].queued_at > RETENTION_SECONDS:
            self._waiting.popleft()

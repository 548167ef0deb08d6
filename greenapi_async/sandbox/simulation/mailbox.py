"""Message delivery: messages enter their chats, and notifications about them are queued.

A notification depends on the settings of the instance, on its state, and on the tariff's chats of the month: beyond
those, the developer tariff reports the quota instead of the message.
"""

from collections.abc import Mapping
from typing import Any, Literal

import attrs

from greenapi_async.sandbox.simulation import bodies
from greenapi_async.sandbox.simulation.account import Account
from greenapi_async.sandbox.simulation.chats import Chats
from greenapi_async.sandbox.simulation.content import ContactContent, Content
from greenapi_async.sandbox.simulation.groups import Groups
from greenapi_async.sandbox.simulation.ids import MessageIds
from greenapi_async.sandbox.simulation.lifecycle import Lifecycle
from greenapi_async.sandbox.simulation.messages import Chat, Message
from greenapi_async.sandbox.simulation.messengers import TELEGRAM
from greenapi_async.sandbox.simulation.notifications import NotificationQueue
from greenapi_async.sandbox.simulation.people import People
from greenapi_async.sandbox.simulation.quotas import Quotas
from greenapi_async.sandbox.simulation.timeline import Timeline

__all__ = ["Mailbox"]

_POLLS = frozenset({"pollMessage", "pollUpdateMessage"})
_CATALOG = frozenset({"productMessage", "orderMessage"})
_CHANGES = frozenset({"editedMessage", "deletedMessage"})
"""Messages of these types change another message and are not stored themselves."""

_SENT = ("outgoingWebhook", "outgoingMessageWebhook", "outgoingAPIMessageWebhook")
_Source = Literal["contact", "phone", "api"]
_NOTIFICATIONS: Mapping[_Source, tuple[str, str]] = {
    "contact": ("incomingMessageReceived", "incomingWebhook"),
    "phone": ("outgoingMessageReceived", "outgoingMessageWebhook"),
    "api": ("outgoingAPIMessageReceived", "outgoingAPIMessageWebhook"),
}
"""By the source of a message: the type of its notification and the setting that turns it on."""


@attrs.define(eq=False, kw_only=True)
class Mailbox:
    """Delivery of messages to and from one account."""

    _account: Account = attrs.field(alias="account")
    _timeline: Timeline = attrs.field(alias="timeline")
    _settings: Mapping[str, Any] = attrs.field(alias="settings")
    _lifecycle: Lifecycle = attrs.field(alias="lifecycle")
    _notifications: NotificationQueue = attrs.field(alias="notifications")
    _quotas: Quotas = attrs.field(alias="quotas")
    _groups: Groups = attrs.field(alias="groups")
    _chats: Chats = attrs.field(alias="chats")
    _people: People = attrs.field(alias="people", repr=False)
    _ids: MessageIds = attrs.field(alias="ids", repr=False)

    def compose(self, chat_id: str, content: Content, quoted_message_id: str | None, *, by_api: bool) -> Message:
        """Create a message from the account.

        Args:
            chat_id: The recipient.
            content: What it says.
            quoted_message_id: The id of the message to quote, or None.
            by_api: Whether it is sent through the API rather than from the phone.
        """
        return Message(
            id_message=self._ids.new(chat_id, incoming=False),
            chat_id=chat_id,
            type="outgoing",
            content=content,
            sender=self._account.chat_id,
            sender_name=self._account.owner_name,
            quoted_message_id=quoted_message_id,
            by_api=by_api,
        )

    def post(self, chat: Chat, message: Message, source: _Source, *, lost: bool = False) -> None:
        """Store a message in its chat and queue its notification.

        Args:
            chat: The chat.
            message: The message; its time is set.
            source: Its origin: a contact, the phone or the API.
            lost: Whether it never reaches the chat.
        """
        message.timestamp = message.updated_at = int(self._timeline.now)
        if group := self._groups.get(chat.chat_id):
            chat.name = group.subject
        quoted = self._chats.quoted_by(message)
        if lost:
            self._chats.undelivered.append(message)
        elif message.type_message not in _CHANGES:
            chat.messages.append(message)
        if message.type == "incoming":
            message.in_journal = self._settings["incomingWebhook"] == "yes"
        if self._is_muted(message) or not self._lifecycle.is_linked:
            self._timeline.changes.notify()
        elif self._quotas.admit_chat(chat.chat_id, self._timeline.now):
            type_webhook, setting = _NOTIFICATIONS[source]
            sender = self._account.instance_data()
            messenger = self._account.messenger
            body = bodies.message(
                type_webhook,
                sender,
                message,
                chat_name=chat.name,
                quoted=quoted,
                phone=self._people.phone_of(message.sender) if messenger.has_numbers else None,
                quotes_beside=messenger.quotes_beside,
            )
            if messenger is TELEGRAM and isinstance(message.content, ContactContent) and message.content.fields:
                body["messageData"]["contactMessageData"] = dict(message.content.fields)
            self._notifications.add(body, setting=setting)
        else:
            self.report_quota()

    def _is_muted(self, message: Message) -> bool:
        if message.type_message in _CATALOG:
            return bool(self._settings.get("catalogWebhook", "no") != "yes")
        return message.type_message in _POLLS and bool(self._settings["pollMessageWebhook"] != "yes")

    def set_status(self, message: Message, status: str, description: str | None = None) -> None:
        """Change the delivery status of an outgoing message and queue its notification.

        Args:
            message: The message.
            status: The new status.
            description: The reason of a failure.
        """
        message.status = status
        message.updated_at = int(self._timeline.now)
        body = bodies.status(self._account.instance_data(), message, self._timeline.now, description)
        if status in {"failed", "noAccount"}:
            self._notifications.add(body)
        elif self._account.messenger.has_numbers and not all(self._settings[name] == "yes" for name in _SENT):
            return  # MAX and Telegram need all three settings
        elif self._lifecycle.is_linked and (message.by_api or self._settings["outgoingMessageWebhook"] == "yes"):
            self._notifications.add(body, setting="outgoingWebhook")

    def report_quota(self) -> None:
        """Queue the notification that the month's chats are used up."""
        status = self._quotas.chats_status("CORRESPONDENTS_QUOTA_EXCEEDED", ", ")
        self._notifications.add(bodies.quota_exceeded(self._account.instance_data(), status, self._timeline.now))

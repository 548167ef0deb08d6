"""One instance: what programs send through the API, among the people around it."""

from collections.abc import Iterator, Mapping
from typing import Any

import attrs

from greenapi_async.sandbox.simulation.call_log import CallLog
from greenapi_async.sandbox.simulation.content import Content
from greenapi_async.sandbox.simulation.faults import Fault, FaultPlan
from greenapi_async.sandbox.simulation.ids import outgoing_id
from greenapi_async.sandbox.simulation.lifecycle import Event
from greenapi_async.sandbox.simulation.limits import QUOTAS, Quota
from greenapi_async.sandbox.simulation.messages import Message
from greenapi_async.sandbox.simulation.outbox import Outbox, Queued
from greenapi_async.sandbox.simulation.rate_limiter import Pace
from greenapi_async.sandbox.simulation.phones import Phones
from greenapi_async.sandbox.simulation.sign_in import SignIn, qr_code
from greenapi_async.sandbox.simulation.statuses import OwnStatus


@attrs.define(eq=False, kw_only=True)
class Instance(Phones):
    """A WhatsApp account behind the gateway, and the phones around it."""

    name: str = ""
    """What the partner that created it called it."""
    outbox: Outbox = attrs.field(factory=Outbox, init=False, repr=False)
    faults: FaultPlan = attrs.field(factory=FaultPlan, init=False, repr=False)
    calls: CallLog = attrs.field(factory=CallLog, init=False, repr=False)
    pace: Pace = attrs.field(factory=Pace, init=False, repr=False)
    sign_in: SignIn = attrs.field(
        default=attrs.Factory(lambda instance: SignIn(instance.token), takes_self=True), init=False, repr=False
    )
    polls_tell_quota: bool = attrs.field(default=False, init=False, repr=False)
    """Whether a poll is answered with a 466, notification and all, once a chat too many was turned away."""
    _cleared_at: float | None = attrs.field(default=None, init=False, repr=False)

    def send(self, method: str, body: Mapping[str, Any], content: Content, *, called: str | None = None) -> str:
        """Queue a message to be sent, and give its id.

        `body` is what the queue will show, and `method` under which name; `called` is the method that was called, where
        that is another.
        """
        self.settle()
        if not self.quotas.meet(body["chatId"], self._settled_at):
            self._tell_quota()
            raise self.quotas.refusal(called or method, QUOTAS.get(called or method, Quota()))
        return self.queue(
            self._outgoing(body["chatId"], content, body.get("quotedMessageId"), by_api=True), method, body
        )

    def forward(self, body: Mapping[str, Any]) -> list[str]:
        """Queue messages of another chat, and give their new ids; a wrong id gets one too, and is never sent."""
        self.settle()
        source = self.chats.get(body["chatIdFrom"])
        found = [source.find(id_message) if source else None for id_message in body["messages"]]
        return [
            self.send("ForwardMessages", body, message.content.forwarded_on(), called="forwardMessages")
            if message
            else outgoing_id(self.random)
            for message in found
        ]

    def queue(self, message: Message, method: str, body: Mapping[str, Any]) -> str:
        """Put a message at the end of those to be sent, and give its id."""
        self.settle()
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

    def clear_notifications(self) -> float:
        """Forget every notification that waits, once a minute; otherwise give the seconds that are left of it."""
        self.settle()
        if self._cleared_at is not None and self._settled_at < self._cleared_at + 60:
            return self._cleared_at + 60 - self._settled_at
        self._cleared_at = self._settled_at
        self.notifications.clear()
        return 0

    def qr(self) -> dict[str, str]:
        """Answer who asks for a QR code."""
        self.settle()
        return qr_code(self.state, self.sign_in.qr_text(self.now))

    def scan(self, text: str | None = None, *, code: str | None = None) -> None:
        """Sign the instance in: the owner's phone scans the picture that says `text`, or the owner types the code."""
        self.settle()
        if self.state != "notAuthorized":
            raise ValueError(f"the instance is {self.state}; only one that is notAuthorized can be signed in")
        if refusal := self.sign_in.refusal(text, code, self.now):
            raise ValueError(refusal)
        self.set_state("authorized")

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
        if isinstance(message, OwnStatus):
            self._publish(message)
            return
        refusal = self._refusal(message.chat_id) if message.chat_id.endswith("@g.us") else None
        if message.chat_id in self.no_account or refusal:
            message.timestamp = int(self._settled_at)
            self.undelivered.append(message)
            self._mark(message, "failed" if refusal else "noAccount", refusal)
            return
        chat = self._chat(message.chat_id)
        # The manual: a message that quotes a wrong id is accepted, and never reaches the contact.
        lost = message.quoted_message_id is not None and chat.find(message.quoted_message_id) is None
        self._post(chat, message, "outgoingAPIMessageReceived", "outgoingAPIMessageWebhook", lost=lost)
        self._mark(message, "sent")
        if not lost and message.chat_id != self.wid:
            self._mark(message, "delivered")

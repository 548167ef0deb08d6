"""Switches: the notification settings of an instance that the handlers of a router need.

A handler needs the switches of its notification classes, and of the message classes that it asks for: votes, edits,
deletions, products and orders have their own. A handler of everything, as ``router.on(BaseNotification)``, takes what
comes and needs none.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from greenapi_async.bots.event import EVENT_TYPES, MESSAGE_TYPES, NOTIFICATION_TYPES
from greenapi_async.bots.registry import HandlerRegistration
from greenapi_async.models.messages import (
    BaseMessage,
    DeletedMessage,
    EditedMessage,
    OrderMessage,
    PollMessage,
    PollUpdateMessage,
    ProductMessage,
)
from greenapi_async.models.notifications import (
    BaseNotification,
    DeviceInfo,
    IncomingBlock,
    IncomingCall,
    IncomingMessageReceived,
    OutgoingAPIMessageReceived,
    OutgoingCall,
    OutgoingMessageReceived,
    OutgoingMessageStatus,
    StateInstanceChanged,
    StatusInstanceChanged,
)

__all__ = ["needed_switches"]

_NOTIFICATIONS: Final[Mapping[type[BaseNotification], tuple[str, ...]]] = {
    IncomingMessageReceived: ("incoming_webhook",),
    OutgoingMessageReceived: ("outgoing_message_webhook",),
    OutgoingAPIMessageReceived: ("outgoing_api_message_webhook",),
    OutgoingMessageStatus: ("outgoing_webhook",),
    StateInstanceChanged: ("state_webhook",),
    StatusInstanceChanged: ("status_instance_webhook",),
    DeviceInfo: ("device_webhook",),
    IncomingCall: ("incoming_webhook", "incoming_call_webhook"),
    OutgoingCall: ("outgoing_call_webhook",),
    IncomingBlock: ("incoming_block_webhook",),
}
_MESSAGES: Final[Mapping[type[BaseMessage], str]] = {
    PollMessage: "poll_message_webhook",
    PollUpdateMessage: "poll_message_webhook",
    EditedMessage: "edited_message_webhook",
    DeletedMessage: "deleted_message_webhook",
    ProductMessage: "catalog_webhook",
    OrderMessage: "catalog_webhook",
}


def needed_switches(handlers: Iterable[HandlerRegistration], *, takeover: bool = False) -> frozenset[str]:
    """Return the settings that must be on for all handlers to be called.

    Args:
        handlers: The handlers.
        takeover: Whether the bot must see what the owner of the account writes on the phone.
    """
    needed = {switch for handler in handlers for switch in _switches(handler)}
    if takeover:
        needed.update(_NOTIFICATIONS[OutgoingMessageReceived])
    return frozenset(needed)


def _switches(handler: HandlerRegistration) -> Iterable[str]:
    if handler.notifications >= NOTIFICATION_TYPES:
        return
    for kind in handler.notifications:
        yield from _NOTIFICATIONS.get(kind, ())
    messages = handler.reachable_messages
    if messages is not None and not messages >= MESSAGE_TYPES - EVENT_TYPES:
        for message in messages:
            if message in _MESSAGES:
                yield _MESSAGES[message]

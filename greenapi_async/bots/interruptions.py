"""Interruptions: messages that go to their handler although an open conversation waits for them."""

from greenapi_async.bots.registry import HandlerRegistration, Registry
from greenapi_async.models.notifications import IncomingMessageReceived
from greenapi_async.processing.waiters import Interruption

__all__ = ["find_interruption"]


def find_interruption(registry: Registry, notification: IncomingMessageReceived) -> Interruption:
    """Return what a message does to the conversation that waits for it.

    Args:
        registry: The registrations of a router.
        notification: The message.

    Returns:
        True or ``"keep"``, as declared by a handler that the message matches; False if there is none.
    """
    kept: Interruption = False
    for one in registry.walk():
        for entry in one.entries:
            if isinstance(entry, HandlerRegistration) and entry.interrupts and _matches(entry, notification):
                if entry.interrupts is True:
                    return True
                kept = entry.interrupts
    return kept


def _matches(handler: HandlerRegistration, notification: IncomingMessageReceived) -> bool:
    return type(notification) in handler.notifications and handler.filter is not None and handler.filter(notification)

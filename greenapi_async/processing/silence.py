"""Silence: whether a handler is not called, because the owner of the account has taken over the chat."""

from greenapi_async.models.notifications import IncomingMessageReceived, Notification
from greenapi_async.processing.instance import Instance
from greenapi_async.processing.item import current_item
from greenapi_async.processing.waiters import Interrupts

__all__ = ["is_silenced"]


async def is_silenced(notification: Notification, interrupts: Interrupts) -> bool:
    """Return whether no handler gets a notification.

    A handler whose conversation has begun continues, and waits where it sends something.

    Args:
        notification: The notification.
        interrupts: Returns whether a message is for a route with ``interrupts=True``, which gets it anyway.
    """
    item = current_item.get()
    if item is None or not isinstance(item.instance, Instance) or not isinstance(notification, IncomingMessageReceived):
        return False
    takeovers, journal = item.instance.waiters.takeovers, item.journal
    if takeovers is None:
        return False
    if not await takeovers.is_silenced(notification) and not item.silenced:
        return False
    if journal is not None:
        await journal.look_back()
        if journal.has_begun:
            return False
    return interrupts(notification) is not True

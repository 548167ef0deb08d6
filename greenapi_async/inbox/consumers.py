"""Registry of the active consumer per (inbox, instance): two at once would both handle every notification."""

from weakref import WeakKeyDictionary, WeakValueDictionary

from greenapi_async.inbox.base import Inbox

__all__ = ["active_consumer", "register_consumer", "unregister_consumer"]

_CONSUMERS: WeakKeyDictionary[Inbox, WeakValueDictionary[int, object]] = WeakKeyDictionary()


def active_consumer(inbox: Inbox, id_instance: int) -> object | None:
    """Return the active consumer, or None if there is none or it was garbage collected."""
    return _CONSUMERS.get(inbox, WeakValueDictionary[int, object]()).get(id_instance)


def register_consumer(inbox: Inbox, id_instance: int, consumer: object) -> None:
    """Make this the active consumer, in place of any other."""
    _CONSUMERS.setdefault(inbox, WeakValueDictionary())[id_instance] = consumer


def unregister_consumer(inbox: Inbox, id_instance: int, consumer: object) -> None:
    """Remove a consumer if it is still the active one."""
    if active_consumer(inbox, id_instance) is consumer:
        del _CONSUMERS[inbox][id_instance]

"""Registry of the active consumer per (inbox, instance): two at once would both handle every notification."""

from weakref import WeakKeyDictionary, WeakValueDictionary

from greenapi_async.inbox.base import Destination, Inbox

__all__ = ["active_consumer", "claim_consumer", "register_consumer", "unregister_consumer"]

_CONSUMERS: WeakKeyDictionary[Destination, WeakValueDictionary[int, object]] = WeakKeyDictionary()


def active_consumer(inbox: Destination, id_instance: int) -> object | None:
    """Return the active consumer of an instance's entries.

    Args:
        inbox: The inbox, compared by identity.
        id_instance: Id of the instance.

    Returns:
        None if there is no consumer, or it was garbage collected.
    """
    return _CONSUMERS.get(inbox, WeakValueDictionary[int, object]()).get(id_instance)


def register_consumer(inbox: Inbox, id_instance: int, consumer: object) -> None:
    """Make this the active consumer, replacing any other.

    Args:
        inbox: The inbox, compared by identity.
        id_instance: Id of the instance.
        consumer: The new consumer; only a weak reference is kept.
    """
    _CONSUMERS.setdefault(inbox, WeakValueDictionary())[id_instance] = consumer


def unregister_consumer(inbox: Inbox, id_instance: int, consumer: object) -> None:
    """Remove a consumer, unless another has replaced it.

    Args:
        inbox: The inbox, compared by identity.
        id_instance: Id of the instance.
        consumer: The consumer to remove.
    """
    if active_consumer(inbox, id_instance) is consumer:
        del _CONSUMERS[inbox][id_instance]


def claim_consumer(inbox: Inbox, id_instance: int, consumer: object) -> None:
    """Make this the active consumer, unless there is another.

    Args:
        inbox: The inbox, compared by identity.
        id_instance: Id of the instance.
        consumer: The new consumer; only a weak reference is kept.

    Raises:
        RuntimeError: The instance has another consumer.
    """
    active = active_consumer(inbox, id_instance)
    if active is not None and active is not consumer:
        raise RuntimeError(
            f"another process(...) or loop is already consuming the notifications of instance {id_instance} from this "
            "inbox; stop() or aclose() it first"
        )
    register_consumer(inbox, id_instance, consumer)

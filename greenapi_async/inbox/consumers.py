"""Who takes the notifications of which instance out of which inbox: two at once would both handle them."""

from weakref import WeakKeyDictionary, WeakValueDictionary

from greenapi_async.inbox.base import Inbox

__all__ = ["claim", "claimed_by", "give_up"]

_CLAIMS: WeakKeyDictionary[Inbox, WeakValueDictionary[int, object]] = WeakKeyDictionary()


def claimed_by(inbox: Inbox, id_instance: int) -> object | None:
    """Give who takes them."""
    return _CLAIMS.get(inbox, WeakValueDictionary[int, object]()).get(id_instance)


def claim(inbox: Inbox, id_instance: int, owner: object) -> None:
    """Take them from now on, whoever did before."""
    _CLAIMS.setdefault(inbox, WeakValueDictionary())[id_instance] = owner


def give_up(inbox: Inbox, id_instance: int, owner: object) -> None:
    """Take them no longer, if nobody else does by now."""
    if claimed_by(inbox, id_instance) is owner:
        del _CLAIMS[inbox][id_instance]

"""Messengers of instances: WhatsApp, MAX and Telegram behind one protocol.

What differs between them on the wire is in ``http/messengers.py``.
"""

import enum

from greenapi_async.errors import InvalidArgumentError

__all__ = ["Messenger", "find_messenger", "parse_messenger"]


class Messenger(enum.StrEnum):
    """Messenger of an instance.

    Attributes:
        WHATSAPP: ``typeInstance`` is ``whatsapp``.
        MAX: ``typeInstance`` is ``v3``.
        TELEGRAM: ``typeInstance`` is ``telegram``.
    """

    WHATSAPP = "whatsapp"
    MAX = "max"
    TELEGRAM = "telegram"


_BY_TYPE_INSTANCE = {"v3": Messenger.MAX, **{messenger.value: messenger for messenger in Messenger}}


def find_messenger(type_instance: str | None) -> Messenger | None:
    """Return the messenger with a name or a ``typeInstance``.

    Args:
        type_instance: For example ``v3``; upper and lower case are the same.

    Returns:
        The messenger, or None if it is unknown.
    """
    return _BY_TYPE_INSTANCE.get(type_instance.strip().lower()) if isinstance(type_instance, str) else None


def parse_messenger(name: str) -> Messenger:
    """Return the messenger with a name or a ``typeInstance`` that a user gave.

    Raises:
        InvalidArgumentError: There is no such messenger.
    """
    messenger = find_messenger(name)
    if messenger is None:
        allowed = ", ".join(repr(each.value) for each in Messenger)
        raise InvalidArgumentError(f"messenger is {name!r}; allowed values: {allowed}, or None if it is not known")
    return messenger

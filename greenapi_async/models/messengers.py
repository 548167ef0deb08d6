"""Messengers of instances: WhatsApp, MAX and Telegram behind one protocol.

What differs between them on the wire is in ``http/messengers.py``.
"""

import enum

__all__ = ["Messenger", "find_messenger"]


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

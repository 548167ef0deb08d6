"""The words the server uses for states and statuses.

These enums are open: a word that is not listed stays the server's own string.
"""

import enum

__all__ = ["InstanceState", "MessageStatus"]


class _OpenEnum(enum.StrEnum):
    @classmethod
    def _missing_(cls, value: object) -> "_OpenEnum | None":
        word = str(value).lower()
        return next((member for member in cls if member.value.lower() == word), None)


class InstanceState(_OpenEnum):
    """The state of an instance. Manual: 1.3.2, GetStateInstance."""

    NOT_AUTHORIZED = "notAuthorized"
    """No phone is linked."""
    AUTHORIZED = "authorized"
    BLOCKED = "blocked"
    """WhatsApp has banned the account."""
    SLEEP_MODE = "sleepMode"
    """Out of use: the phone is switched off."""
    STARTING = "starting"
    """Being started or serviced, up to five minutes."""
    YELLOW_CARD = "yellowCard"
    """Sending is suspended for spam; a reboot is needed."""


class MessageStatus(_OpenEnum):
    """What became of a message that was sent. Manual: 1.3.4, "Статус отправленного сообщения"."""

    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    NO_ACCOUNT = "noAccount"
    """The number has no WhatsApp account."""
    NOT_IN_GROUP = "notInGroup"
    YELLOW_CARD = "yellowCard"
    """Sending is suspended for spam; a reboot is needed."""

"""The words the server uses for states and statuses.

These enums are open: a word that is not listed stays the server's own string.
"""

import enum

__all__ = [
    "CallStatus",
    "ContactType",
    "Direction",
    "InstanceState",
    "MessageStatus",
    "QRType",
    "SocketState",
    "StatusFont",
]


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

    PENDING = "pending"
    """On its way; only in the journals."""
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    NO_ACCOUNT = "noAccount"
    """The number has no WhatsApp account."""
    NOT_IN_GROUP = "notInGroup"
    YELLOW_CARD = "yellowCard"
    """Sending is suspended for spam; a reboot is needed."""


class CallStatus(_OpenEnum):
    """What became of a call. Manual: 1.3.4, "Входящий звонок"."""

    OFFER = "offer"
    """It rings."""
    PICK_UP = "pickUp"
    HANG_UP = "hangUp"
    """Ended, or nobody answered; also read from the spelling ``hungUp``."""
    MISSED = "missed"
    DECLINED = "declined"
    INVALID = "invalid"
    """It could not be put through; only of outgoing calls."""

    @classmethod
    def _missing_(cls, value: object) -> "CallStatus | None":
        word = str(value).lower()
        return next((member for member in cls if member.value.lower() == word.replace("hung", "hang")), None)


class ContactType(_OpenEnum):
    """What a contact or a chat is. Manual: 1.3.10, GetContacts."""

    USER = "user"
    GROUP = "group"


class Direction(_OpenEnum):
    """Which way a message or a call went. Manual: 1.3.5."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class QRType(_OpenEnum):
    """What an answer to the question for a QR code holds. Manual: 1.3.2, QR."""

    QR_CODE = "qrCode"
    """The code itself."""
    ERROR = "error"
    ALREADY_LOGGED = "alreadyLogged"
    """A phone is linked, so there is no code."""
    ACCOUNT_DATA = "accountData"
    """This and the next come over the websocket only."""
    TIMEOUT = "timeout"


class SocketState(_OpenEnum):
    """Whether the instance's connection to WhatsApp is up. Manual: 1.3.4, "Статус сокета инстанса"."""

    ONLINE = "online"
    OFFLINE = "offline"


class StatusFont(_OpenEnum):
    """The fonts of a text status. Manual: 1.3.8, SendTextStatus."""

    SERIF = "SERIF"
    SANS_SERIF = "SANS_SERIF"
    NORICAN_REGULAR = "NORICAN_REGULAR"
    """For Latin letters only."""
    BRYNDAN_WRITE = "BRYNDAN_WRITE"
    OSWALD_HEAVY = "OSWALD_HEAVY"

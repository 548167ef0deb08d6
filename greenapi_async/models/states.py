"""Enums of the server's states and statuses.

The enums are open: a field with a value that is not listed here holds the server's string.
"""

import enum
from typing import Literal, TypeAlias

__all__ = [
    "CallState",
    "CallStatus",
    "ContactType",
    "Direction",
    "InstanceState",
    "MessageStatus",
    "QRType",
    "SocketState",
    "StatusFont",
    "StatusFontName",
]


class _OpenEnum(enum.StrEnum):
    @classmethod
    def _missing_(cls, value: object) -> "_OpenEnum | None":
        lower = str(value).lower()
        return next((member for member in cls if member.value.lower() == lower), None)


class InstanceState(_OpenEnum):
    """State of an instance.

    Attributes:
        NOT_AUTHORIZED: No phone is linked.
        BLOCKED: WhatsApp has banned the account.
        SLEEP_MODE: Outdated; the phone is switched off.
        STARTING: Starting or under maintenance, for up to five minutes.
        YELLOW_CARD: Sending is suspended because of spam; reboot the instance. Servers before 5.44.37.
        SUSPENDED: The same since 5.44.37, until ``WaSettings.suspended_until``; also on MAX and Telegram.
        PENDING_PASSWORD: The password of the two-step verification is awaited; on Telegram.

    Source: manual 1.3.2, GetStateInstance.
    """

    NOT_AUTHORIZED = "notAuthorized"
    AUTHORIZED = "authorized"
    BLOCKED = "blocked"
    SLEEP_MODE = "sleepMode"
    STARTING = "starting"
    YELLOW_CARD = "yellowCard"
    SUSPENDED = "suspended"
    PENDING_PASSWORD = "pendingPassword"  # noqa: S105  a state


class MessageStatus(_OpenEnum):
    """Status of a sent message.

    Attributes:
        PENDING: Being sent; only in the journals.
        NO_ACCOUNT: The number has no WhatsApp account.
        NOT_IN_GROUP: The account is not a member of the group.
        YELLOW_CARD: Sending is suspended because of spam; reboot the instance.
        SUSPENDED: Newer word for the same.

    Source: manual 1.3.4, "Статус отправленного сообщения".
    """

    PENDING = "pending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    NO_ACCOUNT = "noAccount"
    NOT_IN_GROUP = "notInGroup"
    YELLOW_CARD = "yellowCard"
    SUSPENDED = "suspended"


class CallStatus(_OpenEnum):
    """Status of a call.

    Attributes:
        OFFER: Ringing.
        PICK_UP: Answered.
        HANG_UP: Rejected by the called person, or by "do not disturb" on the phone; the spelling ``hungUp`` is accepted
            too.
        MISSED: The caller gave up. Deprecated: newer servers report ``declined``.
        DECLINED: Not answered: the caller gave up, or WhatsApp ended the call after its timeout.
        INVALID: The call could not be connected; only for outgoing calls.

    Source: manual 1.3.4, "Входящий звонок".
    """

    OFFER = "offer"
    PICK_UP = "pickUp"
    HANG_UP = "hangUp"
    MISSED = "missed"
    DECLINED = "declined"
    INVALID = "invalid"

    @classmethod
    def _missing_(cls, value: object) -> "CallStatus | None":
        lower = str(value).lower()
        return next((member for member in cls if member.value.lower() == lower.replace("hung", "hang")), None)


class ContactType(_OpenEnum):
    """Type of a contact or a chat; MAX and Telegram have all of them, WhatsApp the first two.

    Source: manual 1.3.10, GetContacts.
    """

    USER = "user"
    GROUP = "group"
    SUPERGROUP = "supergroup"
    CHANNEL = "channel"
    BOT = "bot"


class CallState(_OpenEnum):
    """State of the instance's voice call.

    Attributes:
        INCOMING: Somebody calls, and it rings here.
        OUTGOING: The other side is being called.
        TALKING: The call was answered.

    Source: the vendor's documentation, beyond the manual.
    """

    IDLE = "idle"
    INCOMING = "inc-call"
    OUTGOING = "out-call"
    TALKING = "on-call"


class Direction(_OpenEnum):
    """Direction of a message or a call. Source: manual 1.3.5."""

    INCOMING = "incoming"
    OUTGOING = "outgoing"


class QRType(_OpenEnum):
    """Content of a QR code answer.

    Attributes:
        QR_CODE: The code itself.
        ALREADY_LOGGED: A phone is already linked, so there is no code.
        ACCOUNT_DATA: A phone was linked; only over the websocket.
        TIMEOUT: Only over the websocket.
        PASSKEY_REQUIRED: WhatsApp asks for the account's passkey, so that the QR code alone does not link the phone.
            The spelling ``PassKeyRequire`` is accepted too.

    Source: manual 1.3.2, QR.
    """

    QR_CODE = "qrCode"
    ERROR = "error"
    ALREADY_LOGGED = "alreadyLogged"
    ACCOUNT_DATA = "accountData"
    TIMEOUT = "timeout"
    PASSKEY_REQUIRED = "passkeyRequired"

    @classmethod
    def _missing_(cls, value: object) -> "QRType | None":
        lower = str(value).lower()
        if lower == "passkeyrequire":
            return cls.PASSKEY_REQUIRED
        return next((member for member in cls if member.value.lower() == lower), None)


class SocketState(_OpenEnum):
    """State of the instance's connection to WhatsApp. Source: manual 1.3.4, "Статус сокета инстанса"."""

    ONLINE = "online"
    OFFLINE = "offline"


StatusFontName: TypeAlias = Literal["SERIF", "SANS_SERIF", "NORICAN_REGULAR", "BRYNDAN_WRITE", "OSWALD_HEAVY"]
"""The values of ``StatusFont``."""


class StatusFont(_OpenEnum):
    """Font of a text status.

    Attributes:
        NORICAN_REGULAR: Latin letters only.

    Source: manual 1.3.8, SendTextStatus.
    """

    SERIF = "SERIF"
    SANS_SERIF = "SANS_SERIF"
    NORICAN_REGULAR = "NORICAN_REGULAR"
    BRYNDAN_WRITE = "BRYNDAN_WRITE"
    OSWALD_HEAVY = "OSWALD_HEAVY"

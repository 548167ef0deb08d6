"""Notifications about the instance. Source: manual 1.3.4, "Прочие"."""

from typing import ClassVar

import attrs

from greenapi_async.models.account import Device
from greenapi_async.models.base import Model
from greenapi_async.models.notifications.base import BaseNotification
from greenapi_async.models.states import InstanceState, SocketState

__all__ = [
    "AvatarInfo",
    "ContactAvatar",
    "DeviceInfo",
    "IncomingBlock",
    "QuotaData",
    "QuotaExceeded",
    "StateInstanceChanged",
    "StatusInstanceChanged",
]


@attrs.frozen(kw_only=True)
class StateInstanceChanged(BaseNotification):
    """The instance's state changed. Source: manual 1.3.4, "Статус инстанса"."""

    type: ClassVar[str] = "stateInstanceChanged"

    state_instance: InstanceState | str | None = None


@attrs.frozen(kw_only=True)
class StatusInstanceChanged(BaseNotification):
    """The instance's connection to WhatsApp changed. Source: manual 1.3.4, "Статус сокета инстанса"."""

    type: ClassVar[str] = "statusInstanceChanged"

    status_instance: SocketState | str | None = None


@attrs.frozen(kw_only=True)
class ContactAvatar(Model):
    """Requested avatar of a contact.

    Attributes:
        url_avatar: Empty if there is no avatar or it is hidden.
        reason: Why the avatar is not available.
    """

    chat_id: str | None = None
    exists_whatsapp: bool | None = None
    url_avatar: str | None = None
    reason: str | None = None


@attrs.frozen(kw_only=True)
class DeviceInfo(BaseNotification):
    """Data of the linked phone or, under the same type, a contact's avatar.

    Source: manual 1.3.4, "Аватар контакта".
    """

    type: ClassVar[str] = "deviceInfo"

    device_data: Device | None = None
    avatar_info: ContactAvatar | None = None


@attrs.frozen(kw_only=True)
class AvatarInfo(BaseNotification):
    """A contact's avatar. Source: the vendor's documentation, beyond the manual."""

    type: ClassVar[str] = "avatarInfo"

    avatar_info: ContactAvatar | None = None


@attrs.frozen(kw_only=True)
class IncomingBlock(BaseNotification):
    """A chat was added to the blocked contacts.

    Attributes:
        chat_id: The blocked chat; an empty string if the server did not name it.
        chat_state: ``blocked``.

    Source: manual 1.3.4, "Входящая блокировка".
    """

    type: ClassVar[str] = "incomingBlock"

    chat_id: str = ""
    chat_state: str | None = None


@attrs.frozen(kw_only=True)
class QuotaData(Model):
    """State of the quota that is used up.

    Attributes:
        method: API method the quota applies to.
        used: Calls used this month.
        total: Calls included per month.
    """

    method: str | None = None
    used: int | None = None
    total: int | None = None
    status: str | None = None
    description: str | None = None


@attrs.frozen(kw_only=True)
class QuotaExceeded(BaseNotification):
    """A quota of the Developer tariff is used up.

    It is recognised by ``quota_data``: some servers call its type ``incomingBlock``.
    """

    type: ClassVar[str] = "quotaExceeded"

    quota_data: QuotaData | None = None

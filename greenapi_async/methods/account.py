"""The instance itself: settings, state, linking a phone, reboot. Manual: 1.3.2."""

from typing import Unpack

from greenapi_async.http.endpoint import Endpoint
from greenapi_async.http.validation import phone
from greenapi_async.methods.base import MethodGroup
from greenapi_async.methods.settings import SETTINGS_LIMITS, SettingsChanges, as_wire
from greenapi_async.models.account import (
    QR,
    AuthorizationCode,
    Logout,
    Reboot,
    SavedSettings,
    Settings,
    StateInstance,
    StateInstanceRecord,
    WaSettings,
)
from greenapi_async.serialization.converter import list_of, object_of, object_or_none

__all__ = [
    "GET_AUTHORIZATION_CODE",
    "GET_SETTINGS",
    "GET_STATE_INSTANCE",
    "GET_STATE_INSTANCE_HISTORY",
    "GET_WA_SETTINGS",
    "LOGOUT",
    "QR_CODE",
    "REBOOT",
    "SET_SETTINGS",
    "Account",
]

GET_SETTINGS = Endpoint("GET", "getSettings", object_of(Settings), per_second=1, idempotent=True, secret=True)
SET_SETTINGS = Endpoint(
    "POST",
    "setSettings",
    object_of(SavedSettings),
    per_second=1,
    secret=True,
    idempotent=False,
    requires_any=True,
    limits=SETTINGS_LIMITS,
)
GET_STATE_INSTANCE = Endpoint("GET", "getStateInstance", object_or_none(StateInstance), per_second=1, idempotent=True)
GET_STATE_INSTANCE_HISTORY = Endpoint(
    "GET", "GetStateInstanceHistory", list_of(StateInstanceRecord), idempotent=True, query=("count",)
)
GET_WA_SETTINGS = Endpoint("GET", "getWaSettings", object_of(WaSettings), per_second=1, idempotent=True)
REBOOT = Endpoint("GET", "reboot", object_of(Reboot), per_second=1, idempotent=False)
LOGOUT = Endpoint("GET", "logout", object_of(Logout), per_second=1, idempotent=False)
QR_CODE = Endpoint("GET", "qr", object_of(QR), per_second=3, idempotent=True)
GET_AUTHORIZATION_CODE = Endpoint(
    "POST",
    "getAuthorizationCode",
    object_of(AuthorizationCode),
    idempotent=True,
    secret=True,
    extra_time=30,
    required=("phoneNumber",),
    limits={"phoneNumber": phone()},
)


class Account(MethodGroup):
    """Methods on the instance itself."""

    async def get_settings(self) -> Settings:
        """Get the instance's settings.

        Manual: 1.3.2, GetSettings.
        """
        return await self._request(GET_SETTINGS, {})

    async def set_settings(self, **settings: Unpack[SettingsChanges]) -> SavedSettings:
        """Change the settings that are given, and leave the others.

        The instance restarts, and the settings apply within five minutes. ``webhook_url=""`` switches pushing off,
        which polling needs. ``delay_send_messages_milliseconds`` is 500 to 86,400,000. Polls are told of only while
        ``incoming_webhook`` (or the outgoing one that fits) is on as well, calls only with ``incoming_webhook``.

        Manual: 1.3.2, SetSettings.
        """
        return await self._request(SET_SETTINGS, as_wire(settings, SET_SETTINGS.name))

    async def get_state_instance(self) -> StateInstance | None:
        """Get the instance's state; None while it is being created, which takes up to five minutes.

        Manual: 1.3.2, GetStateInstance.
        """
        return await self._request(GET_STATE_INSTANCE, {})

    async def get_state_instance_history(self, *, count: int | None = None) -> list[StateInstanceRecord]:
        """List the states the instance was in, ``count`` of them.

        Beyond the manual.
        """
        return await self._request(GET_STATE_INSTANCE_HISTORY, {"count": count})

    async def get_wa_settings(self) -> WaSettings:
        """Get the linked account: its number, avatar and device.

        Manual: 1.3.2, GetWaSettings.
        """
        return await self._request(GET_WA_SETTINGS, {})

    async def reboot(self) -> Reboot:
        """Restart the instance.

        Manual: 1.3.2, Reboot.
        """
        return await self._request(REBOOT, {})

    async def logout(self) -> Logout:
        """Unlink the phone; what waits in the outgoing queue stays there.

        Manual: 1.3.2, Logout.
        """
        return await self._request(LOGOUT, {})

    async def qr(self) -> QR:
        """Get the QR code that links a phone, or why there is none.

        A code changes every 20 seconds: ask every two seconds until ``type`` is ``alreadyLogged``, and no longer. It
        may take ten minutes until there is one.

        Manual: 1.3.2, QR.
        """
        return await self._request(QR_CODE, {})

    async def get_authorization_code(self, phone_number: int) -> AuthorizationCode:
        """Get the code that links a phone when it is typed into WhatsApp there.

        ``phone_number`` is in the international form, without + and 00. The server may take 30 seconds; no phone may
        be linked yet.

        Manual: 1.3.2, GetAuthorizationCode.
        """
        return await self._request(GET_AUTHORIZATION_CODE, {"phoneNumber": phone_number})

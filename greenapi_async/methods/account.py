"""The instance and its account: settings, state, linking a phone, avatar, token. Source: manual 1.3.2."""

from abc import abstractmethod
from typing import Unpack

from greenapi_async import http, models
from greenapi_async.http import validation
from greenapi_async.http.endpoint import Content, Endpoint, ErrorPattern
from greenapi_async.http.error_bodies import error_unless_true
from greenapi_async.methods.base import MethodGroup
from greenapi_async.methods.settings import SETTINGS_LIMITS, SettingsChanges, decode_settings, settings_to_wire
from greenapi_async.models.phones import phone_to_wire
from greenapi_async.serialization.decoders import ignore_body, list_of, object_of, object_or_none
from greenapi_async.serialization.identities import account_ids

__all__ = [
    "GET_AUTHORIZATION_CODE",
    "GET_SETTINGS",
    "GET_STATE_INSTANCE",
    "GET_STATE_INSTANCE_HISTORY",
    "GET_WA_SETTINGS",
    "LOGOUT",
    "QR_CODE",
    "REBOOT",
    "SCAN_QR_CODE",
    "SET_PROFILE_PICTURE",
    "SET_SETTINGS",
    "UPDATE_API_TOKEN",
    "Account",
]

GET_SETTINGS = Endpoint("GET", "getSettings", decode_settings, per_second=1, idempotent=True, secret=True)
SET_SETTINGS = Endpoint(
    "POST",
    "setSettings",
    object_of(lambda: models.account.SavedSettings),
    per_second=1,
    secret=True,
    idempotent=True,
    requires_any=True,
    limits=SETTINGS_LIMITS,
)
"""Idempotent: every call restarts the instance, but the same values end in the same settings."""
GET_STATE_INSTANCE = Endpoint(
    "GET", "getStateInstance", object_or_none(lambda: models.account.StateInstance), per_second=1, idempotent=True
)
GET_STATE_INSTANCE_HISTORY = Endpoint(
    "GET",
    "GetStateInstanceHistory",
    list_of(lambda: models.account.StateInstanceRecord),
    idempotent=True,
    query=("count",),
    limits={"count": validation.integer(1)},
)
REBOOT = Endpoint(
    "GET",
    "reboot",
    object_of(lambda: models.account.Reboot),
    per_second=1,
    idempotent=False,
    outcome_check="Call get_state_instance(): an instance that restarts is starting.",
)
LOGOUT = Endpoint(
    "GET",
    "logout",
    object_of(lambda: models.account.Logout),
    per_second=1,
    idempotent=False,
    outcome_check="Call get_state_instance(): notAuthorized means that the phone is unlinked.",
)
QR_CODE = Endpoint("GET", "qr", object_of(lambda: models.account.QR), per_second=3, idempotent=True)
SCAN_QR_CODE = Endpoint("GET", "scanqrcode", ignore_body, per_second=1, idempotent=True)
"""A websocket; ``Client.scan_qr_code`` iterates over its messages."""
GET_AUTHORIZATION_CODE = Endpoint(
    "POST",
    "getAuthorizationCode",
    object_of(lambda: models.account.AuthorizationCode),
    idempotent=True,
    secret=True,
    extra_time=30,
    required=("phoneNumber",),
    limits={"phoneNumber": validation.phone_number},
)
SET_PROFILE_PICTURE = Endpoint(
    "POST",
    "setProfilePicture",
    object_of(lambda: models.files.ProfilePicture),
    per_second=0.1,
    idempotent=True,
    content=Content.FORM,
    required=("file",),
    limits={"file": lambda file: http.uploads.jpeg_error(file)},  # noqa: PLW0108  imported on first use
    refusal=error_unless_true("setProfilePicture"),
    advice={
        ErrorPattern(200, "rate-overlimit"): "WhatsApp limits how often the avatar changes: wait before trying again.",
    },
)
GET_WA_SETTINGS = Endpoint(
    "GET",
    "getWaSettings",
    object_of(lambda: models.account.WaSettings),
    per_second=1,
    idempotent=True,
    reported_ids=account_ids,
)
UPDATE_API_TOKEN = Endpoint(
    "GET",
    "updateApiToken",
    object_of(lambda: models.account.ApiToken),
    idempotent=False,
    secret=True,
    renews_token=True,
    outcome_check="The token may have changed: your personal area at GREEN-API shows the current one.",
)


class Account(MethodGroup):
    """Methods on the instance and its WhatsApp account."""

    async def get_settings(self) -> "models.account.Settings":
        """Return the instance's settings.

        Example:
            >>> settings = await client.get_settings()
            >>> settings.webhook_url, settings.incoming_webhook
            ('', True)

        Source: manual 1.3.2, GetSettings; 1 request per second.
        """
        return await self._request(GET_SETTINGS, {})

    async def set_settings(self, **settings: Unpack[SettingsChanges]) -> "models.account.SavedSettings":
        """Change settings of the instance.

        The instance restarts, and the settings apply within five minutes. In a new instance all notifications are off.

        Args:
            **settings: The settings to change; those that are omitted or None stay as they are. ``Settings`` explains
                each. ``webhook_url=""`` disables webhooks, which polling requires.
                ``delay_send_messages_milliseconds`` is 500 to 86,400,000; newer servers accept up to 600,000, and the
                vendor advises at most 300,000. Settings that the library does not know are passed by their names on
                the wire, ``extra={"newSetting": True}``. Polls are reported only if ``poll_message_webhook`` and
                ``incoming_webhook`` (or ``outgoing_message_webhook``, ``outgoing_api_message_webhook`` for one's own)
                are on; incoming calls only if ``incoming_call_webhook`` and ``incoming_webhook`` are.

        Raises:
            InvalidArgumentError: No setting was given, a value violates a documented limit, or a switch is not a bool.
            TypeError: There is no argument of this name.

        Example:
            >>> await client.set_settings(webhook_url="", incoming_webhook=True, outgoing_webhook=True)
            >>> await client.set_settings(extra={"someNewWebhook": True})

        Source: manual 1.3.2, SetSettings; 1 request per second.
        """
        return await self._request(SET_SETTINGS, settings_to_wire(settings, SET_SETTINGS.name))

    async def get_state_instance(self) -> "models.account.StateInstance | None":
        """Return the instance's state.

        Returns:
            The state, or None while the instance is being created, which takes up to five minutes.

        Example:
            >>> state = await client.get_state_instance()
            >>> if state is None or state.state_instance != InstanceState.AUTHORIZED:
            ...     print("No phone is linked")

        Source: manual 1.3.2, GetStateInstance; 1 request per second.
        """
        return await self._request(GET_STATE_INSTANCE, {})

    async def get_state_instance_history(
        self, *, count: int | None = None
    ) -> "list[models.account.StateInstanceRecord]":
        """Return the previous states of the instance.

        Args:
            count: Maximum number of states; None leaves it to the server.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._request(GET_STATE_INSTANCE_HISTORY, {"count": count})

    async def reboot(self) -> "models.account.Reboot":
        """Restart the instance; it takes up to five minutes.

        Raises:
            DeliveryUnknownError: The connection failed after the request was sent. The instance may or may not be
                restarting.

        Source: manual 1.3.2, Reboot; 1 request per second.
        """
        return await self._request(REBOOT, {})

    async def logout(self) -> "models.account.Logout":
        """Unlink the phone; the outgoing queue is kept.

        Raises:
            DeliveryUnknownError: The connection failed after the request was sent. The phone may or may not be linked.

        Source: manual 1.3.2, Logout; 1 request per second.
        """
        return await self._request(LOGOUT, {})

    async def qr(self) -> "models.account.QR":
        """Return the QR code for linking a phone.

        A code changes every 20 seconds. Request it every two seconds until ``type`` is ``alreadyLogged``. The first
        code can take up to ten minutes. ``scan_qr_code`` does the same over a websocket.

        Returns:
            The code as a PNG in Base64, or the reason why there is none; ``type`` says which.

        Source: manual 1.3.2, QR; 3 requests per second.
        """
        return await self._request(QR_CODE, {})

    async def get_authorization_code(self, phone_number: int | str) -> "models.account.AuthorizationCode":
        """Return a code for linking a phone; it is typed into WhatsApp on the phone ("Link with phone number").

        No phone may be linked yet; call ``logout`` first otherwise. The server takes up to 30 seconds.

        Args:
            phone_number: The phone's number in international format, 7 to 15 digits, as a number or a string.

        Returns:
            The code, valid for about two and a half minutes; if ``status`` is False, request another one.

        Raises:
            InvalidArgumentError: It is not a phone number in international format.

        Source: manual 1.3.2, GetAuthorizationCode.
        """
        return await self._request(GET_AUTHORIZATION_CODE, {"phoneNumber": phone_to_wire(phone_number)})

    async def set_profile_picture(
        self, file: "models.files.File", *, progress: "models.files.Progress | None" = None
    ) -> "models.files.ProfilePicture":
        """Set the account's avatar.

        Args:
            file: A JPEG, whatever its name: a path, bytes, an open binary file, or an async iterator of bytes.
            progress: Called after each chunk with the bytes sent and the total.

        Raises:
            InvalidArgumentError: The file is empty, over 100 MB or unreadable; nothing was sent.
            RefusedError: WhatsApp rejected the picture; the reason is ``rate-overlimit``, for example.

        Source: manual 1.3.2, SetProfilePicture; 1 request per 10 seconds.
        """
        async with http.uploads.open_payload(file, name="picture.jpg", progress=progress) as payload:
            return await self._request(SET_PROFILE_PICTURE, {"file": payload})

    async def get_wa_settings(self) -> "models.account.WaSettings":
        """Return the linked account: phone number, avatar and device; they are empty while no phone is linked.

        Source: manual 1.3.2, GetWaSettings; 1 request per second.
        """
        return await self._request(GET_WA_SETTINGS, {})

    async def update_api_token(self) -> "models.account.ApiToken":
        """Replace the instance's token.

        The old token becomes invalid at once; this client continues with the new one, and its other requests wait
        meanwhile. Store the new token: it is needed to create the next client.

        Raises:
            DeliveryUnknownError: The answer was lost. The token may have changed; if it has, the personal area shows
                the new one.

        Source: the vendor's documentation, beyond the manual.
        """
        return await self._renew_token(UPDATE_API_TOKEN)

    @abstractmethod
    async def _renew_token(self, endpoint: "Endpoint[models.account.ApiToken]") -> "models.account.ApiToken": ...

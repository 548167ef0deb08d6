"""An instance: its settings and its state. Manual: 1.3.2."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from greenapi_async.models.base import Model, wire
from greenapi_async.models.states import InstanceState, QRType, SocketState

__all__ = [
    "QR",
    "ApiToken",
    "AuthorizationCode",
    "Device",
    "Logout",
    "Reboot",
    "SavedSettings",
    "Settings",
    "StateInstance",
    "StateInstanceRecord",
    "StatusInstance",
    "WaSettings",
]


@attrs.frozen(kw_only=True)
class Settings(Model):
    """The settings of an instance; switches are bools here and "yes" or "no" on the wire."""

    wid: str | None = None
    """The account in WhatsApp, as in 11001234567@c.us."""
    webhook_url: str | None = None
    """Where notifications are pushed; empty while they are polled."""
    webhook_url_token: str | None = attrs.field(default=None, repr=False)
    delay_send_messages_milliseconds: int | None = None
    mark_incoming_messages_readed: bool | None = attrs.field(
        default=None, metadata=wire("markIncomingMessagesReaded", "markIncomingMessagesRead")
    )
    """Mark incoming messages as read; ignored while the next one is on."""
    mark_incoming_messages_readed_on_reply: bool | None = attrs.field(
        default=None, metadata=wire("markIncomingMessagesReadedOnReply", "markIncomingMessagesReadOnReply")
    )
    outgoing_webhook: bool | None = None
    """Notify of the statuses of outgoing messages; ``noAccount`` and ``failed`` come in any case."""
    outgoing_message_webhook: bool | None = None
    """Notify of messages sent from the phone."""
    outgoing_api_message_webhook: bool | None = attrs.field(default=None, metadata=wire("outgoingAPIMessageWebhook"))
    """Notify of messages sent through the API."""
    incoming_webhook: bool | None = None
    """Notify of incoming messages and files."""
    state_webhook: bool | None = None
    """Notify of changes of the instance's state."""
    poll_message_webhook: bool | None = None
    incoming_call_webhook: bool | None = None
    incoming_block_webhook: bool | None = None
    """Out of work for now, says the manual."""
    device_webhook: bool | None = None
    """Out of work for now, says the manual."""
    status_instance_webhook: bool | None = attrs.field(
        default=None, metadata=wire("statusInstanceWebhook", "statusInstanceChangedWebhook")
    )
    keep_online_status: bool | None = None
    """Show the account as online."""
    enable_messages_history: bool | None = None
    shared_session: bool | None = None
    outgoing_call_webhook: bool | None = None
    """Notify of outgoing calls. This and the following three are beyond the manual."""
    auto_typing: int | None = None
    """0 to 4: how long "typing" is shown before a message."""
    link_preview: bool | None = None
    enable_lid_mode: bool | None = None
    country_instance: str | None = None
    type_account: str | None = None


@attrs.frozen(kw_only=True)
class SavedSettings(Model):
    """The answer of setSettings."""

    save_settings: bool | None = None


@attrs.frozen(kw_only=True)
class StateInstance(Model):
    """The answer of getStateInstance."""

    state_instance: InstanceState | str | None = None


@attrs.frozen(kw_only=True)
class Reboot(Model):
    """The answer of reboot."""

    is_reboot: bool | None = None


@attrs.frozen(kw_only=True)
class StateInstanceRecord(Model):
    """One state that an instance was in. Beyond the manual."""

    state_instance: InstanceState | str | None = None
    timestamp: datetime | None = None
    """When the state began, in UTC."""
    phone_number: str | None = None


@attrs.frozen(kw_only=True)
class StatusInstance(Model):
    """The answer of getStatusInstance."""

    status_instance: SocketState | str | None = None


@attrs.frozen(kw_only=True)
class Logout(Model):
    """The answer of logout."""

    is_logout: bool | None = None


@attrs.frozen(kw_only=True)
class QR(Model):
    """The answer of qr."""

    type: QRType | str | None = None
    message: str | None = attrs.field(default=None, repr=False)
    """The code as a PNG in Base64, without ``data:image/png;base64,``; or, by ``type``, words."""
    account_data: Mapping[str, Any] | None = attrs.field(default=None, repr=False)
    """Only over the websocket: what the server tells of the account that was linked."""


@attrs.frozen(kw_only=True)
class AuthorizationCode(Model):
    """The answer of getAuthorizationCode."""

    status: bool | None = None
    """False when no code could be had; then ask again."""
    code: str | None = attrs.field(default=None, repr=False)
    """Eight symbols to type into WhatsApp, valid for about two and a half minutes."""


@attrs.frozen(kw_only=True)
class WaSettings(Model):
    """The account in WhatsApp; all but the state is empty while no phone is linked."""

    avatar: str | None = None
    phone: str | None = None
    state_instance: InstanceState | str | None = None
    device_id: str | None = None
    """As in 11001234567:26@s.whatsapp.net."""


@attrs.frozen(kw_only=True)
class Device(Model):
    """The linked phone. Beyond the manual."""

    platform: str | None = None
    device_manufacturer: str | None = None
    device_model: str | None = None
    os_version: str | None = None
    wa_version: str | None = None
    battery: int | None = None
    """In per cent."""


@attrs.frozen(kw_only=True)
class ApiToken(Model):
    """A new token of the instance; it is not shown by ``repr``."""

    api_token_instance: str = attrs.field(repr=False)

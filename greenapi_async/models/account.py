"""An instance's settings, state and sign-in. Source: manual 1.3.2."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import attrs

from greenapi_async.models.base import DERIVED, Model, json_names
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
    """Settings of an instance, the answer of getSettings. Switches are bools here, and "yes" or "no" on the wire.

    Attributes:
        wid: Account of the instance, for example ``11001234567@c.us``.
        webhook_url: URL that notifications are pushed to; empty while they are polled.
        webhook_url_token: Token that the server sends with every webhook.
        delay_send_messages_milliseconds: Delay between two outgoing messages.
        mark_incoming_messages_readed: Mark incoming messages as read. Ignored if the next setting is on.
        mark_incoming_messages_readed_on_reply: Mark a chat as read when a message is sent to it through the API.
        outgoing_webhook: Notify about the status of outgoing messages; ``noAccount`` and ``failed`` are always sent.
        outgoing_message_webhook: Notify about messages sent from the phone.
        outgoing_api_message_webhook: Notify about messages sent through the API.
        incoming_webhook: Notify about incoming messages and files.
        state_webhook: Notify about changes of the instance's state.
        poll_message_webhook: Notify about polls and votes.
        incoming_call_webhook: Notify about incoming calls.
        incoming_block_webhook: Notify about blocked chats; currently out of service according to the manual.
        device_webhook: Notify about the phone; currently out of service according to the manual.
        status_instance_webhook: Notify about the connection to WhatsApp.
        keep_online_status: Show the account as online.
        outgoing_call_webhook: Notify about outgoing calls. This and the settings below are beyond the manual.
        edited_message_webhook: Notify about edited messages, and show edits in the journals.
        deleted_message_webhook: Notify about deleted messages, and show deletions in the journals.
        catalog_webhook: Notify about messages with products and orders.
        incoming_message_status_webhook: Seen in the answers of some instances; its meaning is not documented.
        auto_typing: How long "typing" is shown before a message, a scale from 0 to 10 without documented steps.
        link_preview: Show previews of links by default.
        enable_lid_mode: Chat ids are ``...@lid``. Takes effect after ``logout`` and a new scan of the QR code.
        proxy_instance: Proxy of the instance, ``ip:port:login:password``, or the vendor's own. Deprecated.
        type_instance: Messenger of the instance: ``v3`` is MAX, ``telegram`` Telegram; None on WhatsApp.
        extra: Settings that have no attribute here, by their names on the wire and with the server's values.
            ``set_settings(extra=...)`` writes them.
    """

    wid: str | None = None
    webhook_url: str | None = None
    webhook_url_token: str | None = attrs.field(default=None, repr=False)
    delay_send_messages_milliseconds: int | None = None
    mark_incoming_messages_readed: bool | None = attrs.field(
        default=None, metadata=json_names("markIncomingMessagesReaded", "markIncomingMessagesRead")
    )
    mark_incoming_messages_readed_on_reply: bool | None = attrs.field(
        default=None, metadata=json_names("markIncomingMessagesReadedOnReply", "markIncomingMessagesReadOnReply")
    )
    outgoing_webhook: bool | None = None
    outgoing_message_webhook: bool | None = None
    outgoing_api_message_webhook: bool | None = attrs.field(
        default=None, metadata=json_names("outgoingAPIMessageWebhook")
    )
    incoming_webhook: bool | None = None
    state_webhook: bool | None = None
    poll_message_webhook: bool | None = None
    incoming_call_webhook: bool | None = None
    incoming_block_webhook: bool | None = None
    device_webhook: bool | None = None
    status_instance_webhook: bool | None = attrs.field(
        default=None, metadata=json_names("statusInstanceWebhook", "statusInstanceChangedWebhook")
    )
    keep_online_status: bool | None = None
    enable_messages_history: bool | None = None
    shared_session: bool | None = None
    outgoing_call_webhook: bool | None = None
    edited_message_webhook: bool | None = None
    deleted_message_webhook: bool | None = None
    catalog_webhook: bool | None = attrs.field(default=None, metadata=json_names("catalogWebhook", "catalogsWebhook"))
    incoming_message_status_webhook: bool | None = None
    auto_typing: int | None = None
    link_preview: bool | None = None
    enable_lid_mode: bool | None = None
    proxy_instance: str | None = attrs.field(default=None, repr=False)
    type_instance: str | None = None
    country_instance: str | None = None
    type_account: str | None = None
    extra: Mapping[str, Any] = attrs.field(factory=dict[str, Any], repr=False, metadata=DERIVED)


@attrs.frozen(kw_only=True)
class SavedSettings(Model):
    """Answer of setSettings."""

    save_settings: bool | None = None


@attrs.frozen(kw_only=True)
class StateInstance(Model):
    """Answer of getStateInstance."""

    state_instance: InstanceState | str | None = None


@attrs.frozen(kw_only=True)
class Reboot(Model):
    """Answer of reboot."""

    is_reboot: bool | None = None


@attrs.frozen(kw_only=True)
class StateInstanceRecord(Model):
    """One entry of an instance's state history.

    Attributes:
        timestamp: Start of the state, in UTC.

    Source: the vendor's documentation, beyond the manual.
    """

    state_instance: InstanceState | str | None = attrs.field(
        default=None, metadata=json_names("stateInstance", "callsStateInstance")
    )
    timestamp: datetime | None = None
    phone_number: str | None = None


@attrs.frozen(kw_only=True)
class StatusInstance(Model):
    """Answer of getStatusInstance."""

    status_instance: SocketState | str | None = None


@attrs.frozen(kw_only=True)
class Logout(Model):
    """Answer of logout."""

    is_logout: bool | None = None


@attrs.frozen(kw_only=True)
class QR(Model):
    """Answer of qr.

    Attributes:
        message: The QR code as a PNG in Base64, without ``data:image/png;base64,``; for other types a text.
        account_data: Data of the linked account; only over the websocket.
    """

    type: QRType | str | None = None
    message: str | None = attrs.field(default=None, repr=False)
    account_data: Mapping[str, Any] | None = attrs.field(default=None, repr=False)

    @property
    def advice(self) -> str:
        """One sentence on what the person who links the phone has to do; empty if nothing."""
        return _QR_ADVICE.get(self.type or "", "")


_QR_ADVICE: dict[str, str] = {
    QRType.QR_CODE: "Scan the QR code in WhatsApp on the phone, under Linked devices, within 20 seconds.",
    QRType.ERROR: "No QR code could be made: wait a minute and start again.",
    QRType.ALREADY_LOGGED: "A phone is linked already: call logout() first to link another.",
    QRType.TIMEOUT: "No QR code was scanned in time: start again.",
    QRType.PASSKEY_REQUIRED: (
        "WhatsApp asks for the account's passkey, which the API cannot pass on: try to link the instance in the "
        "vendor's console, or ask the vendor's support."
    ),
}


@attrs.frozen(kw_only=True)
class AuthorizationCode(Model):
    """Answer of getAuthorizationCode.

    Attributes:
        status: False if no code was available; ask again.
        code: Eight characters to enter in WhatsApp, valid for about two and a half minutes.
    """

    status: bool | None = None
    code: str | None = attrs.field(default=None, repr=False)


@attrs.frozen(kw_only=True)
class WaSettings(Model):
    """WhatsApp account of an instance. Only ``state_instance`` is filled while no phone is linked.

    Attributes:
        avatar: URL of the profile picture.
        device_id: For example ``11001234567:26@s.whatsapp.net``.
        suspended_until: End of the suspension, in UTC; only while sending is suspended.
        base64_avatar: The profile picture in Base64.
        chat_id: The account's ``@lid``; empty while no phone is linked.
        history_sync_progress: Progress of the history's synchronisation, in percent.
        logout_process: Whether the account's data is being removed; no phone can be linked meanwhile.

    ``suspended_until`` and the following are beyond the manual.
    """

    avatar: str | None = None
    phone: str | None = None
    state_instance: InstanceState | str | None = None
    device_id: str | None = None
    suspended_until: datetime | None = attrs.field(
        default=None, metadata=json_names("suspendedUntil", "yellowCardUntil")
    )
    base64_avatar: str | None = attrs.field(default=None, repr=False)
    chat_id: str | None = None
    history_sync_progress: int | None = None
    logout_process: bool | None = None


@attrs.frozen(kw_only=True)
class Device(Model):
    """The linked phone.

    Attributes:
        battery: Charge in percent.

    Source: the vendor's documentation, beyond the manual.
    """

    platform: str | None = None
    device_manufacturer: str | None = None
    device_model: str | None = None
    os_version: str | None = None
    wa_version: str | None = None
    battery: int | None = None


@attrs.frozen(kw_only=True)
class ApiToken(Model):
    """Answer of updateApiToken.

    Attributes:
        api_token_instance: The new token; ``repr`` does not show it.
    """

    api_token_instance: str = attrs.field(repr=False)

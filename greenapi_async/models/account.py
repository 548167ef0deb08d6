"""An instance: its settings and its state. Manual: 1.3.2."""

import attrs

from greenapi_async.models.base import Model, wire
from greenapi_async.models.states import InstanceState

__all__ = ["Reboot", "SavedSettings", "Settings", "StateInstance"]


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

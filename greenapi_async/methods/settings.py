"""The settings of an instance as arguments, for the methods that change them. Manual: 1.3.2, SetSettings."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http.validation import Limit, between
from greenapi_async.models.account import Settings
from greenapi_async.serialization.converter import wire_names

__all__ = ["SETTINGS_LIMITS", "SettingsChanges", "as_wire"]


class SettingsChanges(TypedDict, total=False):
    """The settings that can be changed; ``Settings`` says what each is."""

    webhook_url: str | None
    webhook_url_token: str | None
    delay_send_messages_milliseconds: int | None
    mark_incoming_messages_readed: bool | None
    mark_incoming_messages_readed_on_reply: bool | None
    outgoing_webhook: bool | None
    outgoing_message_webhook: bool | None
    outgoing_api_message_webhook: bool | None
    incoming_webhook: bool | None
    state_webhook: bool | None
    poll_message_webhook: bool | None
    incoming_call_webhook: bool | None
    incoming_block_webhook: bool | None
    device_webhook: bool | None
    status_instance_webhook: bool | None
    keep_online_status: bool | None
    enable_messages_history: bool | None
    shared_session: bool | None
    country_instance: str | None
    outgoing_call_webhook: bool | None
    auto_typing: int | None
    link_preview: bool | None
    enable_lid_mode: bool | None


SETTINGS_LIMITS: Final[Mapping[str, Limit]] = {
    "delaySendMessagesMilliseconds": between(500, 86_400_000, "ms"),
    "autoTyping": between(0, 4, "steps"),
}
_FIELDS = attrs.fields_dict(Settings)


def as_wire(changes: SettingsChanges, method: str) -> dict[str, Any]:
    """Spell settings as the server does, a switch as "yes" or "no".

    Raises ``InvalidArgumentError`` for a switch that is not a bool, and ``TypeError`` for a setting that there is not.
    """
    written: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in SettingsChanges.__annotations__:
            raise TypeError(f"{method} got an unexpected keyword argument {name!r}")
        field = _FIELDS[name]
        if value is not None and field.type == bool | None:
            if not isinstance(value, bool):
                raise InvalidArgumentError(f"{name} is {value!r}; allowed are True and False", method=method)
            written[wire_names(field)[0]] = "yes" if value else "no"
        else:
            written[wire_names(field)[0]] = value
    return written

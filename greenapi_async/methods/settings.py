"""Settings of an instance as keyword arguments of ``set_settings`` and ``create_instance``. Source: manual 1.3.2."""

from collections.abc import Mapping
from typing import Any, Final, TypedDict

import attrs

from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.models.account import Settings
from greenapi_async.serialization.converter import wire_names

__all__ = ["SETTINGS_LIMITS", "SettingsChanges", "settings_to_wire"]


class SettingsChanges(TypedDict, total=False):
    """Settings to change; ``Settings`` documents them. Those that are omitted or None stay as they are."""

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


SETTINGS_LIMITS: Final[Mapping[str, validation.Validator]] = {
    "delaySendMessagesMilliseconds": validation.in_range(500, 86_400_000, "ms"),
    "autoTyping": validation.in_range(0, 4, "steps"),
}
_FIELDS = attrs.fields_dict(Settings)


def settings_to_wire(changes: SettingsChanges, method: str) -> dict[str, Any]:
    """Return settings by their names on the wire, with "yes" and "no" for bools.

    Args:
        changes: The settings by their Python names.
        method: Name of the API method, for errors.

    Raises:
        InvalidArgumentError: A switch is not a bool.
        TypeError: There is no such setting.
    """
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in SettingsChanges.__annotations__:
            raise TypeError(f"{method} got an unexpected keyword argument {name!r}")
        field = _FIELDS[name]
        if value is not None and field.type == bool | None:
            if not isinstance(value, bool):
                raise InvalidArgumentError(f"{name} is {value!r}; expected True or False", method=method)
            values[wire_names(field)[0]] = "yes" if value else "no"
        else:
            values[wire_names(field)[0]] = value
    return values

"""Settings of an instance, and their changes as keyword arguments of ``set_settings`` and ``create_instance``.

The server's settings are open-ended: those that have no name here are read and written as ``extra``. Source: manual
1.3.2, and the vendor's newer pages.
"""

import functools
from collections.abc import Mapping
from typing import Any, Final, TypedDict, cast

import attrs

from greenapi_async import models, serialization
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.http import validation
from greenapi_async.serialization.encoding import wire_names

__all__ = ["SETTINGS_LIMITS", "SettingsChanges", "decode_settings", "settings_to_wire"]


class SettingsChanges(TypedDict, total=False):
    """Settings to change; ``Settings`` documents them. Those that are omitted or None stay as they are.

    ``extra`` has settings that the library does not know, by their names on the wire; a bool is sent as "yes" or "no".
    """

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
    edited_message_webhook: bool | None
    deleted_message_webhook: bool | None
    catalog_webhook: bool | None
    incoming_message_status_webhook: bool | None
    auto_typing: int | None
    link_preview: bool | None
    enable_lid_mode: bool | None
    proxy_instance: str | None
    extra: Mapping[str, str | int | float | bool] | None


def _webhook_url(value: Any) -> str | None:
    if value == "" or validation.url(value) is None:
        return None
    return f'is {value!r}; expected an http:// or https:// URL without spaces, or "" for polling'


SETTINGS_LIMITS: Final[Mapping[str, validation.Validator]] = {
    "webhookUrl": _webhook_url,
    "webhookUrlToken": validation.string,
    "delaySendMessagesMilliseconds": validation.integer(500, 86_400_000, "ms"),
    "autoTyping": validation.integer(0, 10, "steps"),
    "countryInstance": validation.string,
    "proxyInstance": validation.string,
}


@functools.cache
def _wire_names() -> Mapping[str, tuple[str, ...]]:
    """Return the names of the settings on the wire by their Python names."""
    fields = attrs.fields_dict(models.account.Settings)
    return {name: wire_names(field) for name, field in fields.items()}


@functools.cache
def _switches() -> frozenset[str]:
    """Return the Python names of the settings that are bools."""
    fields = attrs.fields_dict(models.account.Settings)
    return frozenset(name for name, field in fields.items() if field.type == bool | None)


def decode_settings(value: Any) -> "models.account.Settings":
    """Decode the answer of getSettings, with the settings that have no attribute in ``extra``."""
    settings = serialization.converter.structure(models.account.Settings, value)
    known = {name for names in _wire_names().values() for name in names}
    unknown = {name: setting for name, setting in settings.raw.items() if name not in known}
    return attrs.evolve(settings, extra=unknown) if unknown else settings


def settings_to_wire(changes: SettingsChanges, method: str) -> dict[str, Any]:
    """Return settings by their names on the wire, with "yes" and "no" for bools.

    Args:
        changes: The settings by their Python names.
        method: Name of the API method, for errors.

    Raises:
        InvalidArgumentError: A switch is not a bool, or ``extra`` has what it may not have.
        TypeError: There is no such setting.
    """
    values: dict[str, Any] = {}
    for name, value in changes.items():
        if name not in SettingsChanges.__annotations__:
            raise TypeError(
                f"{method} got an unexpected keyword argument {name!r}; for a setting that the library does not know, "
                "use extra={...} with its name on the wire"
            )
        if name == "extra":
            continue
        is_switch = value is not None and name in _switches()
        if is_switch and not isinstance(value, bool):
            raise InvalidArgumentError(f"{name} is {value!r}; expected True or False", method=method)
        values[_wire_names()[name][0]] = ("yes" if value else "no") if is_switch else value
    return values | _extra_to_wire(changes.get("extra") or {}, method)


def _extra_to_wire(extra: Any, method: str) -> dict[str, Any]:
    complaint = validation.json_object({})(extra)
    if complaint:
        raise InvalidArgumentError(f"extra {complaint}", method=method)
    values: dict[str, Any] = {}
    for name, value in cast("Mapping[object, object]", extra).items():
        if not isinstance(name, str) or not isinstance(value, str | int | float):
            raise InvalidArgumentError(
                f"extra has {name!r}: {type(value).__name__}; expected names, and strings, numbers or bools",
                method=method,
            )
        known = next((own for own in SettingsChanges.__annotations__ if name in {own, *_wire_names_of(own)}), None)
        if known is not None:
            raise InvalidArgumentError(f"extra has {name}; pass it as {known}=", method=method)
        values[name] = ("yes" if value else "no") if isinstance(value, bool) else value
    return values


def _wire_names_of(name: str) -> tuple[str, ...]:
    return _wire_names().get(name, ())

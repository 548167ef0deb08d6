"""The work of the commands ``greenapi settings`` and ``greenapi webhook``."""

import difflib
import json
from collections.abc import Mapping, Sequence
from typing import Any, Final, cast

import attrs

from greenapi_async.cli.run import Session
from greenapi_async.errors import InvalidArgumentError
from greenapi_async.methods.settings import SettingsChanges
from greenapi_async.models.account import Settings
from greenapi_async.serialization.encoding import wire_names

__all__ = ["change_settings", "set_webhook", "show_settings", "use_polling"]

_WORDS: Final = {"yes": True, "on": True, "true": True, "no": False, "off": False, "false": False}


async def show_settings(session: Session, names: Sequence[str]) -> None:
    """Print settings by the API's names.

    Args:
        session: The session.
        names: The settings, by either of their names; none prints all.
    """
    async with session.client() as client:
        settings = await client.get_settings()
    known = _python_names()
    wanted = [_checked(name, known) for name in names]
    raw = {name: value for name, value in settings.raw.items() if not wanted or known.get(name, name) in wanted}
    session.output.document(raw)
    shown = {
        name: "***" if name in {"webhookUrlToken", "proxyInstance"} and value else value for name, value in raw.items()
    }
    session.output.table(
        [(name, value if isinstance(value, str) else json.dumps(value)) for name, value in shown.items()]
    )


async def change_settings(session: Session, assignments: Sequence[str]) -> None:
    """Change settings.

    Args:
        session: The session.
        assignments: ``name=value``, with either name of a setting; switches take yes and no.
    """
    known = _python_names()
    changes: dict[str, Any] = {}
    for assignment in assignments:
        name, equals, value = assignment.partition("=")
        if not equals:
            raise InvalidArgumentError(f"{assignment!r} is not NAME=VALUE, for example incomingWebhook=yes")
        python_name = _checked(name, known)
        if python_name in changes:
            raise InvalidArgumentError(f"{name} is given twice")
        changes[python_name] = _converted(name, python_name, value)
    async with session.client() as client:
        saved = await client.set_settings(**cast("SettingsChanges", changes))
    session.output.document(saved)
    session.output.line("Saved. The instance restarts; the change takes effect within five minutes.")


async def set_webhook(session: Session, url: str, token: str | None, timeout: float) -> None:
    """Set the webhook URL.

    Args:
        session: The session.
        url: The webhook URL.
        token: Sent in the header ``Authorization``; None for none.
        timeout: Seconds until the settings must be in effect.
    """
    async with session.client() as client:
        settings = await client.use_webhook(url, token=token or "", timeout=timeout)
    session.output.document({"webhookUrl": settings.webhook_url, "hasToken": bool(settings.webhook_url_token)})
    session.output.line(f"Notifications are pushed to {settings.webhook_url}.")


async def use_polling(session: Session, timeout: float) -> None:
    """Remove the webhook URL.

    Args:
        session: The session.
        timeout: Seconds until the settings must be in effect.
    """
    async with session.client() as client:
        await client.use_polling(timeout=timeout)
    session.output.document({"webhookUrl": ""})
    session.output.line("Notifications wait on the server until they are polled.")


def _python_names() -> Mapping[str, str]:
    """Return the Python name of each setting, by all of its names."""
    names: dict[str, str] = {}
    for name, field in attrs.fields_dict(Settings).items():
        if name not in {"raw", "extra"}:
            names |= {name: name} | dict.fromkeys(wire_names(field), name)
    return names


def _checked(name: str, known: Mapping[str, str]) -> str:
    if name in known:
        return known[name]
    close = difflib.get_close_matches(name, known, 1, 0.6)
    hint = f"; did you mean {close[0]}?" if close else ""
    raise InvalidArgumentError(f"there is no setting {name!r}{hint}")


def _converted(name: str, python_name: str, value: str) -> Any:
    if python_name not in SettingsChanges.__annotations__:
        raise InvalidArgumentError(f"{name} cannot be changed")
    kind = attrs.fields_dict(Settings)[python_name].type
    if kind == bool | None:
        if value.lower() not in _WORDS:
            raise InvalidArgumentError(f"{name} is {value!r}; expected yes or no")
        return _WORDS[value.lower()]
    if kind == int | None:
        try:
            return int(value)
        except ValueError:
            raise InvalidArgumentError(f"{name} is {value!r}; expected a number") from None
    return value

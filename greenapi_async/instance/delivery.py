"""Delivery mode of notifications: pushed to a webhook URL, or queued for polling.

A change of settings restarts the instance, so only settings that differ are changed. Success is determined by reading
the settings back, which also covers a change whose response was lost.

Source: manual 1.3.4.
"""

from collections.abc import Mapping
from contextlib import suppress
from typing import Any
from urllib.parse import urlsplit

import anyio

from greenapi_async.errors import GreenAPIError, InvalidArgumentError, TimeoutExpiredError
from greenapi_async.http.retry import is_ambiguous, needs_intervention
from greenapi_async.instance.readiness import POLL_INTERVAL, problems_of_settings
from greenapi_async.methods.account import Account
from greenapi_async.models.account import Settings

__all__ = ["use_polling", "use_webhook"]


async def use_webhook(account: Account, url: str, token: str, timeout: float) -> Settings:
    """Configure the instance to push notifications; see ``Client.use_webhook``.

    Args:
        account: Client of the instance.
        url: Webhook URL, http or https.
        token: Value for ``webhookUrlToken``; empty for none.
        timeout: Seconds until the settings must be in effect.

    Returns:
        The settings in effect.

    Raises:
        InvalidArgumentError: The URL or the token is invalid; nothing was changed.
        TimeoutExpiredError: The settings did not take effect in time.
    """
    return await _apply(account, {"webhook_url": _check_url(url), "webhook_url_token": _check_token(token)}, timeout)


async def use_polling(account: Account, timeout: float) -> Settings:
    """Configure the instance to queue notifications for polling; see ``Client.use_polling``.

    Args:
        account: Client of the instance.
        timeout: Seconds until the settings must be in effect.

    Returns:
        The settings in effect.

    Raises:
        TimeoutExpiredError: The settings did not take effect in time.
    """
    return await _apply(account, {"webhook_url": "", "webhook_url_token": ""}, timeout)


async def _apply(account: Account, target: Mapping[str, str], timeout: float) -> Settings:
    settings = await account.get_settings()
    changes = _changes(settings, target)
    if not changes:
        return settings
    lost_response: GreenAPIError | None = None
    last_error: GreenAPIError | None = None
    with anyio.move_on_after(timeout):
        try:
            await account.set_settings(**changes)
        except GreenAPIError as error:
            if not is_ambiguous(error):
                raise
            lost_response = error
        while True:
            try:
                settings = await account.get_settings()
            except GreenAPIError as error:
                if needs_intervention(error):
                    raise
                last_error = error
            else:
                last_error = None
                changes = _changes(settings, target)
                if not changes:
                    return settings
            await anyio.sleep(POLL_INTERVAL)
    message = f"the instance did not apply {', '.join(changes)} within {timeout:g} s"
    raise TimeoutExpiredError(message, method="setSettings") from last_error or lost_response


def _changes(settings: Settings, target: Mapping[str, str]) -> dict[str, Any]:
    """Return the settings to change, including switches that suppress notifications."""
    changes = {name: value for name, value in target.items() if (getattr(settings, name) or "") != value}
    problems = problems_of_settings(settings)
    return changes | {name: value for name, (_, value) in problems.items() if name not in target}


def _check_url(value: str) -> str:
    with suppress(ValueError, AttributeError):  # unbalanced brackets, a port that is not a number, not a string
        parts = urlsplit(value)
        is_plain = value.isascii() and value.isprintable() and not set(value) & set(" #\\") and "@" not in parts.netloc
        if is_plain and parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0:
            return value
    shown = "a URL with user or password" if "@" in str(value) else repr(str(value).partition("?")[0])
    raise InvalidArgumentError(
        f"url must consist of http:// or https://, a host and optionally a port, a path and a query, got {shown}. "
        "Example: https://example.com/webhook/"
    )


def _check_token(value: str) -> str:
    with suppress(AttributeError):  # not a string
        if value.isascii() and value.isprintable() and value == value.strip():
            return value
    raise InvalidArgumentError("token must be printable ASCII without surrounding spaces: it is sent in an HTTP header")
